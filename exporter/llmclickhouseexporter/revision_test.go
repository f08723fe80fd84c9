package llmclickhouseexporter

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/dedup"
	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/settling"
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/testkit"
)

// revised are versions of spans as the receiver of events sends them: their input tokens tell which version it is.
func revised(tenant string, revision int, numbers ...int) ptrace.Traces {
	td := spansOf(tenant, numbers...)
	ss := td.ResourceSpans().At(0).ScopeSpans().At(0)
	ss.Scope().SetName(semconv.ScopeEvents)
	for _, s := range ss.Spans().All() {
		s.Attributes().PutInt(semconv.GenAIUsageInputTokens, int64(1000*(revision+1)))
		s.SetEndTimestamp(s.StartTimestamp() + pcommon.Timestamp(time.Duration(revision+1)*time.Second))
		if revision > 0 {
			s.Attributes().PutInt(semconv.WatchLLMNativeRevision, int64(revision))
		}
	}
	return td
}

// inOne puts deliveries into one.
func inOne(all ...ptrace.Traces) ptrace.Traces {
	out := ptrace.NewTraces()
	for _, td := range all {
		td.ResourceSpans().MoveAndAppendTo(out.ResourceSpans())
	}
	return out
}

// requireNewest checks how many rows there are, and what FINAL makes of them, before and after merging.
func requireNewest(t testing.TB, engine *testkit.Engine, db string, rows int, want string) {
	t.Helper()
	require.Equal(t, rows, len(strings.Split(query(t, engine, "SELECT 1 FROM "+db+".llm_spans"), "\n")))
	newest := "SELECT count(), sum(input_tokens), max(attributes_int['watchllm.native.revision']) FROM " + db + ".llm_spans FINAL"
	require.Equal(t, want, query(t, engine, newest))
	query(t, engine, "OPTIMIZE TABLE "+db+".llm_spans FINAL")
	require.Equal(t, want, query(t, engine, newest), "merged")
}

func TestRevisionReplaces(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	cfg := testConfig(t, engine, db)
	e := startExporter(t, cfg)
	push := func(td ptrace.Traces) {
		t.Helper()
		require.NoError(t, e.push(context.Background(), td))
	}
	push(revised("acme", 0, 1, 2))
	push(revised("acme", 1, 1))
	push(revised("acme", 1, 1))
	requireNewest(t, engine, db, 3, "2\t3000\t1")
	push(revised("acme", 3, 1))
	push(revised("acme", 2, 1)) // overtaken
	push(revised("acme", 0, 1, 2))
	requireNewest(t, engine, db, 3, "2\t5000\t3")

	// Of several versions in one batch only the last is stored.
	push(inOne(revised("acme", 2, 2), revised("acme", 0, 3), revised("acme", 1, 3), revised("acme", 1, 2)))
	requireNewest(t, engine, db, 4, "3\t9000\t3")

	// Another tenant's versions are of another span, and what did not come as an event is no version.
	push(revised("other", 4, 2))
	other := revised("acme", 5, 1)
	other.ResourceSpans().At(0).ScopeSpans().At(0).Scope().SetName("scope")
	push(other)
	requireNewest(t, engine, db, 4, "4\t14000\t4")
	require.Equal(t, "4000", query(t, engine, "SELECT input_tokens FROM "+db+".llm_spans FINAL WHERE tenant_id = 'acme' AND span_id = '0000000000000002'"))

	// The next process reads back which versions are stored, and a queue that is replayed changes nothing.
	second := startExporter(t, cfg)
	for _, td := range []ptrace.Traces{revised("acme", 1, 1, 2), revised("acme", 2, 1), revised("acme", 3, 1), revised("acme", 0, 1, 2, 3)} {
		require.NoError(t, second.push(context.Background(), td))
	}
	requireNewest(t, engine, db, 4, "4\t14000\t4")
	require.NoError(t, second.push(context.Background(), revised("acme", 6, 1)))
	requireNewest(t, engine, db, 5, "4\t17000\t6")

	// Nor does one that comes when nothing is remembered any more.
	cfg.Dedup.WindowSize = 0
	forgetful := startExporter(t, cfg)
	require.NoError(t, forgetful.push(context.Background(), revised("acme", 5, 1)))
	requireNewest(t, engine, db, 4, "4\t17000\t6")
	require.NoError(t, forgetful.push(context.Background(), revised("acme", 7, 1)))
	requireNewest(t, engine, db, 5, "4\t18000\t7")
}

// Whatever happens to the answer about one version, a later one is not stored before that is known, and not twice.
func TestRevisionsInDoubtKeepTheirOrder(t *testing.T) {
	engine := testkit.StartEngine(t)
	for name, f := range map[string]fault{"answer lost": loseAnswer, "request lost": loseRequest, "stored late": lateRequest} {
		for second := range 3 {
			t.Run(name, func(t *testing.T) {
				t.Parallel() // most of it is waiting
				db := engine.Database(t)
				proxy := newFaultyProxy(t, engine.Endpoint, func(n int) fault {
					if n == second {
						return f
					}
					return pass
				})
				proxy.delay = 1500 * time.Millisecond
				cfg := testConfig(t, engine, db)
				cfg.Endpoint, cfg.Timeout = proxy.URL, time.Second
				e := startExporter(t, cfg)
				versions := []ptrace.Traces{revised("acme", 0, 1, 2), revised("acme", 1, 1), revised("acme", 2, 1)}
				left := []ptrace.Traces{}
				for _, td := range versions { // each goes on while an earlier one is still to be retried
					if err := e.push(context.Background(), td); err != nil {
						left = append(left, remaining(err, td))
					}
				}
				slices.Reverse(left) // and the retries come in the wrong order
				pushUntil(t, e, left)
				proxy.late.Wait()
				require.Zero(t, e.window.Stats().Doubtful)
				require.Equal(t, "2\t4000\t2", query(t, engine, "SELECT count(), sum(input_tokens), max(attributes_int['watchllm.native.revision']) FROM "+db+".llm_spans FINAL"))
			})
		}
	}
}

