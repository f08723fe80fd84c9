package llmclickhouseexporter

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/dedup"
	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/spanblock"
	"github.com/watchllm/watchllm/internal/clickhouse/deadletter"
	"github.com/watchllm/watchllm/internal/testkit"
)

// refuse makes the engine refuse the given input_tokens for good.
func refuse(t *testing.T, e *testkit.Engine, db, condition string) {
	query(t, e, "ALTER TABLE "+db+".llm_spans ADD CONSTRAINT refused CHECK NOT ("+condition+")")
}

func TestOneRefusedSpanDoesNotCondemnOthers(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	cfg := testConfig(t, engine, db)
	e := startExporter(t, cfg)
	refuse(t, engine, db, "input_tokens IN (17, 399)")
	require.NoError(t, e.push(context.Background(), spansOf("acme", numbers(0, 500)...)))
	requireRows(t, engine, db, 498)

	letters, err := e.folder.List()
	require.NoError(t, err)
	require.Len(t, letters, 2)
	for _, l := range letters {
		require.Equal(t, "VIOLATED_CONSTRAINT", l.Reason)
		require.EqualValues(t, 469, l.Code)
		require.Equal(t, map[string]int{"acme": 1}, l.Tenants)
		_, td, err := e.folder.Read(l.Name)
		require.NoError(t, err)
		require.Equal(t, 1, td.SpanCount())
	}
	// After a repair they can be sent again: they are not taken for copies.
	query(t, engine, "ALTER TABLE "+db+".llm_spans DROP CONSTRAINT refused")
	require.NoError(t, e.push(context.Background(), spansOf("acme", 17, 399)))
	requireRows(t, engine, db, 500)
}

func TestManyRefusedSpansCostBoundedInserts(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	e := startExporter(t, testConfig(t, engine, db))
	refuse(t, engine, db, "input_tokens % 2 = 0")
	require.NoError(t, e.push(context.Background(), spansOf("acme", numbers(0, 400)...)))
	letters, err := e.folder.List()
	require.NoError(t, err)
	aside := 0
	for _, l := range letters {
		aside += l.Spans
	}
	stored := 400 - aside
	require.GreaterOrEqual(t, aside, 200)
	requireRows(t, engine, db, stored)
}

func TestFullDeadLetterFolderLosesNothing(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	e := startExporter(t, testConfig(t, engine, db))
	e.folder.MaxBytes = 10
	refuse(t, engine, db, "input_tokens = 3")
	err := e.push(context.Background(), spansOf("acme", numbers(0, 8)...))
	require.ErrorIs(t, err, deadletter.ErrFull)
	left := remaining(err, spansOf("acme"))
	require.Equal(t, 1, left.SpanCount(), "the others are stored")
	requireRows(t, engine, db, 7)

	e.folder.MaxBytes = 1 << 20
	require.NoError(t, e.push(context.Background(), left))
	letters, err := e.folder.List()
	require.NoError(t, err)
	require.Len(t, letters, 1)
}

func TestUnwritableDeadLetterFolderLosesNothing(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	e := startExporter(t, testConfig(t, engine, db))
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	e.folder.Dir = file
	refuse(t, engine, db, "1")
	require.Error(t, e.push(context.Background(), spansOf("acme", 1)))
}

// fakeStore fails as it is told to.
type fakeStore struct {
	store
	inserts int
	fail    func(n int) error
	rows    map[dedup.Key]bool
}

func (f *fakeStore) Insert(_ context.Context, b *spanblock.Block, _ string) (int, error) {
	f.inserts++
	return b.Rows(), f.fail(f.inserts)
}

func (f *fakeStore) Stored(_ context.Context, keys []dedup.Key, found func(dedup.Key)) error {
	for _, k := range keys {
		if f.rows[k] {
			found(k)
		}
	}
	return nil
}

func fakeExporter(t testing.TB, fail func(n int) error) (*clickhouseExporter, *fakeStore) {
	cfg := createDefaultConfig().(*Config)
	cfg.DeadLetter.Directory = t.TempDir()
	e, err := newExporter(testSettings(t), cfg)
	require.NoError(t, err)
	f := &fakeStore{fail: fail, rows: map[dedup.Key]bool{}}
	e.store = f
	e.health.host = nopHost{}
	e.gate.open()
	t.Cleanup(e.telemetry.Shutdown)
	return e, f
}

func TestOverloadedServerIsLeftAlone(t *testing.T) {
	for _, code := range []int32{202, 241, 252} {
		e, _ := fakeExporter(t, func(int) error { return &driver.Exception{Code: code} })
		err := e.push(context.Background(), spansOf("acme", 1))
		require.ErrorContains(t, err, "Throttle", "code %d", code)
	}
}

func TestFailuresBeforeAnyRowLeaveNoDoubt(t *testing.T) {
	for name, cause := range map[string]error{
		"no connection": driver.ErrAcquireConnTimeout,
		"refused":       &notSentError{&driver.Exception{Code: 516}},
	} {
		e, f := fakeExporter(t, func(n int) error {
			if n == 1 {
				return cause
			}
			return nil
		})
		require.Error(t, e.push(context.Background(), spansOf("acme", 1, 2)), name)
		require.Zero(t, e.window.Stats().Doubtful, name)
		require.NoError(t, e.push(context.Background(), spansOf("acme", 1, 2, 3)), name)
		require.Equal(t, 2, f.inserts, name)
	}
}

func TestAnInsertInDoubtIsLookedForBeforeItIsRepeated(t *testing.T) {
	e, f := fakeExporter(t, func(n int) error { return errors.New("connection reset") })
	td := spansOf("acme", 1, 2)
	require.Error(t, e.push(context.Background(), td))
	require.Equal(t, 2, e.window.Stats().Doubtful)
	for _, it := range deliveryOf(t, e, td).items {
		f.rows[it.key] = true
	}
	require.NoError(t, e.push(context.Background(), td))
	require.Equal(t, 1, f.inserts)
	require.Equal(t, 2, e.window.Stats().Stored)
}

func TestSchemaGoneShutsTheGate(t *testing.T) {
	e, _ := fakeExporter(t, func(int) error { return &notSentError{&driver.Exception{Code: 60}} })
	require.Error(t, e.push(context.Background(), spansOf("acme", 1)))
	require.False(t, e.gate.wait(context.Background(), time.Millisecond))
}
