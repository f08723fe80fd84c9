package llmcostprocessor

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/watchllm/watchllm/internal/costing"
	"github.com/watchllm/watchllm/internal/estimate"
	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/testkit"
	"github.com/watchllm/watchllm/processor/llmcostprocessor/internal/metadatatest"
)

// estimating is the default configuration with estimates.
func estimating() *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.Estimate.Enabled = true
	return cfg
}

// uncounted is a streamed call whose client did not ask for usage.
func uncounted(more map[string]any) map[string]any {
	a := call(map[string]any{
		"gen_ai.usage.input_tokens": nil, "gen_ai.usage.output_tokens": nil, "gen_ai.request.model": "gpt-4", "gen_ai.request.stream": true,
		"gen_ai.response.finish_reasons": []any{"stop"},
		"gen_ai.input.messages":          `[{"role":"user","parts":[{"type":"text","content":"What is the weather in Paris?"}]}]`,
		"gen_ai.output.messages":         `[{"role":"assistant","parts":[{"type":"text","content":"It is sunny in Paris today."}],"finish_reason":"stop"}]`,
	})
	for k, v := range more {
		a[k] = v
	}
	return a
}

func one(t *testing.T, td ptrace.Traces) pcommon.Map {
	t.Helper()
	spans := allSpans(td)
	require.Len(t, spans, 1)
	return spans[0].Attributes()
}

func amountOf(t *testing.T, a pcommon.Map, key string) int64 {
	t.Helper()
	amount, err := pricing.ParseAmount(text(a, key))
	require.NoError(t, err, key)
	return amount.Pico
}

const estimated = "watchllm.cost.estimated."

// isEstimate reports whether an attribute exists only where a call was estimated.
func isEstimate(key string) bool {
	return strings.HasPrefix(key, estimated) || strings.HasPrefix(key, "watchllm.usage.estimated.")
}

func TestEstimatesOnlyOnRequest(t *testing.T) {
	p, _ := newTestProcessor(t, createDefaultConfig().(*Config))
	a := one(t, process(t, p, delivery(t, "shop", uncounted(nil))))
	assert.Equal(t, "no_usage", text(a, semconv.WatchLLMCostStatus))
	for key := range a.All() {
		assert.False(t, isEstimate(key), key)
	}
}

func TestEstimateStandsBeside(t *testing.T) {
	p, tel := newTestProcessor(t, estimating())
	td := process(t, p, delivery(t, "shop", uncounted(nil)))
	a := one(t, td)
	assert.Equal(t, "estimated", text(a, semconv.WatchLLMCostStatus))
	assert.Equal(t, "missing", text(a, semconv.WatchLLMUsageSource))
	assert.Equal(t, "not_sent", text(a, semconv.WatchLLMUsageMissingReason), "that counts are missing is not hidden")
	assert.Equal(t, "bytes_per_token/openai", text(a, semconv.WatchLLMUsageEstimatedMethod))
	for _, key := range []string{
		semconv.WatchLLMCostAmount, semconv.GenAIUsageCostAmount, semconv.WatchLLMCostInput, semconv.WatchLLMCostOutput, semconv.WatchLLMPriceID,
		semconv.GenAIUsageInputTokens, semconv.GenAIUsageOutputTokens,
	} {
		_, ok := a.Get(key)
		assert.False(t, ok, key)
	}
	// 7 tokens in a frame of 7, and 7 of answer and its end; a micro-dollar a token in and five out.
	in, _ := a.Get(semconv.WatchLLMUsageEstimatedInputTokens)
	out, _ := a.Get(semconv.WatchLLMUsageEstimatedOutputTokens)
	assert.EqualValues(t, 14, in.Int())
	assert.EqualValues(t, 8, out.Int())
	assert.Equal(t, "0.000054", text(a, estimated+"amount"))
	assert.Equal(t, "0.000028", text(a, estimated+"low"))
	assert.Equal(t, "0.000114", text(a, estimated+"high"))

	once := goldenOf(t, td)
	assert.Equal(t, once, goldenOf(t, process(t, p, td)), "a second WatchLLM behind the first changes nothing")
	same := metricdatatest.IgnoreTimestamp()
	metadatatest.AssertEqualProcessorLlmCostEstimated(t, tel, []metricdata.DataPoint[int64]{
		{Value: 2, Attributes: attribute.NewSet(attribute.String("provider", "openai"))},
	}, same)
	metadatatest.AssertEqualProcessorLlmCostPriced(t, tel, []metricdata.DataPoint[int64]{
		{Value: 2, Attributes: attribute.NewSet(attribute.String("provider", "openai"), attribute.String("status", "estimated"))},
	}, same)
}

