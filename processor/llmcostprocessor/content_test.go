package llmcostprocessor

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/genai/message"
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/testkit"
)

// said are words of the prompts, answers and tool definitions in the recordings; no name of a model, a tool or a client has them.
var said = regexp.MustCompile(`Paris|sunny|Be brief|Weather for|Weather in|"m[0-9]+"|context length|Rate limit|Overloaded[^E]|Slow down`)

func wire(t *testing.T, td ptrace.Traces) string {
	t.Helper()
	raw, err := (&ptrace.JSONMarshaler{}).MarshalTraces(td)
	require.NoError(t, err)
	return string(raw)
}

// Drop is a promise: nothing anybody said is left of any recorded client, wherever it put it, and counts, models and tools are.
func TestDropLeavesNoWords(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine at a time: nothing for the race detector")
	}
	keep, _ := newTestProcessor(t, &Config{TrustBills: true})
	drop, _ := newTestProcessor(t, &Config{Content: ContentConfig{Mode: "drop", MaxBytes: 1024}})
	spoke := 0
	for _, c := range testkit.Cases(t) {
		if !c.HasTraces() {
			continue
		}
		kept := process(t, keep, testkit.OneRequest(c.Traces(t)))
		dropped := process(t, drop, testkit.OneRequest(c.Traces(t)))
		if said.MatchString(wire(t, kept)) {
			spoke++
		}
		if at := said.FindStringIndex(wire(t, dropped)); at != nil {
			t.Errorf("%s: still says %q", c.Name(), wire(t, dropped)[max(at[0]-80, 0):at[1]])
		}
		assert.Equal(t, figuresOf(kept).String(), figuresOf(dropped).String(), c.Name())
		after := allSpans(dropped)
		for i, span := range allSpans(kept) {
			for _, key := range []string{
				semconv.GenAIResponseFinishReasons, semconv.GenAIToolName, semconv.GenAIRequestModel, semconv.GenAIResponseID, semconv.WatchLLMCostAmount,
				semconv.GenAIConversationID, semconv.GenAIOutputType, semconv.GenAIOperationName, semconv.ErrorType, semconv.WatchLLMOutcome,
			} {
				if want, ok := span.Attributes().Get(key); ok {
					got, _ := after[i].Attributes().Get(key)
					assert.Equal(t, want.AsRaw(), got.AsRaw(), "%s: %s", c.Name(), key)
				}
			}
		}
	}
	assert.Greater(t, spoke, 50, "most recorded cases have words to drop")
}

// Cut is a limit on every field wherever its text stands, also under the client's own names.
func TestCutLimitsEveryField(t *testing.T) {
	const limit = 300
	cut, _ := newTestProcessor(t, &Config{Content: ContentConfig{Mode: "cut", MaxBytes: limit}})
	keep, _ := newTestProcessor(t, &Config{TrustBills: true})
	shortened := 0
	for _, c := range testkit.Cases(t) {
		if !c.HasTraces() {
			continue
		}
		kept := process(t, keep, testkit.OneRequest(c.Traces(t)))
		td := process(t, cut, testkit.OneRequest(c.Traces(t)))
		assert.Equal(t, figuresOf(kept).String(), figuresOf(td).String(), c.Name())
		for _, span := range allSpans(td) {
			a := span.Attributes()
			for key, v := range a.All() {
				if genai.IsContentKey(key) && v.Type() == pcommon.ValueTypeStr {
					assert.LessOrEqual(t, len(v.Str()), limit, "%s: %s", c.Name(), key)
				}
			}
			for _, key := range []string{semconv.GenAIInputMessages, semconv.GenAIOutputMessages, semconv.GenAISystemInstructions, semconv.GenAIToolDefinitions} {
				if v, ok := a.Get(key); ok {
					assert.True(t, json.Valid([]byte(v.Str())), "%s: %s is %s", c.Name(), key, v.Str())
				}
			}
			if names, ok := a.Get(semconv.WatchLLMContentTruncated); ok {
				shortened++
				assert.Positive(t, names.Slice().Len())
			}
		}
		once := goldenOf(t, td)
		assert.True(t, once == goldenOf(t, process(t, cut, td)), "%s changes when it is cut again", c.Name())
	}
	assert.Greater(t, shortened, 20)
}

