package llmqueryextension

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTraceTree(t *testing.T) {
	s := newTestStore(t)
	start := testNow.Add(-time.Hour)
	child := func(span, parent int, after time.Duration) testSpan {
		return call(1, span, start.Add(after), time.Second).with(func(s *testSpan) { s.Parent = spanID(parent) })
	}
	spans := []testSpan{
		call(1, 1, start, 10*time.Second).with(func(s *testSpan) { s.UsageRole, s.Name = "none", "agent" }),
		child(3, 1, 3*time.Second),
		child(2, 1, 2*time.Second),
		child(4, 2, 2500*time.Millisecond).with(func(s *testSpan) { s.Status, s.Cost, s.CostStatus = "error", nil, "no_usage" }),
		child(5, 77, 4*time.Second),
		// The same ids in another project are another trace.
		call(1, 8, start, time.Second).with(func(s *testSpan) { s.Project = "lab" }),
	}
	s.insert(t, spans...)
	s.insert(t, spans...)
	a := newTestAPI(t, s.conn, s.config.Target())
	got := body[traceDetail](t, a, "shop", "/api/v1/traces/"+traceID(1))
	require.Equal(t, 5, got.SpanCount)
	require.Equal(t, 4, got.Calls)
	require.Equal(t, 1, got.Errors)
	require.Equal(t, start, got.Start)
	require.InDelta(t, 10000, got.DurationMS, 0)
	require.Equal(t, "0.003", *got.Cost.Amount)
	require.Equal(t, "0.0012", *got.Cost.Input, "parts add up to the amount")
	require.Equal(t, 1, got.Cost.UnknownCalls)
	require.False(t, got.Cost.Complete)
	require.EqualValues(t, 480, *got.Tokens.Total.Total)
	require.Equal(t, []string{spanID(1) + "(" + spanID(2) + "(" + spanID(4) + ")" + spanID(3) + ")", spanID(5) + "!"}, outline(got.Spans))

	// As people paste it, and as the original service's clients write it.
	upper := strings.ToUpper(traceID(0xabc))
	s.insert(t, call(0xabc, 1, start, time.Second))
	require.Equal(t, traceID(0xabc), body[traceDetail](t, a, "shop", "/api/v1/traces/"+upper).TraceID)
	require.Equal(t, traceID(0xabc), body[traceDetail](t, a, "shop", "/traces/00000000-0000-0000-0000-000000000ABC?project_id=shop&x=y").TraceID)
}

// outline writes a tree as id(children), with ! for a missing parent.
func outline(nodes []*spanNode) (out []string) {
	for _, n := range nodes {
		text := n.SpanID
		if n.ParentMissing {
			text += "!"
		}
		if len(n.Children) > 0 {
			text += "(" + strings.Join(outline(n.Children), "") + ")"
		}
		out = append(out, text)
	}
	return out
}

