package e2e

import (
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"

	"github.com/watchllm/watchllm/test/e2e/fakeprovider"
)

// langfuseAt is all that an application with a client of Langfuse's is given.
func langfuseAt(i *instance, tenant, address string) []string {
	return []string{
		"LANGFUSE_BASE_URL=" + address, "LANGFUSE_BASEURL=" + address, "LANGFUSE_HOST=" + address,
		"LANGFUSE_PUBLIC_KEY=any", "LANGFUSE_SECRET_KEY=" + i.keys[tenant],
	}
}

// The same application, told by four generations of Langfuse's clients: every call is stored as the provider billed it, below the
// span it was made in, with the trace's user and session.
func TestLangfuse(t *testing.T) {
	for _, c := range []struct {
		name, script string
		interpreter  func(t *testing.T) string
		scores       bool // sent by the same client
		scope        string
		// streamKeepsModel is set where the wrapper leaves the model of a stream as it was asked for.
		streamKeepsModel bool
		embeddings       bool // are watched by the wrapper
		noEmbeddingUsage bool // but their tokens are not sent
	}{
		{"JavaScript 3", "langfuse3.mjs", vendorNode, true, "langfuse-js", true, true, true},
		{"Python 2", "langfuse2.py", func(t *testing.T) string { return vendorPython(t, "e2e-langfuse2") }, true, "langfuse-python", false, false, false},
		{"JavaScript 5", "langfuse5.mjs", vendorNode, false, "langfuse-sdk", true, true, true},
		{"Python 5", "langfuse5.py", func(t *testing.T) string { return vendorPython(t, "e2e-vendors") }, true, "langfuse-sdk", false, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			interpreter := c.interpreter(t)
			i := shared.get(t)
			provider, env := startVaryingProvider(t)
			provider.FailCall(4, http.StatusTooManyRequests)
			tenant := shared.tenant(t)
			runVendor(t, append(env, langfuseAt(i, tenant, "http://"+i.events)...), interpreter, c.script)

			billed := provider.Calls()
			if len(billed) != 6 {
				t.Fatalf("the provider was called %d times", len(billed))
			}
			n := 8
			if c.scores {
				n += 3
			}
			if c.embeddings {
				n++
			}
			spans := i.vendorSpans(t, tenant, n)
			for at, name := range []string{"ask", "ask-stream", "ask-tool"} {
				// The wrappers put the model that answered where the one asked for was.
				expected := vendorCall{parent: "plan", billed: billed[at], model: "gpt-5-mini-2025-08-07"}
				if name == "ask-stream" && c.streamKeepsModel {
					expected.model = ""
				}
				expected.check(t, spans[name])
			}
			vendorCall{parent: "nested", billed: billed[5]}.check(t, spans["by-hand"])
			for _, name := range []string{"plan", "nested", "ask", "ask-stream", "ask-tool", "refused", "by-hand", "note"} {
				s := spans[name]
				if s == nil {
					t.Errorf("%s was not stored", name)
					continue
				}
				wantText(t, name+": user", s.User, "user-7")
				wantText(t, name+": session", s.Session, "session-42")
				wantText(t, name+": scope", s.Scope.Name, c.scope)
				if s.TraceID != spans["plan"].TraceID {
					t.Errorf("%s is in another trace", name)
				}
			}
			if t.Failed() {
				return
			}
			if c.embeddings {
				langfuseEmbedding(t, spans["embed"], billed[4], c.noEmbeddingUsage)
			}
			langfuseDetails(t, spans)
			if c.scores {
				langfuseScores(t, spans)
			}
			if err := i.exactly(tenant, n); err != nil {
				t.Error(err)
			}
		})
	}
}

// An embedding has input only, at 0.02 USD per million tokens. Where the client does not send it, it is unknown and costs nothing known.
func langfuseEmbedding(t *testing.T, s *vendorSpan, billed fakeprovider.Call, noUsage bool) {
	t.Helper()
	if s == nil {
		t.Fatal("the embedding was not stored")
	}
	wantText(t, "the embedding's role", s.Role, "embedding")
	wantText(t, "the embedding's model", s.LLM.RequestModel, "text-embedding-3-small")
	if noUsage {
		wantVendor(t, "the embedding's input", s.Usage.Input, nil)
		wantVendor(t, "the embedding's cost", s.Cost.Amount, nil)
		return
	}
	wantVendor(t, "the embedding's input", s.Usage.Input, &billed.Usage.Input)
	cost := new(big.Rat).SetFrac64(billed.Usage.Input*20, 1_000_000_000).FloatString(12)
	if s.Cost.Amount == nil || !sameNumber(*s.Cost.Amount, cost) {
		t.Errorf("the embedding costs %s, want %s", text(s.Cost.Amount), cost)
	}
}

func langfuseDetails(t *testing.T, spans map[string]*vendorSpan) {
	t.Helper()
	ask, stream, refused := spans["ask"], spans["ask-stream"], spans["refused"]
	wantText(t, "prompt", ask.Prompt.Name, "weather")
	wantText(t, "prompt version", ask.Prompt.Version, "3")
	half := 0.5
	wantVendor(t, "temperature", ask.LLM.Temperature, &half)
	yes := true
	wantVendor(t, "stream", stream.LLM.Stream, &yes)
	wantText(t, "the refused call's outcome", refused.Outcome, "error")
	if refused.Usage.Input != nil || refused.Usage.Output != nil || refused.Cost.Amount != nil {
		t.Errorf("a call that failed has %s and %s tokens and costs %s", text(refused.Usage.Input), text(refused.Usage.Output), text(refused.Cost.Amount))
	}
	if got := fmt.Sprint(ask.Attributes["langfuse.trace.tags"]); got != "[beta eu]" {
		t.Errorf("the trace's tags are %s", got)
	}
	if got := fmt.Sprint(ask.Attributes["langfuse.trace.metadata.plan"]); strings.Trim(got, `"`) != "pro" { // Python 5 sends JSON
		t.Errorf("the trace's metadata is %s", got)
	}
	if spans["plan"].Parent != "" || spans["nested"].Parent != "plan" {
		t.Errorf("plan is below %q, nested below %q", spans["plan"].Parent, spans["nested"].Parent)
	}
}

func langfuseScores(t *testing.T, spans map[string]*vendorSpan) {
	t.Helper()
	for name, expected := range map[string]struct {
		parent, key string
		value       any
	}{
		"helpful": {"", "gen_ai.evaluation.score.value", 0.75},
		"tone":    {"by-hand", "gen_ai.evaluation.score.label", "friendly"},
		"solved":  {"", "gen_ai.evaluation.score.value", 1.0},
	} {
		s := spans["score "+name]
		if s == nil {
			t.Errorf("the score %s was not stored", name)
			continue
		}
		if got := s.Attributes[expected.key]; got != expected.value {
			t.Errorf("the score %s is %v, want %v", name, got, expected.value)
		}
		if s.TraceID != spans["plan"].TraceID || s.Parent != expected.parent {
			t.Errorf("the score %s is below %q in trace %s", name, s.Parent, s.TraceID)
		}
	}
	if got := spans["score helpful"].Attributes["gen_ai.evaluation.explanation"]; got != "close enough" {
		t.Errorf("the comment is %v", got)
	}
}
