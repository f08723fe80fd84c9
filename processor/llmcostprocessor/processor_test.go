package llmcostprocessor

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/watchllm/watchllm/internal/costing"
	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/testkit"
	"github.com/watchllm/watchllm/processor/llmcostprocessor/internal/metadata"
	"github.com/watchllm/watchllm/processor/llmcostprocessor/internal/metadatatest"
)

// delivery is one request with one span per set of attributes.
func delivery(t testing.TB, service string, spans ...map[string]any) ptrace.Traces {
	t.Helper()
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr(semconv.ServiceName, service)
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName("example.instrumentation")
	for i, a := range spans {
		span := ss.Spans().AppendEmpty()
		span.SetTraceID(pcommon.TraceID{1})
		span.SetSpanID(pcommon.SpanID{byte(i + 1)})
		require.NoError(t, span.Attributes().FromRaw(a))
	}
	return td
}

func call(more map[string]any) map[string]any {
	a := map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5-mini",
		"gen_ai.usage.input_tokens": 1037, "gen_ai.usage.output_tokens": 211,
	}
	for k, v := range more {
		if v == nil {
			delete(a, k)
		} else {
			a[k] = v
		}
	}
	return a
}

func TestOwnMetrics(t *testing.T) {
	p, tel := newTestProcessor(t, &Config{TrustBills: true})
	agent := call(map[string]any{"gen_ai.operation.name": "invoke_agent"})
	silent := call(map[string]any{"gen_ai.usage.input_tokens": nil, "gen_ai.usage.output_tokens": nil})
	strange := call(map[string]any{"gen_ai.request.model": "gpt-99", "gen_ai.provider.name": "acme", "gen_ai.usage.input_tokens": "7"})
	process(t, p, delivery(t, "shop", call(nil), call(nil), agent, silent, strange, map[string]any{"http.route": "/"}))

	set := func(kv ...attribute.KeyValue) attribute.Set { return attribute.NewSet(kv...) }
	s := attribute.String
	point := func(n int64, kv ...attribute.KeyValue) metricdata.DataPoint[int64] {
		return metricdata.DataPoint[int64]{Value: n, Attributes: set(kv...)}
	}
	same := metricdatatest.IgnoreTimestamp()
	metadatatest.AssertEqualProcessorLlmCostCalls(t, tel, []metricdata.DataPoint[int64]{
		point(2, s("dialect", "gen_ai"), s("provider", "openai"), s("outcome", "ok"), s("service", "shop")),
		point(1, s("dialect", "gen_ai"), s("provider", "openai"), s("outcome", "unknown"), s("service", "shop")),
		point(1, s("dialect", "gen_ai"), s("provider", "other"), s("outcome", "ok"), s("service", "shop")),
	}, same)
	metadatatest.AssertEqualProcessorLlmCostAggregates(t, tel, []metricdata.DataPoint[int64]{point(1, s("dialect", "gen_ai"), s("service", "shop"))}, same)
	metadatatest.AssertEqualProcessorLlmCostUsageMissing(t, tel, []metricdata.DataPoint[int64]{
		point(1, s("dialect", "gen_ai"), s("service", "shop"), s("reason", "not_sent")),
	}, same)
	metadatatest.AssertEqualProcessorLlmCostInvariantViolations(t, tel, []metricdata.DataPoint[int64]{
		point(1, s("dialect", "gen_ai"), s("service", "shop"), s("flag", "string_count")),
	}, same)
	metadatatest.AssertEqualProcessorLlmCostPriced(t, tel, []metricdata.DataPoint[int64]{
		point(2, s("provider", "openai"), s("status", "exact")),
		point(1, s("provider", "openai"), s("status", "no_usage")),
		point(1, s("provider", "other"), s("status", "unknown_model")),
	}, same)
	metadatatest.AssertEqualProcessorLlmCostUnknownModels(t, tel, []metricdata.DataPoint[int64]{
		point(1, s("provider", "other"), s("model", "gpt-99")),
	}, same)
}

