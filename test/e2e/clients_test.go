package e2e

import (
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/watchllm/watchllm/test/e2e/fakeprovider"
)

// unknown is a count that the client does not send.
const unknown = -1

// call is what the store has to say about one model call.
type call struct {
	provider, model, served                         string
	input, output, cacheRead, cacheWrite, reasoning int64
	cost, status                                    string
}

// The prices of 2025 in USD per million tokens: gpt-5-mini 0.25 in, 0.025 cached, 2.00 out;
// claude-sonnet-4-5 3.00 in, 0.30 cache read, 3.75 cache write (5 minutes), 15.00 out.
const (
	// 525 fresh, 512 cached, 211 out.
	costCached = "0.00056605"
	// 1037 in, 211 out: clients that do not send the cached count.
	costUncached = "0.00068125"
	// 397 fresh, 512 read, 128 written, 211 out.
	costAnthropic = "0.0049896"
)

func gpt5Mini() call {
	return call{
		provider: "openai", model: "gpt-5-mini", served: "gpt-5-mini-2025-08-07",
		input: 1037, output: 211, cacheRead: 512, cacheWrite: unknown, reasoning: 64, cost: costCached, status: "exact",
	}
}

// expectCall waits until a tenant sees exactly one trace with exactly one model call, and checks it.
func (i *instance) expectCall(t *testing.T, tenant string, expected call) spanNode {
	t.Helper()
	var id string
	started := time.Now()
	within(t, seenLimit, "the call in /api/v1/traces", func() error {
		list, err := i.traces(tenant)
		if err != nil {
			return err
		}
		if len(list) != 1 {
			return fmt.Errorf("%d traces", len(list))
		}
		id = list[0].TraceID
		if err := want("calls", list[0].Calls, 1); err != nil {
			return err
		}
		if list[0].Cost == nil || !sameNumber(*list[0].Cost, expected.cost) {
			return fmt.Errorf("cost is %s, want %s", text(list[0].Cost), expected.cost)
		}
		return nil
	})
	t.Logf("visible %s after the application ended", time.Since(started).Round(time.Millisecond))
	var detail traceDetail
	if _, err := i.get(i.keys[tenant], "/api/v1/traces/"+id, &detail); err != nil {
		t.Fatal(err)
	}
	if len(detail.Spans) != 1 {
		t.Fatalf("the trace has %d top spans, want 1", len(detail.Spans))
	}
	span := detail.Spans[0]
	expected.check(t, span)
	return span
}

func (c call) check(t *testing.T, span spanNode) {
	t.Helper()
	wantText(t, "provider", span.LLM.Provider, c.provider)
	wantText(t, "request model", span.LLM.RequestModel, c.model)
	if c.served != "" {
		wantText(t, "response model", span.LLM.ResponseModel, c.served)
	}
	wantText(t, "usage role", span.Usage.Role, "call")
	for name, pair := range map[string]struct {
		got      *int64
		expected int64
	}{
		"input": {span.Usage.Input, c.input}, "output": {span.Usage.Output, c.output},
		"cache read": {span.Usage.CacheRead, c.cacheRead}, "cache write": {span.Usage.CacheWrite, c.cacheWrite},
		"reasoning": {span.Usage.Reasoning, c.reasoning},
	} {
		switch {
		case pair.expected == unknown && pair.got != nil:
			t.Errorf("%s tokens are %d, want unknown", name, *pair.got)
		case pair.expected != unknown && (pair.got == nil || *pair.got != pair.expected):
			t.Errorf("%s tokens are %s, want %d", name, text(pair.got), pair.expected)
		}
	}
	wantText(t, "cost status", span.Cost.Status, c.status)
	if span.Cost.Amount == nil || !sameNumber(*span.Cost.Amount, c.cost) {
		t.Errorf("cost is %s, want %s", text(span.Cost.Amount), c.cost)
	}
}

// sameNumber compares exact decimals whatever their trailing zeros.
func sameNumber(a, b string) bool {
	x, ok1 := new(big.Rat).SetString(a)
	y, ok2 := new(big.Rat).SetString(b)
	return ok1 && ok2 && x.Cmp(y) == 0
}

// startProvider is a fake LLM provider and the environment that points the vendors' clients at it.
func startProvider(t *testing.T) (*fakeprovider.Provider, []string) {
	p := &fakeprovider.Provider{}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return p, []string{
		"OPENAI_BASE_URL=" + server.URL + "/v1", "OPENAI_API_KEY=sk-fake",
		"ANTHROPIC_BASE_URL=" + server.URL, "ANTHROPIC_API_KEY=sk-ant-fake",
	}
}

