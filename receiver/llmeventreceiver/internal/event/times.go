package event

import (
	"math"
	"strconv"
	"time"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// StartTime reads the time of the event.
func StartTime(r *Reader, v jsontree.Value) {
	if t, ok := r.Time(v); ok {
		r.Record.Time = t
		r.Record.timeText, _ = r.Text(v)
	}
}

// EndTime reads the time the event ended.
func EndTime(r *Reader, v jsontree.Value) {
	if t, ok := r.Time(v); ok {
		r.Record.End = t
		r.Record.endText, _ = r.Text(v)
	}
}

// DurationMs reads how long the event took.
func DurationMs(r *Reader, v jsontree.Value) {
	if d, ok := r.Milliseconds(v); ok {
		r.Record.Duration = d
	}
}

// layouts of ISO 8601 in use. Python writes no zone when it means UTC, and so does everybody who formats by hand.
var layouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999"}

// Time reads ISO 8601 with or without a zone, or a Unix time in seconds, milliseconds, microseconds or nanoseconds, as number or text.
func (r *Reader) Time(v jsontree.Value) (time.Time, bool) {
	t, ok := readTime(v)
	if !ok {
		r.Reject(CodeInvalidTime, "must be a time such as 2026-01-31T12:00:00.123Z or Unix nanoseconds as text, is %s", show(v))
		return time.Time{}, false
	}
	if t.Unix() <= 0 || t.Year() > 2200 { // nanoseconds in 64 bits end in 2262
		r.Reject(CodeInvalidTime, "must lie between 1970 and 2200, is %s", show(v))
		return time.Time{}, false
	}
	return t, true
}

func readTime(v jsontree.Value) (time.Time, bool) {
	switch v.Kind() {
	case jsontree.String:
		s := v.Text()
		for _, layout := range layouts {
			if t, err := time.Parse(layout, s); err == nil {
				return t.UTC(), true
			}
		}
		n, err := strconv.ParseInt(s, 10, 64)
		return Unix(n), err == nil
	case jsontree.Number:
		if n, ok := v.Int(); ok {
			return Unix(n), true
		}
		if f, ok := v.Float(); ok && math.Abs(f) < 1e11 { // Python's time.time()
			sec, frac := math.Modf(f)
			return time.Unix(int64(sec), int64(frac*1e9)).UTC(), true
		}
	}
	return time.Time{}, false
}

// Unix is a moment given in seconds, milliseconds, microseconds or nanoseconds since 1970. It tells the unit by the size: all four agree
// for the years 1973 to 5138.
func Unix(n int64) time.Time {
	switch {
	case n < 1e11:
		return time.Unix(n, 0).UTC()
	case n < 1e14:
		return time.UnixMilli(n).UTC()
	case n < 1e17:
		return time.UnixMicro(n).UTC()
	}
	return time.Unix(0, n).UTC()
}

// settle decides start and end. now is the receiver's clock, used for events without a time and those whose sender's clock is
// more than a day ahead; both are marked, with clock. endText is the end as sent where the result cannot show it.
func (rec *Record) settle(now time.Time) (start, end time.Time, clock, endText string) {
	latest := now.Add(maxClockLead)
	start, took := rec.Time, rec.Duration
	if took == 0 && !start.IsZero() && rec.End.After(start) && (start.After(latest) || !rec.End.After(latest)) {
		took = rec.End.Sub(start)
	}
	if rec.EndsAtTime && !start.IsZero() {
		start = start.Add(-took)
	}
	switch {
	case start.IsZero() && !rec.End.IsZero() && !rec.End.After(latest):
		start = rec.End.Add(-took)
	case start.IsZero():
		clock, start = "absent", now.Add(-took)
	case start.After(latest):
		clock, start = rec.timeText, now.Add(-took)
	}
	end = start.Add(took)
	if !rec.End.IsZero() && !rec.End.Equal(end) {
		endText = rec.endText
	}
	return start, end, clock, endText
}
