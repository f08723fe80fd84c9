package sizes

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

func oneSpan() (ptrace.Traces, ptrace.Span) {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "shop")
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName("openai")
	span := ss.Spans().AppendEmpty()
	span.SetName("chat")
	span.Attributes().PutInt("gen_ai.usage.input_tokens", 12)
	return td, span
}

func long(n int) string { return strings.Repeat("x", n) }

func truncated(attrs pcommon.Map) []any {
	v, ok := attrs.Get("watchllm.limits.truncated")
	if !ok {
		return nil
	}
	return v.Slice().AsRaw()
}

func TestFindSaysWhatAndWhere(t *testing.T) {
	for name, c := range map[string]struct {
		put  func(ptrace.Traces, ptrace.Span)
		want *Excess
	}{
		"nothing":   {func(ptrace.Traces, ptrace.Span) {}, nil},
		"just fits": {func(_ ptrace.Traces, s ptrace.Span) { s.Attributes().PutStr("k", long(100)) }, nil},
		"span": {
			func(_ ptrace.Traces, s ptrace.Span) { s.Attributes().PutStr("k", long(101)) },
			&Excess{`the attribute "k" of the span "chat"`, true, 101, 100},
		},
		"bytes": {
			func(_ ptrace.Traces, s ptrace.Span) { s.Attributes().PutEmptyBytes("k").FromRaw(make([]byte, 101)) },
			&Excess{`the attribute "k" of the span "chat"`, true, 101, 100},
		},
		"texts inside": {
			func(_ ptrace.Traces, s ptrace.Span) {
				l := s.Attributes().PutEmptySlice("k")
				for range 3 {
					l.AppendEmpty().SetEmptyMap().PutStr("key", long(40))
				}
			},
			&Excess{`the attribute "k" of the span "chat"`, true, 129, 100},
		},
		"event": {
			func(_ ptrace.Traces, s ptrace.Span) { s.Events().AppendEmpty().Attributes().PutStr("k", long(101)) },
			&Excess{`the attribute "k" of an event of the span "chat"`, true, 101, 100},
		},
		"link": {
			func(_ ptrace.Traces, s ptrace.Span) { s.Links().AppendEmpty().Attributes().PutStr("k", long(101)) },
			&Excess{`the attribute "k" of a link of the span "chat"`, true, 101, 100},
		},
		"resource": {
			func(td ptrace.Traces, _ ptrace.Span) {
				td.ResourceSpans().At(0).Resource().Attributes().PutStr("k", long(101))
			},
			&Excess{`the attribute "k" of a resource`, true, 101, 100},
		},
		"scope": {
			func(td ptrace.Traces, _ ptrace.Span) {
				td.ResourceSpans().At(0).ScopeSpans().At(0).Scope().Attributes().PutStr("k", long(101))
			},
			&Excess{`the attribute "k" of the scope "openai"`, true, 101, 100},
		},
		"many small ones": {
			func(_ ptrace.Traces, s ptrace.Span) {
				for i := range 100 {
					s.Attributes().PutInt(fmt.Sprint("k", i), 1)
				}
			},
			&Excess{`the span "chat"`, false, 1137, 1000},
		},
	} {
		t.Run(name, func(t *testing.T) {
			td, span := oneSpan()
			c.put(td, span)
			require.Equal(t, c.want, FindTraces(td, Limits{Attribute: 100, Span: 1000}))
			require.Nil(t, FindTraces(td, Limits{}))
		})
	}
}

func TestCutLeavesTheRestAlone(t *testing.T) {
	td, span := oneSpan()
	span.Attributes().PutStr("prompt", long(99)+"ß and more")
	span.Attributes().PutStr("other", long(100))
	other := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().AppendEmpty()
	other.SetName("untouched")
	e := span.Events().AppendEmpty()
	e.Attributes().PutStr("k", long(200))
	require.Equal(t, 2, CutTraces(td, Limits{Attribute: 100}))
	require.Equal(t, map[string]any{
		"gen_ai.usage.input_tokens": int64(12), "prompt": long(99), "other": long(100), "watchllm.limits.truncated": []any{"prompt=110"},
	}, span.Attributes().AsRaw(), "no half of a character")
	require.Equal(t, []any{"k=200"}, truncated(e.Attributes()))
	require.Zero(t, other.Attributes().Len())
	require.Nil(t, FindTraces(td, Limits{Attribute: 100}))
	require.Zero(t, CutTraces(td, Limits{Attribute: 100}), "nothing is cut twice")
}

