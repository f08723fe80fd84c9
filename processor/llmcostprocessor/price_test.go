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
	p, _ := newTestProcessor(t, &Config{TrustBills: true})
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
	p, tel := newTestProcessor(t, &Config{TrustBills: true})
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

// Who charges others by the book takes nobody's word for an amount, neither a client's nor that of a WatchLLM before.
func TestBillsThatAreNotTrusted(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	cfg.TrustBills = false
	p, tel := newTestProcessor(t, cfg)
	book, err := pricing.Default()
	require.NoError(t, err)
	p.pricer = book
	for name, bill := range map[string]map[string]any{
		"said to be a bill":       {"gen_ai.usage.cost.amount": "0.000000000001", "gen_ai.usage.cost.source": "provider"},
		"in the provider's usage": {"gen_ai.usage.raw": `{"cost":0.000000000001,"is_byok":false}`},
		"of a WatchLLM before": {
			"watchllm.dialect": "genai", "watchllm.cost.reported": "0.000000000001", "watchllm.cost.status": "provider_reported",
			"gen_ai.usage.cost.source": "provider", "gen_ai.usage.cost.amount": 1e-12, "watchllm.cost.amount": "0.000000000001",
		},
	} {
		attrs := map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4.1",
			"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 100,
		}
		for key, v := range bill {
			attrs[key] = v
		}
		a := priced(t, p, attrs)
		assert.Equal(t, "exact 0.0028", text(a, semconv.WatchLLMCostStatus)+" "+text(a, semconv.WatchLLMCostAmount), name)
		assert.Equal(t, "0.000000000001", text(a, semconv.WatchLLMCostReported), name)
		assert.Equal(t, "local", text(a, semconv.GenAIUsageCostSource), name)
		assert.Empty(t, text(a, semconv.WatchLLMCostComputed), name)

		trusting, _ := newTestProcessor(t, createDefaultConfig().(*Config))
		trusting.pricer = book
		a = priced(t, trusting, attrs)
		assert.Equal(t, "provider_reported 0.000000000001", text(a, semconv.WatchLLMCostStatus)+" "+text(a, semconv.WatchLLMCostAmount), name)
	}
	m, err := tel.GetMetric("otelcol_processor_llm_cost_reported_difference")
	require.NoError(t, err)
	for _, point := range m.Data.(metricdata.Histogram[float64]).DataPoints {
		reporter, _ := point.Attributes.Value("reporter")
		assert.Equal(t, "provider", reporter.AsString(), "whose figure it is does not depend on whether it is taken")
	}
}

// What a payload says about money is gone, or a decimal that the store can keep.
func TestClaimsAboutMoney(t *testing.T) {
	p, _ := newTestProcessor(t, createDefaultConfig().(*Config))
	book, err := pricing.Default()
	require.NoError(t, err)
	p.pricer = book
	for _, cost := range []any{"0x1p3", "1_000", " 1e12", "999999.9999999999999", "999999999999", "NaN", 1e300, int64(1) << 60, []any{1}} {
		a := priced(t, p, map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4.1",
			"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 100, "watchllm.cost.reported": cost,
			"watchllm.cost.status": "free", "watchllm.cost.amount": "0", "watchllm.cost.computed": "0", "watchllm.cost.fees": "-5",
			"watchllm.price.id": "mine", "watchllm.price.source": "mine", "watchllm.cost.unpriced": "input", "watchllm.cost.estimated.amount": "1",
			"watchllm.usage.role": "aggregate", "gen_ai.usage.cost.amount": 0, "gen_ai.usage.cost.source": "local",
		})
		assert.Equal(t, "exact 0.0028", text(a, semconv.WatchLLMCostStatus)+" "+text(a, semconv.WatchLLMCostAmount), "%v", cost)
		assert.Equal(t, "call", text(a, semconv.WatchLLMUsageRole))
		for _, key := range []string{
			semconv.WatchLLMCostComputed, semconv.WatchLLMCostFees, semconv.WatchLLMCostUnpriced, semconv.WatchLLMCostEstimatedAmount,
		} {
			_, there := a.Get(key)
			assert.False(t, there, "%s of %v", key, cost)
		}
		if v, there := a.Get(semconv.WatchLLMCostReported); there {
			assert.Equal(t, "0", v.Str(), "%v", cost) // the 0 under our own name
		}
		assert.NotEqual(t, "mine", text(a, semconv.WatchLLMPriceID))
	}
	a := priced(t, p, map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4.1",
		"gen_ai.usage.input_tokens": 1000, "watchllm.cost.reported": "1e-500",
	})
	_, there := a.Get(semconv.WatchLLMCostReported)
	assert.False(t, there, "no column holds that")
}

// A call whose bill is not trusted is estimated like any other, and not by that bill.
func TestABillThatIsNotTrustedIsNoEstimate(t *testing.T) {
	book, err := pricing.Default()
	require.NoError(t, err)
	amount := func(more map[string]any) string {
		cfg := estimating()
		cfg.TrustBills = false
		p, _ := newTestProcessor(t, cfg)
		p.pricer = book
		a := priced(t, p, uncounted(more))
		assert.Equal(t, "estimated", text(a, semconv.WatchLLMCostStatus))
		return text(a, semconv.WatchLLMCostEstimatedAmount)
	}
	assert.Equal(t, amount(nil), amount(map[string]any{"gen_ai.usage.raw": `{"cost":7,"is_byok":false}`}))
}
