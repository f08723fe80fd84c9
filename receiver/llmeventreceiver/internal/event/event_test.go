package event

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

var roomy = Limits{EventBytes: 1 << 20, ContentBytes: 1 << 10}

func value(t *testing.T, text string) jsontree.Value {
	t.Helper()
	v, err := jsontree.Parse([]byte(text), jsontree.DefaultLimits)
	require.NoError(t, err)
	return v
}

// read runs one field over a value and returns the record and what was wrong.
func read(t *testing.T, f Field, text string) (*Record, *Rejection) {
	t.Helper()
	r := NewReader(NewRecord(3, "test/1"), roomy)
	f(r, value(t, text))
	return r.Record, r.Rejection()
}

func TestFields(t *testing.T) {
	ok := func(f Field, text string, want any) {
		t.Helper()
		rec, rejection := read(t, f, text)
		require.Nil(t, rejection, text)
		require.Equal(t, want, rec.Attrs.AsRaw()["a"], text)
	}
	bad := func(f Field, text, code string) {
		t.Helper()
		_, rejection := read(t, f, text)
		require.NotNil(t, rejection, text)
		require.Equal(t, code, rejection.Code, text)
	}
	ok(Text("a"), `"x"`, "x")
	ok(Text("a"), `42`, "42")
	ok(Text("a"), `true`, "true")
	bad(Text("a"), `{}`, CodeInvalidType)
	ok(Int("a"), `7`, int64(7))
	ok(Int("a"), `"7"`, int64(7))
	ok(Int("a"), `7.0`, int64(7))
	bad(Int("a"), `7.5`, CodeInvalidNumber)
	bad(Int("a"), `1e300`, CodeInvalidNumber)
	ok(Double("a"), `1`, 1.0)
	ok(Double("a"), `"0.5"`, 0.5)
	bad(Double("a"), `"NaN"`, CodeInvalidNumber)
	bad(Double("a"), `NaN`, CodeInvalidNumber)
	bad(Double("a"), `[]`, CodeInvalidNumber)
	ok(Seconds("a"), `250`, 0.25)
	bad(Seconds("a"), `-1`, CodeInvalidNumber)
	bad(Seconds("a"), `1e18`, CodeInvalidNumber)
	ok(Boolean("a"), `false`, false)
	bad(Boolean("a"), `"false"`, CodeInvalidType)
	ok(Texts("a"), `["x",1]`, []any{"x", "1"})
	ok(Texts("a"), `"x"`, []any{"x"})
	bad(Texts("a"), `[{}]`, CodeInvalidType)
	bad(Texts("a"), `7`, CodeInvalidType)
	ok(Content("a"), `{ "b" : 1 }`, `{"b":1}`)
	ok(Content("a"), `"text"`, "text")
	ok(Message("a", "user"), `"say \"x\""`, `[{"role":"user","parts":[{"type":"text","content":"say \"x\""}]}]`)
	ok(Message("a", "user"), `[ 1 ]`, `[1]`)

	rec, rejection := read(t, Content("a"), `"`+strings.Repeat("é", 2000)+`"`)
	require.Nil(t, rejection)
	require.Equal(t, []string{"a=4000"}, rec.truncated)
	require.Len(t, rec.Attrs.AsRaw()["a"], 1024)
}

func TestToValueKeepsNumbers(t *testing.T) {
	v := pcommon.NewValueEmpty()
	ToValue(value(t, `{"i":9007199254740993,"f":0.5,"big":123456789012345678901234567890,"nan":NaN,"n":null,"b":true,"l":[1]}`), v)
	require.Equal(t, map[string]any{
		"i": int64(9007199254740993), "f": 0.5, "big": "123456789012345678901234567890", "nan": "NaN", "n": nil, "b": true, "l": []any{int64(1)},
	}, v.Map().AsRaw())

	var wide strings.Builder
	for i := range 5000 {
		wide.WriteString(`"k` + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + `":1,`)
	}
	source := "{" + strings.TrimSuffix(wide.String(), ",") + "}"
	ToValue(value(t, source), v)
	require.Equal(t, source, v.Str(), "thousands of keys are data")
}

func TestTable(t *testing.T) {
	table := NewTable(nil, F("max_tokens|limit", Int("a")), F("cost_usd|costUSD", Text("c")))
	for _, name := range []string{"max_tokens", "maxTokens", "limit"} {
		rec, rejection := read(t, func(r *Reader, v jsontree.Value) { table.Read(r, v, Keep) }, `{"`+name+`":5,"other":{"x":1},"gone":null}`)
		require.Nil(t, rejection)
		require.Equal(t, map[string]any{"a": int64(5), "watchllm.native.other": map[string]any{"x": int64(1)}}, rec.Attrs.AsRaw())
	}
	read1 := func(text string) *Rejection {
		_, rejection := read(t, func(r *Reader, v jsontree.Value) { table.Read(r, v, Keep) }, text)
		return rejection
	}
	require.Equal(t, &Rejection{Index: 3, Code: CodeInvalidNumber, Field: "limit", Message: `must be a whole number, is "x"`}, read1(`{"limit":"x","maxTokens":{}}`))
	require.Equal(t, CodeInvalidType, read1(`[]`).Code)
	require.Equal(t, CodeTooLarge, read1(`{"`+strings.Repeat("n", 300)+`":1}`).Code)
}