func TestValuesOfManySmallTextsGoWhole(t *testing.T) {
	td, span := oneSpan()
	m := span.Attributes().PutEmptyMap("deep")
	for i := range 50 {
		m.PutInt(fmt.Sprint("long key ", i), 1)
	}
	require.Equal(t, 1, CutTraces(td, Limits{Attribute: 100}))
	_, there := span.Attributes().Get("deep")
	require.False(t, there)
	require.Equal(t, uint32(1), span.DroppedAttributesCount())
	require.Equal(t, []any{"deep=540"}, truncated(span.Attributes()))
}

// The longest texts of a large span are cut to one length; counts stay.
func TestLargeSpanLosesItsLongestTexts(t *testing.T) {
	td, span := oneSpan()
	span.Attributes().PutStr("a", long(5000))
	span.Attributes().PutStr("b", long(3000))
	span.Attributes().PutStr("c", long(500))
	require.Equal(t, 2, CutTraces(td, Limits{Span: 4000}))
	raw := span.Attributes().AsRaw()
	require.Len(t, raw["c"], 500)
	require.Equal(t, len(raw["a"].(string)), len(raw["b"].(string)))
	require.Greater(t, len(raw["a"].(string)), 1650)
	require.Equal(t, int64(12), raw["gen_ai.usage.input_tokens"])
	require.Equal(t, []any{"a=5000", "b=3000"}, raw["watchllm.limits.truncated"])
}

func TestLargeNamesAndMessages(t *testing.T) {
	td, span := oneSpan()
	span.SetName(long(5000))
	span.Status().SetMessage(long(5000))
	span.TraceState().FromRaw(long(5000))
	e := span.Events().AppendEmpty()
	e.SetName(long(5000))
	require.Equal(t, 4, CutTraces(td, Limits{Span: 2000}))
	require.Empty(t, span.TraceState().AsRaw())
	require.Equal(t, []any{"span.name=5000", "status.message=5000", "trace_state=5000"}, truncated(span.Attributes()))
	require.Equal(t, []any{"event.name=5000"}, truncated(e.Attributes()))
}

// Whatever a client sends fits afterwards, is valid, and is marked.
func TestEverythingCanBeCutToSize(t *testing.T) {
	var m ptrace.ProtoMarshaler
	for seed := range uint64(400) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		td, span := oneSpan()
		word := func() string { return strings.Repeat("aß語🙂", rnd.IntN(1+rnd.IntN(300))) }
		var fill func(v pcommon.Value, depth int)
		fill = func(v pcommon.Value, depth int) {
			switch k := rnd.IntN(6); {
			case k == 0 && depth < 3:
				inner := v.SetEmptyMap()
				for range rnd.IntN(20) {
					fill(inner.PutEmpty(upTo(word(), 50)), depth+1)
				}
			case k == 1 && depth < 3:
				inner := v.SetEmptySlice()
				for range rnd.IntN(20) {
					fill(inner.AppendEmpty(), depth+1)
				}
			case k == 2:
				v.SetInt(rnd.Int64())
			case k == 3:
				v.SetEmptyBytes().FromRaw([]byte(word()))
			default:
				v.SetStr(word())
			}
		}
		for i := range rnd.IntN(100) {
			fill(span.Attributes().PutEmpty(fmt.Sprint("k", i)), 0)
		}
		for range rnd.IntN(20) {
			e := span.Events().AppendEmpty()
			e.SetName(word())
			fill(e.Attributes().PutEmpty("k"), 0)
			fill(span.Links().AppendEmpty().Attributes().PutEmpty("k"), 0)
		}
		l := Limits{Attribute: 50 + rnd.IntN(500), Span: 300 + rnd.IntN(5000)}
		over := FindTraces(td, l) != nil
		cut := CutTraces(td, l)
		require.Equal(t, over, cut > 0, "seed %d", seed)
		marks := len(truncated(span.Attributes()))
		strip := func(attrs pcommon.Map) {
			attrs.RemoveIf(func(k string, _ pcommon.Value) bool { return k == "watchllm.limits.truncated" })
		}
		strip(span.Attributes())
		for _, e := range span.Events().All() {
			marks += len(truncated(e.Attributes()))
			strip(e.Attributes())
		}
		for _, link := range span.Links().All() {
			marks += len(truncated(link.Attributes()))
			strip(link.Attributes())
		}
		require.Equal(t, marks > 0, cut > 0)
		require.Nil(t, FindTraces(td, l), "seed %d", seed)
		raw, err := m.MarshalTraces(td)
		require.NoError(t, err)
		again, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(raw)
		require.NoError(t, err)
		for _, v := range again.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes().All() {
			if v.Type() == pcommon.ValueTypeStr {
				require.True(t, utf8.ValidString(v.Str()))
			}
		}
		if l.Span > 1500 { // one of a hundred small attributes may have to go
			n, ok := span.Attributes().Get("gen_ai.usage.input_tokens")
			require.True(t, ok, "seed %d", seed)
			require.Equal(t, int64(12), n.Int())
		}
	}
}