func TestSpanShowsEverythingThatWasSent(t *testing.T) {
	s := newTestStore(t)
	start := time.Date(2026, 3, 10, 10, 0, 0, 123456789, time.UTC)
	s.insert(t, call(1, 1, start, 1500*time.Millisecond).with(func(s *testSpan) {
		s.InputMessages = `[{"role":"user","parts":[{"type":"text","content":"<b>&\"" }], "n": 12345678901234567890}]`
		s.OutputMessages = "plain text, no JSON: {"
		s.ToolArguments = "null"
		s.Strings = map[string]string{"a": "x", "quote": `"`}
		s.Ints = map[string]int64{"i": math.MaxInt64}
		s.Doubles = map[string]float64{"d": 0.5, "nan": math.NaN(), "inf": math.Inf(-1)}
		s.Bools = map[string]bool{"b": true}
		s.JSONs = map[string]string{"j": `["x",{"y":[]}]`, "broken": `{`}
		s.Resource = map[string]string{"host.name": "h"}
		s.TTFT, s.Temperature = ptr(0.25), ptr(math.NaN())
		s.Unpriced = []string{"audio_input"}
		s.EventTimes = []time.Time{start, start.Add(time.Nanosecond)}
		s.EventNames = []string{"exception", "done"}
		s.EventAttrs = []map[string]string{{"exception.type": "E"}, {}}
		s.LinkTraces, s.LinkSpans, s.LinkAttrs = []string{traceID(9)}, []string{spanID(9)}, []map[string]string{{"k": "v"}}
	}))
	a := newTestAPI(t, s.conn, s.config.Target())
	rec := ask(t, a, "shop", "/api/v1/traces/"+traceID(1))
	require.Equal(t, http.StatusOK, rec.Code)
	raw := rec.Body.String()
	require.Contains(t, raw, `12345678901234567890`, "numbers of any length survive")
	require.Contains(t, raw, `<b>&`, "text is not escaped for HTML")
	require.Contains(t, raw, `9223372036854775807`)
	var got traceDetail
	require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &got))
	span := got.Spans[0]
	require.Equal(t, start, span.Start)
	require.Equal(t, start.Add(1500*time.Millisecond), span.End)
	require.JSONEq(t, `"plain text, no JSON: {"`, string(span.Content.OutputMessages))
	require.Equal(t, "null", string(span.Content.SystemInstructions))
	delete(span.Attributes, "i")
	require.Equal(t, map[string]any{
		"a": "x", "quote": `"`, "d": 0.5, "nan": "NaN", "inf": "-Infinity", "b": true,
		"j": []any{"x", map[string]any{"y": []any{}}}, "broken": "{",
	}, span.Attributes)
	require.Equal(t, map[string]string{"host.name": "h"}, span.ResourceAttributes)
	require.InDelta(t, 250, *span.LLM.TTFTMS, 0)
	require.Nil(t, span.LLM.Temperature, "JSON has no NaN")
	require.Equal(t, []string{"audio_input"}, span.Cost.Unpriced)
	require.Equal(t, "0.0004", *span.Cost.Input)
	require.Equal(t, "exact", *span.Cost.Status)
	require.Equal(t, []nodeEvent{
		{start, "exception", map[string]string{"exception.type": "E"}},
		{start.Add(time.Nanosecond), "done", map[string]string{}},
	}, span.Events)
	require.Equal(t, []nodeLink{{traceID(9), spanID(9), map[string]string{"k": "v"}}}, span.Links)
	require.Positive(t, span.ContentBytes)
	require.False(t, span.ContentOmitted)

	lean := body[traceDetail](t, a, "shop", "/api/v1/traces/"+traceID(1)+"?content=omit").Spans[0]
	require.Nil(t, lean.Content)
	require.Nil(t, lean.Attributes)
	require.Nil(t, lean.Events)
	require.False(t, lean.ContentOmitted, "it was not asked for")
	require.Equal(t, span.ContentBytes, lean.ContentBytes)
}

func TestTraceLeavesOutContentThatDoesNotFit(t *testing.T) {
	s := newTestStore(t)
	var spans []testSpan
	for i := range 10 {
		spans = append(spans, call(1, i, testNow.Add(-time.Hour+time.Duration(i/2)*time.Second), time.Second).with(func(s *testSpan) {
			s.InputMessages = `"` + strings.Repeat("x", 98) + `"`
		}))
	}
	s.insert(t, spans...)
	a := newTestAPI(t, s.conn, s.config.Target())
	for budget, want := range map[int]int{0: 0, 99: 0, 100: 1, 350: 3, 1000: 10, 5000: 10} {
		a.limits.MaxContentBytes = budget
		got := body[traceDetail](t, a, "shop", "/api/v1/traces/"+traceID(1))
		require.Len(t, got.Spans, 10)
		for i, span := range got.Spans {
			require.Equal(t, spanID(i), span.SpanID)
			require.EqualValues(t, 100, span.ContentBytes)
			require.Equal(t, i >= want, span.ContentOmitted, "budget %d span %d", budget, i)
			require.Equal(t, i < want, span.Content != nil, "budget %d span %d", budget, i)
		}
	}
	a.limits.MaxContentBytes = 0
	got := body[spanDetail](t, a, "shop", "/api/v1/traces/"+traceID(1)+"/spans/"+spanID(7))
	require.Equal(t, spanID(7), got.Span.SpanID)
	require.NotNil(t, got.Span.Content)
	require.Len(t, got.Span.Content.InputMessages, 100)
}

func TestTraceIsCutAtTheLimit(t *testing.T) {
	s := newTestStore(t)
	var spans []testSpan
	for i := range 20 {
		spans = append(spans, call(1, i, testNow.Add(-time.Hour+time.Duration(i)*time.Second), time.Second))
	}
	s.insert(t, spans...)
	a := newTestAPI(t, s.conn, s.config.Target())
	a.limits.MaxSpans = 20
	require.False(t, body[traceDetail](t, a, "shop", "/api/v1/traces/"+traceID(1)).Truncated)
	a.limits.MaxSpans = 19
	got := body[traceDetail](t, a, "shop", "/api/v1/traces/"+traceID(1))
	require.True(t, got.Truncated)
	require.Equal(t, 19, got.SpanCount)
	require.Equal(t, "0.019", *got.Cost.Amount)
}

