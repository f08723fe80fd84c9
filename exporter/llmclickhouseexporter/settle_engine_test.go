package llmclickhouseexporter

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/testkit"
)

// An agent sums what its two calls used; a framework's span wraps the first of them, a plain span lies between.
var conversation = []told{
	{trace: 1, span: 1, role: semconv.RoleAgent, scope: "framework", in: 300, out: 30, from: 0, to: 10 * time.Second, conversation: "c-1"},
	{trace: 1, span: 2, parent: 1, scope: "framework", in: 100, out: 10, from: time.Second, to: 4 * time.Second, conversation: "c-1"},
	{trace: 1, span: 3, parent: 2, role: plain, scope: "http", from: 1100 * time.Millisecond, to: 3900 * time.Millisecond},
	{trace: 1, span: 4, parent: 3, scope: "client", in: 100, out: 10, from: 1200 * time.Millisecond, to: 3800 * time.Millisecond},
	{trace: 1, span: 5, parent: 1, scope: "client", in: 200, out: 20, from: 5 * time.Second, to: 9 * time.Second},
}

const (
	conversationTotals = "2\t300\t0.002"
	conversationRoles  = "01 aggregate|02 duplicate wrapper 04|03 none|04 call|05 call"
)

// roles are the verdicts without what depends on the order of arrival.
func roles(t testing.TB, e *testkit.Engine, db string) string {
	return query(t, e, "SELECT arrayStringConcat(groupArray(line), '|') FROM (SELECT trimRight(concat(substring(span_id, 15), ' ', usage_role, ' ', usage_role_reason, ' ', substring(usage_counted_by, 48))) AS line FROM "+
		db+".llm_spans FINAL ORDER BY tenant_id, trace_id, span_id)")
}

func TestOrderOfArrivalChangesNothing(t *testing.T) {
	engine := testkit.StartEngine(t)
	reversed := append([]told(nil), conversation...)
	for i, j := 0, len(reversed)-1; i < j; i, j = i+1, j-1 {
		reversed[i], reversed[j] = reversed[j], reversed[i]
	}
	// The span in between comes last: until then nothing shows that the wrapper and the call are one.
	linkLast := []told{conversation[0], conversation[1], conversation[3], conversation[4], conversation[2]}
	for name, order := range map[string][]told{
		"parents first": conversation, "children first": reversed, "link last": linkLast, "shuffled": shuffled(conversation),
	} {
		for _, wait := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", settled in between"}[wait], func(t *testing.T) {
				db := engine.Database(t)
				e := startSettler(t, settleConfig(t, engine, db))
				for _, s := range order {
					tell(t, e, s)
					if wait {
						waitSettled(t, e)
					}
				}
				tell(t, e, order...)
				waitSettled(t, e)
				require.Equal(t, conversationTotals, totals(t, engine, db), "%s", verdicts(t, engine, db))
				require.Equal(t, conversationRoles, roles(t, engine, db))
			})
		}
	}
	t.Run("one request, twice", func(t *testing.T) {
		db := engine.Database(t)
		e := startSettler(t, settleConfig(t, engine, db))
		require.NoError(t, e.push(context.Background(), together(conversation...)))
		require.NoError(t, e.push(context.Background(), together(conversation...)))
		waitSettled(t, e)
		require.Equal(t, conversationTotals, totals(t, engine, db))
		require.Equal(t, conversationRoles, roles(t, engine, db))
	})
}

func TestCorrectionSurvivesMergesAndIsNotRepeated(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	e := startSettler(t, settleConfig(t, engine, db))
	tell(t, e, conversation...)
	waitSettled(t, e)
	require.Equal(t, conversationTotals, totals(t, engine, db))
	rows := query(t, engine, "SELECT count() FROM "+db+".llm_spans")
	// A look finds its own corrections and has nothing to say.
	e.settler.traces.Rescan("", time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	waitSettled(t, e)
	require.Equal(t, rows, query(t, engine, "SELECT count() FROM "+db+".llm_spans"))

	query(t, engine, "OPTIMIZE TABLE "+db+".llm_spans FINAL")
	require.Equal(t, "5", query(t, engine, "SELECT count() FROM "+db+".llm_spans"))
	require.Equal(t, conversationTotals, totals(t, engine, db))
	require.Equal(t, conversationRoles, roles(t, engine, db))
}

// A trace that is open for ten minutes, and one for longer than its spans are read in one go.
func TestLongTraces(t *testing.T) {
	engine := testkit.StartEngine(t)
	for _, length := range []time.Duration{12 * time.Minute, 5 * time.Hour} {
		spans := []told{
			{trace: 1, span: 1, role: semconv.RoleAgent, in: 300, out: 30, from: 0, to: length},
			{trace: 1, span: 2, parent: 1, scope: "framework", in: 100, out: 10, from: time.Second, to: length - time.Second},
			{trace: 1, span: 3, parent: 2, role: plain, from: 2 * time.Second, to: length - 2*time.Second},
			{trace: 1, span: 4, parent: 3, scope: "client", in: 100, out: 10, from: length - 9*time.Second, to: length - 3*time.Second},
			{trace: 1, span: 5, parent: 1, scope: "client", in: 200, out: 20, from: 3 * time.Second, to: 4 * time.Second},
		}
		for range 3 {
			db := engine.Database(t)
			e := startSettler(t, settleConfig(t, engine, db))
			order := shuffled(spans)
			for _, s := range order {
				tell(t, e, s)
				waitSettled(t, e)
			}
			require.Equal(t, conversationTotals, totals(t, engine, db), "%v: %s", order, verdicts(t, engine, db))
			require.Equal(t, conversationRoles, roles(t, engine, db))
		}
	}
}
