package llmclickhouseexporter

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/testkit"
)

var update = flag.Bool("update", false, "write the golden files")

// fullSpan has a value in every column, a few that do not fit their column, and one of each type that
// has no column.
func fullSpan() ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	r := rs.Resource().Attributes()
	r.PutStr("watchllm.tenant.id", "acme")
	r.PutStr("watchllm.project.id", "shop")
	r.PutStr("service.name", "assistant")
	r.PutStr("service.version", "1.2")
	r.PutStr("deployment.environment", "staging")
	r.PutInt("process.pid", 7)
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName("openinference")
	ss.Scope().SetVersion("0.1")
	ss.Scope().Attributes().PutBool("internal", true)
	s := ss.Spans().AppendEmpty()
	s.SetTraceID(pcommon.TraceID{0xab, 1, 2, 3, 15: 0xff})
	s.SetSpanID(pcommon.SpanID{0xcd, 7: 1})
	s.SetParentSpanID(pcommon.SpanID{0xef, 7: 2})
	s.TraceState().FromRaw("a=b")
	s.SetFlags(0x101)
	s.SetName("chat gpt-5.2")
	s.SetKind(ptrace.SpanKindClient)
	s.SetStartTimestamp(pcommon.NewTimestampFromTime(time.Date(2026, 11, 23, 9, 8, 7, 123456789, time.UTC)))
	s.SetEndTimestamp(pcommon.NewTimestampFromTime(time.Date(2026, 11, 23, 9, 8, 9, 123456790, time.UTC)))
	s.Status().SetCode(ptrace.StatusCodeError)
	s.Status().SetMessage("it broke")
	s.SetDroppedAttributesCount(1)
	s.SetDroppedEventsCount(2)
	s.SetDroppedLinksCount(3)
	a := s.Attributes()
	for k, v := range map[string]string{
		"watchllm.role": "llm", "watchllm.usage.role": "call", "watchllm.usage.role_reason": "no_call_visible", "watchllm.usage.counted_by": "ab:cd", "watchllm.signal": "log", "event.name": "api_request", "watchllm.dialect": "otel", "watchllm.dialect.version": "x@1",
		"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5.2", "gen_ai.response.model": "gpt-5.2-2026",
		"gen_ai.response.id": "resp_1", "watchllm.usage.source": "reported", "watchllm.usage.missing_reason": "not_sent", "watchllm.usage.basis": "includes_cache",
		"watchllm.cost.amount": "0.001234567891", "watchllm.cost.input": "0.001", "watchllm.cost.cache_read": "0", "watchllm.cost.cache_write": "0.000000000001",
		"watchllm.cost.output": "0.0002345", "watchllm.cost.fees": "-0.5", "watchllm.cost.reported": "123456.000000000001",
		"gen_ai.usage.cost.currency": "USD", "watchllm.cost.status": "exact", "watchllm.price.id": "openai/gpt-5.2@2026-01-01", "watchllm.price.source": "https://openai.com/pricing",
		"watchllm.price.effective_from": "2026-01-01", "watchllm.finish_reason.raw": "stop_sequence", "error.type": "timeout", "watchllm.outcome": "error",
		"session.id": "session-1", "user.id": "user-1", "gen_ai.agent.id": "a1", "gen_ai.agent.name": "planner", "gen_ai.workflow.name": "wf",
		"gen_ai.tool.name": "search", "gen_ai.tool.type": "function", "gen_ai.tool.call.id": "call_1", "gen_ai.data_source.id": "ds", "gen_ai.prompt.name": "greeting",
		"gen_ai.prompt.version": "3", "openai.response.service_tier": "flex", "server.address": "api.openai.com",
		"gen_ai.input.messages": `[{"role":"user"}]`, "gen_ai.output.messages": "héllo \x00 wörld", "gen_ai.system_instructions": "be kind",
		"gen_ai.tool.definitions": "[]", "gen_ai.tool.call.result": "42", "custom.string": "yes",
	} {
		a.PutStr(k, v)
	}
	for k, v := range map[string]int64{
		"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 0, "gen_ai.usage.cache_read.input_tokens": 900, "gen_ai.usage.cache_write.input_tokens": 10,
		"watchllm.usage.cache_write_5m.input_tokens": 6, "watchllm.usage.cache_write_1h.input_tokens": -4, "gen_ai.request.max_tokens": 4096, "custom.int": -9,
	} {
		a.PutInt(k, v)
	}
	a.PutDouble("gen_ai.usage.reasoning.output_tokens", 12)
	a.PutDouble("gen_ai.request.temperature", 0.7)
	a.PutInt("gen_ai.request.top_p", 1)
	a.PutDouble("gen_ai.response.time_to_first_chunk", 0.25)
	a.PutDouble("custom.double", 1.5)
	a.PutBool("gen_ai.request.stream", true)
	a.PutBool("custom.bool", false)
	list(a, "watchllm.usage.flags", "total_mismatch", "string_count")
	list(a, "watchllm.cost.unpriced", "images")
	list(a, "gen_ai.response.finish_reasons", "stop", "length")
	list(a, "custom.list", "a", "b")
	a.PutEmptyMap("gen_ai.tool.call.arguments").PutStr("q", "x")
	a.PutEmptyBytes("custom.bytes").FromRaw([]byte{1, 2, 3})
	a.PutEmpty("custom.empty")
	e := s.Events().AppendEmpty()
	e.SetName("exception")
	e.SetTimestamp(s.EndTimestamp())
	e.Attributes().PutStr("exception.type", "Timeout")
	e.Attributes().PutInt("attempt", 2)
	s.Events().AppendEmpty().SetName("second")
	l := s.Links().AppendEmpty()
	l.SetTraceID(pcommon.TraceID{1})
	l.SetSpanID(pcommon.SpanID{2})
	l.Attributes().PutStr("why", "retry")
	return td
}

