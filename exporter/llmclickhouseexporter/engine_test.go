package llmclickhouseexporter

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/internal/testkit"
)

func TestStoresSpansOnce(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	e := startExporter(t, testConfig(t, engine, db))
	ctx := context.Background()

	// The same batch twice, one that overlaps, and one that holds a span twice.
	require.NoError(t, e.push(ctx, spansOf("acme", numbers(0, 300)...)))
	require.NoError(t, e.push(ctx, spansOf("acme", numbers(0, 300)...)))
	require.NoError(t, e.push(ctx, spansOf("acme", numbers(200, 400)...)))
	require.NoError(t, e.push(ctx, spansOf("acme", 400, 401, 400, 401, 402)))
	// Another tenant's spans with the same ids are other spans.
	require.NoError(t, e.push(ctx, spansOf("other", numbers(0, 10)...)))
	requireRows(t, engine, db, 413)
	require.Equal(t, "81048\t10", query(t, engine, "SELECT sum(input_tokens), countIf(tenant_id = 'other') FROM "+db+".llm_spans"))
	require.Equal(t, "0.000000081048", query(t, engine, "SELECT sum(cost) FROM "+db+".llm_spans"))
	require.Equal(t, "6", query(t, engine, "SELECT uniqExact(tenant_id, trace_id) FROM "+db+".llm_trace_index"))
}

// The same ids in another project of the tenant are other spans. Neither replaces the other, also when parts are merged, nor stands for it
// after a restart.
func TestProjectsHaveSpansOfTheirOwn(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	cfg := testConfig(t, engine, db)
	e := startExporter(t, cfg)
	lab := func(n int) ptrace.Traces {
		td := spansOf("acme", numbers(0, n)...)
		tenancy.Stamp(td.ResourceSpans().At(0).Resource().Attributes(), "acme", "lab")
		return td
	}
	require.NoError(t, e.push(context.Background(), spansOf("acme", numbers(0, 20)...)))
	require.NoError(t, e.push(context.Background(), lab(10)))
	again := startExporter(t, cfg)
	require.NoError(t, again.push(context.Background(), lab(15)))
	query(t, engine, "OPTIMIZE TABLE "+db+".llm_spans FINAL")
	require.Equal(t, "lab\t15\nshop\t20", query(t, engine, "SELECT project_id, count() FROM "+db+".llm_spans GROUP BY project_id ORDER BY project_id"))
}

func TestRestartRemembersWhatIsStored(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	cfg := testConfig(t, engine, db)
	first := startExporter(t, cfg)
	require.NoError(t, first.push(context.Background(), spansOf("acme", numbers(0, 500)...)))

	second := startExporter(t, cfg)
	require.Equal(t, 500, second.window.Stats().Stored)
	require.Equal(t, first.newest.Load(), second.newest.Load())
	// A queue that is replayed after a crash forms other batches than before.
	require.NoError(t, second.push(context.Background(), spansOf("acme", numbers(100, 700)...)))
	requireRows(t, engine, db, 700)
	// A copy with other content is not stored either; the print tells it from a plain copy.
	c := second.window.Claim(deliveryOf(t, second, spansOf("acme", 1)).spans)
	require.Equal(t, 1, c.Same)
	changed := spansOf("acme", 1)
	changed.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).SetName("other")
	c = second.window.Claim(deliveryOf(t, second, changed).spans)
	require.Equal(t, 1, c.Changed)
}

func TestSeesItsOwnInsertsInTheServer(t *testing.T) {
	engine := testkit.StartEngine(t)
	e := startExporter(t, testConfig(t, engine, engine.Database(t)))
	n, err := e.store.Running(context.Background())
	require.NoError(t, err)
	require.Zero(t, n)
	// A statement under the same mark, such as a killed process left behind.
	s := e.store.(*clickhouseStore)
	running := make(chan error, 1)
	go func() {
		ctx, cancel := s.statement(context.Background(), nil)
		defer cancel()
		running <- s.conn.Exec(ctx, "INSERT INTO "+s.target.Table("schema_migrations")+" SELECT 1, 'x', 'x', now64(3), toString(sleepEachRow(0.5)) FROM numbers(2)")
	}()
	require.Eventually(t, func() bool {
		n, err := s.Running(context.Background())
		return err == nil && n == 1
	}, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, e.waitForEarlier(context.Background()))
	require.NoError(t, <-running)
	n, err = s.Running(context.Background())
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestConsumersRacingWithTheSameSpans(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	e := startExporter(t, testConfig(t, engine, db))
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { errs[i] = e.push(context.Background(), spansOf("acme", numbers(i*50, i*50+400)...)) })
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	requireRows(t, engine, db, 750)
}

func TestManyDaysAreManyInserts(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	e := startExporter(t, testConfig(t, engine, db))
	td := spansOf("acme", numbers(0, 60)...)
	for i, s := range td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		s.SetStartTimestamp(s.StartTimestamp() - s.StartTimestamp()%1e9)
		s.SetStartTimestamp(s.StartTimestamp() - pcommon.Timestamp(i)*pcommon.Timestamp(24*time.Hour))
	}
	require.NoError(t, e.push(context.Background(), td))
	require.NoError(t, e.push(context.Background(), td))
	requireRows(t, engine, db, 60)
}

func TestWaitsForTheStoreAndCatchesUp(t *testing.T) {
	engine := testkit.StartPrivateEngine(t)
	cfg := testConfig(t, engine, "watchllm")
	require.NoError(t, engine.Stop())
	e, err := newExporter(testSettings(t), cfg)
	require.NoError(t, err)
	begin := time.Now()
	require.NoError(t, e.start(context.Background(), componenttest.NewNopHost()))
	require.Less(t, time.Since(begin), time.Second, "start must not wait for the store")
	t.Cleanup(func() { require.NoError(t, e.shutdown(context.Background())) })
	require.ErrorContains(t, e.push(context.Background(), spansOf("acme", 1)), "not ready")
	require.Zero(t, e.health.isUp())

	require.NoError(t, engine.Restart())
	require.True(t, e.gate.wait(context.Background(), 30*time.Second))
	require.NoError(t, e.push(context.Background(), spansOf("acme", 1)))
	require.EqualValues(t, 1, e.health.isUp())
	requireRows(t, engine, "watchllm", 1)

	// Gone again in the middle of work: nothing is lost, and it is back by itself.
	engine.Kill()
	require.Error(t, e.push(context.Background(), spansOf("acme", numbers(0, 10)...)))
	require.NoError(t, engine.Restart())
	require.Eventually(t, func() bool { return e.push(context.Background(), spansOf("acme", numbers(0, 10)...)) == nil }, 30*time.Second, 100*time.Millisecond)
	requireRows(t, engine, "watchllm", 10)
}

func TestDroppedTablesAreMadeAgain(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	e := startExporter(t, testConfig(t, engine, db))
	for _, table := range []string{"llm_trace_index_view", "llm_trace_index", "llm_spans", "schema_migrations"} {
		query(t, engine, "DROP TABLE "+db+"."+table+" SYNC")
	}
	require.Error(t, e.push(context.Background(), spansOf("acme", 1)))
	require.Eventually(t, func() bool { return e.push(context.Background(), spansOf("acme", 1)) == nil }, 30*time.Second, 50*time.Millisecond)
	requireRows(t, engine, db, 1)
}
