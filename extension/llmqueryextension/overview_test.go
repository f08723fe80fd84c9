package llmqueryextension

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOverviewOfNothing(t *testing.T) {
	s := newTestStore(t)
	a := newTestAPI(t, s.conn, s.config.Target())
	got := body[overview](t, a, "shop", "/api/v1/stats/overview")
	require.Equal(t, window{testNow.Add(-24 * time.Hour), testNow}, got.Window)
	require.Zero(t, got.Calls)
	require.Nil(t, got.ErrorRate, "no calls: nothing to divide by")
	require.Nil(t, got.Tokens.Total.Total)
	require.Nil(t, got.Cost.Amount)
	require.True(t, got.Cost.Complete)
	require.Equal(t, latency{}, got.Latency)
	require.Equal(t, ttft{}, got.TTFT)
}

func TestOverviewCountsCallsOnlyAndOnce(t *testing.T) {
	s := newTestStore(t)
	start := testNow.Add(-time.Hour)
	spans := []testSpan{
		call(1, 1, start, time.Second),
		call(1, 2, start, 3*time.Second).with(func(s *testSpan) { s.Status = "error" }),
		call(1, 3, start, 5*time.Second).with(func(s *testSpan) { s.Outcome = "error" }),
		// What wraps a call repeats its usage; it is no call.
		call(1, 4, start, time.Minute).with(func(s *testSpan) { s.UsageRole = "aggregate" }),
		call(1, 5, start, time.Minute).with(func(s *testSpan) { s.UsageRole = "duplicate" }),
		call(1, 6, start, time.Minute).with(func(s *testSpan) { s.UsageRole = "none"; s.Status = "error" }),
	}
	s.insert(t, spans...)
	// A crash between storing and acknowledging sends the batch again, in another block.
	s.insert(t, spans[:3]...)
	s.insert(t, spans...)
	a := newTestAPI(t, s.conn, s.config.Target())
	got := body[overview](t, a, "shop", "/api/v1/stats/overview?hours=2")
	require.EqualValues(t, 6, got.Spans)
	require.EqualValues(t, 3, got.Calls)
	require.EqualValues(t, 2, got.Errors)
	require.InDelta(t, 2.0/3, *got.ErrorRate, 1e-9)
	require.EqualValues(t, 300, *got.Tokens.Input.Total)
	require.EqualValues(t, 60, *got.Tokens.Output.Total)
	require.EqualValues(t, 120, *got.Tokens.CacheRead.Total)
	require.EqualValues(t, 0, *got.Tokens.CacheWrite.Total, "known to be nothing")
	require.EqualValues(t, 15, *got.Tokens.Reasoning.Total)
	require.EqualValues(t, 360, *got.Tokens.Total.Total)
	require.Equal(t, "0.003", *got.Cost.Amount)
	require.InDelta(t, 3000, *got.Latency.Average, 1e-6)

	seed := body[seedOverview](t, a, "shop", "/stats/overview?hours=2&project_id=shop&client=old")
	require.EqualValues(t, 6, seed.TotalEvents)
	require.EqualValues(t, 2, seed.TotalErrors)
	require.InDelta(t, 100.0/3, seed.ErrorRatePct, 1e-6)
	require.InDelta(t, 0.003, seed.TotalCostUSD, 1e-12)
	require.EqualValues(t, 360, seed.TotalTokens)
	require.InDelta(t, 3000, *seed.AvgLatencyMS, 1e-6)
}

