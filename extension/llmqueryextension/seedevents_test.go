package llmqueryextension

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// seedStore holds three events of today, one of ten days ago and one span that is none.
func seedStore(t *testing.T) *api {
	s := newTestStore(t)
	event := func(n int, id, typ string, ago time.Duration) testSpan {
		return call(n, n, testNow.Add(-ago), time.Second).with(func(s *testSpan) {
			s.Strings = map[string]string{"watchllm.native.id": id, "watchllm.native.type": typ, "watchllm.native.schema": "watchllm.events/0"}
			s.Resource = map[string]string{"telemetry.sdk.name": "watchllm-python", "telemetry.sdk.version": "1.2"}
			s.User, s.Conversation = "ada", "chat-1"
		})
	}
	s.insert(t,
		event(1, "e-1", "model_response", time.Hour),
		event(2, "e-2", "log", 2*time.Hour).with(func(s *testSpan) { s.Status, s.UsageRole, s.Role = "error", "none", "other" }),
		event(3, "e-3", "log", 3*time.Hour),
		event(4, "e-old", "log", 10*24*time.Hour),
		call(5, 5, testNow.Add(-30*time.Minute), time.Second),
	)
	// The same event again, as a client that retries sends it.
	s.insert(t, event(1, "e-1", "model_response", time.Hour).with(func(s *testSpan) { s.Ingested = testNow }))
	return newTestAPI(t, s.conn, s.config.Target())
}

func eventIDs(e seedEvents) (out []string) {
	for _, x := range e.Events {
		out = append(out, x.EventID)
	}
	return out
}

func TestSeedEvents(t *testing.T) {
	a := seedStore(t)
	otlp := traceID(5) + ":" + spanID(5)
	at := func(ago time.Duration) string {
		return url.QueryEscape(testNow.Add(-ago).Format("2006-01-02T15:04:05.000000"))
	}
	for query, want := range map[string][]string{
		"":                              {otlp, "e-1", "e-2", "e-3", "e-old"},
		"limit=2":                       {otlp, "e-1"},
		"limit=2&offset=3":              {"e-3", "e-old"},
		"type=log":                      {"e-2", "e-3", "e-old"},
		"type=log&limit=1&offset=1":     {"e-3"},
		"type=span":                     {otlp},
		"type=tool_call":                nil,
		"start_time=" + at(3*time.Hour): {otlp, "e-1", "e-2", "e-3"},
		"end_time=" + at(2*time.Hour):   {"e-3", "e-old"},
		"start_time=" + at(2*time.Hour) + "&end_time=" + at(time.Hour):                      {"e-2"},
		"start_time=2026-03-10T09:30:00Z&end_time=2026-03-10T12:30:00%2B01:00&unheard_of=1": {"e-1", "e-2"},
	} {
		require.Equal(t, want, eventIDs(body[seedEvents](t, a, "shop", "/events?"+query)), query)
	}
	page := body[seedEvents](t, a, "shop", "/events?limit=4")
	require.True(t, page.HasMore)
	require.False(t, body[seedEvents](t, a, "shop", "/events?limit=5").HasMore)
	require.Equal(t, seedEvent{
		EventID: "e-1", ProjectID: "shop", Type: "model_response", Timestamp: testNow.Add(-time.Hour), SDK: seedSDK{ptr("watchllm-python"), ptr("1.2")},
		TraceID: traceID(1), SpanID: spanID(1), UserID: ptr("ada"), SessionID: ptr("chat-1"), Name: "chat gpt-5", Status: "unset",
		LatencyMS: 1000, Model: ptr("gpt-5-2026-01-01"), InputTokens: ptr(uint64(100)), OutputTokens: ptr(uint64(20)),
		Cost: ptr("0.001"), Currency: ptr("USD"), CostStatus: ptr("exact"),
	}, page.Events[1])
	require.Empty(t, body[seedEvents](t, a, "rival", "/events").Events)

	for query, parameter := range map[string]string{
		"limit=0": "limit", "limit=1001": "limit", "offset=-1": "offset", "offset=100001": "offset", "start_time=yesterday": "start_time",
		"end_time=1": "end_time", "start_time=2026-03-11T00:00:00": "start_time", "start_time=2020-01-01T00:00:00": "start_time",
	} {
		require.Equal(t, parameter, refused(t, a, "shop", "/events?"+query, http.StatusBadRequest).Errors[0].Parameter, query)
	}
}

func TestSeedEvent(t *testing.T) {
	a := seedStore(t)
	for id, trace := range map[string]int{"e-1": 1, "e-old": 4, traceID(5) + ":" + spanID(5): 5} {
		got := body[seedEventDetail](t, a, "shop", "/events/"+id)
		require.Equal(t, id, got.EventID)
		require.Equal(t, traceID(trace), got.TraceID)
		require.Equal(t, spanID(trace), got.Span.SpanID)
		require.NotNil(t, got.Span.Attributes)
	}
	for _, id := range []string{"e-9", "E-1", "%27%20OR%201=1", traceID(1) + ":" + spanID(1)} {
		require.Contains(t, refused(t, a, "shop", "/events/"+id, http.StatusNotFound).Detail, "no event")
	}
	refused(t, a, "rival", "/events/e-1", http.StatusNotFound)
	refused(t, a, "shop", "/events/e-old?start_time=2026-03-10T00:00:00", http.StatusNotFound)
}

func TestSeedTypesAndProjects(t *testing.T) {
	a := seedStore(t)
	got := body[seedTypes](t, a, "shop", "/stats/events-by-type")
	require.Equal(t, []seedType{{"log", 2, 1}, {"model_response", 1, 0}, {"span", 1, 0}}, got.Types)
	require.EqualValues(t, 4, got.TotalEvents)
	require.Equal(t, got.TotalEvents, body[seedOverview](t, a, "shop", "/stats/overview").TotalEvents)
	require.Empty(t, body[seedTypes](t, a, "rival", "/stats/events-by-type").Types)
	require.Equal(t, []seedProject{{"shop"}}, body[seedProjects](t, a, "shop", "/projects").Projects)
	require.Equal(t, []seedProject{{"lab"}}, body[seedProjects](t, a, "boss", "/projects?project_id=lab").Projects)
}

// What is not there is said to be not there, whatever the method and without a key: an empty list would be a lie.
func TestAbsentPathsOfTheOriginal(t *testing.T) {
	a := newTestAPI(t, &fakeConn{}, noTarget)
	for _, path := range []string{"/alerts/rules", "/alerts/rules/7", "/billing", "/billing/usage", "/prompt-versions", "/auth", "/auth/login"} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			rec := serve(a, method, path)
			require.Equal(t, http.StatusNotFound, rec.Code, fmt.Sprint(method, path))
			require.Contains(t, decodeProblem(t, rec).Detail, "This server")
		}
	}
}
