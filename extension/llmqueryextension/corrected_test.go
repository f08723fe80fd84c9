package llmqueryextension

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A call that turned out to be another one again has two rows until they are merged: as it arrived, and the appended correction.
func TestEveryAnswerHonoursACorrection(t *testing.T) {
	s := newTestStore(t)
	start := testNow.Add(-time.Hour)
	counted := call(1, 1, start, time.Second).with(func(s *testSpan) { s.Signal, s.EventName = "log", "api_request" })
	again := call(1, 2, start, 2*time.Second)
	s.insert(t, counted, again)
	s.insert(t, again.with(func(s *testSpan) {
		s.UsageRole, s.RoleReason, s.CountedBy, s.RoleBefore = "duplicate", "wrapper", traceID(1)+":"+spanID(1), "call"
		s.Ingested = s.Ingested.Add(time.Millisecond)
	}))
	a := newTestAPI(t, s.conn, s.config.Target())

	total := body[overview](t, a, "shop", "/api/v1/stats/overview")
	require.EqualValues(t, 1, total.Calls)
	require.EqualValues(t, 2, total.Spans)
	require.Equal(t, "0.001", *total.Cost.Amount)
	models := body[modelList](t, a, "shop", "/api/v1/stats/models").Models
	require.Len(t, models, 1)
	require.EqualValues(t, 1, models[0].Calls)
	for _, metric := range []string{"requests", "tokens", "cost", "latency"} {
		points := body[timeseries](t, a, "shop", "/api/v1/stats/timeseries?interval=1h&metric="+metric).Points
		calls := uint64(0)
		for _, p := range points {
			calls += p.Calls
		}
		require.EqualValues(t, 1, calls, metric)
	}

	card := body[traceList](t, a, "shop", "/api/v1/traces?min_cost=0.001").Traces[0]
	require.EqualValues(t, 1, card.Calls)
	require.EqualValues(t, 2, card.Spans)
	require.Equal(t, "0.001", *card.Cost)
	require.Empty(t, body[traceList](t, a, "shop", "/api/v1/traces?min_cost=0.002").Traces)

	detail := body[traceDetail](t, a, "shop", "/api/v1/traces/"+traceID(1))
	require.Equal(t, 2, detail.SpanCount)
	require.Equal(t, 1, detail.Calls)
	require.Equal(t, "0.001", *detail.Cost.Amount)
	require.Len(t, detail.Spans, 2)
	first, second := detail.Spans[0], detail.Spans[1]
	require.Equal(t, []*string{ptr("call"), nil, nil}, []*string{first.Usage.Role, first.Usage.RoleReason, first.Usage.CountedBy})
	require.Equal(t, []*string{ptr("log"), ptr("api_request")}, []*string{first.Signal, first.EventName})
	require.Equal(t, []*string{ptr("duplicate"), ptr("wrapper"), ptr(traceID(1) + ":" + spanID(1))},
		[]*string{second.Usage.Role, second.Usage.RoleReason, second.Usage.CountedBy})
	require.NotNil(t, second.Content)

	rec := ask(t, a, "shop", "/api/v1/traces/"+traceID(1)+"/spans/"+spanID(2))
	require.Equal(t, http.StatusOK, rec.Code)
	require.Contains(t, rec.Body.String(), `"role":"duplicate"`)
}
