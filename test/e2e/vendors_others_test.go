package e2e

import (
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"

	"github.com/watchllm/watchllm/test/e2e/fakeprovider"
)

// named are the spans of a name, in the order in which they began.
func named(spans []*vendorSpan, name string) (out []*vendorSpan) {
	for _, s := range spans {
		if s.Name == name {
			out = append(out, s)
		}
	}
	return out
}

func wantRefused(t *testing.T, s *vendorSpan) {
	t.Helper()
	if s == nil || text(s.Outcome) != "error" || s.Usage.Input != nil || s.Usage.Output != nil || s.Cost.Amount != nil {
		t.Errorf("the refused call is %+v, want an error and no counts", s)
	}
}

// LiteLLM's generic callback in its three formats: counts, cost and failures of two providers, and no count where LiteLLM guessed.
func TestLiteLLMCallback(t *testing.T) {
	for _, format := range []string{"", "ndjson", "single"} {
		t.Run("format "+format, func(t *testing.T) {
			t.Parallel()
			interpreter := vendorPython(t, "e2e-vendors")
			i := shared.get(t)
			provider, env := startVaryingProvider(t)
			provider.FailCall(5, http.StatusTooManyRequests)
			tenant := shared.tenant(t)
			env = append(env, "LITELLM_LOCAL_MODEL_COST_MAP=True", "GENERIC_LOGGER_ENDPOINT=http://"+i.events+"/litellm")
			var args []string
			if format == "" {
				env = append(env, "GENERIC_LOGGER_HEADERS=Authorization=Bearer "+i.keys[tenant])
			} else {
				env, args = append(env, "WATCHLLM_API_KEY="+i.keys[tenant]), []string{format}
			}
			runVendor(t, env, interpreter, "litellm_callback.py", args...)

			billed := provider.Calls()
			if len(billed) != 6 {
				t.Fatalf("the provider was called %d times", len(billed))
			}
			spans := i.spanList(t, tenant, 6)
			byID := map[string]*vendorSpan{}
			var refused *vendorSpan
			for _, s := range spans {
				wantText(t, s.Name+": usage role", s.Usage.Role, "call")
				if text(s.Outcome) == "error" {
					refused = s
				} else {
					byID[text(s.LLM.ResponseID)] = s
				}
			}
			wantRefused(t, refused)
			chat, stream := byID["chatcmpl-"+billed[0].ID], byID["chatcmpl-"+billed[1].ID]
			vendorCall{billed: billed[0], served: "gpt-5-mini-2025-08-07"}.check(t, chat)
			vendorCall{billed: billed[1]}.check(t, stream)
			if t.Failed() {
				return
			}
			wantText(t, "user", chat.User, "user-7")
			if got := fmt.Sprint(chat.Attributes["litellm.request_tags"]); got != "[checkout]" {
				t.Errorf("the tags are %s", got)
			}
			for _, s := range []*vendorSpan{chat, stream} { // LiteLLM's list of prices has the same for this model
				if s.Cost.Reported == nil || !sameNumber(*s.Cost.Reported, *s.Cost.Amount) {
					t.Errorf("%s: the cost is %s, LiteLLM says %s", s.Name, *s.Cost.Amount, text(s.Cost.Reported))
				}
			}
			claude := named(spans, "acompletion claude-sonnet-4-5")[0]
			checkCounts(t, claude, billed[2].Usage, nil)
			wantVendor(t, "claude: written tokens", claude.Usage.CacheWrite, &billed[2].Usage.CacheWrite)
			wantCost(t, claude, claudeCost(billed[2].Usage))
			embedding := named(spans, "aembedding text-embedding-3-small")[0]
			wantText(t, "embedding: role", embedding.Role, "embedding")
			wantVendor(t, "embedding: input tokens", embedding.Usage.Input, &billed[3].Usage.Input)
			wantCost(t, embedding, big.NewRat(billed[3].Usage.Input*20, 1_000_000_000))
			guessed := byID["chatcmpl-"+billed[5].ID]
			if guessed == nil || guessed.Usage.Input != nil || guessed.Cost.Amount != nil || guessed.Attributes["litellm.guessed_usage"] == nil {
				t.Errorf("a stream that does not tell its usage is %+v", guessed)
			}
			if err := i.exactly(tenant, 6); err != nil {
				t.Error(err)
			}
		})
	}
}

// claudeCost are the prices of claude-sonnet-4-5 in USD per million tokens: 3.00 in, 0.30 read, 3.75 written for 5 minutes, 15.00 out.
func claudeCost(u fakeprovider.Usage) *big.Rat {
	return big.NewRat((u.Input-u.CacheRead-u.CacheWrite)*3000+u.CacheRead*300+u.CacheWrite*3750+u.Output*15000, 1_000_000_000)
}