func TestDuplicatesAreCounted(t *testing.T) {
	p, tel := newTestProcessor(t, &Config{TrustBills: true})
	td := delivery(t, "shop", call(nil), call(nil))
	spans := allSpans(td)
	spans[1].SetParentSpanID(spans[0].SpanID())
	process(t, p, td)
	assert.Equal(t, "duplicate", text(spans[0].Attributes(), semconv.WatchLLMUsageRole))
	assert.Equal(t, "wrapper", text(spans[0].Attributes(), semconv.WatchLLMUsageRoleReason))
	assert.Equal(t, "01000000000000000000000000000000:0200000000000000", text(spans[0].Attributes(), semconv.WatchLLMUsageCountedBy))
	assert.Equal(t, "exact", text(spans[0].Attributes(), semconv.WatchLLMCostStatus), "it has its price should it count one day")
	metadatatest.AssertEqualProcessorLlmCostDuplicates(t, tel, []metricdata.DataPoint[int64]{
		{Value: 1, Attributes: attribute.NewSet(
			attribute.String("dialect", "gen_ai"), attribute.String("service", "shop"), attribute.String("reason", "wrapper"),
		)},
	}, metricdatatest.IgnoreTimestamp())
}

// A sum that no visible call explains counts, and says so; its price is that of one large call.
func TestSumWithoutVisibleCalls(t *testing.T) {
	p, _ := newTestProcessor(t, &Config{TrustBills: true})
	td := delivery(t, "shop", call(map[string]any{"gen_ai.operation.name": "invoke_agent"}))
	for range 2 { // also behind another WatchLLM
		a := allSpans(process(t, p, td))[0].Attributes()
		assert.Equal(t, "call", text(a, semconv.WatchLLMUsageRole))
		assert.Equal(t, "no_call_visible", text(a, semconv.WatchLLMUsageRoleReason))
		assert.Equal(t, "assumed:aggregate", text(a, semconv.WatchLLMCostStatus))
		flags, _ := a.Get(semconv.WatchLLMUsageFlags)
		assert.Equal(t, []any{"usage_from_aggregate"}, flags.Slice().AsRaw())
	}
	child := delivery(t, "shop", call(nil))
	span := allSpans(child)[0]
	span.SetSpanID(pcommon.SpanID{7})
	span.SetParentSpanID(allSpans(td)[0].SpanID())
	child.ResourceSpans().MoveAndAppendTo(td.ResourceSpans())
	a := allSpans(process(t, p, td))[0].Attributes()
	assert.Equal(t, "aggregate", text(a, semconv.WatchLLMUsageRole), "its call is visible now")
	for _, key := range []string{semconv.WatchLLMUsageRoleReason, semconv.WatchLLMUsageFlags} {
		_, left := a.Get(key)
		assert.False(t, left, key)
	}
}

// Labels come from payloads: past a number, and past a length, they share one.
func TestLabelsAreBounded(t *testing.T) {
	seen := map[string]struct{}{}
	for i := range 3 * maxLabels {
		bound(seen, string(rune('a'+i%26))+string(rune('0'+i)))
	}
	assert.Len(t, seen, maxLabels)
	assert.Equal(t, overflowLabel, bound(seen, "one more"))
	assert.Equal(t, overflowLabel, bound(map[string]struct{}{}, string(make([]byte, maxLabelLength+1))))
	assert.Equal(t, overflowLabel, bound(map[string]struct{}{}, "gpt-\xff"), "metrics are UTF-8, or none of them is sent")
	assert.Empty(t, bound(seen, ""))
}

type panickyPricer struct{ after *int }

func (p panickyPricer) Price(*pricing.Call) pricing.Result {
	*p.after--
	if *p.after == 0 {
		panic("broken")
	}
	return pricing.Result{Status: pricing.StatusExact, Amount: pricing.USD(1), Currency: "USD"}
}

