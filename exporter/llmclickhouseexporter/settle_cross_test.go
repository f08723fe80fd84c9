package llmclickhouseexporter

import (
	"context"
	"encoding/binary"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/settling"
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/testkit"
)

func TestRestartBetweenTheParts(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	for i, part := range [][]told{conversation[3:5], conversation[1:2], conversation[:1], conversation[2:3]} {
		cfg := settleConfig(t, engine, db)
		e, err := newExporter(testSettings(t), cfg)
		require.NoError(t, err)
		startAndWaitUntil(t, e)
		tell(t, e, part...)
		if i == 2 {
			// Killed between insert and look: nothing is settled, nothing is drained.
			e.settler.stop()
			<-e.settler.done
			e.settler.stop = nil
			require.NoError(t, e.settler.store.Close())
		}
		require.NoError(t, e.shutdown(context.Background()))
	}
	startSettler(t, settleConfig(t, engine, db))
	require.Equal(t, conversationTotals, totals(t, engine, db), "%s", verdicts(t, engine, db))
	require.Equal(t, conversationRoles, roles(t, engine, db))
}

// startAndWaitUntil starts an exporter that the test itself shuts down.
func startAndWaitUntil(t *testing.T, e *clickhouseExporter) {
	require.NoError(t, e.start(context.Background(), nopHost{}))
	require.True(t, e.gate.wait(context.Background(), 30*time.Second), e.health.reason())
}

func TestWhatIsDueIsSettledAtShutdown(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	cfg := settleConfig(t, engine, db)
	cfg.Settle.Delay, cfg.Settle.MaxAge = time.Hour, 2*time.Hour
	e, err := newExporter(testSettings(t), cfg)
	require.NoError(t, err)
	startAndWaitUntil(t, e)
	tell(t, e, conversation...)
	require.Positive(t, e.settler.due())
	require.NoError(t, e.shutdown(context.Background()))
	require.Zero(t, e.settler.due())
	require.Equal(t, conversationTotals, totals(t, engine, db))
}

func TestTwoCollectorsShareATrace(t *testing.T) {
	engine := testkit.StartEngine(t)
	for range 3 {
		db := engine.Database(t)
		a, b := startSettler(t, settleConfig(t, engine, db)), startSettler(t, settleConfig(t, engine, db))
		for i, s := range shuffled(conversation) {
			tell(t, []*clickhouseExporter{a, b}[i%2], s)
		}
		waitSettled(t, a)
		waitSettled(t, b)
		// The span in between may have gone to the one that knows nothing of the trace; the other looks again by itself.
		require.Eventually(t, func() bool { return totals(t, engine, db) == conversationTotals }, 30*time.Second, 50*time.Millisecond)
		require.Eventually(t, func() bool { return roles(t, engine, db) == conversationRoles }, 30*time.Second, 50*time.Millisecond)
	}
}

