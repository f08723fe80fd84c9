package genai

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/testkit"
)

// output is everything the package says about the recorded cases: every attribute and every decision.
func output(t testing.TB, skip string, settled bool) string {
	t.Helper()
	var all []any
	for _, td := range corpus(t) {
		entries := readAll(td, skip, settled)
		for i := range entries {
			WriteVerdict(entries[i].Span.Attributes(), &entries[i].Call)
			all = append(all, testkit.Raw(entries[i].Span.Attributes()), fmt.Sprintf("%+v", entries[i].Call))
		}
	}
	raw, err := json.Marshal(all)
	require.NoError(t, err)
	return string(raw)
}

// corpus is the recorded cases and made-up spans for what no recorded client does.
func corpus(t testing.TB) []ptrace.Traces {
	t.Helper()
	var out []ptrace.Traces
	for _, c := range testkit.Cases(t) {
		if c.HasTraces() {
			out = append(out, testkit.OneRequest(c.Traces(t)))
		}
	}
	return append(out, trace(t,
		node{name: "odd", attrs: chat(attrs{
			"gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 20, "gen_ai.usage.reasoning_tokens": 5, "gen_ai.usage.total_tokens": 35,
		})},
		node{name: "total", attrs: attrs{"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "voyage-3.5", "gen_ai.usage.total_tokens": 9}},
		node{name: "half", attrs: chat(attrs{"gen_ai.usage.input_tokens": 0, "gen_ai.usage.output_tokens": 20})},
		node{name: "broken", attrs: chat(attrs{"gen_ai.provider.name": "openai", "gen_ai.usage.output_tokens": 20, "gen_ai.usage.reasoning_tokens": 50})},
	))
}

// A rule that can be taken out without any output changing is dead, and a rule nobody would miss is a rule nobody tests.
func TestEveryRuleIsNeeded(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine at a time: nothing for the race detector")
	}
	whole := output(t, "", true)
	for _, r := range rules {
		assert.False(t, whole == output(t, r.name, true), "rule %s changes nothing", r.name)
	}
	assert.False(t, whole == output(t, "", false), "the cross-span rules change nothing")
}

// Scope names are a help, not a need: a client nobody has heard of that writes the same attributes is read the same.
func TestUnknownScopes(t *testing.T) {
	changed, total := 0, 0
	for _, c := range testkit.Cases(t) {
		if !c.HasTraces() {
			continue
		}
		total++
		known := figuresOf(testkit.OneRequest(c.Traces(t)), "")
		hidden := testkit.OneRequest(c.Traces(t))
		for _, rs := range hidden.ResourceSpans().All() {
			for _, ss := range rs.ScopeSpans().All() {
				ss.Scope().SetName("unheard.of")
				ss.Scope().SetVersion("")
			}
		}
		if got := figuresOf(hidden, ""); got.String() != known.String() {
			changed++
			t.Logf("%s: %s, with its scope: %s", c.Name(), got.String(), known.String())
		}
	}
	assert.LessOrEqual(t, changed*20, total, "%d of %d cases change without scope names; at most 5 %% may", changed, total)
}

// Behind another WatchLLM nothing changes: counts are not converted twice, flags and raw reasons are not lost.
func TestReadingTwiceIsReadingOnce(t *testing.T) {
	for _, drop := range []bool{false, true} {
		for _, td := range corpus(t) {
			for _, rs := range td.ResourceSpans().All() {
				for _, ss := range rs.ScopeSpans().All() {
					scope := ss.Scope().Name() + "@" + ss.Scope().Version()
					for _, span := range ss.Spans().All() {
						rewriteSpan(scope, span, drop)
						once := testkit.Raw(span.Attributes())
						rewriteSpan(scope, span, drop)
						require.Equal(t, once, testkit.Raw(span.Attributes()))
					}
				}
			}
		}
	}
}

func TestDroppingOriginals(t *testing.T) {
	in := attrs{
		"llm.request.type": "chat", "llm.request.model": "gpt-4", "llm.usage.prompt_tokens": 10, "llm.usage.completion_tokens": "2",
		"llm.temperature": 1, "user.id": "u", "http.route": "/x",
	}
	kept := rewrite(t, "x", in, false)
	assert.Contains(t, kept, "llm.usage.prompt_tokens")
	dropped := rewrite(t, "x", in, true)
	assert.NotContains(t, dropped, "llm.usage.prompt_tokens")
	assert.NotContains(t, dropped, "llm.request.type")
	for key, want := range (attrs{
		"gen_ai.usage.input_tokens": int64(10), "gen_ai.usage.output_tokens": int64(2), "gen_ai.request.model": "gpt-4",
		"gen_ai.request.temperature": 1.0, "gen_ai.operation.name": "chat", "http.route": "/x",
		"user.id": "u", "watchllm.user.id": "u",
	}) {
		assert.Equal(t, want, dropped[key], key)
		assert.Equal(t, want, kept[key], key)
	}
}
