package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/watchllm/watchllm/test/e2e/fakeprovider"
)

// spanList waits until a tenant's traces have so many spans together, and returns them all, a span before those below it.
func (i *instance) spanList(t *testing.T, tenant string, n int) (list []*vendorSpan) {
	t.Helper()
	var cards []traceCard
	within(t, lateLimit, fmt.Sprintf("%d spans", n), func() (err error) {
		if cards, err = i.traces(tenant); err != nil {
			return err
		}
		total := 0
		for _, card := range cards {
			total += card.Spans
		}
		if total != n {
			return fmt.Errorf("%d spans in %d traces: %s", total, len(cards), i.spanNames(tenant))
		}
		return nil
	})
	for _, card := range cards {
		var detail struct{ Spans []*vendorSpan }
		if _, err := i.get(i.keys[tenant], "/api/v1/traces/"+card.TraceID, &detail); err != nil {
			t.Fatal(err)
		}
		var walk func(parent string, spans []*vendorSpan)
		walk = func(parent string, spans []*vendorSpan) {
			for _, s := range spans {
				s.TraceID, s.Parent = card.TraceID, parent
				list = append(list, s)
				walk(s.Name, s.Children)
			}
		}
		walk("", detail.Spans)
	}
	return list
}

// agentTree is what the application of openai_agents.* does, the calls being called as the API's are.
const agentTree = `visit other
 task workflow
  meteorologist agent
   turn step
    CALL llm
    weather tool
   turn step
    CALL llm
 task workflow
  triage agent
   turn step
    CALL llm
    handoff step
  meteorologist agent
   turn step
    CALL llm
 task workflow
  boss agent
   turn step
    CALL llm
    ask_expert tool
     task workflow
      expert agent
       turn step
        CALL llm
   turn step
    CALL llm
 task workflow
  plain agent
   turn step
    CALL llm
 task workflow
  plain agent
   turn step
    CALL llm
`

// tree writes spans as agentTree does.
func tree(spans []*vendorSpan, indent string, b *strings.Builder) {
	for _, s := range spans {
		fmt.Fprintf(b, "%s%s %s\n", indent, s.Name, text(s.Role))
		tree(s.Children, indent+" ", b)
	}
}

// The same agents, told by both SDKs with both APIs: a tool, a handoff, an agent used as a tool, a stream and a refused call.
func TestOpenAIAgents(t *testing.T) {
	for _, c := range []struct {
		name, script, api, call string
		interpreter             func(t *testing.T) string
		check                   func(t *testing.T, billed []fakeprovider.Call, spans []*vendorSpan)
		uncounted               func(billed []fakeprovider.Call) int64 // input tokens that the client does not tell of a call
	}{
		{"Python, chat", "openai_agents.py", "chat_completions", "generation", agentsPython, agentsChat, nothing},
		{"JavaScript, chat", "openai_agents.mjs", "chat_completions", "generation", vendorNode, agentsChat, nothing},
		{"Python, responses", "openai_agents.py", "responses", "response", agentsPython, agentsResponses, nothing},
		{"JavaScript, responses", "openai_agents.mjs", "responses", "response", vendorNode, agentsTurns, outerAgent},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			interpreter := c.interpreter(t)
			i := shared.get(t)
			provider, env := startVaryingProvider(t)
			provider.FailCall(9, http.StatusTooManyRequests)
			tenant := shared.tenant(t)
			runVendor(t, append(env, "WATCHLLM_API_KEY="+i.keys[tenant], "WATCHLLM_ENDPOINT=http://"+i.events), interpreter, c.script, c.api)

			billed := provider.Calls()
			if len(billed) != 9 || billed[8].Status != http.StatusTooManyRequests {
				t.Fatalf("the provider was called %d times: %+v", len(billed), billed)
			}
			expected := strings.ReplaceAll(agentTree, "CALL", c.call)
			var spans []*vendorSpan
			// What came in separate requests is settled when it is stored.
			within(t, lateLimit, "every call counted once", func() error {
				spans = i.spanList(t, tenant, strings.Count(expected, "\n"))
				calls, input, due := 0, int64(0), -c.uncounted(billed)
				for _, b := range billed {
					due += b.Usage.Input
				}
				for _, s := range spans {
					if text(s.Usage.Role) == "call" {
						calls++
						if s.Usage.Input != nil {
							input += *s.Usage.Input
						}
					}
				}
				if err := want("calls", calls, len(billed)); err != nil {
					return err
				}
				return want("input tokens", input, due)
			})
			var got strings.Builder
			tree(slices.DeleteFunc(slices.Clone(spans), func(s *vendorSpan) bool { return s.Parent != "" }), "", &got)
			if got.String() != expected {
				t.Fatalf("the spans are\n%s", &got)
			}
			for _, s := range spans {
				wantText(t, s.Name+": session", s.Session, "session-42")
				if s.TraceID != spans[0].TraceID {
					t.Errorf("%s is in another trace", s.Name)
				}
				if text(s.Role) == "agent" {
					wantText(t, s.Name+": agent", s.Agent.Name, s.Name)
				}
			}
			c.check(t, billed, spans)
			calls := modelSpans(spans)
			if refused := calls[8]; text(refused.Outcome) != "error" || refused.Usage.Input != nil || refused.Cost.Amount != nil {
				t.Errorf("the refused call: outcome %s, %s tokens, cost %s", text(refused.Outcome), text(refused.Usage.Input), text(refused.Cost.Amount))
			}
			if err := i.exactly(tenant, len(spans)); err != nil {
				t.Error(err)
			}
		})
	}
}

