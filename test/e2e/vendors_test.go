package e2e

import (
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/watchllm/watchllm/test/e2e/fakeprovider"
)

// vendorPython is an interpreter with the pinned clients of other vendors: build/<folder>, which `make test-deps` fills.
func vendorPython(t *testing.T, folder string) string {
	t.Helper()
	path := filepath.Join(root(), "build", folder, "bin", "python")
	if _, err := os.Stat(path); err != nil {
		need(t, fmt.Errorf("%w; install the clients with: make test-deps", err))
	}
	return path
}

// vendorNode is node, once the pinned clients of other vendors are there.
func vendorNode(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat(filepath.Join(root(), "test", "e2e", "vendors", "node_modules")); err != nil {
		need(t, fmt.Errorf("%w; install the clients with: make test-deps", err))
	}
	return "node"
}

// refusedByProvider is what some clients print when the provider, not WatchLLM, refuses a call.
const refusedByProvider = "Error code: 429 - Too Many Requests"

// runVendor runs an application that ends with "done". Whatever else it prints is a client's complaint.
func runVendor(t *testing.T, env []string, interpreter, script string, args ...string) {
	t.Helper()
	out := run(t, env, root(), interpreter, append([]string{filepath.Join("test", "e2e", "vendors", script)}, args...)...)
	if strings.TrimSpace(strings.TrimPrefix(out, refusedByProvider)) != "done" {
		t.Errorf("the client of %s is not content:\n%s", script, out)
	}
}

// vendorSpan is what the query API says of a span that a vendor's client reported.
type vendorSpan struct {
	TraceID, Parent string // Parent is the name of the span above

	SpanID  string  `json:"span_id"`
	Name    string  `json:"name"`
	Role    *string `json:"role"`
	Status  string  `json:"status"`
	Outcome *string `json:"outcome"`
	Message *string `json:"status_message"`
	Session *string `json:"conversation_id"`
	User    *string `json:"user_id"`
	Scope   struct {
		Name, Version *string
	} `json:"scope"`
	LLM struct {
		RequestModel  *string  `json:"request_model"`
		ResponseModel *string  `json:"response_model"`
		ResponseID    *string  `json:"response_id"`
		Stream        *bool    `json:"stream"`
		Temperature   *float64 `json:"temperature"`
	} `json:"llm"`
	Prompt struct {
		Name, Version *string
	} `json:"prompt"`
	Usage struct {
		Role      *string `json:"role"`
		Input     *int64  `json:"input_tokens"`
		Output    *int64  `json:"output_tokens"`
		CacheRead *int64  `json:"cache_read_tokens"`
		Reasoning *int64  `json:"reasoning_tokens"`
	} `json:"usage"`
	Cost struct {
		Amount *string `json:"amount"`
		Status *string `json:"status"`
	} `json:"cost"`
	Attributes map[string]any `json:"attributes"`
	Events     []struct{ Name string }
	Children   []*vendorSpan `json:"children"`
}

// vendorSpans waits until a tenant has so many spans, and returns them all by name; no two may have the same.
func (i *instance) vendorSpans(t *testing.T, tenant string, n int) map[string]*vendorSpan {
	t.Helper()
	var list []traceCard
	within(t, lateLimit, fmt.Sprintf("%d spans", n), func() (err error) {
		if list, err = i.traces(tenant); err != nil {
			return err
		}
		total := 0
		for _, card := range list {
			total += card.Spans
		}
		if total != n {
			return fmt.Errorf("%d spans in %d traces: %s", total, len(list), i.spanNames(tenant))
		}
		return nil
	})
	spans := map[string]*vendorSpan{}
	for _, card := range list {
		var detail struct{ Spans []*vendorSpan }
		if _, err := i.get(i.keys[tenant], "/api/v1/traces/"+card.TraceID, &detail); err != nil {
			t.Fatal(err)
		}
		var walk func(parent string, list []*vendorSpan)
		walk = func(parent string, list []*vendorSpan) {
			for _, s := range list {
				s.TraceID, s.Parent = card.TraceID, parent
				if scored, ok := s.Attributes["gen_ai.evaluation.name"].(string); ok {
					s.Name = "score " + scored
				}
				if spans[s.Name] != nil {
					t.Errorf("two spans are called %s", s.Name)
				}
				spans[s.Name] = s
				walk(s.Name, s.Children)
			}
		}
		walk("", detail.Spans)
	}
	return spans
}

