package llmqueryextension

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func ids(list traceList) (out []string) {
	for _, t := range list.Traces {
		out = append(out, t.TraceID)
	}
	return out
}

func traceIDs(n ...int) (out []string) {
	for _, i := range n {
		out = append(out, traceID(i))
	}
	return out
}

func TestTraceCard(t *testing.T) {
	s := newTestStore(t)
	start := testNow.Add(-2 * time.Hour)
	spans := []testSpan{
		call(1, 1, start.Add(time.Second), 10*time.Second).with(func(s *testSpan) { s.Parent, s.User = spanID(9), "ada" }),
		call(1, 2, start.Add(2*time.Second), 20*time.Second).with(func(s *testSpan) {
			s.Parent, s.Provider, s.Request, s.Response = spanID(9), "anthropic", "claude", ""
			s.Output, s.Cost, s.CostStatus, s.Status = nil, nil, "unknown_model", "error"
		}),
		// The root arrives last, in another block, and starts later by a skewed clock.
		call(1, 9, start.Add(3*time.Second), time.Second).with(func(s *testSpan) {
			s.Name, s.Service, s.UsageRole, s.Role, s.Status, s.Conversation = "checkout", "web", "none", "agent", "ok", "c-1"
		}),
	}
	for _, span := range spans {
		s.insert(t, span)
	}
	s.insert(t, spans...)
	a := newTestAPI(t, s.conn, s.config.Target())
	got := body[traceList](t, a, "shop", "/api/v1/traces")
	require.Nil(t, got.NextCursor)
	require.Equal(t, []traceCard{{
		TraceID: traceID(1), Name: "checkout", Service: ptr("web"), Status: "ok",
		Start: start.Add(time.Second), End: start.Add(22 * time.Second), DurationMS: 21000,
		Spans: 3, Errors: 1, UserID: ptr("ada"), ConversationID: ptr("c-1"), Calls: 2,
		Models: []string{"claude", "gpt-5-2026-01-01"}, Providers: []string{"anthropic", "openai"},
		Tokens: traceTokens{
			Input:  count{ptr(uint64(200)), 0},
			Output: count{ptr(uint64(20)), 1},
			Total:  count{ptr(uint64(220)), 1},
		},
		Cost: ptr("0.001"), Currency: "USD", CostComplete: false, Booked: ptr("0.001"),
	}}, got.Traces)
}

func TestTraceWithoutItsRoot(t *testing.T) {
	s := newTestStore(t)
	start := testNow.Add(-2 * time.Hour)
	s.insert(t,
		call(1, 1, start, time.Second).with(func(s *testSpan) { s.Parent, s.Name, s.Status = spanID(99), "first", "error" }),
		call(1, 2, start.Add(time.Second), time.Second).with(func(s *testSpan) { s.Parent, s.Name = spanID(99), "second" }))
	a := newTestAPI(t, s.conn, s.config.Target())
	card := body[traceList](t, a, "shop", "/api/v1/traces").Traces[0]
	require.True(t, card.RootMissing)
	require.Equal(t, "first", card.Name)
	require.Equal(t, "unset", card.Status, "the status is the root's, which nobody knows yet")
	require.EqualValues(t, 1, card.Errors)
	require.Len(t, body[traceList](t, a, "shop", "/api/v1/traces?status=unset").Traces, 1)
	require.Empty(t, body[traceList](t, a, "shop", "/api/v1/traces?status=error").Traces)
}

