package llmqueryextension

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTimeseriesFillsGaps(t *testing.T) {
	s := newTestStore(t)
	at := func(d time.Duration) time.Time { return testNow.Add(-d) }
	spans := []testSpan{
		call(1, 1, at(50*time.Minute), time.Second),
		call(1, 2, at(49*time.Minute), 3*time.Second).with(func(s *testSpan) { s.Status = "error" }),
		// Nothing is known of this one.
		call(1, 3, at(5*time.Minute), 2*time.Second).with(func(s *testSpan) {
			s.Input, s.Output, s.Cost, s.CostStatus = nil, nil, nil, "no_usage"
		}),
		call(1, 4, at(5*time.Minute), time.Hour).with(func(s *testSpan) { s.UsageRole = "aggregate" }),
	}
	s.insert(t, spans...)
	s.insert(t, spans...)
	a := newTestAPI(t, s.conn, s.config.Target())
	get := func(metric string) []point {
		got := body[timeseries](t, a, "shop", "/api/v1/stats/timeseries?hours=1&interval=15m&metric="+metric)
		require.Equal(t, metric, got.Metric)
		require.Len(t, got.Points, 4)
		for i, p := range got.Points {
			require.Equal(t, testNow.Add(time.Duration(i-4)*15*time.Minute), p.Time)
		}
		return got.Points
	}
	values := func(points []point) (out []any) {
		for _, p := range points {
			out = append(out, p.Value)
		}
		return out
	}
	requests := get("requests")
	require.Equal(t, []any{2.0, 0.0, 0.0, 1.0}, values(requests))
	require.Equal(t, []any{1.0, 0.0, 0.0, 0.0}, values(get("errors")))
	tokens := get("tokens")
	require.Equal(t, []any{240.0, nil, nil, nil}, values(tokens))
	require.EqualValues(t, 0, *tokens[1].UnknownCalls, "nothing happened")
	require.EqualValues(t, 1, *tokens[3].UnknownCalls, "something happened, how much is unknown")
	cost := get("cost")
	require.Equal(t, []any{"0.002", nil, nil, nil}, values(cost))
	require.EqualValues(t, 1, *cost[3].UnknownCalls)
	latency := get("latency")
	require.Equal(t, []any{2000.0, nil, nil, 2000.0}, values(latency))
	require.Nil(t, latency[1].Latency.P50)
	require.InDelta(t, 2000, *latency[3].Latency.P99, 1e-6)
}

func TestTimeseriesAddsUpToTheOverview(t *testing.T) {
	s := newTestStore(t)
	var spans []testSpan
	for i := range 500 {
		spans = append(spans, call(i, i, testNow.Add(-time.Duration(i*7+1)*time.Minute), time.Second))
	}
	s.insert(t, spans...)
	a := newTestAPI(t, s.conn, s.config.Target())
	for _, query := range []string{
		"hours=1", "hours=37", "hours=720", "",
		// Neither end on a step.
		"start=2026-03-09T03:04:05.000000006Z&end=2026-03-10T07:08:09.000000001Z",
	} {
		want := body[overview](t, a, "shop", "/api/v1/stats/overview?"+query).Calls
		for _, interval := range []string{"", "&interval=1h", "&interval=1d"} {
			var sum uint64
			for _, p := range body[timeseries](t, a, "shop", "/api/v1/stats/timeseries?"+query+interval).Points {
				sum += p.Calls
			}
			require.Equal(t, want, sum, query+interval)
		}
	}
}

func TestTimeseriesInterval(t *testing.T) {
	conn := &fakeConn{}
	a := newTestAPI(t, conn, noTarget)
	for query, want := range map[string]string{
		"hours=1":   "1m",
		"hours=6":   "5m",
		"hours=24":  "5m",
		"hours=72":  "15m",
		"hours=168": "1h",
		"hours=720": "1d",
		"start=2025-02-10T00:00:00Z&end=2026-03-10T00:00:00Z": "1d",
	} {
		require.Equal(t, want, body[timeseries](t, a, "shop", "/api/v1/stats/timeseries?"+query).Interval, query)
	}
	got := refused(t, a, "shop", "/api/v1/stats/timeseries?hours=48&interval=1m", http.StatusBadRequest)
	require.Equal(t, "interval", got.Errors[0].Parameter)
	require.Contains(t, got.Errors[0].Reason, "2880 steps")
	a.limits.MaxPoints = 30
	require.Equal(t, "1h", body[timeseries](t, a, "shop", "/api/v1/stats/timeseries?hours=24").Interval)
	got = refused(t, a, "shop", "/api/v1/stats/timeseries?hours=720", http.StatusBadRequest)
	require.Contains(t, got.Errors[0].Reason, "steps of 1d")
}
