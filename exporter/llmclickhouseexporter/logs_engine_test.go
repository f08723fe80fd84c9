package llmclickhouseexporter

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/internal/testkit"
)

func startLogs(t testing.TB, cfg *Config) *logsExporter {
	e, err := newLogsExporter(testSettings(t), cfg)
	require.NoError(t, err)
	require.NoError(t, e.start(context.Background(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, e.shutdown(context.Background())) })
	require.True(t, e.gate.wait(context.Background(), 30*time.Second), e.health.reason())
	return e
}

// recordsOf are log records with the given numbers; every tenth is a score.
func recordsOf(tenant string, numbers ...int) plog.Logs {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	tenancy.Stamp(rl.Resource().Attributes(), tenant, "shop")
	rl.Resource().Attributes().PutStr("service.name", "svc")
	rl.Resource().Attributes().PutStr("deployment.environment", "prod")
	rl.Resource().Attributes().PutStr("host.name", "h1")
	sl := rl.ScopeLogs().AppendEmpty()
	sl.Scope().SetName("scope")
	for _, n := range numbers {
		r := sl.LogRecords().AppendEmpty()
		var trace pcommon.TraceID
		binary.BigEndian.PutUint64(trace[8:], uint64(n/100+1))
		r.SetTraceID(trace)
		r.SetTimestamp(pcommon.NewTimestampFromTime(testTime.Add(time.Duration(n) * time.Millisecond)))
		r.Attributes().PutInt("n", int64(n))
		r.Body().SetStr("body " + strconv.Itoa(n))
		if n%10 == 0 {
			r.SetEventName("gen_ai.evaluation.result")
			r.Attributes().PutStr(semconv.GenAIEvaluationName, "fair")
			r.Attributes().PutDouble(semconv.GenAIEvaluationScoreValue, float64(n)/1000)
		}
	}
	return ld
}

func requireRecords(t testing.TB, e *testkit.Engine, db, want string) {
	t.Helper()
	require.Equal(t, want, query(t, e, "SELECT (SELECT count() FROM "+db+".llm_logs FINAL), (SELECT count() FROM "+db+".llm_scores FINAL)"))
}

// A record is one row, whoever sends it again, in whatever batch, before or after a restart; another tenant's or project's is its own.
func TestStoresRecordsOnce(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	cfg := testConfig(t, engine, db)
	e := startLogs(t, cfg)
	ctx := context.Background()
	require.NoError(t, e.push(ctx, recordsOf("acme", numbers(0, 300)...)))
	require.Equal(t, "270\t30", query(t, engine, "SELECT (SELECT count() FROM "+db+".llm_logs), (SELECT count() FROM "+db+".llm_scores)"))
	require.NoError(t, e.push(ctx, recordsOf("acme", numbers(0, 300)...)))
	require.Equal(t, "270\t30", query(t, engine, "SELECT (SELECT count() FROM "+db+".llm_logs), (SELECT count() FROM "+db+".llm_scores)"), "a repetition has the token of the first")
	require.NoError(t, startLogs(t, cfg).push(ctx, recordsOf("acme", numbers(200, 400)...)))
	require.NoError(t, e.push(ctx, recordsOf("other", numbers(0, 10)...)))
	lab := recordsOf("acme", numbers(0, 10)...)
	tenancy.Stamp(lab.ResourceLogs().At(0).Resource().Attributes(), "acme", "lab")
	require.NoError(t, e.push(ctx, lab))
	elsewhere := recordsOf("acme", 1)
	elsewhere.ResourceLogs().At(0).Resource().Attributes().PutStr("host.name", "h2")
	require.NoError(t, e.push(ctx, elsewhere))
	requireRecords(t, engine, db, "379\t42")
	query(t, engine, "OPTIMIZE TABLE "+db+".llm_logs FINAL")
	query(t, engine, "OPTIMIZE TABLE "+db+".llm_scores FINAL")
	require.Equal(t, "379\t42", query(t, engine, "SELECT (SELECT count() FROM "+db+".llm_logs), (SELECT count() FROM "+db+".llm_scores)"))
}

func TestRecordsUnderFaults(t *testing.T) {
	engine := testkit.StartEngine(t)
	for name, f := range map[string]fault{"answer lost": loseAnswer, "request lost": loseRequest, "request cut": cutRequest} {
		t.Run(name, func(t *testing.T) {
			db := engine.Database(t)
			proxy := newFaultyProxy(t, engine.Endpoint, func(n int) fault {
				if n%3 == 1 {
					return f
				}
				return pass
			})
			cfg := testConfig(t, engine, db)
			cfg.Endpoint = proxy.URL
			e := startLogs(t, cfg)
			for i := range 4 {
				ld := recordsOf("acme", numbers(i*100, i*100+150)...)
				require.Eventually(t, func() bool {
					err := e.push(context.Background(), ld)
					if left, ok := errors.AsType[consumererror.Logs](err); ok {
						ld = left.Data()
					}
					return err == nil
				}, time.Minute, 10*time.Millisecond)
			}
			requireRecords(t, engine, db, "405\t45")
		})
	}
}

