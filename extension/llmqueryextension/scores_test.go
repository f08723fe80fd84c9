package llmqueryextension

import (
	"fmt"
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/eventid"
)

// testScore is a row of llm_scores; columns that are not named here take their defaults.
type testScore struct {
	Tenant      string            `ch:"tenant_id"`
	Project     string            `ch:"project_id"`
	TraceID     string            `ch:"trace_id"`
	SpanID      string            `ch:"span_id"`
	ID          string            `ch:"id"`
	Time        time.Time         `ch:"time"`
	Name        string            `ch:"name"`
	Value       *float64          `ch:"value"`
	Label       string            `ch:"label"`
	Explanation string            `ch:"explanation"`
	User        string            `ch:"user_id"`
	Attributes  map[string]string `ch:"attributes"`
	Ingested    time.Time         `ch:"ingested_at"`
	Retention   uint16            `ch:"retention_days"`
}

func scored(trace int, id string, value *float64) testScore {
	return testScore{
		Tenant: "acme", Project: "shop", TraceID: traceID(trace), ID: id, Time: testNow.Add(-time.Hour), Name: "fair", Value: value,
		Explanation: "because", User: "ada", Attributes: map[string]string{"k": "v"}, Ingested: testNow, Retention: 36500,
	}
}

func (s testScore) with(change func(*testScore)) testScore { change(&s); return s }

func (s *testStore) insertScores(t testing.TB, scores ...testScore) {
	t.Helper()
	batch, err := s.conn.PrepareBatch(t.Context(), "INSERT INTO llm_scores (tenant_id, project_id, trace_id, span_id, id, time, name, value, label, explanation, user_id, attributes, ingested_at, retention_days)")
	require.NoError(t, err)
	for i := range scores {
		require.NoError(t, batch.AppendStruct(&scores[i]))
	}
	require.NoError(t, batch.Send())
}

func TestScoreList(t *testing.T) {
	s := newTestStore(t)
	for i := range 7 {
		// Two by two at the same moment, and each twice.
		one := scored(i, fmt.Sprint("s", i), ptr(float64(i))).with(func(s *testScore) { s.Time = s.Time.Add(time.Duration(i/2) * time.Minute) })
		s.insertScores(t, one.with(func(s *testScore) { s.Value = ptr(99.0) }))
		s.insertScores(t, one.with(func(s *testScore) { s.Ingested = s.Ingested.Add(time.Second) }))
	}
	s.insertScores(t, scored(1, "old", ptr(1.0)).with(func(s *testScore) { s.Time = s.Time.Add(-48 * time.Hour) }))
	a := newTestAPI(t, s.conn, s.config.Target())
	var ids []string
	target := "/api/v1/scores?limit=3"
	for pages := 0; target != ""; pages++ {
		require.Less(t, pages, 5)
		page := body[scoreList](t, a, "shop", target)
		for _, sc := range page.Scores {
			ids = append(ids, sc.ID)
			require.Equal(t, "s"+fmt.Sprint(*sc.Value), sc.ID, "of a score that was changed the last value")
		}
		target = ""
		if page.NextCursor != nil {
			target = "/api/v1/scores?limit=3&cursor=" + *page.NextCursor
		}
	}
	require.ElementsMatch(t, []string{"s0", "s1", "s2", "s3", "s4", "s5", "s6"}, ids)
	require.Equal(t, "s6", ids[0])

	first := body[scoreList](t, a, "shop", "/api/v1/scores?limit=3")
	require.Equal(t, http.StatusBadRequest, ask(t, a, "shop", "/api/v1/scores?name=other&cursor="+*first.NextCursor).Code)
	require.Equal(t, http.StatusBadRequest, ask(t, a, "shop", "/api/v1/traces?cursor="+*first.NextCursor).Code)
	require.Equal(t, http.StatusBadRequest, ask(t, a, "shop", "/api/v1/scores?trace_id=x").Code)
	require.Equal(t, "s3", body[scoreList](t, a, "shop", "/api/v1/scores?trace_id="+traceID(3)).Scores[0].ID)
	for _, filter := range []string{"name=other", "user_id=bob", "span_id=1", "source=user", "conversation_id=c"} {
		require.Empty(t, body[scoreList](t, a, "shop", "/api/v1/scores?"+filter).Scores, filter)
	}
}