// spanNames is for messages.
func (i *instance) spanNames(tenant string) string {
	out, err := i.sql(fmt.Sprintf("SELECT arrayStringConcat(groupArray(name), ', ') FROM llm_spans WHERE tenant_id = '%s'", tenant))
	if err != nil {
		return err.Error()
	}
	return out
}

// vendorCall is what a stored call must say: what the provider billed for it.
type vendorCall struct {
	parent, model, served, responseID string
	billed                            fakeprovider.Call
	noCached, noReasoning             bool // this client does not report them
}

// check compares a stored call with what the provider said, bucket by bucket, and its cost with the prices of gpt-5-mini:
// 0.25 USD per million tokens in, 0.025 cached, 2.00 out.
func (c vendorCall) check(t *testing.T, s *vendorSpan) {
	t.Helper()
	if s == nil {
		t.Errorf("the call %s was not stored", c.billed.ID)
		return
	}
	name := s.Name + ": "
	u := c.billed.Usage
	wantText(t, name+"role", s.Role, "llm")
	wantText(t, name+"usage role", s.Usage.Role, "call")
	if c.model == "" {
		c.model = c.billed.Model
	}
	wantText(t, name+"request model", s.LLM.RequestModel, c.model)
	wantVendor(t, name+"input tokens", s.Usage.Input, &u.Input)
	wantVendor(t, name+"output tokens", s.Usage.Output, &u.Output)
	cached, reasoning := &u.CacheRead, &u.Reasoning
	if c.noCached {
		cached = nil
	}
	if c.noReasoning {
		reasoning = nil
	}
	wantVendor(t, name+"cached tokens", s.Usage.CacheRead, cached)
	wantVendor(t, name+"reasoning tokens", s.Usage.Reasoning, reasoning)
	if c.served != "" {
		wantText(t, name+"response model", s.LLM.ResponseModel, c.served)
	}
	if c.responseID != "" {
		wantText(t, name+"response id", s.LLM.ResponseID, c.responseID)
	}
	if s.Parent != c.parent {
		t.Errorf("%sis below %q, want %q", name, s.Parent, c.parent)
	}
	read := u.CacheRead
	if c.noCached {
		read = 0
	}
	cost := new(big.Rat).SetFrac64((u.Input-read)*250+read*25+u.Output*2000, 1_000_000_000)
	if s.Cost.Amount == nil || !sameNumber(*s.Cost.Amount, cost.FloatString(12)) {
		t.Errorf("%scost is %s, want %s", name, text(s.Cost.Amount), cost.FloatString(12))
	}
}

func wantVendor[T comparable](t *testing.T, what string, got, expected *T) {
	t.Helper()
	if got == nil && expected == nil || got != nil && expected != nil && *got == *expected {
		return
	}
	t.Errorf("%s: %s, want %s", what, text(got), text(expected))
}

// startVaryingProvider is a provider that never bills the same twice.
func startVaryingProvider(t *testing.T) (*fakeprovider.Provider, []string) {
	p, env := startProvider(t)
	p.Vary()
	return p, env
}

// The documentation gives applications what they are given here.
func TestVendorDocsNameWhatIsTested(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(root(), "docs", "vendor-clients.md"))
	if err != nil {
		t.Fatal(err)
	}
	nobody := &instance{keys: map[string]string{}}
	for _, setting := range append(langfuseAt(nobody, "", ""), langSmithAt(nobody, "", "")...) {
		name, _, _ := strings.Cut(setting, "=")
		if name != "LANGSMITH_PROJECT" && !strings.Contains(string(raw), name+"=") {
			t.Errorf("%s is not in docs/vendor-clients.md", name)
		}
	}
}