func TestAttributesAreNotOurs(t *testing.T) {
	rec, rejection := read(t, func(r *Reader, v jsontree.Value) {
		r.PutStr("gen_ai.request.model", "mine")
		Attributes(r, v)
	}, `{"watchllm.cost.amount":"0","gen_ai.request.model":"other","x":1,"x":2}`)
	require.Nil(t, rejection)
	require.Equal(t, map[string]any{
		"gen_ai.request.model": "mine", "watchllm.native.attributes.gen_ai.request.model": "other",
		"watchllm.native.attributes.watchllm.cost.amount": "0", "x": int64(1), "watchllm.native.attributes.x": int64(2),
	}, rec.Attrs.AsRaw())
}

func TestTimes(t *testing.T) {
	want := time.Date(2026, 11, 23, 10, 0, 0, 123456000, time.UTC)
	for _, text := range []string{
		`"2026-11-23T10:00:00.123456Z"`, `"2026-11-23T10:00:00.123456"`, `"2026-11-23 10:00:00.123456"`, `"2026-11-23T11:00:00.123456+01:00"`,
		`"1795428000123456000"`, `1795428000123456000`, `1795428000123456`, `"2026-11-23 10:00:00.123456+00:00"`,
	} {
		rec, rejection := read(t, StartTime, text)
		require.Nil(t, rejection, text)
		require.True(t, want.Equal(rec.Time), "%s: %s", text, rec.Time)
	}
	rec, rejection := read(t, StartTime, `1795428000.25`)
	require.Nil(t, rejection)
	require.Equal(t, 250*time.Millisecond, time.Duration(rec.Time.Nanosecond()))
	for _, text := range []string{`"soon"`, `"2026-13-01T00:00:00Z"`, `true`, `"1955-01-01T00:00:00Z"`, `"2300-01-01T00:00:00Z"`, `-5`, `1e99`, `""`, `{}`} {
		_, rejection := read(t, StartTime, text)
		require.NotNil(t, rejection, text)
		require.Equal(t, CodeInvalidTime, rejection.Code)
	}
}

func TestUsage(t *testing.T) {
	write := func(text string) map[string]any {
		rec, rejection := read(t, ReadUsage, text)
		require.Nil(t, rejection, text)
		m := pcommon.NewMap()
		if rec.Usage != nil {
			rec.Usage.write(m)
		}
		return m.AsRaw()
	}
	require.Equal(t, map[string]any{}, write(`{}`), "absent is not zero")
	require.Equal(t, map[string]any{"gen_ai.usage.input_tokens": int64(0)}, write(`{"prompt_tokens":0}`))
	require.Equal(t, map[string]any{
		"gen_ai.usage.input_tokens": int64(10), "gen_ai.usage.output_tokens": int64(3), "watchllm.usage.flags": []any{"string_count", "float_count"},
	}, write(`{"inputTokens":"10","outputTokens":3.0}`))
	require.Equal(t, map[string]any{
		"gen_ai.usage.input_tokens": int64(15), "gen_ai.usage.cache_read.input_tokens": int64(5), "watchllm.usage.basis": "excludes_cache_corrected",
	}, write(`{"input_tokens":10,"cache_read_input_tokens":5,"includes_cache":false}`))
	require.Equal(t, []any{"total_mismatch"}, write(`{"input_tokens":1,"output_tokens":1,"total_tokens":3}`)["watchllm.usage.flags"])
	require.Nil(t, write(`{"input_tokens":1,"output_tokens":1,"total_tokens":2}`)["watchllm.usage.flags"])
	for _, text := range []string{`-1`, `NaN`, `1.5`, `"x"`, `9007199254740993`, `[]`, `1e400`} {
		_, rejection := read(t, ReadUsage, `{"input_tokens":`+text+`}`)
		require.NotNil(t, rejection, text)
		require.Equal(t, CodeInvalidTokens, rejection.Code)
		require.Equal(t, "input_tokens", rejection.Field)
	}
}

func TestCost(t *testing.T) {
	cost := func(text string) any {
		rec, rejection := read(t, ReadCost, text)
		require.Nil(t, rejection, text)
		return rec.Attrs.AsRaw()["watchllm.cost.reported"]
	}
	require.Equal(t, "0.0012345678901234567890", cost(`0.0012345678901234567890`), "exactly as it was sent")
	require.Equal(t, "0.00001", cost(`1e-05`))
	require.Equal(t, "0.5", cost(`{"amount":"0.5","currency":"eur"}`))
	require.Equal(t, "0", cost(`0`))
	require.Equal(t, "0", cost(`-0`))
	for _, text := range []string{`-1`, `"free"`, `NaN`, `1e30`, `"0x10"`, `"1_000"`, `{"amount":1,"currency":"dollars"}`} {
		_, rejection := read(t, ReadCost, text)
		require.NotNil(t, rejection, text)
		require.Equal(t, CodeInvalidCost, rejection.Code, text)
	}
	rec, rejection := read(t, func(r *Reader, v jsontree.Value) { r.PutCost(v, true) }, `0.0`)
	require.Nil(t, rejection)
	require.Zero(t, rec.Attrs.Len(), "a seed client's 0 is not a price")
}