func TestScoreSummary(t *testing.T) {
	s := newTestStore(t)
	s.insertScores(t,
		scored(1, "a", ptr(1.0)), scored(1, "a", ptr(1.0)), scored(2, "b", ptr(0.0)), scored(2, "c", nil).with(func(s *testScore) { s.Label = "good" }),
		scored(3, "d", ptr(math.NaN())).with(func(s *testScore) { s.Label = "good" }), scored(3, "e", ptr(math.Inf(1))),
		scored(3, "f", nil).with(func(s *testScore) { s.Name, s.Label = "tone", "bad" }))
	a := newTestAPI(t, s.conn, s.config.Target())
	got := body[scoreSummary](t, a, "shop", "/api/v1/scores/summary")
	require.Equal(t, []scoredName{
		{Name: ptr("fair"), Scores: 5, Valued: 2, Average: ptr(0.5), Min: ptr(0.0), Max: ptr(1.0), Traces: 3, Labels: []labelCount{{"good", 2}}},
		{Name: ptr("tone"), Scores: 1, Traces: 1, Labels: []labelCount{{"bad", 1}}},
	}, got.Names)
	require.Len(t, body[scoreList](t, a, "shop", "/api/v1/scores").Scores, 6, "no number breaks the JSON")
}

func TestScoresBesideSpans(t *testing.T) {
	s := newTestStore(t)
	start := testNow.Add(-time.Hour)
	s.insert(t, call(1, 1, start, time.Second), call(1, 2, start.Add(time.Second), time.Second).with(func(s *testSpan) {
		s.Strings = map[string]string{"watchllm.native.id": "trip-2"}
	}))
	on := func(id, span string) testScore {
		return scored(1, id, ptr(0.5)).with(func(s *testScore) { s.SpanID = span })
	}
	s.insertScores(t, on("whole", ""), on("one", spanID(1)), on("event", eventid.Span("acme", "trip-2").String()), on("gone", spanID(9)),
		on("lab", "").with(func(s *testScore) { s.Project = "lab" }), on("rival", spanID(1)).with(func(s *testScore) { s.Tenant = "rival" }))
	a := newTestAPI(t, s.conn, s.config.Target())
	ids := func(scores []score) (out []string) {
		for _, s := range scores {
			out = append(out, s.ID)
		}
		return out
	}
	got := body[traceDetail](t, a, "shop", "/api/v1/traces/"+traceID(1))
	require.Equal(t, []string{"whole", "gone"}, ids(got.Scores))
	require.Equal(t, []string{"one"}, ids(got.Spans[0].Scores))
	require.Equal(t, []string{"event"}, ids(got.Spans[1].Scores))
	require.Equal(t, "because", *got.Scores[0].Explanation)
	require.Equal(t, 2, got.SpanCount)
	lean := body[traceDetail](t, a, "shop", "/api/v1/traces/"+traceID(1)+"?content=omit")
	require.Nil(t, lean.Scores[0].Explanation)
	require.Equal(t, []string{"one"}, ids(body[spanDetail](t, a, "shop", "/api/v1/traces/"+traceID(1)+"/spans/"+spanID(1)).Span.Scores))
}

// The wall: the same ids in another tenant or project are other scores.
func TestScoresOfOthers(t *testing.T) {
	s := newTestStore(t)
	add := func(tenant, project string, n int) {
		for i := range n {
			s.insertScores(t, scored(1, fmt.Sprint("s", i), ptr(float64(n))).with(func(s *testScore) { s.Tenant, s.Project = tenant, project }))
		}
	}
	add("acme", "shop", 1)
	add("acme", "lab", 2)
	add("rival", "shop", 3)
	a := newTestAPI(t, s.conn, s.config.Target())
	for _, c := range []struct {
		key, query string
		want       int
	}{{"shop", "", 1}, {"lab", "", 2}, {"rival", "", 3}, {"boss", "?project_id=lab", 2}, {"rboss", "?project_id=lab", 0}} {
		list := body[scoreList](t, a, c.key, "/api/v1/scores"+c.query)
		require.Len(t, list.Scores, c.want, c.key)
		summary := body[scoreSummary](t, a, c.key, "/api/v1/scores/summary"+c.query)
		if c.want == 0 {
			require.Empty(t, summary.Names)
			continue
		}
		require.InDelta(t, float64(c.want), *summary.Names[0].Average, 0)
		require.EqualValues(t, c.want, summary.Names[0].Scores)
	}
	for _, path := range []string{"/api/v1/scores", "/api/v1/scores/summary"} {
		require.Equal(t, http.StatusForbidden, ask(t, a, "shop", path+"?project_id=lab").Code)
		require.Equal(t, http.StatusForbidden, ask(t, a, "writer", path).Code)
		require.Equal(t, http.StatusUnauthorized, ask(t, a, "", path).Code)
	}
}
