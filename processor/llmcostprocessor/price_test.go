package llmcostprocessor

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/semconv"
)

func priced(t *testing.T, p *costProcessor, attrs map[string]any) pcommon.Map {
	t.Helper()
	td := delivery(t, "shop", attrs)
	allSpans(td)[0].SetStartTimestamp(pcommon.NewTimestampFromTime(time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)))
	return allSpans(process(t, p, td))[0].Attributes()
}

// A call without counts has a cost where its price does not depend on them: the provider's bill, and nothing on one's own machine.
func TestCallsWithoutCounts(t *testing.T) {
	p, _ := newTestProcessor(t, &Config{})
	book, err := pricing.Default()
	require.NoError(t, err)
	p.pricer = book
	for _, tc := range []struct {
		name         string
		attrs        map[string]any
		status, cost string
	}{
		{"a model that has a price", map[string]any{"gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o"}, "no_usage", ""},
		{"one that has none", map[string]any{"gen_ai.provider.name": "acme", "gen_ai.request.model": "acme-1"}, "no_usage", ""},
		{"local", map[string]any{"gen_ai.provider.name": "ollama", "gen_ai.request.model": "llama3"}, "local", "0"},
		{"billed", map[string]any{
			"gen_ai.provider.name": "openrouter", "gen_ai.request.model": "openai/gpt-4o", "gen_ai.usage.raw": `{"cost":0.0123}`,
		}, "provider_reported", "0.0123"},
		{"a meter and no tokens", map[string]any{
			"gen_ai.operation.name": "rerank", "gen_ai.provider.name": "cohere", "gen_ai.request.model": "rerank-v3.5", "x.usage.search_units": 2,
		}, "exact", "0.004"},
	} {
		if tc.attrs["gen_ai.operation.name"] == nil {
			tc.attrs["gen_ai.operation.name"] = "chat"
		}
		a := priced(t, p, tc.attrs)
		assert.Equal(t, tc.status, text(a, semconv.WatchLLMCostStatus), tc.name)
		assert.Equal(t, tc.cost, text(a, semconv.WatchLLMCostAmount), tc.name)
	}
}

// Of a bill, the price book's own figure is kept beside it, and how far they are apart is counted.
func TestBillsAreCompared(t *testing.T) {
	p, tel := newTestProcessor(t, &Config{})
	book, err := pricing.Default()
	require.NoError(t, err)
	p.pricer = book
	a := priced(t, p, map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openrouter", "gen_ai.request.model": "openai/gpt-4o",
		"gen_ai.usage.raw": `{"prompt_tokens":8000,"completion_tokens":600,"total_tokens":8600,"cost":0.0234}`,
	})
	assert.Equal(t, "provider_reported", text(a, semconv.WatchLLMCostStatus))
	assert.Equal(t, "0.0234", text(a, semconv.WatchLLMCostAmount))
	assert.Equal(t, "0.0234", text(a, semconv.WatchLLMCostReported))
	assert.Equal(t, "0.026", text(a, semconv.WatchLLMCostComputed))
	for _, key := range []string{semconv.WatchLLMCostInput, semconv.WatchLLMCostOutput, semconv.WatchLLMPriceID} {
		assert.Empty(t, text(a, key), "parts of another amount")
	}
	estimate := map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini",
		"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 500, "gen_ai.usage.cost": 0.00045,
	}
	a = priced(t, p, estimate)
	assert.Equal(t, "exact", text(a, semconv.WatchLLMCostStatus))
	assert.Empty(t, text(a, semconv.WatchLLMCostComputed))
	estimate["gen_ai.request.model"] = "gpt-nobody-knows"
	priced(t, p, estimate)

	m, err := tel.GetMetric("otelcol_processor_llm_cost_reported_difference")
	require.NoError(t, err)
	type point struct {
		provider, reporter string
		n                  uint64
		sum                float64
	}
	var points []point
	for _, dp := range m.Data.(metricdata.Histogram[float64]).DataPoints {
		provider, _ := dp.Attributes.Value("provider")
		reporter, _ := dp.Attributes.Value("reporter")
		points = append(points, point{provider.AsString(), reporter.AsString(), dp.Count, dp.Sum})
	}
	assert.ElementsMatch(t, []point{{"openrouter", "provider", 1, -0.1}, {"openai", "client", 1, 0}}, points)
}