func TestOverviewKeepsUnknownApartFromZero(t *testing.T) {
	s := newTestStore(t)
	start := testNow.Add(-time.Hour)
	s.insert(t,
		call(1, 1, start, time.Second).with(func(s *testSpan) { s.CacheRead, s.Reasoning = nil, nil }),
		call(1, 2, start, time.Second).with(func(s *testSpan) {
			s.Input, s.CacheRead, s.Reasoning = nil, nil, nil
			s.Cost, s.CostStatus = nil, "no_usage"
		}),
		call(1, 3, start, time.Second).with(func(s *testSpan) {
			s.Input, s.Output, s.CacheRead, s.Reasoning = ptr(uint64(0)), ptr(uint64(0)), nil, nil
			s.Cost, s.CostStatus = ptr("0"), "free"
		}),
		call(1, 4, start, time.Second).with(func(s *testSpan) { s.CacheRead, s.Reasoning, s.CostStatus = nil, nil, "partial" }),
		call(1, 5, start, time.Second).with(func(s *testSpan) { s.CacheRead, s.Reasoning, s.CostStatus = nil, nil, "assumed:tier" }),
		call(1, 6, start, time.Second).with(func(s *testSpan) {
			s.CacheRead, s.Reasoning = nil, nil
			s.Cost, s.CostCurrency = ptr("7"), "EUR"
		}),
		call(1, 7, start, time.Second).with(func(s *testSpan) {
			s.CacheRead, s.Reasoning = nil, nil
			s.Cost, s.CostCurrency, s.CostStatus = nil, "", ""
		}),
	)
	a := newTestAPI(t, s.conn, s.config.Target())
	got := body[overview](t, a, "shop", "/api/v1/stats/overview")
	require.Equal(t, count{ptr(uint64(500)), 1}, got.Tokens.Input)
	require.Equal(t, count{ptr(uint64(120)), 0}, got.Tokens.Output)
	require.Equal(t, count{ptr(uint64(620)), 1}, got.Tokens.Total)
	require.Equal(t, count{nil, 7}, got.Tokens.CacheRead, "nobody said anything: unknown, not 0")
	require.Equal(t, cost{
		Amount: ptr("0.003"), Currency: "USD", Complete: false, UnknownCalls: 2, OtherCurrencyCalls: 1,
		ByStatus: map[string]uint64{"exact": 2, "no_usage": 1, "free": 1, "partial": 1, "assumed:tier": 1, "not_priced": 1},
	}, got.Cost)
}

func TestOverviewAddsMoneyExactly(t *testing.T) {
	s := newTestStore(t)
	start := testNow.Add(-time.Hour)
	var spans []testSpan
	// As doubles, these sums are wrong from the first digits after the point on.
	for i := range 1000 {
		spans = append(spans, call(1, i, start, time.Second).with(func(s *testSpan) { s.Cost = ptr("0.000000000001") }))
	}
	spans = append(spans,
		call(1, 5000, start, time.Second).with(func(s *testSpan) { s.Cost = ptr("123456.1") }),
		call(1, 5001, start, time.Second).with(func(s *testSpan) { s.Cost = ptr("999999.999999999999") }))
	s.insert(t, spans...)
	a := newTestAPI(t, s.conn, s.config.Target())
	got := body[overview](t, a, "shop", "/api/v1/stats/overview")
	require.Equal(t, "1123456.100000000999", *got.Cost.Amount)
	trace := body[traceDetail](t, a, "shop", "/api/v1/traces/"+traceID(1)+"?content=omit")
	require.Equal(t, "1123456.100000000999", *trace.Cost.Amount)
	list := body[traceList](t, a, "shop", "/api/v1/traces")
	require.Equal(t, "1123456.100000000999", *list.Traces[0].Cost)
	require.Len(t, body[traceList](t, a, "shop", "/api/v1/traces?min_cost=1123456.100000000999").Traces, 1)
	require.Empty(t, body[traceList](t, a, "shop", "/api/v1/traces?min_cost=1123456.100000001").Traces)
}

func TestOverviewQuantiles(t *testing.T) {
	s := newTestStore(t)
	var spans []testSpan
	for i := 1; i <= 1000; i++ {
		spans = append(spans, call(1, i, testNow.Add(-time.Hour), time.Duration(i)*time.Millisecond).with(func(s *testSpan) {
			if i%2 == 0 {
				s.TTFT = ptr(float64(i) / 1e4)
			}
		}))
	}
	s.insert(t, spans...)
	a := newTestAPI(t, s.conn, s.config.Target())
	got := body[overview](t, a, "shop", "/api/v1/stats/overview")
	require.InDelta(t, 500.5, *got.Latency.Average, 1e-6)
	require.InDelta(t, 500, *got.Latency.P50, 1)
	require.InDelta(t, 950, *got.Latency.P95, 1)
	require.InDelta(t, 990, *got.Latency.P99, 1)
	require.EqualValues(t, 500, got.TTFT.Calls)
	require.InDelta(t, 50, *got.TTFT.P50, 0.3)
	require.InDelta(t, 99, *got.TTFT.P99, 0.3)
}