func TestColumnsOfRecords(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	e := startLogs(t, testConfig(t, engine, db))
	ld := recordsOf("acme", 1, 2)
	all := ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
	score, plain := all.At(0), all.At(1)
	score.Attributes().PutStr("event.name", "gen_ai.evaluation.result")
	score.Attributes().PutInt(semconv.GenAIEvaluationScoreValue, 0)
	for key, value := range map[string]string{
		semconv.GenAIEvaluationName: "thumbs", semconv.GenAIEvaluationScoreLabel: "down", semconv.GenAIEvaluationExplanation: "wrong",
		semconv.WatchLLMNativeSource: "user", "watchllm.native.evaluator": "judge-1", semconv.WatchLLMNativeTargetEventID: "trip-2",
		semconv.GenAIResponseID: "resp-1", semconv.SessionID: "s-1", semconv.WatchLLMUserID: "ann", semconv.WatchLLMNativeID: "fb-1",
	} {
		score.Attributes().PutStr(key, value)
	}
	plain.SetSpanID([8]byte{1})
	plain.SetSeverityNumber(plog.SeverityNumberWarn)
	plain.SetSeverityText("WARN")
	plain.SetTimestamp(math.MaxUint64)
	plain.SetObservedTimestamp(pcommon.NewTimestampFromTime(testTime))
	plain.Body().SetEmptyMap().PutStr("k", "v")
	plain.Attributes().PutDouble("d", 0.5)
	plain.Attributes().PutBool("b", true)
	plain.Attributes().PutEmptySlice("list").AppendEmpty().SetInt(7)
	require.NoError(t, e.push(context.Background(), ld))

	require.Equal(t, "acme\tshop\t00000000000000000000000000000001\t\tfb-1\t2026-11-20 12:00:00.001000000\tthumbs\t0\tdown\twrong\tuser\tjudge-1\ttrip-2\tresp-1\ts-1\tann\tsvc\tprod\t"+
		"{'n':'1','session.id':'s-1','watchllm.log.body':'body 1'}\t36500",
		query(t, engine, "SELECT * EXCEPT (ingested_at, attributes, retention_days), mapSort(attributes), retention_days FROM "+db+".llm_scores"))
	require.Equal(t, "2026-11-20 12:00:00.000000000\t2026-11-20 12:00:00.000000000\t0100000000000000\t13\tWARN\t{\"k\":\"v\"}\t{'n':2,'watchllm.original.time_unix_nano':-1}\t{'d':0.5}\t{'b':true}\t{'list':'[7]'}\t{'deployment.environment':'prod','host.name':'h1'}\t1",
		query(t, engine, "SELECT time, observed_time, span_id, severity_number, severity_text, body, mapSort(attributes_int), attributes_double, attributes_bool, attributes_json, mapSort(resource_attributes), length(id) = 32 FROM "+db+".llm_logs FORMAT TSVRaw"))

	// What is not said is unknown, and not 0.
	unknown := recordsOf("acme", 10)
	unknown.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0).Attributes().PutStr(semconv.GenAIEvaluationScoreValue, "good")
	require.NoError(t, e.push(context.Background(), unknown))
	require.Equal(t, "\\N\tgood", query(t, engine, "SELECT value, attributes['gen_ai.evaluation.score.value'] FROM "+db+".llm_scores WHERE id != 'fb-1'"))
}

// An evaluation that came as a span, because its receiver has no logs pipeline, is the same score as one that came as a log record.
func TestScoresOfSpans(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	cfg := testConfig(t, engine, db)
	spans, logs := startExporter(t, cfg), startLogs(t, cfg)
	td := spansOf("acme", 1)
	ss := td.ResourceSpans().At(0).ScopeSpans().At(0)
	ss.Scope().SetName(semconv.ScopeEvents)
	s := ss.Spans().At(0)
	s.SetName("gen_ai.evaluation.result")
	s.SetParentSpanID([8]byte{9})
	set := func(a pcommon.Map) {
		a.PutStr(semconv.WatchLLMNativeID, "fb-1")
		a.PutStr(semconv.GenAIEvaluationName, "thumbs")
		a.PutDouble(semconv.GenAIEvaluationScoreValue, 0.75)
		a.PutStr(semconv.GenAIConversationID, "s-1")
		a.PutBool("flag", true)
	}
	set(s.Attributes())
	other := ptrace.NewSpan()
	s.CopyTo(other)
	other.SetSpanID([8]byte{8})
	other.SetName("chat") // no evaluation, whatever it says
	other.MoveTo(ss.Spans().AppendEmpty())
	require.NoError(t, spans.push(context.Background(), td))
	what := "SELECT trace_id, span_id, id, time, name, value, conversation_id, service_name, attributes['flag'], mapContains(attributes, 'gen_ai.evaluation.name') FROM " + db + ".llm_scores FINAL"
	want := "00000000000000000000000000000001\t0900000000000000\tfb-1\t2026-11-20 12:00:00.001000000\tthumbs\t0.75\ts-1\tsvc\ttrue\t0"
	require.Equal(t, want, query(t, engine, what))

	ld := recordsOf("acme", 1)
	r := ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0)
	r.SetEventName("gen_ai.evaluation.result")
	r.SetSpanID([8]byte{9})
	set(r.Attributes())
	require.NoError(t, logs.push(context.Background(), ld))
	require.Equal(t, want, query(t, engine, what))

	// Who changes a score has changed it.
	r.Attributes().PutDouble(semconv.GenAIEvaluationScoreValue, 1)
	require.NoError(t, logs.push(context.Background(), ld))
	require.Equal(t, strings.Replace(want, "0.75", "1", 1), query(t, engine, what))
}

