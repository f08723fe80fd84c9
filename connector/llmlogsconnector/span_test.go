package llmlogsconnector

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
)

const recorded = pcommon.Timestamp(1_795_400_002_000_000_000)

func eventWith(t *testing.T, a attrs) event {
	t.Helper()
	_, r := recordOf(t, "", a)
	return newEvent(r, "", "tool")
}

func TestTimes(t *testing.T) {
	for name, tt := range map[string]struct {
		attrs attrs
		took  time.Duration
	}{
		"whole":             {attrs{"duration_ms": 143}, 143 * time.Millisecond},
		"text":              {attrs{"duration_ms": "143"}, 143 * time.Millisecond},
		"fraction":          {attrs{"duration_ms": 0.5}, 500 * time.Microsecond},
		"another name":      {attrs{"latency_ms": 9}, 9 * time.Millisecond},
		"none":              {attrs{}, 0},
		"negative":          {attrs{"duration_ms": -5}, 0},
		"no number":         {attrs{"duration_ms": "soon"}, 0},
		"not finite":        {attrs{"duration_ms": math.Inf(1)}, 0},
		"NaN":               {attrs{"duration_ms": math.NaN()}, 0},
		"a time, not a run": {attrs{"duration_ms": 1_795_400_002_000}, 0},
		"a list":            {attrs{"duration_ms": []any{1}}, 0},
	} {
		e := eventWith(t, tt.attrs)
		start, end := e.times()
		assert.Equal(t, recorded, end, name)
		assert.Equal(t, tt.took, time.Duration(end-start), name)
	}
}

func TestWhenTheRecordHasNoTime(t *testing.T) {
	e := eventWith(t, attrs{"event.timestamp": "2026-11-23T09:40:02.762Z", "duration_ms": 1000})
	e.record.SetTimestamp(0)
	e.record.SetObservedTimestamp(7)
	_, end := e.times()
	assert.Equal(t, time.Date(2026, 11, 23, 9, 40, 2, 762e6, time.UTC), end.AsTime())

	e.attrs.PutStr("event.timestamp", "yesterday")
	start, end := e.times()
	assert.Equal(t, pcommon.Timestamp(7), end)
	assert.Equal(t, end, start, "not before there was time")

	e.record.SetObservedTimestamp(0)
	before := time.Now()
	_, end = e.times()
	assert.False(t, end.AsTime().Before(before))
}

func TestTraceOfAnEventOutsideOne(t *testing.T) {
	one := attrs{"event.name": "gemini_cli.api_response", "session.id": "s", "prompt_id": "s########1", "duration_ms": 1}
	traceOfEvent := func(change func(e *event)) (pcommon.TraceID, pcommon.SpanID) {
		e := eventWith(t, one)
		change(&e)
		trace, parent := e.trace()
		require.True(t, parent.IsEmpty())
		return trace, e.spanID(trace)
	}
	trace, span := traceOfEvent(func(*event) {})
	require.False(t, trace.IsEmpty())

	again, sameSpan := traceOfEvent(func(*event) {})
	assert.Equal(t, [2]any{trace, span}, [2]any{again, sameSpan}, "sent again")

	later, otherSpan := traceOfEvent(func(e *event) { e.record.SetTimestamp(recorded + 1) })
	assert.Equal(t, trace, later, "the same prompt")
	assert.NotEqual(t, span, otherSpan)

	next, _ := traceOfEvent(func(e *event) { e.attrs.PutStr("prompt_id", "s########2") })
	assert.NotEqual(t, trace, next)
	elsewhere, _ := traceOfEvent(func(e *event) { e.service = "other" })
	assert.NotEqual(t, trace, elsewhere)

	lone, _ := traceOfEvent(func(e *event) { e.attrs.Clear() })
	other, _ := traceOfEvent(func(e *event) { e.attrs.Clear(); e.record.SetTimestamp(recorded + 1) })
	assert.NotEqual(t, lone, other, "nothing holds these together")
}

// Two calls that one client made in one millisecond.
func TestSequencesTellEventsApart(t *testing.T) {
	seen := map[pcommon.SpanID]string{}
	for _, key := range marks {
		e := eventWith(t, attrs{"event.name": "claude_code.api_request", key: "1"})
		e.record.SetTraceID(pcommon.TraceID{1})
		id := e.spanID(e.record.TraceID())
		require.NotContains(t, seen, id, "%s and %s", key, seen[id])
		seen[id] = key
	}
}

func TestWhatIsKept(t *testing.T) {
	ld, r := recordOf(t, "com.anthropic.claude_code.events", attrs{"event.name": "api_request", "model": "m", "list": []any{"a"}, "input_tokens": -4})
	ld.ResourceLogs().At(0).SetSchemaUrl("resource")
	ld.ResourceLogs().At(0).ScopeLogs().At(0).SetSchemaUrl("scope")
	ld.ResourceLogs().At(0).ScopeLogs().At(0).Scope().SetVersion("2")
	r.SetTraceID(pcommon.TraceID{1})
	r.SetSpanID(pcommon.SpanID{2})
	r.SetFlags(plog.DefaultLogRecordFlags.WithIsSampled(true))
	r.SetDroppedAttributesCount(3)
	out := through(t, ld)
	spans := spansOf(out)
	require.Len(t, spans, 1)
	s := spans[0]
	assert.Equal(t, pcommon.TraceID{1}, s.TraceID())
	assert.Equal(t, pcommon.SpanID{2}, s.ParentSpanID())
	assert.Equal(t, uint32(1), s.Flags())
	assert.Equal(t, uint32(3), s.DroppedAttributesCount())
	assert.Equal(t, attrs{
		"event.name": "claude_code.api_request", "model": "m", "list": []any{"a"}, "input_tokens": int64(-4), "watchllm.signal": "log",
	}, s.Attributes().AsRaw())
	assert.Equal(t, attrs{"service.name": "tool"}, s.resource.Attributes().AsRaw())
	assert.Equal(t, "2", s.scope.Version())
	assert.Equal(t, "resource", out[0].ResourceSpans().At(0).SchemaUrl())
	assert.Equal(t, "scope", out[0].ResourceSpans().At(0).ScopeSpans().At(0).SchemaUrl())
}