// A crash can lose the index row of a block whose spans were stored.
func TestTraceIsFoundWithoutItsIndexRow(t *testing.T) {
	s := newTestStore(t)
	s.insert(t, call(1, 1, testNow.Add(-time.Hour), time.Second), call(2, 2, testNow.Add(-time.Hour), time.Second))
	require.NoError(t, s.conn.Exec(t.Context(), "TRUNCATE TABLE llm_trace_index"))
	// The other block of trace 2 has one.
	s.insert(t, call(2, 3, testNow.Add(-30*time.Minute), time.Second))
	a := newTestAPI(t, s.conn, s.config.Target())
	require.Equal(t, 1, body[traceDetail](t, a, "shop", "/api/v1/traces/"+traceID(1)).SpanCount)
	require.Equal(t, 2, body[traceDetail](t, a, "shop", "/api/v1/traces/"+traceID(2)).SpanCount)
	list := body[traceList](t, a, "shop", "/api/v1/traces")
	require.Equal(t, traceIDs(2, 1), ids(list))
	require.EqualValues(t, 2, list.Traces[0].Spans)
}

func TestTraceThatIsNotThere(t *testing.T) {
	s := newTestStore(t)
	a := newTestAPI(t, s.conn, s.config.Target())
	for _, id := range []string{traceID(1), "1", "nonsense", strings.Repeat("z", 32), strings.Repeat("0", 33), "%27", strings.Repeat("a", 5000)} {
		refused(t, a, "shop", "/api/v1/traces/"+id, http.StatusNotFound)
		refused(t, a, "shop", "/api/v1/traces/"+id+"/spans/"+spanID(1), http.StatusNotFound)
	}
	s.insert(t, call(1, 1, testNow.Add(-time.Hour), time.Second))
	refused(t, a, "shop", "/api/v1/traces/"+traceID(1)+"/spans/"+spanID(2), http.StatusNotFound)
	refused(t, a, "shop", "/api/v1/traces/"+traceID(1)+"?content=some", http.StatusBadRequest)
}

func nodes(pairs ...string) (out []*spanNode) {
	for _, p := range pairs {
		id, parent, _ := strings.Cut(p, "<")
		out = append(out, &spanNode{SpanID: id, ParentSpanID: orNull(parent), Children: []*spanNode{}})
	}
	return out
}

func TestBuildTree(t *testing.T) {
	f := func(want []string, pairs ...string) {
		t.Helper()
		require.Equal(t, want, outline(buildTree(nodes(pairs...))))
	}
	f(nil)
	f([]string{"a"}, "a")
	f([]string{"a(bc)"}, "a", "b<a", "c<a")
	f([]string{"a(b(c))"}, "c<b", "b<a", "a")
	f([]string{"b!", "c!"}, "b<x", "c<y")
	// Its own parent.
	f([]string{"a!"}, "a<a")
	// Circles are cut at their earliest span, and what hangs on them is kept.
	f([]string{"a!(b)"}, "a<b", "b<a")
	f([]string{"r", "a!(bd(c))"}, "r", "a<c", "b<a", "d<a", "c<d")
}

func TestDeepTreeStaysReadable(t *testing.T) {
	const depth = 20_000
	var pairs []string
	for i := range depth {
		parent := ""
		if i > 0 {
			parent = "<" + spanID(i-1)
		}
		pairs = append(pairs, spanID(i)+parent)
	}
	slices.Reverse(pairs)
	tops := buildTree(nodes(pairs...))
	require.Len(t, tops, 1)
	text, err := json.Marshal(tops)
	require.NoError(t, err)
	var back []*spanNode
	require.NoError(t, json.Unmarshal(text, &back))
	count, deepest := 0, 0
	var walk func(n *spanNode, level int)
	walk = func(n *spanNode, level int) {
		count++
		deepest = max(deepest, level)
		for _, c := range n.Children {
			walk(c, level+1)
		}
	}
	walk(back[0], 1)
	require.Equal(t, depth, count, "no span is lost")
	require.Equal(t, maxTreeDepth, deepest)
}

func TestDecimalSum(t *testing.T) {
	f := func(want string, values ...string) {
		t.Helper()
		var s decimalSum
		for _, v := range values {
			s.add(&v)
		}
		require.Equal(t, want, *s.text())
	}
	f("0", "0")
	f("0.3", "0.1", "0.2")
	f("1", "0.999999999999", "0.000000000001")
	f("1000000000000000000", "999999999999999999.5", "0.5")
	f("-0.000000000001", "-0.000000000002", "0.000000000001")
	f("12.5", "10", "2.5", "nonsense", "0.0000000000001")
	var none decimalSum
	none.add(nil)
	require.Nil(t, none.text())
}