func TestGoSDK(t *testing.T) {
	i := shared.get(t)
	app := filepath.Join(t.TempDir(), "app")
	run(t, []string{"CGO_ENABLED=0", "GOFLAGS=-trimpath -buildvcs=false"}, root(), "go", "build", "-o", app, "./docs/quickstart-apps/go")
	expected := gpt5Mini()
	expected.served = ""
	t.Run("http", func(t *testing.T) {
		tenant := shared.tenant(t)
		run(t, i.sdkEnv(tenant), root(), app)
		i.expectCall(t, tenant, expected)
	})
	t.Run("grpc", func(t *testing.T) {
		tenant := shared.tenant(t)
		env := []string{"OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_EXPORTER_OTLP_ENDPOINT=http://" + i.grpc, "OTEL_EXPORTER_OTLP_HEADERS=x-api-key=" + i.keys[tenant]}
		run(t, env, root(), app)
		i.expectCall(t, tenant, expected)
	})
}

func TestCurl(t *testing.T) {
	i := shared.get(t)
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip(err)
	}
	tenant := shared.tenant(t)
	out := run(t, i.sdkEnv(tenant), root(), "docs/quickstart-apps/curl/send.sh")
	i.expectCall(t, tenant, call{
		provider: "anthropic", model: "claude-sonnet-4-5", input: 1037, output: 211, cacheRead: 512, cacheWrite: 128, reasoning: unknown,
		cost: costAnthropic, status: "assumed:cache_write_ttl",
	})
	list, err := i.traces(tenant)
	if err != nil {
		t.Fatal(err)
	}
	if expected := strings.TrimSpace(strings.TrimPrefix(out, "trace ")); list[0].TraceID != expected {
		t.Errorf("trace is %s, the application said %s", list[0].TraceID, expected)
	}
}