func TestTraceFilters(t *testing.T) {
	s := newTestStore(t)
	at := func(n int) time.Time { return testNow.Add(-time.Duration(n) * time.Minute) }
	s.insert(t,
		call(1, 1, at(1), time.Second).with(func(s *testSpan) { s.User, s.Conversation, s.Service = "ada", "c-1", "web" }),
		call(1, 2, at(1), time.Second).with(func(s *testSpan) {
			s.Parent, s.Provider, s.Request, s.Response = spanID(1), "anthropic", "claude", "claude-4"
		}),
		call(2, 3, at(2), time.Second).with(func(s *testSpan) { s.User, s.Status, s.Cost = "bob", "error", ptr("2.5") }),
		call(3, 4, at(3), time.Second).with(func(s *testSpan) { s.Name, s.Status, s.Cost = "Größe prüfen", "ok", nil }),
		call(3, 5, at(3), time.Second).with(func(s *testSpan) { s.Parent, s.Outcome, s.Cost = spanID(4), "error", nil }),
		call(4, 6, at(4), time.Second).with(func(s *testSpan) { s.UsageRole, s.Cost = "aggregate", ptr("100") }),
		call(5, 7, at(5), time.Second).with(func(s *testSpan) { s.Cost, s.CostCurrency = ptr("100"), "EUR" }),
	)
	a := newTestAPI(t, s.conn, s.config.Target())
	for query, want := range map[string][]string{
		"":                                traceIDs(1, 2, 3, 4, 5),
		"model=gpt-5":                     traceIDs(1, 2, 3, 4, 5),
		"model=claude":                    traceIDs(1),
		"model=claude-4":                  traceIDs(1),
		"model=claude-":                   nil,
		"provider=anthropic":              traceIDs(1),
		"user_id=ada":                     traceIDs(1),
		"user_id=ada&model=claude":        traceIDs(1), // by different spans
		"user_id=bob&model=claude":        nil,
		"conversation_id=c-1":             traceIDs(1),
		"service=web":                     traceIDs(1),
		"status=error":                    traceIDs(2),
		"status=ok":                       traceIDs(3),
		"status=unset":                    traceIDs(1, 4, 5),
		"has_error=true":                  traceIDs(2, 3),
		"has_error=1":                     traceIDs(2, 3),
		"has_error=false":                 traceIDs(1, 4, 5),
		"q=GPT":                           traceIDs(1, 2, 3, 4, 5),
		"q=" + url.QueryEscape("GRÖSS"):   nil,
		"q=" + url.QueryEscape("größE P"): traceIDs(3),
		"q=%25":                           nil,
		"min_cost=0.002":                  traceIDs(1, 2),
		"min_cost=2.5":                    traceIDs(2),
		"min_cost=2.500000000001":         nil,
		"min_cost=0":                      traceIDs(1, 2, 3, 4, 5),
		"has_error=true&min_cost=1":       traceIDs(2),
	} {
		require.Equal(t, want, ids(body[traceList](t, a, "shop", "/api/v1/traces?"+query)), query)
		require.Equal(t, want, ids(body[traceList](t, a, "shop", "/traces?whatever=1&project_id=shop&"+query)), query)
	}
}

func TestMinCostTakesEachSpanOnce(t *testing.T) {
	s := newTestStore(t)
	span := call(1, 1, testNow.Add(-time.Minute), time.Second)
	for range 5 {
		s.insert(t, span)
	}
	a := newTestAPI(t, s.conn, s.config.Target())
	require.Len(t, body[traceList](t, a, "shop", "/api/v1/traces?min_cost=0.001").Traces, 1)
	require.Empty(t, body[traceList](t, a, "shop", "/api/v1/traces?min_cost=0.002").Traces)
}

// readAll follows the cursor to the end; between pages new traces arrive.
func readAll(t *testing.T, a *api, query string, between func(page int)) (all []string) {
	t.Helper()
	target := "/api/v1/traces?" + query
	for page := 0; ; page++ {
		require.Less(t, page, 100)
		got := body[traceList](t, a, "shop", target)
		all = append(all, ids(got)...)
		if got.NextCursor == nil {
			return all
		}
		require.NotEmpty(t, got.Traces)
		if between != nil {
			between(page)
		}
		v, err := url.ParseQuery(query)
		require.NoError(t, err)
		v.Del("hours")
		v.Set("cursor", *got.NextCursor)
		target = "/api/v1/traces?" + v.Encode()
	}
}

func TestPagesNeitherRepeatNorSkip(t *testing.T) {
	s := newTestStore(t)
	var want []string
	var spans []testSpan
	n := 0
	add := func(start time.Time, spansOfTrace int, gap time.Duration) string {
		n++
		for i := range spansOfTrace {
			spans = append(spans, call(n, n*100+i, start.Add(time.Duration(i)*gap), time.Second))
		}
		return traceID(n)
	}
	// Close together, far apart, and long traces that run on into the newest hours.
	for i := range 40 {
		want = append(want, add(testNow.Add(-time.Duration(i+1)*time.Second), 2, 0))
	}
	for i := range 20 {
		want = append(want, add(testNow.Add(-time.Duration(i+1)*time.Hour), 3, 20*time.Minute))
	}
	// Three at the very same instant, ordered by id.
	same := testNow.Add(-21 * time.Hour)
	x, y, z := add(same, 1, 0), add(same, 1, 0), add(same, 1, 0)
	want = append(want, z, y, x)
	// Began before the window: listed by its first span inside, which is the last place here.
	straddler := add(testNow.Add(-25*time.Hour), 2, 2*time.Hour+30*time.Minute)
	want = append(want, straddler)
	s.insert(t, spans...)
	a := newTestAPI(t, s.conn, s.config.Target())
	for _, limit := range []int{1, 7, 200} {
		require.Equal(t, want, readAll(t, a, fmt.Sprintf("limit=%d", limit), nil), "limit %d", limit)
	}
	require.Equal(t, want, readAll(t, a, "limit=9&model=gpt-5&min_cost=0.001", nil))

	// The clock goes on and traces arrive at the top while somebody reads: nothing moves.
	got := readAll(t, a, "hours=24&limit=10", func(page int) {
		now := testNow.Add(time.Duration(page+1) * time.Hour)
		a.now = func() time.Time { return now }
		s.insert(t, call(1000+page, 100000+page, now.Add(-time.Second), time.Second))
	})
	require.Equal(t, want, got)
}