// Two instrumentations of one client, each in a trace of its own.
func TestOneCallInTwoTraces(t *testing.T) {
	engine := testkit.StartEngine(t)
	sameID := []told{
		{trace: 1, span: 1, scope: "a", in: 100, out: 10, response: "resp-'1\\", from: 0, to: time.Second},
		{trace: 2, span: 2, scope: "b", in: 100, out: 10, response: "resp-'1\\", from: 0, to: time.Second, service: "other"},
	}
	sameCounts := []told{
		{trace: 1, span: 1, scope: "a", in: 100, out: 10, from: 0, to: 2 * time.Second},
		{trace: 2, span: 2, scope: "b", in: 100, out: 10, from: time.Second, to: 1900 * time.Millisecond},
	}
	for name, c := range map[string]struct {
		spans  []told
		totals string
	}{
		"the same response": {sameID, "1\t100\t0.001"},
		"the same counts":   {sameCounts, "1\t100\t0.001"},
		"other counts":      {[]told{sameCounts[0], {trace: 2, span: 2, scope: "b", in: 101, out: 10, from: time.Second, to: 1900 * time.Millisecond}}, "2\t201\t0.002"},
		"another time":      {[]told{sameCounts[0], {trace: 2, span: 2, scope: "b", in: 100, out: 10, from: time.Minute, to: time.Minute + time.Second}}, "2\t200\t0.002"},
		"one source":        {[]told{sameCounts[0], {trace: 2, span: 2, scope: "a", in: 100, out: 10, from: time.Second, to: 1900 * time.Millisecond}}, "2\t200\t0.002"},
		"two tenants": {[]told{sameID[0], {tenant: "o'ther", trace: 1, span: 1, scope: "b", in: 100, out: 10, response: "resp-'1\\", from: 0, to: time.Second}},
			"2\t200\t0.002"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, order := range [][]told{c.spans, {c.spans[1], c.spans[0]}} {
				db := engine.Database(t)
				e := startSettler(t, settleConfig(t, engine, db))
				for _, s := range order {
					tell(t, e, s)
					waitSettled(t, e)
				}
				require.Equal(t, c.totals, totals(t, engine, db), "%s", verdicts(t, engine, db))
			}
		})
	}
}

// Each of the two collectors sees one instrumentation only, so neither has a reason to look for counts until it learns of the other.
func TestSourcesOfOtherCollectorsAreLearnt(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	a, b := startSettler(t, settleConfig(t, engine, db)), startSettler(t, settleConfig(t, engine, db))
	tell(t, a, told{trace: 1, span: 1, scope: "a", in: 100, out: 10, from: 0, to: 2 * time.Second})
	tell(t, b, told{trace: 2, span: 2, scope: "b", in: 100, out: 10, from: time.Second, to: 1900 * time.Millisecond})
	waitSettled(t, a)
	waitSettled(t, b)
	require.NoError(t, b.shutdown(context.Background()))
	c := startSettler(t, settleConfig(t, engine, db))
	waitSettled(t, c)
	require.Equal(t, "1\t100\t0.001", totals(t, engine, db), "%s", verdicts(t, engine, db))
	b.settler.stop, b.stop, b.store = nil, nil, nil
}

func TestSumCountsUntilACallShowsUp(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	e := startSettler(t, settleConfig(t, engine, db))
	agent := told{trace: 1, span: 1, role: semconv.RoleAgent, in: 100, out: 10, from: 0, to: 10 * time.Second, conversation: "c"}
	tell(t, e, agent)
	waitSettled(t, e)
	require.Equal(t, "1\t100\t0.001", totals(t, engine, db))
	require.Equal(t, "['usage_from_aggregate']\taggregate\tno_call_visible", query(t, engine, "SELECT usage_flags, usage_role_before, usage_role_reason FROM "+db+".llm_spans FINAL"))

	tell(t, e, told{trace: 1, span: 2, parent: 1, in: 100, out: 10, from: time.Second, to: 2 * time.Second})
	waitSettled(t, e)
	require.Equal(t, "1\t100\t0.001", totals(t, engine, db))
	require.Equal(t, "[]\tcall\taggregate\n[]\t\tcall", query(t, engine, "SELECT usage_flags, usage_role_before, usage_role FROM "+db+".llm_spans FINAL ORDER BY span_id"))
	// The deltas of all rows, as a view sees them, add up to the same.
	require.Equal(t, "100", query(t, engine, "SELECT sum(input_tokens * ((usage_role = 'call') - (usage_role_before = 'call'))) FROM "+db+".llm_spans"))
}

func TestOriginalThatComesAgainIsCorrectedAgain(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	first := startSettler(t, settleConfig(t, engine, db))
	tell(t, first, conversation...)
	waitSettled(t, first)
	// Another collector has never heard of the span.
	cfg := settleConfig(t, engine, db)
	cfg.Dedup.WindowSize = 0
	second := startSettler(t, cfg)
	for range 2 {
		tell(t, second, conversation[1])
		require.Eventually(t, func() bool { return totals(t, engine, db) == conversationTotals }, 30*time.Second, 10*time.Millisecond)
		waitSettled(t, second)
		require.Equal(t, conversationRoles, roles(t, engine, db))
	}
}