func TestLogs(t *testing.T) {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr("k", long(150))
	sl := rl.ScopeLogs().AppendEmpty()
	first := sl.LogRecords().AppendEmpty()
	first.SetEventName("api_request")
	first.Body().SetStr(long(300))
	second := sl.LogRecords().AppendEmpty()
	deep := second.Body().SetEmptyMap()
	for i := range 100 {
		deep.PutInt(fmt.Sprint("key", i), 1)
	}
	third := sl.LogRecords().AppendEmpty()
	third.Attributes().PutStr("k", long(90))
	third.Attributes().PutStr("l", long(90))
	third.SetSeverityText(long(1000))
	l := Limits{Attribute: 100, LogRecord: 400}
	require.Equal(t, &Excess{`the attribute "k" of a resource`, true, 150, 100}, FindLogs(ld, l))
	require.Equal(t, 4, CutLogs(ld, l))
	assert.Equal(t, []any{"k=150"}, truncated(rl.Resource().Attributes()))
	assert.Len(t, first.Body().Str(), 100)
	assert.Equal(t, []any{"body=300"}, truncated(first.Attributes()))
	assert.Equal(t, pcommon.ValueTypeEmpty, second.Body().Type())
	assert.Equal(t, []any{"severity_text=1000"}, truncated(third.Attributes()))
	assert.Less(t, len(third.SeverityText()), 200)
	require.Zero(t, CutLogs(plog.NewLogs(), l))

	ld = plog.NewLogs()
	r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.SetEventName("e")
	r.Body().SetStr(long(101))
	require.Equal(t, &Excess{`the body of the log record "e"`, true, 101, 100}, FindLogs(ld, l))
	require.Equal(t, &Excess{`the log record "e"`, false, 112, 50}, FindLogs(ld, Limits{LogRecord: 50}))
	for i := range 100 {
		r.Attributes().PutInt(fmt.Sprint("key", i), 1)
	}
	require.Positive(t, CutLogs(ld, Limits{LogRecord: 50}))
	require.Equal(t, pcommon.ValueTypeEmpty, r.Body().Type(), "the last resort")
}

func BenchmarkFind(b *testing.B) {
	td := ptrace.NewTraces()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for range 100 {
		attrs := spans.AppendEmpty().Attributes()
		for i := range 20 {
			attrs.PutStr(fmt.Sprint("gen_ai.attribute.", i), "value")
		}
	}
	for name, l := range map[string]Limits{"attributes": {Attribute: 1 << 20}, "spans": {Span: 1 << 20}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				FindTraces(td, l)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/span")
		})
	}
}
