package llmclickhouseexporter

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/internal/testkit"
	"github.com/watchllm/watchllm/processor/llmcostprocessor"
)

// figures are what the store says of each tenant, one tenant being one recorded case.
const figures = `SELECT tenant_id, countIf(usage_role = 'call' AND outcome != 'error') AS calls, countIf(usage_role = 'call' AND outcome = 'error') AS failed,
sumIf(input_tokens, usage_role = 'call'), sumIf(output_tokens, usage_role = 'call'), sumIf(cache_read_tokens, usage_role = 'call'),
sumIf(cache_write_tokens, usage_role = 'call'), sumIf(reasoning_tokens, usage_role = 'call'), countIf(usage_role = 'aggregate'), countIf(usage_role = 'duplicate')
FROM %s.llm_spans FINAL GROUP BY tenant_id ORDER BY tenant_id`

// Every recorded client, once as one request and once span by span in any order and with nobody before the store who remembers
// anything: the totals must be the same.
func TestRecordedClientsInAnyOrder(t *testing.T) {
	engine := testkit.StartEngine(t)
	var whole ptrace.Traces
	var shuffled []ptrace.Traces // the n-th spans of all cases
	whole = ptrace.NewTraces()
	for i, c := range testkit.Cases(t) {
		if !c.HasTraces() || testing.Short() && i%6 != 0 {
			continue
		}
		td := testkit.OneRequest(c.Traces(t))
		for _, rs := range td.ResourceSpans().All() {
			tenancy.Stamp(rs.Resource().Attributes(), fmt.Sprintf("case %03d", i), "p")
		}
		singles := spansAlone(td)
		rand.Shuffle(len(singles), func(a, b int) { singles[a], singles[b] = singles[b], singles[a] })
		for n, s := range singles {
			if n == len(shuffled) {
				shuffled = append(shuffled, ptrace.NewTraces())
			}
			s.ResourceSpans().MoveAndAppendTo(shuffled[n].ResourceSpans())
		}
		td.ResourceSpans().MoveAndAppendTo(whole.ResourceSpans())
	}
	var results []string
	for _, requests := range [][]ptrace.Traces{{whole}, shuffled} {
		db := engine.Database(t)
		e := startSettler(t, settleConfig(t, engine, db))
		for _, td := range requests {
			require.NoError(t, e.push(context.Background(), priced(t, td)))
		}
		waitSettled(t, e)
		results = append(results, query(t, engine, fmt.Sprintf(figures, db)))
	}
	require.Equal(t, results[0], results[1])
	cases := 90
	if testing.Short() {
		cases /= 6
	}
	require.Greater(t, strings.Count(results[0], "\n"), cases, "one line a case")
}

// spansAlone is each span in a request of its own.
func spansAlone(td ptrace.Traces) (out []ptrace.Traces) {
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				one := ptrace.NewTraces()
				r := one.ResourceSpans().AppendEmpty()
				rs.Resource().CopyTo(r.Resource())
				scope := r.ScopeSpans().AppendEmpty()
				ss.Scope().CopyTo(scope.Scope())
				s.CopyTo(scope.Spans().AppendEmpty())
				out = append(out, one)
			}
		}
	}
	return out
}

// priced is a request as a collector that was just started hands it on.
func priced(t *testing.T, td ptrace.Traces) ptrace.Traces {
	sink := new(consumertest.TracesSink)
	f := llmcostprocessor.NewFactory()
	p, err := f.CreateTraces(context.Background(), processortest.NewNopSettings(f.Type()), f.CreateDefaultConfig(), sink)
	require.NoError(t, err)
	require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
	require.NoError(t, p.ConsumeTraces(context.Background(), td))
	require.NoError(t, p.Shutdown(context.Background()))
	require.Len(t, sink.AllTraces(), 1)
	return sink.AllTraces()[0]
}