func TestEstimateBeforeContentIsDropped(t *testing.T) {
	cfg := estimating()
	cfg.Content.Mode = "drop"
	p, _ := newTestProcessor(t, cfg)
	a := one(t, process(t, p, delivery(t, "shop", uncounted(nil))))
	assert.Equal(t, "0.000054", text(a, estimated+"amount"))
	_, ok := a.Get("gen_ai.input.messages")
	assert.False(t, ok)
}

// A model that may reason has no upper bound: nothing is invented.
func TestOpenEstimateHasNoHigh(t *testing.T) {
	p, _ := newTestProcessor(t, estimating())
	for name, more := range map[string]map[string]any{
		"reasons":      {"gen_ai.request.model": "gpt-5-mini"},
		"broke off":    {"gen_ai.response.finish_reasons": []any{}, "gen_ai.output.messages": `[{"role":"assistant","parts":[{"type":"text","content":"It is"}]}]`},
		"hidden tools": {"gen_ai.output.messages": `[{"role":"assistant","parts":[{"type":"tool_call","id":"c","name":"f","arguments":{}}]}]`},
	} {
		a := one(t, process(t, p, delivery(t, "shop", uncounted(more))))
		assert.Equal(t, "estimated", text(a, semconv.WatchLLMCostStatus), name)
		assert.Equal(t, name == "broke off", text(a, semconv.WatchLLMUsageMissingReason) == semconv.UsageMissingReasonStreamAborted, name)
		assert.LessOrEqual(t, amountOf(t, a, estimated+"low"), amountOf(t, a, estimated+"amount"), name)
		_, ok := a.Get(estimated + "high")
		assert.False(t, ok, name)
	}
}

func TestNotEstimated(t *testing.T) {
	image := `[{"role":"user","parts":[{"type":"uri","modality":"image","uri":"https://x.example/a.png"}]}]`
	for want, more := range map[estimate.Reason]map[string]any{
		estimate.NoMessages:    {"gen_ai.output.messages": ""},
		estimate.Media:         {"gen_ai.input.messages": image},
		estimate.ServerHistory: {"gen_ai.request.previous_response.id": "resp_1"},
		estimate.NotAChat:      {"gen_ai.operation.name": "embeddings"},
		estimate.UnknownModel:  {"gen_ai.request.model": "gpt-99"},
		estimate.TooLong:       {"gen_ai.system_instructions": strings.Repeat("x", 17*defaultEstimateBytes)},
	} {
		p, tel := newTestProcessor(t, estimating())
		a := one(t, process(t, p, delivery(t, "shop", uncounted(more))))
		assert.Equal(t, "no_usage", text(a, semconv.WatchLLMCostStatus), want)
		for key := range a.All() {
			assert.False(t, isEstimate(key), "%s: %s", want, key)
		}
		metadatatest.AssertEqualProcessorLlmCostNotEstimated(t, tel, []metricdata.DataPoint[int64]{
			{Value: 1, Attributes: attribute.NewSet(attribute.String("reason", string(want)))},
		}, metricdatatest.IgnoreTimestamp())
	}
}

// A payload cannot claim an estimate, and a failed call cost nothing that could be estimated.
func TestForgedAndFailed(t *testing.T) {
	p, _ := newTestProcessor(t, estimating())
	forged := map[string]any{
		"watchllm.cost.estimated.amount": "5", "watchllm.cost.estimated.high": "9", "watchllm.usage.estimated.input_tokens": 7,
		"watchllm.usage.estimated.method": "guess", "error.type": "timeout",
	}
	a := one(t, process(t, p, delivery(t, "shop", uncounted(forged))))
	assert.Equal(t, "no_usage", text(a, semconv.WatchLLMCostStatus))
	for key := range a.All() {
		assert.False(t, isEstimate(key), key)
	}
}