func TestIDs(t *testing.T) {
	id, w3c := traceID("0AF7651916CD43DD8448EB211C80319C")
	require.True(t, w3c)
	require.Equal(t, "0af7651916cd43dd8448eb211c80319c", id.String())
	for _, odd := range []string{"00000000000000000000000000000000", "0af7651916cd43dd8448eb211c80319", "run-1", "0af76519-16cd-43dd-8448-eb211c80319c"} {
		id, w3c = traceID(odd)
		require.False(t, w3c)
		require.False(t, id.IsEmpty())
		again, _ := traceID(odd)
		require.Equal(t, id, again)
	}
	id, _ = traceID("0AF76519-16cd-43dd-8448-eb211c80319c")
	require.Equal(t, "0af7651916cd43dd8448eb211c80319c", id.String(), "a UUID is its 128 bits")
	for _, odd := range []string{"urn:uuid:0af76519-16cd-43dd-8448-eb211c80319c", "{0af76519-16cd-43dd-8448-eb211c80319c}", "00000000-0000-0000-0000-000000000000"} {
		id, w3c = traceID(odd)
		require.False(t, w3c || id.IsEmpty())
		require.NotEqual(t, "0af7651916cd43dd8448eb211c80319c", id.String())
	}
	span, w3c := spanID("00f067aa0ba902b7")
	require.True(t, w3c)
	require.Equal(t, "00f067aa0ba902b7", span.String())
	require.NotEqual(t, spanOfEvent("acme", "1"), spanOfEvent("initech", "1"), "tenants do not share ids of events")

	_, rejection := read(t, EventID, `"`+strings.Repeat("x", 65)+`"`)
	require.Equal(t, CodeInvalidID, rejection.Code)
	_, rejection = read(t, TraceID, `"`+strings.Repeat("x", 300)+`"`)
	require.Equal(t, CodeInvalidID, rejection.Code)

	a, b := NewRecord(0, "s/1"), NewRecord(1, "s/1")
	a.GenerateID(value(t, `{"x": 1}`), time.Unix(1, 0))
	b.GenerateID(value(t, `{"x":1}`), time.Unix(2, 0))
	require.NotEqual(t, a.ID, b.ID, "without a time two equal events may both be meant")
	a.Time, b.Time = time.Unix(9, 0), time.Unix(9, 0)
	a.GenerateID(value(t, `{"x": 1}`), time.Unix(1, 0))
	b.GenerateID(value(t, `{"x":1}`), time.Unix(2, 0))
	require.Equal(t, a.ID, b.ID)
	require.Len(t, a.ID, 36)
}

func TestParentsOfParents(t *testing.T) {
	rec := func(id, parent string) *Record {
		r := NewRecord(0, "s/1")
		r.ID, r.ParentEventID, r.Name, r.Type = id, parent, id, "t"
		return r
	}
	chain := []*Record{rec("c", "b"), rec("a", ""), rec("b", "a"), rec("x", "y"), rec("y", "x"), rec("self", "self")}
	kept, duplicates := Link(chain)
	require.Len(t, kept, 6)
	require.Zero(t, duplicates)
	traces, _ := Encode(kept, Source{Tenant: "acme", Now: time.Unix(1e9, 0), Resource: pcommon.NewMap()})
	spans := map[string]ptrace.Span{}
	for _, s := range traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		spans[s.Name()] = s
	}
	require.Equal(t, spans["a"].TraceID(), spans["b"].TraceID())
	require.Equal(t, spans["a"].TraceID(), spans["c"].TraceID(), "one trace for the whole chain")
	require.Equal(t, spans["b"].SpanID(), spans["c"].ParentSpanID())
	require.True(t, spans["a"].ParentSpanID().IsEmpty())
}

func TestSeverity(t *testing.T) {
	for level, want := range map[string]plog.SeverityNumber{
		"trace": plog.SeverityNumberTrace, "DEBUG": plog.SeverityNumberDebug, "info": plog.SeverityNumberInfo, "Warning": plog.SeverityNumberWarn,
		"error": plog.SeverityNumberError, "critical": plog.SeverityNumberFatal, "loud": plog.SeverityNumberUnspecified,
	} {
		require.Equal(t, want, Severity(level), level)
	}
}

func TestRejectionReadsWell(t *testing.T) {
	require.EqualError(t, &Rejection{Index: 2, Field: "usage.x", Message: "is wrong"}, "event 2: usage.x: is wrong")
	require.EqualError(t, &Rejection{Index: 2, Message: "is wrong"}, "event 2: is wrong")
	require.Less(t, len(show(value(t, `"`+strings.Repeat("é", 100)+`"`))), 60)
}