func TestHandsDownIntoEmptyColumnsOnly(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	e := startSettler(t, settleConfig(t, engine, db))
	tell(t, e,
		told{trace: 1, span: 1, scope: "framework", in: 100, out: 10, from: 0, to: 3 * time.Second, conversation: "it's \\ \"c\"\n"},
		told{trace: 1, span: 2, parent: 1, scope: "client", in: 100, out: 10, from: time.Second, to: 2 * time.Second},
		told{trace: 2, span: 1, scope: "framework", in: 100, out: 10, from: 0, to: 3 * time.Second, conversation: "outer"},
		told{trace: 2, span: 2, parent: 1, scope: "client", in: 100, out: 10, from: time.Second, to: 2 * time.Second, conversation: "own"})
	waitSettled(t, e)
	require.Equal(t, "it\\'s \\\\ \"c\"\\n\nown", query(t, engine, "SELECT conversation_id FROM "+db+".llm_spans FINAL WHERE usage_role = 'call' ORDER BY trace_id"))
	require.Equal(t, "2", query(t, engine, "SELECT count() FROM "+db+".llm_spans FINAL WHERE usage_role = 'call'"))
}

func TestTenantsAreNeverMixed(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	e := startSettler(t, settleConfig(t, engine, db))
	// The wrapper is one tenant's, the call the other's, under the same ids.
	wrapper, call := conversation[1], conversation[3]
	call.parent, call.tenant = 2, "other"
	tell(t, e, wrapper, call)
	both := conversation[3]
	both.parent, both.tenant = 2, "third"
	inner := wrapper
	inner.tenant = "third"
	tell(t, e, both, inner)
	waitSettled(t, e)
	require.Equal(t, "acme\tcall\nother\tcall\nthird\tcall\nthird\tduplicate", query(t, engine, "SELECT tenant_id, usage_role FROM "+db+".llm_spans FINAL ORDER BY ALL"))
}

// Two projects of a tenant are two, whatever ids they share: one has the wrapper and the other its call, and both have a span of the very
// same identity, of which each is corrected by what is in its own project.
func TestProjectsAreNeverMixed(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	e := startSettler(t, settleConfig(t, engine, db))
	wrapper, call := conversation[1], conversation[3]
	call.parent = 2
	theirs, lonely := call, wrapper
	theirs.project, lonely.project = "lab", "lonely"
	lonely.conversation = "own"
	tell(t, e, call, theirs, lonely)
	wrapper.conversation = "secret"
	tell(t, e, wrapper)
	waitSettled(t, e)
	require.Equal(t, "lab\tcall\t\nlonely\tcall\town\nshop\tcall\tsecret\nshop\tduplicate\tsecret",
		query(t, engine, "SELECT project_id, usage_role, conversation_id FROM "+db+".llm_spans FINAL ORDER BY ALL"))
}

func TestSettlesAfterTheStoreWasAway(t *testing.T) {
	engine := testkit.StartPrivateEngine(t)
	e := startSettler(t, settleConfig(t, engine, "watchllm"))
	tell(t, e, conversation[0], conversation[1])
	waitSettled(t, e)
	engine.Kill()
	e.settler.traces.Rescan("", time.Now().Add(-time.Hour), time.Now())
	require.Positive(t, e.settler.due())
	require.NoError(t, engine.Restart())
	for _, s := range conversation[2:] {
		pushAll(t, e, s.traces())
	}
	waitSettled(t, e)
	require.Equal(t, conversationTotals, totals(t, engine, "watchllm"))
	require.Equal(t, conversationRoles, roles(t, engine, "watchllm"))
}

