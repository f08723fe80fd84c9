package genai

import (
	"math"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// ttftSlack is how much later than the span's end a first chunk may seem to come: clocks of a span and of its timers differ.
const ttftSlack = 5 * time.Millisecond

// applyTTFT takes the time to the first chunk in seconds, from the first carrier that gives a possible one: an attribute in seconds, one
// in milliseconds, the time of day of the first chunk, or an event that marks it. A value that is negative or longer than the span
// cannot be one: it is refused rather than shown. A span without length is one whose end nobody told.
func applyTTFT(r *reading) {
	f := r.facts
	if seconds, ok := f.number(fieldTTFT); ok && r.takeTTFT(seconds) {
		return
	}
	if ms, ok := f.number(fieldTTFTMillis); ok && r.takeTTFT(ms/1000) {
		return
	}
	if f.has(fieldFirstChunkAt) {
		if at, ok := timeOfDay(f.vals[fieldFirstChunkAt]); ok && r.takeFirstChunk(at) {
			return
		}
	}
	if at, ok := firstChunkEvent(r.span); ok {
		if c := r.call; !c.StreamKnown {
			c.Stream, c.StreamKnown = true, true
		}
		r.takeFirstChunk(at)
	}
}

func (r *reading) takeTTFT(seconds float64) bool {
	if math.IsNaN(seconds) || seconds < 0 || math.IsInf(seconds, 0) {
		return false
	}
	if start, end := r.span.StartTimestamp(), r.span.EndTimestamp(); start != 0 && end > start {
		if seconds > (time.Duration(end-start) + ttftSlack).Seconds() { //nolint:gosec // a difference of two times of one span
			return false
		}
	}
	r.call.TTFT, r.call.TTFTKnown = seconds, true
	return true
}

// takeFirstChunk takes the moment the first chunk came. Without the span's own times it says nothing.
func (r *reading) takeFirstChunk(at pcommon.Timestamp) bool {
	start := r.span.StartTimestamp()
	if start == 0 || at < start || r.span.EndTimestamp() < start {
		return false
	}
	return r.takeTTFT(time.Duration(at - start).Seconds()) //nolint:gosec // checked against the span's length
}

// firstChunkEvent is the time of the event that marks the first chunk of a stream: the AI SDK, LangSmith, OpenInference in Python,
// OpenLLMetry (one event per chunk), MLflow.
func firstChunkEvent(span ptrace.Span) (at pcommon.Timestamp, ok bool) {
	for i, events := 0, span.Events(); i < events.Len(); i++ {
		switch e := events.At(i); e.Name() {
		case "ai.stream.firstChunk", "new_token", "First Token Stream Event", "llm.content.completion.chunk", "gen_ai.content.completion.chunk",
			"mlflow.chunk.item.0":
			return e.Timestamp(), true
		}
	}
	return 0, false
}

// dayLayouts are the spellings of a time of day seen: with an offset, and from Python without one, which then means UTC.
var dayLayouts = [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999"}

// timeOfDay reads a moment: text, also in quotes of its own, or nanoseconds since 1970.
func timeOfDay(v pcommon.Value) (at pcommon.Timestamp, ok bool) {
	switch v.Type() {
	case pcommon.ValueTypeInt:
		n := v.Int()
		return pcommon.Timestamp(max(n, 0)), n > 0 //nolint:gosec // not negative
	case pcommon.ValueTypeStr:
		s := strings.Trim(strings.TrimSpace(v.Str()), `"`)
		for _, layout := range dayLayouts {
			if t, err := time.Parse(layout, s); err == nil {
				n := t.UnixNano()
				return pcommon.Timestamp(max(n, 0)), n > 0 //nolint:gosec // not negative
			}
		}
	}
	return 0, false
}