func TestWindowHasItsStartAndNotItsEnd(t *testing.T) {
	s := newTestStore(t)
	start, end := testNow.Add(-time.Hour), testNow
	for i, at := range []time.Time{start.Add(-1), start, end.Add(-1), end} {
		s.insert(t, call(i, i, at, time.Second))
	}
	a := newTestAPI(t, s.conn, s.config.Target())
	target := fmt.Sprintf("start=%s&end=%s", start.Format(time.RFC3339Nano), end.Format(time.RFC3339Nano))
	require.EqualValues(t, 2, body[overview](t, a, "shop", "/api/v1/stats/overview?"+target).Calls)
	require.EqualValues(t, 2, body[overview](t, a, "shop", "/api/v1/stats/overview?hours=1").Calls)
	require.EqualValues(t, 2, body[modelList](t, a, "shop", "/api/v1/stats/models?"+target).Models[0].Calls)
	require.Len(t, body[traceList](t, a, "shop", "/api/v1/traces?"+target).Traces, 2)
	points := body[timeseries](t, a, "shop", "/api/v1/stats/timeseries?interval=1h&"+target).Points
	require.Len(t, points, 1)
	require.EqualValues(t, 2, points[0].Calls)
}

func TestModels(t *testing.T) {
	s := newTestStore(t)
	start := testNow.Add(-time.Hour)
	model := func(span int, provider, request, response string, cost *string) testSpan {
		return call(1, span, start, time.Duration(span)*time.Second).with(func(s *testSpan) {
			s.Provider, s.Request, s.Response, s.Cost = provider, request, response, cost
			if cost == nil {
				s.CostStatus = "unknown_model"
			}
		})
	}
	spans := []testSpan{
		model(1, "openai", "gpt-5", "gpt-5-2026", ptr("0.1")),
		model(2, "openai", "gpt-5-latest", "gpt-5-2026", ptr("0.2")).with(func(s *testSpan) { s.Status = "error" }),
		model(3, "azure", "gpt-5", "gpt-5-2026", ptr("0.5")),
		model(4, "", "mystery", "", nil),
		model(5, "openai", "", "", nil),
	}
	s.insert(t, spans...)
	s.insert(t, spans...)
	a := newTestAPI(t, s.conn, s.config.Target())
	got := body[modelList](t, a, "shop", "/api/v1/stats/models")
	require.False(t, got.Truncated)
	type line struct {
		provider, model, amount string
		calls, errors           uint64
	}
	var lines []line
	for _, m := range got.Models {
		l := line{calls: m.Calls, errors: m.Errors}
		for to, from := range map[*string]*string{&l.provider: m.Provider, &l.model: m.Model, &l.amount: m.Cost.Amount} {
			if from != nil {
				*to = *from
			}
		}
		lines = append(lines, l)
	}
	require.Equal(t, []line{
		{"azure", "gpt-5-2026", "0.5", 1, 0},
		{"openai", "gpt-5-2026", "0.3", 2, 1},
		{"", "mystery", "", 1, 0},
		{"openai", "", "", 1, 0},
	}, lines)
	require.InDelta(t, 1500, *got.Models[1].Latency.Average, 1e-6)
	require.EqualValues(t, 1, got.Models[2].Cost.UnknownCalls)

	a.limits.MaxModels = 2
	got = body[modelList](t, a, "shop", "/api/v1/stats/models")
	require.True(t, got.Truncated)
	require.Len(t, got.Models, 2)
	require.Equal(t, "azure", *got.Models[0].Provider, "the dearest stay")

	rec := ask(t, a, "shop", "/stats/tokens?hours=2&project_id=shop")
	require.Equal(t, http.StatusOK, rec.Code)
}

// An embedding has no output: that nobody counted it is nothing unknown, wherever tokens are summed.
func TestEmbeddingsLackNoOutput(t *testing.T) {
	s := newTestStore(t)
	s.insert(t, call(1, 1, testNow.Add(-time.Hour), time.Second).with(func(s *testSpan) {
		s.Role, s.Output = "embedding", nil
	}))
	a := newTestAPI(t, s.conn, s.config.Target())
	want := count{ptr(uint64(100)), 0}
	require.Equal(t, want, body[overview](t, a, "shop", "/api/v1/stats/overview").Tokens.Total)
	require.Equal(t, want, body[modelList](t, a, "shop", "/api/v1/stats/models").Models[0].Tokens.Total)
	require.Equal(t, want, body[traceList](t, a, "shop", "/api/v1/traces").Traces[0].Tokens.Total)
	require.Equal(t, want, body[traceDetail](t, a, "shop", "/api/v1/traces/"+traceID(1)).Tokens.Total)
}
