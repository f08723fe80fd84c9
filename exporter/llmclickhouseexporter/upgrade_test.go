package llmclickhouseexporter

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/internal/testkit"
)

// olderDatabase makes a database as the collector with fewer migrations left it, two days ago, with the spans in it.
func olderDatabase(t testing.TB, engine *testkit.Engine, migrations int, spans ...ptrace.Traces) string {
	t.Helper()
	made := engine.Database(t)
	e := startExporter(t, testConfig(t, engine, made))
	for _, td := range spans {
		require.NoError(t, e.push(context.Background(), td))
	}
	db := made + "_older"
	query(t, engine, "CREATE DATABASE "+db)
	t.Cleanup(func() { query(t, engine, "DROP DATABASE "+db+" SYNC") })
	all, err := clickhouse.Migrations()
	require.NoError(t, err)
	query(t, engine, "CREATE TABLE "+db+"."+clickhouse.TableMigrations+" AS "+made+"."+clickhouse.TableMigrations)
	for _, m := range all[:migrations] {
		statements, err := m.Statements(clickhouse.Target{Database: db})
		require.NoError(t, err)
		for _, s := range statements {
			query(t, engine, s)
		}
		query(t, engine, fmt.Sprintf("INSERT INTO %[1]s.%[2]s SELECT * REPLACE (applied_at - toIntervalDay(2) AS applied_at) FROM %[3]s.%[2]s WHERE number = %[4]d",
			db, clickhouse.TableMigrations, made, m.Number))
	}
	var columns []string
	for _, c := range clickhouse.SpanColumns {
		if c.Since <= migrations && c.Name != "ingested_at" {
			columns = append(columns, "`"+c.Name+"`")
		}
	}
	list := strings.Join(columns, ", ")
	query(t, engine, fmt.Sprintf("INSERT INTO %s.llm_spans (%s, ingested_at) SELECT %s, ingested_at - toIntervalDay(2) FROM %s.llm_spans", db, list, list, made))
	return db
}

// asEvents are spans as the receiver of events makes them.
func asEvents(td ptrace.Traces) ptrace.Traces {
	td.ResourceSpans().At(0).ScopeSpans().At(0).Scope().SetName(semconv.ScopeEvents)
	return td
}

// inProject moves spans of a tenant into another project.
func inProject(td ptrace.Traces, project string) ptrace.Traces {
	rs := td.ResourceSpans().At(0).Resource()
	tenant, _ := rs.Attributes().Get(semconv.WatchLLMTenantID)
	tenancy.Stamp(rs.Attributes(), tenant.Str(), project)
	return td
}

// Rows from before the project was part of their key do not collapse with rows that have it.
func TestSpansOfAnOlderSchemaAreNotStoredTwice(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := olderDatabase(t, engine, 4, spansOf("acme", 1, 2, 3), asEvents(spansOf("acme", 4)))
	query(t, engine, `INSERT INTO `+db+`.llm_cost_adjustments (tenant_id, project_id, trace_id, span_id, start_time, revision, cost_before, cost_after, cost_status_after, retention_days)
SELECT tenant_id, project_id, trace_id, span_id, start_time, 1, cost, 7, 'exact', retention_days FROM `+db+`.llm_spans WHERE input_tokens = 3`)
	cfg := testConfig(t, engine, db)
	e := startExporter(t, cfg)
	totals := func() string {
		return query(t, engine, "SELECT count(), sum(input_tokens), sum(cost) FROM "+db+".llm_spans FINAL")
	}
	const before = "4\t10\t0.00000000001"
	require.Equal(t, before, totals(), "all that was there can be read")
	require.Equal(t, "4\t7.000000000007\t0.00000000001",
		query(t, engine, "SELECT count(), sum(cost), sum(cost_booked) FROM "+db+".llm_spans_known"), "with its correction")

	for range 2 {
		require.NoError(t, e.push(context.Background(), spansOf("acme", 1, 2)))
		require.NoError(t, e.push(context.Background(), asEvents(spansOf("acme", 4))))
	}
	require.Equal(t, before, totals(), "sent again after the upgrade")
	query(t, engine, "OPTIMIZE TABLE "+db+".llm_spans FINAL")
	require.Equal(t, before, totals())

	require.NoError(t, e.push(context.Background(), inProject(spansOf("acme", 1), "lab")))
	require.NoError(t, e.push(context.Background(), spansOf("acme", 5)))
	require.Equal(t, "6\t16\t0.000000000016", totals(), "what is another's, or new, is stored")
	require.Equal(t, "lab\nshop", query(t, engine, "SELECT project_id FROM "+db+".llm_spans FINAL WHERE input_tokens = 1 ORDER BY project_id"))
}

// A new database has no rows of another key: nothing is looked for in vain.
func TestNewDatabasesHaveNoOlderKeys(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	e := startExporter(t, testConfig(t, engine, db))
	at, err := e.store.Rekeyed(context.Background())
	require.NoError(t, err)
	require.Zero(t, at)

	older := olderDatabase(t, engine, 4)
	e = startExporter(t, testConfig(t, engine, older))
	at, err = e.store.Rekeyed(context.Background())
	require.NoError(t, err)
	require.WithinRange(t, at, time.Now(), time.Now().Add(rekeyedMargin))
}

// A version that was completed is not undone by its first one, however late that comes again.
func TestFirstVersionsDoNotUndoLaterOnes(t *testing.T) {
	engine := testkit.StartEngine(t)
	for name, size := range map[string]int{"remembers": 100, "remembers nothing": 0} {
		t.Run(name, func(t *testing.T) {
			db := engine.Database(t)
			cfg := testConfig(t, engine, db)
			first := startExporter(t, cfg)
			for revision := range 3 {
				require.NoError(t, first.push(context.Background(), revised("acme", revision, 1)))
			}
			query(t, engine, "CREATE TABLE "+db+".copy AS "+db+".llm_spans")
			query(t, engine, "INSERT INTO "+db+".copy SELECT * REPLACE (ingested_at - toIntervalDay(2) AS ingested_at) FROM "+db+".llm_spans FINAL")
			query(t, engine, "EXCHANGE TABLES "+db+".copy AND "+db+".llm_spans")

			cfg.Dedup.WindowSize = size
			e := startExporter(t, cfg)
			require.NoError(t, e.push(context.Background(), revised("acme", 0, 1)))
			require.NoError(t, e.push(context.Background(), revised("acme", 1, 1)))
			requireNewest(t, engine, db, 1, "1\t3000\t2")
			require.NoError(t, e.push(context.Background(), revised("acme", 3, 1)))
			requireNewest(t, engine, db, 2, "1\t4000\t3")
		})
	}
}

// A row of the older key is corrected in its place.
func TestRowsOfAnOlderSchemaAreSettled(t *testing.T) {
	engine := testkit.StartEngine(t)
	wrapper := told{trace: 1, span: 1, scope: "framework", in: 100, out: 10, from: 0, to: 4 * time.Second}
	call := told{trace: 1, span: 2, parent: 1, scope: "sdk", in: 100, out: 10, from: time.Second, to: 2 * time.Second}
	db := olderDatabase(t, engine, 4, wrapper.traces())
	require.Equal(t, "1\t100\t0.001", totals(t, engine, db))
	e := startSettler(t, settleConfig(t, engine, db))
	tell(t, e, call)
	waitSettled(t, e)
	require.Equal(t, "1\t100\t0.001", totals(t, engine, db), "%s", verdicts(t, engine, db))
	require.Equal(t, "01 duplicate wrapper 02|02 call", roles(t, engine, db))
}