func list(a pcommon.Map, key string, values ...string) {
	s := a.PutEmptySlice(key)
	for _, v := range values {
		s.AppendEmpty().SetStr(v)
	}
}

// awkwardSpans are what no standard allows and some sender sends.
func awkwardSpans() ptrace.Traces {
	td := ptrace.NewTraces()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	spans.AppendEmpty() // nothing at all
	s := spans.AppendEmpty()
	s.SetName("no ids, no start")
	s.SetEndTimestamp(pcommon.NewTimestampFromTime(testTime))
	s.Attributes().PutStr("gen_ai.usage.input_tokens", "12")
	s.Attributes().PutDouble("gen_ai.usage.output_tokens", 1.5)
	s.Attributes().PutStr("watchllm.cost.amount", "1e-3")
	s.Attributes().PutStr("gen_ai.response.finish_reasons", "stop")
	s.Attributes().PutInt("gen_ai.conversation.id", 77)
	s = spans.AppendEmpty()
	s.SetName("ends before it starts, kinds of the future")
	s.SetStartTimestamp(pcommon.NewTimestampFromTime(testTime))
	s.SetEndTimestamp(pcommon.NewTimestampFromTime(testTime.Add(-time.Second)))
	s.SetKind(17)
	s.Status().SetCode(9)
	s = spans.AppendEmpty()
	s.SetName("far future")
	s.SetStartTimestamp(1<<64 - 1)
	s.SetEndTimestamp(pcommon.NewTimestampFromTime(testTime))
	return td
}

func TestEveryColumnHoldsItsValue(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	e := startExporter(t, testConfig(t, engine, db))
	require.NoError(t, e.push(context.Background(), fullSpan()))
	goldenRows(t, engine, db, "full_span.json")
}

func TestAwkwardSpansAreStored(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	cfg := testConfig(t, engine, db)
	e := startExporter(t, cfg)
	e.now = func() time.Time { return testTime.Add(time.Hour) }
	require.NoError(t, e.push(context.Background(), awkwardSpans()))
	require.NoError(t, e.push(context.Background(), awkwardSpans()), "spans without ids are recognised too")
	requireRows(t, engine, db, 4)
	goldenRows(t, engine, db, "awkward_spans.json")
}

func goldenRows(t *testing.T, engine *testkit.Engine, db, file string) {
	out := query(t, engine, "SELECT * EXCEPT ingested_at FROM "+db+".llm_spans ORDER BY name FORMAT JSONEachRow SETTINGS output_format_json_quote_64bit_integers = 1, output_format_json_quote_decimals = 1")
	var got strings.Builder
	for line := range strings.Lines(out) {
		var row map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &row))
		b, err := json.MarshalIndent(row, "", "  ")
		require.NoError(t, err)
		got.Write(b)
		got.WriteByte('\n')
	}
	path := filepath.Join("testdata", "golden", file)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got.String()), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run: go test -update")
	require.Equal(t, string(want), got.String())
}

func TestCapturesOfRealInstrumentationAreStored(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine at a time: nothing for the race detector")
	}
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	e := startExporter(t, testConfig(t, engine, db))
	for _, c := range testkit.Cases(t) {
		if !c.HasTraces() {
			continue
		}
		for _, td := range c.Traces(t) {
			require.NoError(t, e.push(context.Background(), td), c.Name())
		}
	}
	letters, err := e.folder.List()
	require.NoError(t, err)
	require.Empty(t, letters)
	require.Equal(t, "0", query(t, engine, "SELECT count() FROM "+db+".llm_spans FINAL WHERE role = '' OR usage_role = ''"))
	require.NotEqual(t, "0", query(t, engine, "SELECT count() FROM "+db+".llm_spans"))
}