func wantCost(t *testing.T, s *vendorSpan, expected *big.Rat) {
	t.Helper()
	if s.Cost.Amount == nil || !sameNumber(*s.Cost.Amount, expected.FloatString(12)) {
		t.Errorf("%s costs %s, want %s", s.Name, text(s.Cost.Amount), expected.FloatString(12))
	}
}

// Clients of one application: a call, a streamed one, of which two of them leave out the reasoning tokens, and a refused one.
func TestOtherVendors(t *testing.T) {
	for _, c := range []struct {
		name, script, args string
		interpreter        func(t *testing.T) string
		parent, call       string
		spans, refused     int // refused is how many of the spans are calls that failed
		check              func(t *testing.T, billed []fakeprovider.Call, calls []*vendorSpan)
	}{
		{"Traceloop, Python", "traceloop_sdk.py", "", agentsPython, "support.workflow", "openai.chat", 4, 1, nil},
		{"Traceloop, JavaScript", "traceloop_sdk.mjs", "", vendorNode, "support.workflow", "chat gpt-5-mini", 3, 0, checkTraceloopJS},
		{"PostHog", "posthog_ai.mjs", "", vendorNode, "", "$ai_generation gpt-5-mini", 3, 1, checkPostHog},
		{"Sentry", "sentry_node.mjs", "", vendorNode, "support", "chat gpt-5-mini", 7, 1, nil},
		{"Sentry through a tunnel", "sentry_node.mjs", "tunnel", vendorNode, "support", "chat gpt-5-mini", 7, 1, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			interpreter := c.interpreter(t)
			i := shared.get(t)
			provider, env := startVaryingProvider(t)
			provider.FailCall(3, http.StatusTooManyRequests)
			tenant := shared.tenant(t)
			address, key := "http://"+i.events, i.keys[tenant]
			runVendor(t, append(env, "WATCHLLM_ENDPOINT="+address, "WATCHLLM_API_KEY="+key,
				"TRACELOOP_BASE_URL="+address, "TRACELOOP_API_KEY="+key, "TRACELOOP_TELEMETRY=false", "TRACELOOP_ENRICH_TOKENS=false"), interpreter, c.script, strings.Fields(c.args)...)

			billed := provider.Calls()
			spans := i.spanList(t, tenant, c.spans)
			calls := named(spans, c.call)
			if len(billed) != 3 || len(calls) != 2+c.refused {
				t.Fatalf("%d calls were made and %d stored: %s", len(billed), len(calls), i.spanNames(tenant))
			}
			for _, s := range calls {
				if s.Parent != c.parent {
					t.Errorf("%s is below %q, want %q", s.Name, s.Parent, c.parent)
				}
				if strings.Contains(fmt.Sprint(s.Attributes), key) {
					t.Errorf("%s has the key in it: %v", s.Name, s.Attributes)
				}
			}
			if c.check != nil {
				c.check(t, billed, calls)
			} else {
				vendorCall{parent: c.parent, billed: billed[0], served: "gpt-5-mini-2025-08-07", responseID: "chatcmpl-" + billed[0].ID}.check(t, calls[0])
				vendorCall{parent: c.parent, billed: billed[1], served: "gpt-5-mini-2025-08-07", responseID: "chatcmpl-" + billed[1].ID, noReasoning: true}.check(t, calls[1])
			}
			for _, s := range calls[2:] {
				wantRefused(t, s)
			}
			if err := i.exactly(tenant, c.spans); err != nil {
				t.Error(err)
			}
		})
	}
}

// checkTraceloopJS: this SDK leaves out cached and reasoning tokens, calls that failed, and the usage of a stream: without
// TRACELOOP_ENRICH_TOKENS=false it reports what its own tokenizer counts, which nothing on the wire tells from an answer.
func checkTraceloopJS(t *testing.T, billed []fakeprovider.Call, calls []*vendorSpan) {
	vendorCall{parent: "support.workflow", billed: billed[0], noCached: true, noReasoning: true}.check(t, calls[0])
	wantText(t, "stream: response id", calls[1].LLM.ResponseID, "chatcmpl-"+billed[1].ID)
	if stream := calls[1]; stream.Usage.Input != nil || stream.Usage.Output != nil || stream.Cost.Amount != nil {
		t.Errorf("the stream has %s and %s tokens and costs %s", text(stream.Usage.Input), text(stream.Usage.Output), text(stream.Cost.Amount))
	}
}

func checkPostHog(t *testing.T, billed []fakeprovider.Call, calls []*vendorSpan) {
	for n, s := range calls[:2] {
		vendorCall{billed: billed[n]}.check(t, s)
	}
	for _, s := range calls {
		wantText(t, s.Name+": user", s.User, "user-7")
		if s.Attributes["plan"] != "pro" {
			t.Errorf("%s: the plan is %v", s.Name, s.Attributes["plan"])
		}
	}
}
