package llmqueryextension

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/semconv"
)

// estimatedCall is a call without counts that llm_cost estimated, without a lower bound.
func estimatedCall(trace, span int, start time.Time, amount string) testSpan {
	return call(trace, span, start, time.Second).with(func(s *testSpan) {
		s.Input, s.Output, s.CacheRead, s.CacheWrite, s.Reasoning = nil, nil, nil, nil, nil
		s.Cost, s.CostInput, s.CostOutput, s.CostCurrency, s.CostStatus = nil, nil, nil, "", "estimated"
		s.Estimated, s.EstimatedHigh = &amount, &amount
		s.Ints = map[string]int64{semconv.WatchLLMUsageEstimatedInputTokens: 14, semconv.WatchLLMUsageEstimatedOutputTokens: 0}
		s.Strings = map[string]string{semconv.WatchLLMUsageEstimatedMethod: "bytes_per_token/openai"}
	})
}

// bounded gives an estimate bounds; an empty one is not known.
func (s testSpan) bounded(low, high string) testSpan {
	s.EstimatedLow, s.EstimatedHigh = orNull(low), orNull(high)
	return s
}

func TestEstimatesAreBesideCosts(t *testing.T) {
	s := newTestStore(t)
	start := testNow.Add(-time.Hour)
	priced := call(1, 1, start, time.Second)
	s.insert(t, priced)
	a := newTestAPI(t, s.conn, s.config.Target())
	before := body[overview](t, a, "shop", "/api/v1/stats/overview")
	require.Nil(t, before.Estimated)
	require.Nil(t, before.Reported)

	other := func(s *testSpan) { s.Response = "other-model" }
	spans := []testSpan{
		estimatedCall(1, 2, start, "0.000000000003").bounded("0.000000000001", "0.000000000007"),
		estimatedCall(1, 3, start, "0.2").bounded("0.1", "0.4").with(other),
		estimatedCall(2, 4, start, "0.5").bounded("0.3", "").with(other),
		// None of these is an estimated call: nobody is paid for two of them, and the last has a cost, whatever stands beside it.
		estimatedCall(1, 5, start, "10").with(func(s *testSpan) { s.UsageRole = "duplicate" }),
		estimatedCall(1, 6, start, "10").with(func(s *testSpan) { s.UsageRole = "aggregate" }),
		call(1, 7, start, time.Second).with(func(s *testSpan) { s.Cost, s.Estimated = ptr("0"), ptr("10") }),
	}
	s.insert(t, spans...)
	s.insert(t, spans...) // stored twice, counted once
	got := body[overview](t, a, "shop", "/api/v1/stats/overview")
	require.Equal(t, &estimated{3, "0.700000000003", ptr("0.400000000001"), nil}, got.Estimated, "one call has no upper bound, so their sum has none")
	require.Equal(t, *before.Cost.Amount, *got.Cost.Amount, "an estimate is in no total")
	require.EqualValues(t, 3, got.Cost.UnknownCalls)
	require.Equal(t, map[string]uint64{"exact": 2, "estimated": 3}, got.Cost.ByStatus)
	require.Equal(t, *before.Tokens.Input.Total+100, *got.Tokens.Input.Total, "nor are its tokens")
	require.Equal(t, got.Estimated, body[seedOverview](t, a, "shop", "/stats/overview").Estimated)

	models := body[modelList](t, a, "shop", "/api/v1/stats/models").Models
	require.Len(t, models, 2)
	require.Equal(t, &estimated{1, "0.000000000003", ptr("0.000000000001"), ptr("0.000000000007")}, models[0].Estimated)
	require.Equal(t, &estimated{2, "0.7", ptr("0.4"), nil}, models[1].Estimated)
	require.Nil(t, models[1].Cost.Amount)
	require.Equal(t, map[string]uint64{"estimated": 2}, models[1].Cost.ByStatus)

	trace := body[traceDetail](t, a, "shop", "/api/v1/traces/"+traceID(1))
	require.Equal(t, &estimated{2, "0.200000000003", ptr("0.100000000001"), ptr("0.400000000007")}, trace.Estimated)
	require.Equal(t, "0.001", *trace.Cost.Amount)
	require.Nil(t, trace.Spans[0].Estimated)
	require.Equal(t, &nodeEstimated{
		Amount: "0.2", Low: ptr("0.1"), High: ptr("0.4"), Method: ptr("bytes_per_token/openai"),
		Tokens: nodeEstimatedTokens{Input: ptr(int64(14)), Output: ptr(int64(0))},
	}, trace.Spans[2].Estimated)
	require.Equal(t, "10", trace.Spans[3].Estimated.Amount, "a span says what it may have cost, counted or not")
	require.Nil(t, trace.Spans[5].Estimated, "it has a cost")
	span := body[spanDetail](t, a, "shop", "/api/v1/traces/"+traceID(1)+"/spans/"+spanID(3))
	require.Equal(t, trace.Spans[2].Estimated, span.Span.Estimated)
	require.Equal(t, &estimated{1, "0.5", ptr("0.3"), nil}, body[traceDetail](t, a, "shop", "/api/v1/traces/"+traceID(2)).Estimated)
}

