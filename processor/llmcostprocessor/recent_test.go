package llmcostprocessor

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/processor/llmcostprocessor/internal/metadatatest"
)

// linked is a request whose spans have the ids from, from+1, ... and are each below the one after.
func linked(t *testing.T, from byte, spans ...map[string]any) ptrace.Traces {
	t.Helper()
	td := delivery(t, "shop", spans...)
	for i, span := range allSpans(td) {
		span.SetSpanID(pcommon.SpanID{from + byte(i)})
		span.SetParentSpanID(pcommon.SpanID{from + byte(i) + 1})
	}
	return td
}

func usageRole(td ptrace.Traces, i int) string {
	return text(allSpans(td)[i].Attributes(), semconv.WatchLLMUsageRole)
}

// A call, an HTTP span around it and, in a later request, the framework's span around both: the framework's span is no second call.
func TestCallsAreRecognisedAcrossRequests(t *testing.T) {
	p, tel := newTestProcessor(t, createDefaultConfig().(*Config))
	http := map[string]any{"http.request.method": "POST"}
	assert.Equal(t, "call", usageRole(process(t, p, linked(t, 1, call(nil), http)), 0))
	outer := process(t, p, linked(t, 3, call(map[string]any{"gen_ai.conversation.id": "c"})))
	assert.Equal(t, "duplicate", usageRole(outer, 0))
	a := allSpans(outer)[0].Attributes()
	assert.Equal(t, "01000000000000000000000000000000:0100000000000000", text(a, semconv.WatchLLMUsageCountedBy))
	again := process(t, p, linked(t, 1, call(nil)))
	assert.Equal(t, "call", usageRole(again, 0), "a span that is sent again is itself")
	assert.Equal(t, "c", text(allSpans(again)[0].Attributes(), semconv.GenAIConversationID), "and takes over what came in between")

	same := metricdatatest.IgnoreTimestamp()
	metadatatest.AssertEqualProcessorLlmCostRecalledVerdicts(t, tel, []metricdata.DataPoint[int64]{{Value: 1}}, same)
	metadatatest.AssertEqualProcessorLlmCostRememberedSpans(t, tel, []metricdata.DataPoint[int64]{{Value: 3}}, same)
}

// The agent's sum comes last, as agents end after their calls.
func TestSumAfterItsCalls(t *testing.T) {
	for name, cfg := range map[string]*Config{"aggregate": createDefaultConfig().(*Config), "call": {}} {
		p, _ := newTestProcessor(t, cfg)
		process(t, p, linked(t, 1, call(nil)))
		agent := process(t, p, linked(t, 2, call(map[string]any{"gen_ai.operation.name": "invoke_agent"})))
		assert.Equal(t, name, usageRole(agent, 0))
	}
}

func TestForgottenSpansAreCounted(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	cfg.Recent.MaxSpans = 2
	p, tel := newTestProcessor(t, cfg)
	for i := range byte(5) {
		process(t, p, linked(t, 10*i+1, call(nil)))
	}
	point := func(reason string, n int64) metricdata.DataPoint[int64] {
		return metricdata.DataPoint[int64]{Value: n, Attributes: attribute.NewSet(attribute.String("reason", reason))}
	}
	metadatatest.AssertEqualProcessorLlmCostForgottenSpans(t, tel, []metricdata.DataPoint[int64]{point("age", 0), point("size", 3)}, metricdatatest.IgnoreTimestamp())
	m, err := tel.GetMetric("otelcol_processor_llm_cost_remembered_spans")
	require.NoError(t, err)
	assert.Equal(t, int64(2), m.Data.(metricdata.Gauge[int64]).DataPoints[0].Value)
}

// Services come from payloads; in the metrics no more than maxLabels have a name.
func TestServicesAreBounded(t *testing.T) {
	p, tel := newTestProcessor(t, &Config{TrustBills: true})
	for i := range maxLabels + 50 {
		td := delivery(t, "service-"+string(rune('A'+i%26))+string(rune('a'+i/26)), call(nil))
		_, err := p.processTraces(context.Background(), td)
		require.NoError(t, err)
	}
	m, err := tel.GetMetric("otelcol_processor_llm_cost_calls")
	require.NoError(t, err)
	points := m.Data.(metricdata.Sum[int64]).DataPoints
	assert.Len(t, points, maxLabels+1)
	for _, point := range points {
		if service, _ := point.Attributes.Value("service"); service.AsString() == overflowLabel {
			assert.Equal(t, int64(50), point.Value)
		}
	}
}