func TestCursorIsBoundToItsList(t *testing.T) {
	s := newTestStore(t)
	for i := range 3 {
		s.insert(t, call(i, i, testNow.Add(-time.Duration(i+1)*time.Minute), time.Second))
		s.insert(t, call(i+10, i+10, testNow.Add(-time.Duration(i+1)*time.Minute), time.Second).with(func(s *testSpan) { s.Tenant = "rival" }))
	}
	a := newTestAPI(t, s.conn, s.config.Target())
	next := *body[traceList](t, a, "shop", "/api/v1/traces?limit=1").NextCursor
	for query, reason := range map[string]string{
		"cursor=" + next + "&model=gpt-5": "other filters",
		"cursor=" + next + "&hours=1":     "already holds the time range",
		"cursor=nonsense":                 "not a next_cursor",
		"cursor=" + cursor{Version: 1, StartNS: 5, EndNS: 1, LastID: traceID(1)}.String():                                     "not a next_cursor",
		"cursor=" + cursor{Version: 2, StartNS: 1, EndNS: 5, LastID: traceID(1)}.String():                                     "not a next_cursor",
		"cursor=" + cursor{Version: 1, StartNS: 1, EndNS: latest.UnixNano(), LastID: traceID(1)}.String():                     "other filters",
		"cursor=" + cursor{Version: 1, StartNS: 1, EndNS: latest.UnixNano(), LastID: traceID(1), Filters: noFilters}.String(): "longer than the limit",
		"cursor=" + cursor{Version: 1, StartNS: 1, EndNS: 5, LastID: "' OR 1=1 --"}.String():                                  "not a next_cursor",
	} {
		p := refused(t, a, "shop", "/api/v1/traces?"+query, http.StatusBadRequest)
		require.Contains(t, p.Errors[0].Reason, reason, query)
	}
	// Another tenant's cursor is only a position: what comes is the own.
	got := body[traceList](t, a, "rival", "/api/v1/traces?cursor="+next)
	require.Equal(t, traceIDs(11, 12), ids(got))
}

var noFilters = listMark(newParams(nil, false).traceFilters(), basisKnown)

func TestTraceListLimit(t *testing.T) {
	a := newTestAPI(t, &fakeConn{}, noTarget)
	for _, limit := range []string{"0", "201", "-1", "x", "1.5", "99999999999999999999"} {
		p := refused(t, a, "shop", "/api/v1/traces?limit="+limit, http.StatusBadRequest)
		require.Equal(t, []invalidParameter{{"limit", limit, "must be a whole number from 1 to 200"}}, p.Errors)
	}
}

// Late fields say how a call ended: the status is the root's as it was stored last, however the rows lie in the store.
func TestStatusOfACompletedRoot(t *testing.T) {
	s := newTestStore(t)
	require.NoError(t, s.conn.Exec(t.Context(), "SYSTEM STOP MERGES llm_spans"))
	for n := range 6 {
		begun := call(n, n, testNow.Add(-time.Minute), time.Second)
		ended := begun.with(func(s *testSpan) { s.Status, s.Ingested = "error", s.Ingested.Add(time.Millisecond) })
		if n%2 == 0 {
			s.insert(t, begun)
			s.insert(t, ended)
		} else {
			s.insert(t, begun, call(90, 90+n, testNow.Add(-2*time.Minute), time.Second).with(func(s *testSpan) { s.Status = "ok" }))
			s.insert(t, ended)
		}
	}
	a := newTestAPI(t, s.conn, s.config.Target())
	ids := func(query string) (out []string) {
		for _, card := range body[traceList](t, a, "shop", "/api/v1/traces?"+query).Traces {
			out = append(out, card.TraceID)
		}
		slices.Sort(out)
		return out
	}
	require.Equal(t, traceIDs(0, 1, 2, 3, 4, 5), ids("status=error"))
	require.Empty(t, ids("status=unset"))
}
