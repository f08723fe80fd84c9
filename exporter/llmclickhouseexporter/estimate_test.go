package llmclickhouseexporter

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/watchllm/watchllm/internal/testkit"
	"github.com/watchllm/watchllm/processor/llmcostprocessor"
)

// A call with counts and one without, of the same model: the estimate is in columns of its own, and the sum of costs is that of the first.
func TestEstimatesAreInNoTotal(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	e := startExporter(t, testConfig(t, engine, db))

	td := spansOf("acme", 1, 2)
	for i, span := range td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		a := span.Attributes()
		a.Clear()
		a.PutStr("gen_ai.operation.name", "chat")
		a.PutStr("gen_ai.provider.name", "openai")
		a.PutStr("gen_ai.request.model", "gpt-4o")
		a.PutEmptySlice("gen_ai.response.finish_reasons").AppendEmpty().SetStr("stop")
		a.PutStr("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"Weather in Paris?"}]}]`)
		a.PutStr("gen_ai.output.messages", `[{"role":"assistant","parts":[{"type":"text","content":"Sunny."}]}]`)
		if i == 0 {
			a.PutInt("gen_ai.usage.input_tokens", 1000)
			a.PutInt("gen_ai.usage.output_tokens", 100)
		}
	}
	require.NoError(t, e.push(context.Background(), estimatedBy(t, td)))

	require.Equal(t, "exact\treported\t0.0035\t\\N\t\\N\t\\N\n"+"estimated\tmissing\t\\N\t1\t1\t1", query(t, engine, fmt.Sprintf(
		`SELECT cost_status, usage_source, cost, cost_estimated > 0, cost_estimated_low <= cost_estimated, cost_estimated <= cost_estimated_high
		FROM %s.llm_spans FINAL ORDER BY usage_source DESC`, db)))
	require.Equal(t, "2\t0.0035\t1000", query(t, engine, fmt.Sprintf(
		`SELECT count(), sum(cost), sum(input_tokens) FROM %s.llm_spans FINAL WHERE usage_role = 'call'`, db)))
}

// estimatedBy is the traces as the processor leaves them that estimates.
func estimatedBy(t *testing.T, td ptrace.Traces) ptrace.Traces {
	sink := new(consumertest.TracesSink)
	f := llmcostprocessor.NewFactory()
	cfg := f.CreateDefaultConfig().(*llmcostprocessor.Config)
	cfg.Estimate.Enabled = true
	p, err := f.CreateTraces(context.Background(), processortest.NewNopSettings(f.Type()), cfg, sink)
	require.NoError(t, err)
	require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
	require.NoError(t, p.ConsumeTraces(context.Background(), td))
	require.NoError(t, p.Shutdown(context.Background()))
	require.Len(t, sink.AllTraces(), 1)
	return sink.AllTraces()[0]
}