// One span that brings us down must not take the others of its delivery with it.
func TestOneBadSpanCostsOnlyItself(t *testing.T) {
	p, tel := newTestProcessor(t, &Config{TrustBills: true})
	n := 2
	p.pricer = panickyPricer{&n}
	td := process(t, p, delivery(t, "shop", call(nil), call(nil), call(nil)))
	var amounts []string
	for _, span := range allSpans(td) {
		amounts = append(amounts, text(span.Attributes(), semconv.WatchLLMCostAmount))
	}
	assert.Equal(t, []string{"0.000000000001", "", "0.000000000001"}, amounts)
	metadatatest.AssertEqualProcessorLlmCostFailedSpans(t, tel, []metricdata.DataPoint[int64]{{Value: 1}}, metricdatatest.IgnoreTimestamp())
}

// panickyMemory fails while a delivery is compared with earlier ones.
type panickyMemory struct{}

func (panickyMemory) Recall([]genai.Fact, int64) []genai.Fact { panic("broken") }

// When spans cannot be compared, each is still read, priced and passed on.
func TestAFaultInComparingCostsNothing(t *testing.T) {
	p, tel := newTestProcessor(t, &Config{TrustBills: true})
	p.memory = panickyMemory{}
	td := process(t, p, delivery(t, "shop", call(nil), call(nil)))
	for _, span := range allSpans(td) {
		assert.Equal(t, semconv.UsageRoleCall, text(span.Attributes(), semconv.WatchLLMUsageRole))
	}
	metadatatest.AssertEqualProcessorLlmCostFailedSpans(t, tel, []metricdata.DataPoint[int64]{{Value: 2}}, metricdatatest.IgnoreTimestamp())
}

func TestDropOriginals(t *testing.T) {
	in := map[string]any{
		"llm.request.type": "chat", "llm.request.model": "gpt-4", "llm.usage.prompt_tokens": 10, "llm.usage.completion_tokens": 2, "app.note": "x",
	}
	for _, drop := range []bool{false, true} {
		p, _ := newTestProcessor(t, &Config{DropOriginals: drop})
		out := allSpans(process(t, p, delivery(t, "shop", in)))[0].Attributes().AsRaw()
		assert.Equal(t, int64(10), out["gen_ai.usage.input_tokens"])
		assert.Equal(t, "x", out["app.note"])
		if drop {
			assert.NotContains(t, out, "llm.usage.prompt_tokens")
		} else {
			assert.Contains(t, out, "llm.usage.prompt_tokens")
		}
	}
}

func TestProviderReportedCostIsTaken(t *testing.T) {
	book, err := pricing.Default()
	require.NoError(t, err)
	p, _ := newTestProcessor(t, &Config{TrustBills: true})
	p.pricer = book
	billed := call(map[string]any{"gen_ai.usage.cost.amount": 0.0421, "gen_ai.usage.cost.currency": "USD", "gen_ai.usage.cost.source": "provider"})
	guessed := call(map[string]any{"gen_ai.usage.cost.amount": 0.0421, "gen_ai.usage.cost.currency": "USD", "gen_ai.usage.cost.source": "local"})
	nothing := call(map[string]any{"gen_ai.usage.cost.amount": 0.0, "gen_ai.usage.cost.currency": "USD", "gen_ai.usage.cost.source": "provider"})
	for range 2 { // a second WatchLLM behind the first finds the same
		td := process(t, p, delivery(t, "shop", billed, guessed, nothing))
		td = process(t, p, td)
		a, b := allSpans(td)[0].Attributes().AsRaw(), allSpans(td)[1].Attributes().AsRaw()
		assert.Equal(t, "provider_reported", a["watchllm.cost.status"])
		assert.Equal(t, "0.0421", a["watchllm.cost.amount"])
		assert.Equal(t, "provider", a["gen_ai.usage.cost.source"])
		assert.NotEqual(t, "provider_reported", b["watchllm.cost.status"], "a library's estimate is no bill")
		assert.NotEqual(t, "0.0421", b["watchllm.cost.amount"])
		assert.Equal(t, "0.0421", b["watchllm.cost.reported"])
		free := allSpans(td)[2].Attributes().AsRaw()
		assert.Equal(t, b["watchllm.cost.amount"], free["watchllm.cost.amount"], "a bill of nothing makes no call free")
		assert.Equal(t, "0", free["watchllm.cost.reported"])
	}
}

