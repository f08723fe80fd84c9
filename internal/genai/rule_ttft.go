package genai

import (
	"math"
	"time"
)

// ttftSlack is how much later than the span's end a first chunk may seem to come: clocks of a span and of its timers differ.
const ttftSlack = 5 * time.Millisecond

// applyTTFT takes the time to the first chunk in seconds. A value that is negative or longer than the span cannot be one: it is
// refused rather than shown.
func applyTTFT(r *reading) {
	seconds, ok := r.facts.number(fieldTTFT)
	if !ok {
		var ms float64
		if ms, ok = r.facts.number(fieldTTFTMillis); !ok {
			return
		}
		seconds = ms / 1000
	}
	if math.IsNaN(seconds) || seconds < 0 || math.IsInf(seconds, 0) {
		return
	}
	if start, end := r.span.StartTimestamp(), r.span.EndTimestamp(); start != 0 && end >= start {
		if seconds > (time.Duration(end-start) + ttftSlack).Seconds() { //nolint:gosec // a difference of two times of one span
			return
		}
	}
	r.call.TTFT, r.call.TTFTKnown = seconds, true
}
