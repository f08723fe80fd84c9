package llmcostprocessor

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/processor/llmcostprocessor/internal/metadatatest"
)

// A span that late fields complete is priced afresh, is no second call to what is remembered of it, and is counted once.
func TestRevisionIsTheSameCall(t *testing.T) {
	p, tel := newTestProcessor(t, createDefaultConfig().(*Config))
	version := func(attrs map[string]any) ptrace.Traces {
		td := linked(t, 1, attrs)
		td.ResourceSpans().At(0).ScopeSpans().At(0).Scope().SetName(semconv.ScopeEvents)
		return td
	}
	begun := map[string]any{"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o"}
	first := process(t, p, version(begun))
	assert.Equal(t, "no_usage", text(allSpans(first)[0].Attributes(), semconv.WatchLLMCostStatus))
	whole := call(map[string]any{semconv.WatchLLMNativeRevision: 1})
	for range 2 {
		second := process(t, p, version(whole))
		attrs := allSpans(second)[0].Attributes()
		assert.Equal(t, "call", usageRole(second, 0))
		assert.NotEmpty(t, text(attrs, semconv.WatchLLMCostAmount))
		v, ok := attrs.Get(semconv.WatchLLMNativeRevision)
		assert.True(t, ok, "the exporter needs it")
		assert.Equal(t, int64(1), v.Int())
	}
	m, err := tel.GetMetric("otelcol_processor_llm_cost_calls")
	assert.NoError(t, err)
	calls := m.Data.(metricdata.Sum[int64]).DataPoints
	assert.Len(t, calls, 1)
	assert.Equal(t, int64(1), calls[0].Value)
	metadatatest.AssertEqualProcessorLlmCostRevisions(t, tel, []metricdata.DataPoint[int64]{{
		Value: 2, Attributes: attribute.NewSet(attribute.String("provider", "openai"), attribute.String("status", "exact")),
	}}, metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars())
}