// The bounds hold in dollars whatever the cache did, by the real book.
func TestEstimateBoundsHoldWithCaches(t *testing.T) {
	book, err := pricing.Default()
	require.NoError(t, err)
	for provider, model := range map[string]string{"anthropic": "claude-3-5-haiku-20241022", "openai": "gpt-4o", "gcp.gemini": "gemini-2.0-flash", "deepseek": "deepseek-chat"} {
		when := time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
		c := costing.Call{Call: pricing.Call{Provider: provider, RequestModel: model, Time: when}}
		tokens := estimate.Tokens{Input: estimate.Counts{Low: 900, Mid: 1000, High: 1300}, Output: estimate.Counts{Low: 90, Mid: 100, High: 130}}
		got, reason := priceEstimate(book, &c, &tokens)
		require.Empty(t, reason, model)
		for name, usage := range map[string]pricing.Usage{
			"plain":        {},
			"read":         {CacheRead: pricing.KnownCount(1000)},
			"written":      {CacheWrite: pricing.KnownCount(1000), CacheWrite5m: pricing.KnownCount(1000)},
			"written long": {CacheWrite: pricing.KnownCount(1000), CacheWrite1h: pricing.KnownCount(1000)},
		} {
			usage.Input, usage.Output = pricing.KnownCount(1000), pricing.KnownCount(100)
			c.Usage = usage
			r := c.Price(book)
			if r.Status == pricing.StatusPartial {
				continue // this provider bills no such thing
			}
			require.True(t, r.Amount.Known, "%s %s", model, name)
			assert.LessOrEqual(t, got.low.Pico, r.Amount.Pico, "%s %s", model, name)
			assert.GreaterOrEqual(t, got.high.Pico, r.Amount.Pico, "%s %s", model, name)
		}
		assert.True(t, got.low.Pico < got.mid.Pico && got.mid.Pico < got.high.Pico, model)
	}
	tokens := estimate.Tokens{}
	_, reason := priceEstimate(book, &costing.Call{Call: pricing.Call{Provider: "openai", RequestModel: "no-such-model", Time: time.Now()}}, &tokens)
	assert.Equal(t, estimate.UnknownModel, reason)
}

// Every recorded client: estimates change nothing but the status of calls that have no cost, whatever their clients sent.
func TestEstimatesChangeNoCount(t *testing.T) {
	plain, _ := newTestProcessor(t, createDefaultConfig().(*Config))
	with, _ := newTestProcessor(t, estimating())
	book, err := pricing.Default()
	require.NoError(t, err)
	plain.pricer, with.pricer = book, book
	calls := 0
	for _, c := range testkit.Cases(t) {
		if !c.HasTraces() {
			continue
		}
		a := allSpans(process(t, plain, testkit.OneRequest(c.Traces(t))))
		b := allSpans(process(t, with, testkit.OneRequest(c.Traces(t))))
		require.Len(t, b, len(a))
		for i := range a {
			want, got := testkit.Raw(a[i].Attributes()), testkit.Raw(b[i].Attributes())
			if got[semconv.WatchLLMCostStatus] == "estimated" {
				calls++
				require.Equal(t, "no_usage", want[semconv.WatchLLMCostStatus], c.Name())
				require.NotContains(t, got, semconv.WatchLLMCostAmount)
				got[semconv.WatchLLMCostStatus] = "no_usage"
			}
			for key := range got {
				if isEstimate(key) {
					delete(got, key)
				}
			}
			require.Equal(t, want, got, c.Name())
		}
	}
	assert.Greater(t, calls, 5, "recorded calls without counts")
	t.Logf("%d recorded calls have no counts and can be estimated", calls)
}

func BenchmarkEstimate(b *testing.B) {
	long := strings.Repeat("The invoice was paid on the third of May. ", 1400)
	p, _ := newTestProcessor(b, estimating())
	td := delivery(b, "shop", uncounted(map[string]any{
		"gen_ai.input.messages": `[{"role":"user","parts":[{"type":"text","content":"` + long + `"}]}]`,
	}))
	b.SetBytes(int64(len(long)))
	for b.Loop() {
		process(b, p, td)
	}
}