func TestReportedCostInAnotherCurrencyIsNotStoredAsDollars(t *testing.T) {
	assert.False(t, costing.ReportedAmount(&genai.Reported{Float: 1, Known: true, Currency: "EUR"}).Known)
	assert.Equal(t, "0.5", costing.ReportedAmount(&genai.Reported{Text: "0.50", Known: true}).String())
	assert.False(t, costing.ReportedAmount(&genai.Reported{Text: "1e99", Float: 1e99, Known: true}).Known)
	assert.False(t, costing.ReportedAmount(&genai.Reported{}).Known)
}

// Prices of one's own correct the built-in ones, from a folder or a single file, and nothing beside the file is read.
func TestPriceOverrides(t *testing.T) {
	const contract = `provider: openai
source: {page: "https://contract.example", read: "2026-01-01", confidence: contract}
models:
  gpt-5-mini:
    prices:
      - from: 2026-01-01
        mtok: {input: 1, output: 2}
`
	dir := t.TempDir()
	file := filepath.Join(dir, "contract.yaml")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "broken.yaml"), []byte("]["), 0o600))
	require.NoError(t, os.WriteFile(file, []byte(contract), 0o600))

	_, err := pricing.LoadPaths(filepath.Join(dir, "absent.yaml"))
	require.ErrorContains(t, err, "absent.yaml")
	require.ErrorContains(t, err, "remove it to use the built-in prices")
	_, err = pricing.LoadPaths(dir)
	require.Error(t, err, "the folder holds a broken file")

	p, _ := newTestProcessor(t, &Config{TrustBills: true})
	p.pricer, err = pricing.LoadPaths(file)
	require.NoError(t, err)
	td := delivery(t, "shop", call(nil))
	allSpans(td)[0].SetStartTimestamp(pcommon.NewTimestampFromTime(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)))
	out := allSpans(process(t, p, td))[0].Attributes()
	assert.Equal(t, "0.001459", text(out, semconv.WatchLLMCostAmount), "1037 at 1 and 211 at 2 dollars a million")
	assert.Equal(t, "https://contract.example", text(out, semconv.WatchLLMPriceSource))
}

func TestStartFailsOnMissingPriceFile(t *testing.T) {
	cfg := &Config{Prices: []string{filepath.Join(t.TempDir(), "absent.yaml")}}
	f := NewFactory()
	p, err := f.CreateTraces(context.Background(), processortest.NewNopSettings(metadata.Type), cfg, consumertest.NewNop())
	require.NoError(t, err)
	require.ErrorContains(t, p.Start(context.Background(), componenttest.NewNopHost()), "absent.yaml")
	require.NoError(t, p.Shutdown(context.Background()))
}

func TestMutatesData(t *testing.T) {
	p, err := NewFactory().CreateTraces(context.Background(), processortest.NewNopSettings(metadata.Type), &Config{TrustBills: true}, consumertest.NewNop())
	require.NoError(t, err)
	assert.True(t, p.Capabilities().MutatesData)
	require.NoError(t, p.Shutdown(context.Background()))
}

// Receivers deliver in parallel; the workers of the pool must not share anything.
func TestParallelDeliveries(t *testing.T) {
	p, _ := newTestProcessor(t, &Config{TrustBills: true})
	cases := testkit.Cases(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, c := range cases {
				if !c.HasTraces() {
					continue
				}
				once := process(t, p, testkit.OneRequest(c.Traces(t)))
				twice := process(t, p, testkit.OneRequest(c.Traces(t)))
				assert.Equal(t, figuresOf(once).String(), figuresOf(twice).String())
			}
		})
	}
	wg.Wait()
}