func nothing([]fakeprovider.Call) int64 { return 0 }

// outerAgent is the call of the agent that asked another one, which JavaScript tells in one sum with the other's.
func outerAgent(billed []fakeprovider.Call) int64 { return billed[4].Usage.Input }

func agentsPython(t *testing.T) string { return vendorPython(t, "e2e-vendors") }

// modelSpans are the calls of a model, in the order in which they were made.
func modelSpans(spans []*vendorSpan) (calls []*vendorSpan) {
	for _, s := range spans {
		if text(s.Role) == "llm" {
			calls = append(calls, s)
		}
	}
	return calls
}

// agentsChat: every call has all that the provider billed, and nothing else counts.
func agentsChat(t *testing.T, billed []fakeprovider.Call, spans []*vendorSpan) {
	calls := modelSpans(spans)
	for n, b := range billed[:8] {
		vendorCall{parent: "turn", billed: b}.check(t, calls[n])
	}
	for _, s := range spans {
		if role := text(s.Usage.Role); role == "call" && text(s.Role) != "llm" {
			t.Errorf("%s counts as well", s.Name)
		}
	}
}

// agentsResponses: the SDK reports the counts of every answer, but not the model that gave it.
func agentsResponses(t *testing.T, billed []fakeprovider.Call, spans []*vendorSpan) {
	for n, s := range modelSpans(spans)[:8] {
		checkCounts(t, s, billed[n].Usage, &billed[n].Usage.Reasoning)
		wantText(t, s.Name+": response id", s.LLM.ResponseID, "resp_"+billed[n].ID)
		wantText(t, s.Name+": usage role", s.Usage.Role, "call")
		wantText(t, s.Name+": cost status", s.Cost.Status, "unknown_model")
	}
}

// agentsTurns: the SDK reports counts of turns only. That of the turn in which an agent asked another has both agents' counts in it, so
// that it cannot count beside the other's.
func agentsTurns(t *testing.T, billed []fakeprovider.Call, spans []*vendorSpan) {
	var turns []*vendorSpan
	for _, s := range spans {
		if s.Name == "turn" && len(turns) < 8 {
			turns = append(turns, s)
		}
	}
	for n, s := range turns {
		u, role := billed[n].Usage, "call"
		if n == 4 {
			inner := billed[5].Usage
			u = fakeprovider.Usage{Input: u.Input + inner.Input, Output: u.Output + inner.Output, CacheRead: u.CacheRead + inner.CacheRead}
			role = "aggregate"
		}
		checkCounts(t, s, u, nil)
		wantText(t, fmt.Sprintf("turn %d: usage role", n), s.Usage.Role, role)
	}
	for n, s := range modelSpans(spans)[:8] {
		wantText(t, s.Name+": response id", s.LLM.ResponseID, "resp_"+billed[n].ID)
	}
}

func checkCounts(t *testing.T, s *vendorSpan, u fakeprovider.Usage, reasoning *int64) {
	t.Helper()
	wantVendor(t, s.Name+": input tokens", s.Usage.Input, &u.Input)
	wantVendor(t, s.Name+": output tokens", s.Usage.Output, &u.Output)
	wantVendor(t, s.Name+": cached tokens", s.Usage.CacheRead, &u.CacheRead)
	wantVendor(t, s.Name+": reasoning tokens", s.Usage.Reasoning, reasoning)
}