// pushUntil delivers all, of which some may have to wait for others.
func pushUntil(t testing.TB, e *clickhouseExporter, all []ptrace.Traces) {
	require.Eventually(t, func() bool {
		done := true
		for i, td := range all {
			if td.SpanCount() == 0 {
				continue
			}
			if err := e.push(context.Background(), td); err != nil {
				all[i], done = remaining(err, td), false
			} else {
				all[i] = ptrace.NewTraces()
			}
		}
		return done
	}, time.Minute, 10*time.Millisecond)
}

// A call that another one counted for as long as it had no tokens is decided about afresh when it has.
func TestRevisionsAreSettled(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	e := startSettler(t, settleConfig(t, engine, db))
	wrapper := told{trace: 1, span: 1, scope: "framework", in: 100, out: 10, from: 0, to: 4 * time.Second}
	begun := told{trace: 1, span: 2, parent: 1, scope: semconv.ScopeEvents, from: time.Second, to: 2 * time.Second}
	tell(t, e, wrapper, begun)
	waitSettled(t, e)
	require.Equal(t, "1\t100\t0.001", totals(t, engine, db), "%s", verdicts(t, engine, db))
	require.Equal(t, "01 call|02 duplicate wrapper 01", roles(t, engine, db))

	ended := begun
	ended.in, ended.out = 100, 10
	for revision := range 3 {
		td := ended.traces()
		td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes().PutInt(semconv.WatchLLMNativeRevision, int64(revision+1))
		require.NoError(t, e.push(context.Background(), td))
		waitSettled(t, e)
		require.Equal(t, "1\t100\t0.001", totals(t, engine, db), "%s", verdicts(t, engine, db))
		require.Equal(t, "01 duplicate wrapper 02|02 call", roles(t, engine, db))
	}
	require.Equal(t, "3", query(t, engine, "SELECT max(attributes_int['watchllm.native.revision']) FROM "+db+".llm_spans FINAL"))
}

// A correction that was decided on an earlier version must not take the place of a later one.
func TestCorrectionsDoNotOvertakeRevisions(t *testing.T) {
	e, _ := fakeExporter(t, func(int) error { return nil })
	k := deliveryOf(t, e, revised("acme", 1, 1)).items[0].key
	store := &appending{}
	ordered := newOrderedStore(store, e)
	correction := settling.Correction{Trace: settling.Trace{Tenant: k.Tenant, ID: k.Trace}, Project: k.Project, Span: k.Span, Start: k.Start}
	other := correction
	other.Span[0] = 9

	spans := deliveryOf(t, e, revised("acme", 1, 1)).spans
	e.window.Remember(e.hasher.ID(k), 0, 0)
	require.Len(t, e.window.Claim(spans).Fresh, 1)
	require.NoError(t, ordered.Append(context.Background(), []settling.Correction{correction, other}))
	require.Equal(t, []settling.Correction{other}, store.got, "a version is on its way")
	e.window.Stored(spans)

	later := deliveryOf(t, e, revised("acme", 2, 1)).spans
	store.during = func() { require.Len(t, e.window.Claim(later).Busy, 1, "it waits for the correction") }
	require.NoError(t, ordered.Append(context.Background(), []settling.Correction{correction}))
	require.Equal(t, []settling.Correction{correction}, store.got)
	require.Len(t, e.window.Claim(later).Fresh, 1)

	store.during, store.err = func() {}, context.DeadlineExceeded
	third := deliveryOf(t, e, revised("acme", 3, 2)).items[0].key
	correction.Span, correction.ID = third.Span, third.Trace
	require.Error(t, ordered.Append(context.Background(), []settling.Correction{correction}))
	require.Len(t, e.window.Claim(deliveryOf(t, e, revised("acme", 3, 2)).spans).Busy, 1, "the server may still be at it")

	store.err, store.got = nil, nil
	require.NoError(t, ordered.Append(context.Background(), []settling.Correction{correction}))
	require.Equal(t, []settling.Correction{correction}, store.got, "it is tried again")
	require.Len(t, e.window.Claim(deliveryOf(t, e, revised("acme", 3, 2)).spans).Busy, 1, "but the server may still be at the first")
	ordered.settled([]dedup.ID{e.hasher.ID(third)})
	require.Len(t, e.window.Claim(deliveryOf(t, e, revised("acme", 3, 2)).spans).Strange, 1)
}

type appending struct {
	settling.Store
	got    []settling.Correction
	during func()
	err    error
}

func (a *appending) Append(_ context.Context, c []settling.Correction) error {
	a.got = c
	if a.during != nil {
		a.during()
	}
	return a.err
}

func TestRevisionsAreToldApart(t *testing.T) {
	e, _ := fakeExporter(t, nil)
	key := func(td ptrace.Traces) dedup.Key { return deliveryOf(t, e, td).items[0].key }
	first, second := key(revised("acme", 0, 1)), key(revised("acme", 1, 1))
	require.Equal(t, e.hasher.ID(first), e.hasher.ID(second), "one span")
	require.NotEqual(t, token([]dedup.Key{first}), token([]dedup.Key{second}), "the server must not take one insert for the other")
	for _, odd := range []any{"1", -1, 1.5, int64(1) << 40} {
		td := revised("acme", 0, 1)
		require.NoError(t, td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes().PutEmpty(semconv.WatchLLMNativeRevision).FromRaw(odd))
		require.Zero(t, key(td).Revision, odd)
	}
}