func TestOneRefusedRecordDoesNotCondemnOthers(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	e := startLogs(t, testConfig(t, engine, db))
	query(t, engine, "ALTER TABLE "+db+".llm_logs ADD CONSTRAINT refused CHECK body NOT IN ('body 17', 'body 199')")
	require.NoError(t, e.push(context.Background(), recordsOf("acme", numbers(0, 200)...)))
	requireRecords(t, engine, db, "178\t20")
	letters, err := e.folder.List()
	require.NoError(t, err)
	require.Len(t, letters, 2)
	query(t, engine, "ALTER TABLE "+db+".llm_logs DROP CONSTRAINT refused")
	for _, l := range letters {
		require.Equal(t, "VIOLATED_CONSTRAINT", l.Reason)
		require.Equal(t, 1, l.Records)
		require.Zero(t, l.Spans)
		_, _, err := e.folder.Read(l.Name)
		require.Error(t, err, "they are no spans")
		_, ld, err := e.folder.ReadLogs(l.Name)
		require.NoError(t, err)
		require.NoError(t, e.push(context.Background(), ld))
	}
	requireRecords(t, engine, db, "180\t20")
}

// A client's clock makes as many partitions as it likes, and no insert that ClickHouse refuses.
func TestRecordsOfManyDays(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	e := startLogs(t, testConfig(t, engine, db))
	ld := recordsOf("acme", numbers(1, 130)...)
	for i, r := range ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().All() {
		r.SetTimestamp(pcommon.NewTimestampFromTime(testTime.AddDate(0, 0, -i*9)))
	}
	require.NoError(t, e.push(context.Background(), ld))
	requireRecords(t, engine, db, "117\t12")
}

// The time of observation stands before the queue, so that what is taken from it twice is the same record.
func TestRecordsAreStampedBeforeTheQueue(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	cfg := testConfig(t, engine, db)
	logs, err := NewFactory().CreateLogs(context.Background(), testSettings(t), cfg)
	require.NoError(t, err)
	require.NoError(t, logs.Start(context.Background(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, logs.Shutdown(context.Background())) })
	ld := recordsOf("acme", 1)
	ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0).SetTimestamp(0)
	for range 2 { // the same data, as a queue would hand it on again
		require.Eventually(t, func() bool { return logs.ConsumeLogs(context.Background(), ld) == nil }, 30*time.Second, 10*time.Millisecond)
	}
	requireRecords(t, engine, db, "1\t0")
}

// A server that dies between llm_spans and its view has the span and not the score. The next start finds it, and adds it once.
func TestScoresThatAViewLeftOut(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	cfg := testConfig(t, engine, db)
	spans := startExporter(t, cfg)
	td := spansOf("acme", 1, 2)
	ss := td.ResourceSpans().At(0).ScopeSpans().At(0)
	ss.Scope().SetName(semconv.ScopeEvents)
	for i, s := range ss.Spans().All() {
		s.SetName("gen_ai.evaluation.result")
		s.SetParentSpanID([8]byte{9})
		s.Attributes().PutStr(semconv.WatchLLMNativeID, strconv.Itoa(i))
	}
	require.NoError(t, spans.push(context.Background(), td))
	query(t, engine, "DELETE FROM "+db+".llm_scores WHERE id = '1'")
	require.Equal(t, "1", query(t, engine, "SELECT count() FROM "+db+".llm_scores"))
	logs := startLogs(t, cfg)
	require.Eventually(t, func() bool { return query(t, engine, "SELECT count() FROM "+db+".llm_scores") == "2" }, 30*time.Second, 20*time.Millisecond)
	require.NoError(t, logs.store.AddMissingScores(context.Background(), testTime.AddDate(-1, 0, 0)))
	require.Equal(t, "2", query(t, engine, "SELECT count() FROM "+db+".llm_scores"), "what is there is not added again")
}