func tenantTraces(tenants ...string) ptrace.Traces {
	td := ptrace.NewTraces()
	for _, tenant := range tenants {
		rs := td.ResourceSpans().AppendEmpty()
		rs.Resource().Attributes().PutStr(semconv.WatchLLMTenantID, tenant)
		rs.Resource().Attributes().PutStr("process.command_line", "agent -p 'tell me a secret'")
		ss := rs.ScopeSpans().AppendEmpty()
		span := ss.Spans().AppendEmpty()
		span.Status().SetMessage("cannot answer: tell me a secret")
		a := span.Attributes()
		a.PutStr("gen_ai.operation.name", "chat")
		a.PutStr("gen_ai.request.model", "gpt-4")
		a.PutStr("gen_ai.input.messages", `[{"role":"system","content":"be kind"},{"role":"user","content":"`+strings.Repeat("tell me a secret ", 100)+`"}]`)
		a.PutStr("my.company.prompt", "tell me a secret")
		a.PutStr("gen_ai.prompt.0.content", "tell me a secret")
		e := span.Events().AppendEmpty()
		e.SetName("exception")
		e.Attributes().PutStr("exception.type", "BadRequest")
		e.Attributes().PutStr("exception.message", "bad prompt: tell me a secret")
		e = span.Events().AppendEmpty()
		e.SetName("gen_ai.user.message")
		e.Attributes().PutEmptyMap("content").PutStr("text", "tell me a secret")
		ordinary := ss.Spans().AppendEmpty()
		ordinary.Attributes().PutStr("input.value", "tell me a secret")
		ordinary.Attributes().PutStr("db.query.text", "select 1")
		ordinary.Status().SetMessage("upstream said: tell me a secret")
	}
	return td
}

func TestEachTenantHasItsPolicy(t *testing.T) {
	p, tel := newTestProcessor(t, &Config{Content: ContentConfig{Mode: "keep", MaxBytes: 2048, Tenants: map[string]TenantContent{
		"acme": {Mode: "drop"}, "beta": {Mode: "cut", MaxBytes: 512},
	}}})
	td := process(t, p, tenantTraces("acme", "beta", "gamma"))
	byTenant := map[string]ptrace.ResourceSpans{}
	for _, rs := range td.ResourceSpans().All() {
		byTenant[genai.TenantOf(rs.Resource())] = rs
	}
	textOf := func(tenant string) string {
		one := ptrace.NewTraces()
		byTenant[tenant].CopyTo(one.ResourceSpans().AppendEmpty())
		return wire(t, one)
	}
	assert.NotContains(t, textOf("acme"), "secret")
	assert.NotContains(t, textOf("acme"), "be kind")
	assert.Contains(t, textOf("acme"), "select 1", "what is not a model's stays")
	assert.Contains(t, textOf("acme"), "BadRequest")
	acme := byTenant["acme"].ScopeSpans().At(0).Spans().At(0).Attributes()
	assert.Equal(t, []any{
		"exception/exception.message", "gen_ai.input.messages", "gen_ai.prompt", "gen_ai.user.message/content", "my.company.prompt", "status.message",
	}, raw(acme, semconv.WatchLLMContentDropped))

	beta := byTenant["beta"].ScopeSpans().At(0).Spans().At(0).Attributes()
	messages, _ := beta.Get(semconv.GenAIInputMessages)
	assert.LessOrEqual(t, len(messages.Str()), 512)
	assert.Contains(t, messages.Str(), "be kind", "instructions stay")
	assert.Contains(t, messages.Str(), message.Marker)
	assert.Equal(t, []any{"gen_ai.input.messages"}, raw(beta, semconv.WatchLLMContentTruncated))
	assert.Equal(t, int64(1820), raw(beta, semconv.WatchLLMContentInputMessagesOriginalBytes))

	gamma := byTenant["gamma"].ScopeSpans().At(0).Spans().At(0).Attributes()
	whole, _ := gamma.Get(semconv.GenAIInputMessages)
	assert.Len(t, whole.Str(), 1820)
	assert.Contains(t, textOf("gamma"), "agent -p")

	assert.Equal(t, map[string]int64{"cut": 1, "drop": 9}, sums(t, tel, "otelcol_processor_llm_cost_content_fields"))
}

func raw(a pcommon.Map, key string) any {
	v, ok := a.Get(key)
	if !ok {
		return nil
	}
	return v.AsRaw()
}

func sums(t *testing.T, tel interface {
	GetMetric(string) (metricdata.Metrics, error)
}, name string) map[string]int64 {
	t.Helper()
	m, err := tel.GetMetric(name)
	require.NoError(t, err)
	out := map[string]int64{}
	for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
		action, _ := p.Attributes.Value("action")
		out[action.AsString()] += p.Value
	}
	return out
}

// A gateway that drops behind a sidecar that keeps still drops: what another WatchLLM wrote is no exception.
func TestSecondWatchLLMMayBeStricter(t *testing.T) {
	keep, _ := newTestProcessor(t, &Config{TrustBills: true})
	drop, _ := newTestProcessor(t, &Config{Content: ContentConfig{Mode: "drop", MaxBytes: 1024}})
	td := process(t, drop, process(t, keep, tenantTraces("acme")))
	assert.NotContains(t, wire(t, td), "secret")
	once := goldenOf(t, td)
	assert.Equal(t, once, goldenOf(t, process(t, drop, td)), "dropped twice")
}