// An event in plain JSON becomes the same priced call, and sending it again changes nothing.
func TestJSONEvent(t *testing.T) {
	i := shared.get(t)
	tenant := shared.tenant(t)
	now := time.Now().UTC()
	body := fmt.Sprintf(`{"schema":"watchllm.events/1","resource":{"service.name":"shop"},"events":[{
		"id":"order-1-call-1","type":"llm.call","time":%q,"end_time":%q,"operation":"chat","provider":"openai",
		"request_model":"gpt-5-mini","response_model":"gpt-5-mini-2025-08-07",
		"usage":{"input_tokens":1037,"output_tokens":211,"cache_read_input_tokens":512,"reasoning_output_tokens":64}}]}`,
		now.Add(-time.Second).Format(time.RFC3339Nano), now.Format(time.RFC3339Nano))
	send := func(key string) int {
		req, err := http.NewRequest(http.MethodPost, "http://"+i.events+"/api/v1/events", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if key != "" {
			req.Header.Set("X-API-Key", key)
		}
		resp, err := httpClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode
	}
	if code := send(""); code != http.StatusUnauthorized {
		t.Errorf("no key is answered %d", code)
	}
	// As clients of the original service know it.
	if code := send("wllm_wrong"); code != http.StatusForbidden {
		t.Errorf("a wrong key is answered %d", code)
	}
	for range 2 {
		if code := send(i.keys[tenant]); code != http.StatusAccepted {
			t.Fatalf("the event is answered %d", code)
		}
	}
	i.expectCall(t, tenant, gpt5Mini())
	if err := i.exactly(tenant, 1); err != nil {
		t.Error(err)
	}
}

// python is the interpreter with the pinned clients: WATCHLLM_E2E_PYTHON, or the folder that `make test-deps` fills.
func python(t *testing.T) string {
	t.Helper()
	path := os.Getenv("WATCHLLM_E2E_PYTHON")
	if path == "" {
		path = filepath.Join(root(), "build", "e2e-python", "bin", "python")
	}
	if _, err := os.Stat(path); err != nil {
		need(t, fmt.Errorf("%w; install the clients with: make test-deps", err))
	}
	return path
}

func TestPythonOpenAI(t *testing.T) {
	interpreter := python(t)
	i := shared.get(t)
	t.Run("call", func(t *testing.T) {
		provider, env := startProvider(t)
		tenant := shared.tenant(t)
		out := run(t, append(env, i.sdkEnv(tenant)...), root(), interpreter, "docs/quickstart-apps/python/app.py")
		if !strings.Contains(out, "sunny in Paris") {
			t.Errorf("the application said %q", out)
		}
		if n := len(provider.Calls()); n != 1 {
			t.Errorf("the provider was called %d times", n)
		}
		i.expectCall(t, tenant, gpt5Mini())
	})
	t.Run("rate limited", func(t *testing.T) {
		provider, env := startProvider(t)
		provider.Fail(http.StatusTooManyRequests)
		tenant := shared.tenant(t)
		out, err := tryRun(t, append(env, i.sdkEnv(tenant)...), root(), interpreter, "docs/quickstart-apps/python/app.py")
		if err == nil {
			t.Errorf("the application did not notice: %s", out)
		}
		i.expectFailure(t, tenant)
	})
}

// expectFailure waits for a trace whose only call ended in an error and has no tokens and no cost.
func (i *instance) expectFailure(t *testing.T, tenant string) {
	t.Helper()
	var detail traceDetail
	within(t, seenLimit, "the failed call in /api/v1/traces", func() error {
		list, err := i.traces(tenant)
		if err != nil {
			return err
		}
		if len(list) != 1 {
			return fmt.Errorf("%d traces", len(list))
		}
		_, err = i.get(i.keys[tenant], "/api/v1/traces/"+list[0].TraceID, &detail)
		return err
	})
	span := detail.Spans[0]
	if span.Status != "error" || span.Usage.Input != nil || span.Usage.Output != nil || span.Cost.Amount != nil {
		t.Errorf("status %s, input %s, output %s, cost %s; want an error and nothing else", span.Status, text(span.Usage.Input), text(span.Usage.Output), text(span.Cost.Amount))
	}
}

// modules is the folder with the pinned JavaScript clients.
func modules(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(root(), "test", "e2e", "js", "node_modules")
	if _, err := os.Stat(dir); err != nil {
		need(t, fmt.Errorf("%w; install the clients with: make test-deps", err))
	}
	return dir
}

func TestJavaScriptOpenAIStream(t *testing.T) {
	dir := modules(t)
	i := shared.get(t)
	provider, env := startProvider(t)
	tenant := shared.tenant(t)
	out := run(t, append(append(env, "NODE_PATH="+dir), i.sdkEnv(tenant)...), root(), "node", "docs/quickstart-apps/js/app.js")
	if !strings.Contains(out, "sunny in Paris") {
		t.Errorf("the application said %q", out)
	}
	if calls := provider.Calls(); len(calls) != 1 || !calls[0].Stream {
		t.Errorf("the provider saw %+v", calls)
	}
	// This instrumentation sends neither the cached nor the reasoning tokens.
	expected := gpt5Mini()
	expected.cacheRead, expected.reasoning, expected.cost = unknown, unknown, costUncached
	i.expectCall(t, tenant, expected)
}

func TestJavaScriptAnthropic(t *testing.T) {
	dir := modules(t)
	i := shared.get(t)
	_, env := startProvider(t)
	tenant := shared.tenant(t)
	out := run(t, append(append(env, "NODE_PATH="+dir), i.sdkEnv(tenant)...), root(), "node", "docs/quickstart-apps/js/anthropic.js")
	if !strings.Contains(out, "sunny in Paris") {
		t.Errorf("the application said %q", out)
	}
	// It says how long the written tokens are kept, so that nothing has to be assumed.
	i.expectCall(t, tenant, call{
		provider: "anthropic", model: "claude-sonnet-4-5", served: "claude-sonnet-4-5-20250929",
		input: 1037, output: 211, cacheRead: 512, cacheWrite: 128, reasoning: unknown, cost: costAnthropic, status: "exact",
	})
}

// The applications of the documentation are the ones that run here, with the same versions.
func TestQuickstartPinsAreTheTestedOnes(t *testing.T) {
	read := func(path string) string {
		raw, err := os.ReadFile(filepath.Join(root(), path))
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	tested := read("test/e2e/python/requirements.txt")
	for line := range strings.Lines(read("docs/quickstart-apps/python/requirements.txt")) {
		if !strings.Contains(tested, strings.TrimSpace(line)+"\n") {
			t.Errorf("python: %s is not what the tests install", strings.TrimSpace(line))
		}
	}
	_, shown, _ := strings.Cut(read("docs/quickstart-apps/js/package.json"), `"dependencies"`)
	_, tested, _ = strings.Cut(read("test/e2e/js/package.json"), `"dependencies"`)
	if shown != tested {
		t.Errorf("js: the documentation has %s, the tests have %s", shown, tested)
	}
	if strings.Contains(read("test/e2e/js/package-lock.json"), `"resolved"`) {
		t.Error("js: the lock file names a registry; write it with --omit-lockfile-registry-resolved=true")
	}
}