// A cost that was found later ends the estimate where what is known counts, and one that was lost brings back none.
func TestEstimatesHaveABasis(t *testing.T) {
	s := newTestStore(t)
	start := testNow.Add(-time.Hour)
	found := estimatedCall(1, 1, start, "0.2")
	lost := call(1, 2, start, time.Second)
	s.insert(t, found, lost, estimatedCall(1, 3, start, "0.4"))
	s.correct(t, found.correction("0.25", "exact"), lost.correction("", "unknown_model"))
	a := newTestAPI(t, s.conn, s.config.Target())
	for query, want := range map[string]struct {
		sum  *estimated
		cost string
	}{
		"basis=known":  {&estimated{1, "0.4", nil, ptr("0.4")}, "0.25"},
		"basis=booked": {&estimated{2, "0.6", nil, ptr("0.6")}, "0.001"},
	} {
		total := body[overview](t, a, "shop", "/api/v1/stats/overview?"+query)
		require.Equal(t, want.sum, total.Estimated, query)
		require.Equal(t, want.cost, *total.Cost.Amount, query)
		require.Equal(t, want.sum, body[modelList](t, a, "shop", "/api/v1/stats/models?"+query).Models[0].Estimated, query)
		trace := body[traceDetail](t, a, "shop", "/api/v1/traces/"+traceID(1)+"?"+query)
		require.Equal(t, want.sum, trace.Estimated, query)
		require.Equal(t, query == "basis=booked", trace.Spans[0].Estimated != nil, query)
		span := body[spanDetail](t, a, "shop", "/api/v1/traces/"+traceID(1)+"/spans/"+spanID(1)+"?"+query)
		require.Equal(t, trace.Spans[0].Estimated, span.Span.Estimated, query)
	}
}

func TestReportedIsComparedWithTheBook(t *testing.T) {
	s := newTestStore(t)
	start := testNow.Add(-time.Hour)
	bill := func(span int, cost, computed string) testSpan {
		return call(1, span, start, time.Second).with(func(s *testSpan) {
			s.Cost, s.Reported, s.Computed, s.CostStatus, s.Response = ptr(cost), ptr(cost), orNull(computed), "provider_reported", "billed"
		})
	}
	said := func(span int, reported, cost string) testSpan {
		return call(1, span, start, time.Second).with(func(s *testSpan) { s.Reported, s.Cost = ptr(reported), orNull(cost) })
	}
	corrected := bill(3, "5", "1")
	s.insert(t,
		bill(1, "0.3", "0.2"),
		// The tenant pays twice what bills say, and twice what the book says.
		bill(2, "0.2", "0.400000000001").with(func(s *testSpan) { s.Cost = ptr("0.4") }),
		corrected,
		said(4, "0.000000000001", "0.5"),
		// Nothing to compare: the book or the client says nothing, in another currency or of no call.
		bill(5, "7", ""),
		said(6, "7", ""),
		said(7, "7", "8").with(func(s *testSpan) { s.CostCurrency = "EUR" }),
		said(8, "7", "8").with(func(s *testSpan) { s.UsageRole = "duplicate" }),
		call(1, 9, start, time.Second),
	)
	again := corrected.correction("5", "provider_reported")
	again.Computed = ptr("5.5")
	s.correct(t, again)
	a := newTestAPI(t, s.conn, s.config.Target())
	for query, want := range map[string]struct{ all, billed *reported }{
		"basis=booked": {
			&reported{4, "5.700000000001", "2.100000000001", "3.6"},
			&reported{3, "5.7", "1.600000000001", "4.099999999999"},
		},
		"basis=known": {
			&reported{4, "5.700000000001", "6.600000000001", "-0.9"},
			&reported{3, "5.7", "6.100000000001", "-0.400000000001"},
		},
	} {
		total := body[overview](t, a, "shop", "/api/v1/stats/overview?"+query)
		require.Equal(t, want.all, total.Reported, query)
		require.Equal(t, "13.201", *total.Cost.Amount, "bills are costs; what a client said is none")
		require.Equal(t, want.all, body[seedOverview](t, a, "shop", "/stats/overview?"+query).Reported, query)
		models := body[modelList](t, a, "shop", "/api/v1/stats/models?"+query).Models
		require.Equal(t, "billed", *models[0].Model)
		require.Equal(t, want.billed, models[0].Reported, query)
		require.Equal(t, &reported{1, "0.000000000001", "0.5", "-0.499999999999"}, models[1].Reported, query)
	}
}