// Inserts go on while nothing can be looked at.
func TestSettlingThatIsRefusedDelaysNothing(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	e := startSettler(t, settleConfig(t, engine, db))
	query(t, engine, "RENAME TABLE "+db+".llm_trace_index TO "+db+".away")
	query(t, engine, "DROP TABLE "+db+".llm_trace_index_view SYNC")
	tell(t, e, conversation...)
	require.Equal(t, "5", query(t, engine, "SELECT count() FROM "+db+".llm_spans"))
	require.Positive(t, e.settler.due())
	query(t, engine, "RENAME TABLE "+db+".away TO "+db+".llm_trace_index")
	waitSettled(t, e)
	require.Equal(t, conversationTotals, totals(t, engine, db))
}

func TestWhatDoesNotFitIntoMemoryIsFoundInTheStore(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	cfg := settleConfig(t, engine, db)
	cfg.Settle.MaxTraces, cfg.Settle.MaxTracesPerTenant = 3, 2
	cfg.Settle.Delay = 200 * time.Millisecond
	e := startSettler(t, cfg)
	var spans []told
	for n := range 30 {
		for _, s := range conversation {
			s.trace = n + 1
			s.tenant = []string{"acme", "other"}[n%2]
			spans = append(spans, s)
		}
	}
	require.NoError(t, e.push(context.Background(), together(spans...)))
	require.LessOrEqual(t, e.settler.pending(), int64(3))
	waitSettled(t, e)
	require.Equal(t, "60\t9000\t0.06", totals(t, engine, db))
}

func TestAppendIsIdempotent(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	e := startSettler(t, settleConfig(t, engine, db))
	tell(t, e, conversation[1], told{trace: 2, span: 9, in: 1, out: 1, to: time.Second})
	waitSettled(t, e)
	var c []settling.Correction
	looks := []settling.Look{{Trace: traceOf("acme", 1), First: testTime.UnixNano(), Last: testTime.Add(time.Hour).UnixNano()}}
	require.NoError(t, e.settler.store.Facts(context.Background(), looks, 10, func(r *settling.Row) {
		c = append(c, settling.Correction{Trace: looks[0].Trace, Project: r.Project, Span: r.SpanID, Start: r.Start, Ingested: r.Before.Ingested, UsageRole: semconv.UsageRoleNone})
	}))
	require.Len(t, c, 1)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { require.NoError(t, e.settler.store.Append(context.Background(), slices.Clone(c))) })
	}
	wg.Wait()
	require.NoError(t, e.settler.store.Append(context.Background(), c))
	require.Equal(t, "3\t2", query(t, engine, "SELECT count(), uniqExact(trace_id, span_id) FROM "+db+".llm_spans"))
	require.Equal(t, "none\tcall\t1", query(t, engine, "SELECT usage_role, usage_role_before, count() OVER () FROM "+db+".llm_spans FINAL WHERE usage_role_before != ''"))
}

func traceOf(tenant string, n uint64) (t settling.Trace) {
	t.Tenant = tenant
	binary.BigEndian.PutUint64(t.ID[8:], n)
	return t
}

// An insert whose answer was lost, and that never comes back as it was: what it stored is settled all the same.
func TestWhatWasInDoubtIsSettled(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	proxy := newFaultyProxy(t, engine.Endpoint, func(n int) fault {
		if n == 0 {
			return loseAnswer
		}
		return pass
	})
	cfg := settleConfig(t, engine, db)
	cfg.Endpoint = proxy.URL
	e := startSettler(t, cfg)
	var offset time.Duration
	e.window = newTestWindow(e, &offset)
	wrapper := told{trace: 1, span: 1, scope: "framework", in: 100, out: 10, from: 0, to: 4 * time.Second}
	call := told{trace: 1, span: 2, parent: 1, in: 100, out: 10, from: time.Second, to: 2 * time.Second}
	require.Error(t, e.push(context.Background(), together(wrapper, call)))
	offset = time.Hour
	tell(t, e, wrapper, call)
	waitSettled(t, e)
	require.Equal(t, "1\t100\t0.001", totals(t, engine, db), "%s", verdicts(t, engine, db))
}
