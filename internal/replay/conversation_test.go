package replay

import (
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

var (
	testUntil = time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	// A placeholder is a lower-case word in braces; JSON objects have a quote there.
	placeholder = regexp.MustCompile(`\{[a-z_]+\}`)
)

func generated(t *testing.T, o DemoOptions) ([]batch, Summary) {
	t.Helper()
	o.fillDefaults()
	batches, sum, err := generate(o)
	require.NoError(t, err)
	return batches, sum
}

func TestTemplates(t *testing.T) {
	templates, err := loadConversations()
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(templates), 12)
	names, providers, kinds, generationsUsed := map[string]bool{}, map[string]bool{}, map[stepKind]bool{}, map[string]bool{}
	var walk func(steps []*step)
	walk = func(steps []*step) {
		for _, s := range steps {
			kinds[s.Kind] = true
			providers[s.Provider] = true
			walk(s.Steps)
			walk(s.Calls)
		}
	}
	for _, c := range templates {
		assert.False(t, names[c.Name], "two templates are called %s", c.Name)
		names[c.Name] = true
		generationsUsed[c.Names] = true
		walk(c.Turns)
	}
	assert.Len(t, kinds, 7, "every kind of step is shown")
	assert.Len(t, generationsUsed, len(generations), "every generation of names is shown")
	for _, p := range []string{"openai", "anthropic", "gcp.gemini", "mistral_ai", "deepseek", "x_ai", "ollama"} {
		assert.True(t, providers[p], p)
	}
}

func TestTemplatesRefuseWhatTheyDoNotKnow(t *testing.T) {
	for name, s := range map[string]step{
		"kind":               {Kind: "chat"},
		"tool without name":  {Kind: kindTool},
		"model without text": {Kind: kindModel, Provider: "openai", Model: "gpt-5"},
		"cache":              {Kind: kindModel, Provider: "openai", Model: "gpt-5", Say: "hi", Cache: "always"},
		"embedding":          {Kind: kindEmbedding, Provider: "openai", Model: "text-embedding-3-small"},
		"below":              {Kind: kindAgent, Name: "a", Steps: []*step{{Kind: kindRetrieval}}},
	} {
		assert.Error(t, s.validate(), name)
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	encode := func(seed uint64) []byte {
		batches, _ := generated(t, DemoOptions{Seed: seed, Until: testUntil, Traces: 60, Tenants: []Tenant{{Key: "a"}, {Key: "b"}}})
		var all []byte
		for _, b := range batches {
			raw, err := ptraceotlp.NewExportRequestFromTraces(b.traces).MarshalProto()
			require.NoError(t, err)
			all = append(append(all, b.tenant.Key...), raw...)
		}
		return all
	}
	assert.Equal(t, encode(7), encode(7))
	assert.NotEqual(t, encode(7), encode(8))
}

func TestWithoutSeedEveryRunDiffers(t *testing.T) {
	_, a := generated(t, DemoOptions{Traces: 1})
	_, b := generated(t, DemoOptions{Traces: 1})
	assert.NotEqual(t, a.Seed, b.Seed)
	assert.NotZero(t, a.Seed)
}

func TestSpansAreWellFormed(t *testing.T) {
	const window = 24 * time.Hour
	batches, sum := generated(t, DemoOptions{Seed: 3, Until: testUntil, Traces: 300, Spread: window})
	ids, parents := map[pcommon.SpanID]bool{}, []pcommon.SpanID{}
	traceIDs := map[pcommon.TraceID]bool{}
	var latest time.Time
	hours := map[int]int{}
	for _, b := range batches {
		assert.LessOrEqual(t, b.traces.SpanCount(), batchSpans)
		for span := range spansOf(b.traces) {
			require.False(t, ids[span.SpanID()], "span id twice")
			ids[span.SpanID()] = true
			traceIDs[span.TraceID()] = true
			if !span.ParentSpanID().IsEmpty() {
				parents = append(parents, span.ParentSpanID())
			}
			start, end := span.StartTimestamp().AsTime(), span.EndTimestamp().AsTime()
			assert.False(t, end.Before(start), "%s ends before it starts", span.Name())
			assert.False(t, end.After(testUntil), "%s ends in the future", span.Name())
			assert.True(t, start.After(testUntil.Add(-window-time.Hour)), "%s is older than asked for", span.Name())
			if end.After(latest) {
				latest = end
			}
			hours[int(testUntil.Sub(end)/time.Hour)]++
			for key, value := range span.Attributes().All() {
				assert.NotRegexp(t, placeholder, value.AsString(), "%s of %s", key, span.Name())
			}
		}
	}
	for _, p := range parents {
		assert.True(t, ids[p], "a parent is missing")
	}
	assert.Len(t, traceIDs, sum.Traces)
	assert.GreaterOrEqual(t, sum.Traces, 300)
	assert.Equal(t, testUntil, latest)
	assert.Greater(t, len(hours), 18, "spread over the day")
}

// What the spans say, read by the rule of the scope that sends them, is what the truth says.
func TestTruthIsWhatTheSpansSay(t *testing.T) {
	batches, sum := generated(t, DemoOptions{Seed: 11, Until: testUntil, Traces: 400})
	var got Truth
	for _, b := range batches {
		for span := range spansOf(b.traces) {
			a := span.Attributes()
			operation, _ := a.Get("gen_ai.operation.name")
			if op := operation.Str(); op != "chat" && op != "embeddings" {
				continue
			}
			got.Calls++
			if span.Status().Code() == ptrace.StatusCodeError {
				got.Failed++
				continue
			}
			in, known := first(span, "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")
			if !known {
				got.NoUsage++
				continue
			}
			out, _ := first(span, "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens")
			read, _ := first(span, "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens")
			write, _ := first(span, "gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens")
			reasoning, _ := first(span, "gen_ai.usage.reasoning.output_tokens")
			if _, exclusive := a.Get("llm.request.type"); exclusive {
				in += read + write
			}
			assert.LessOrEqual(t, read+write, in)
			assert.LessOrEqual(t, reasoning, out)
			got.add(Truth{Input: in, Output: out, CacheRead: read, CacheWrite: write, Reasoning: reasoning})
		}
	}
	want := sum.Truth
	assert.Positive(t, want.Failed)
	assert.Positive(t, want.NoUsage)
	assert.Positive(t, want.CacheRead)
	assert.Positive(t, want.CacheWrite)
	// The v1.36 names have no place for reasoning; the truth knows it all the same.
	assert.LessOrEqual(t, got.Reasoning, want.Reasoning)
	got.Reasoning = want.Reasoning
	assert.Equal(t, want, got)
}

func first(span ptrace.Span, keys ...string) (int64, bool) {
	for _, key := range keys {
		if v, ok := span.Attributes().Get(key); ok {
			return v.Int(), true
		}
	}
	return 0, false
}

func TestTenantsShare(t *testing.T) {
	batches, _ := generated(t, DemoOptions{Seed: 5, Until: testUntil, Traces: 300, Tenants: []Tenant{{Key: "a"}, {Key: "b"}, {Key: "c"}}})
	spans := map[string]int{}
	for _, b := range batches {
		spans[b.tenant.Key] += b.traces.SpanCount()
	}
	assert.Len(t, spans, 3)
	assert.Greater(t, spans["a"], spans["b"])
	assert.Greater(t, spans["a"], spans["c"])
}
