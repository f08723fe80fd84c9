package e2e

import (
	"net/http"
	"testing"
)

// langSmithAt is all that an application with a client of LangSmith's is given.
func langSmithAt(i *instance, tenant, address string) []string {
	return []string{"LANGSMITH_TRACING=true", "LANGSMITH_ENDPOINT=" + address, "LANGSMITH_API_KEY=" + i.keys[tenant], "LANGSMITH_PROJECT=e2e"}
}

func langSmithPython(t *testing.T) string { return vendorPython(t, "e2e-vendors") }

// langSmithClient is one way in which an application reports its runs.
type langSmithClient struct {
	name, script, mode string
	interpreter        func(t *testing.T) string
	env                []string
	// lost is set where feedback has nothing to be tied to: OTLP from Python has no ids of runs.
	lost bool
	// unsent is set where the client does not report streams and runs by hand: OTLP from JavaScript.
	unsent bool
	// langChain is set for the application that has no run by hand, and sends no feedback.
	langChain bool
}

// The same application, told in every way that LangSmith's clients know: every run is stored once, every call as the provider billed
// it, below the run it was made in.
func TestLangSmith(t *testing.T) {
	for _, c := range []langSmithClient{
		{name: "Python", script: "langsmith_runs.py", mode: "multipart", interpreter: langSmithPython},
		{name: "Python in batches", script: "langsmith_runs.py", mode: "batch", interpreter: langSmithPython},
		{name: "Python one by one", script: "langsmith_runs.py", mode: "single", interpreter: langSmithPython},
		{name: "Python over OTLP", script: "langsmith_runs.py", mode: "multipart", interpreter: langSmithPython, env: []string{"LANGSMITH_TRACING_MODE=otel"}, lost: true},
		{name: "Python both ways", script: "langsmith_runs.py", mode: "multipart", interpreter: langSmithPython, env: []string{"LANGSMITH_OTEL_ENABLED=true"}},
		{name: "JavaScript", script: "langsmith_runs.mjs", mode: "multipart", interpreter: vendorNode},
		{name: "JavaScript one by one", script: "langsmith_runs.mjs", mode: "single", interpreter: vendorNode},
		{name: "JavaScript over OTLP", script: "langsmith_runs.mjs", mode: "otel", interpreter: vendorNode, env: []string{"OTEL_ENABLED=true"}, unsent: true},
		{name: "LangChain", script: "langchain.mjs", interpreter: vendorNode, langChain: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			interpreter := c.interpreter(t)
			i := shared.get(t)
			provider, env := startVaryingProvider(t)
			provider.FailCall(4, http.StatusTooManyRequests)
			tenant := shared.tenant(t)
			runVendor(t, append(append(env, langSmithAt(i, tenant, "http://"+i.events)...), c.env...), interpreter, c.script, c.mode)

			calls, n := 5, 11
			if c.langChain {
				calls, n = 4, 6
			}
			if c.unsent {
				n -= 2
			}
			billed := provider.Calls()
			if len(billed) != calls {
				t.Fatalf("the provider was called %d times", len(billed))
			}
			spans := i.vendorSpans(t, tenant, n)
			for at, name := range []string{"ask", "ask-stream", "ask-tool"} {
				if c.unsent && name == "ask-stream" {
					continue
				}
				vendorCall{parent: "plan", billed: billed[at], served: "gpt-5-mini-2025-08-07", responseID: "chatcmpl-" + billed[at].ID}.check(t, spans[name])
			}
			names := []string{"plan", "ask", "ask-tool", "refused", "weather"}
			if !c.unsent {
				names = append(names, "ask-stream")
			}
			if !c.langChain {
				vendorCall{parent: "nested", billed: billed[4]}.check(t, spans["by-hand"])
				names = append(names, "nested", "by-hand")
			}
			for _, name := range names {
				s := spans[name]
				if s == nil {
					t.Errorf("%s was not stored", name)
					continue
				}
				wantText(t, name+": user", s.User, "user-7")
				wantText(t, name+": session", s.Session, "session-42")
				if s.TraceID != spans["plan"].TraceID {
					t.Errorf("%s is in another trace", name)
				}
			}
			if t.Failed() {
				return
			}
			refused := spans["refused"]
			wantText(t, "the refused call's outcome", refused.Outcome, "error")
			if refused.Usage.Input != nil || refused.Cost.Amount != nil {
				t.Errorf("a call that failed has %s tokens and costs %s", text(refused.Usage.Input), text(refused.Cost.Amount))
			}
			wantText(t, "the tool's role", spans["weather"].Role, "tool")
			if spans["weather"].Parent != "plan" || spans["plan"].Parent != "" {
				t.Errorf("weather is below %q, plan below %q", spans["weather"].Parent, spans["plan"].Parent)
			}
			if !c.langChain {
				langSmithFeedback(t, spans, c.lost)
				if !c.unsent && spans["tree"] == nil {
					t.Error("the run by hand was not stored")
				}
			}
			if err := i.exactly(tenant, n); err != nil {
				t.Error(err)
			}
		})
	}
}

func langSmithFeedback(t *testing.T, spans map[string]*vendorSpan, lost bool) {
	t.Helper()
	helpful, tone := spans["score helpful"], spans["score tone"]
	if helpful == nil || tone == nil {
		t.Fatalf("not all feedback was stored: %v and %v", helpful, tone)
	}
	if v := helpful.Attributes["gen_ai.evaluation.score.value"]; v != 0.75 {
		t.Errorf("the score is %v", v)
	}
	if v := helpful.Attributes["gen_ai.evaluation.explanation"]; v != "close enough" {
		t.Errorf("the comment is %v", v)
	}
	if v := tone.Attributes["gen_ai.evaluation.score.label"]; v != "friendly" {
		t.Errorf("the word is %v", v)
	}
	for _, s := range []*vendorSpan{helpful, tone} {
		if !lost && (s.TraceID != spans["plan"].TraceID || s.Parent != "plan") {
			t.Errorf("%s is below %q in trace %s", s.Name, s.Parent, s.TraceID)
		}
	}
}
