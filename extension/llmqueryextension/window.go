package llmqueryextension

import (
	"fmt"
	"time"
)

// window is the time range of a question: Start is in it, End is not. Both are UTC.
type window struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// maxHours is the longest range that `hours` takes; longer ones are asked for with start and end.
const maxHours = 720

// Instants outside these bounds do not fit the store's DateTime64(9).
var (
	earliest = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// window reads `hours`, or `start` and `end`, or falls back to the default range that ends now.
func (p *params) window(now time.Time, limits *LimitsConfig) window {
	hours := p.integer("hours", 0, 1, maxHours)
	start, end := p.instant("start"), p.instant("end")
	now = now.UTC()
	switch {
	case hours > 0 && (!start.IsZero() || !end.IsZero()):
		p.refuse("hours", "cannot be combined with start or end")
	case hours > 0:
		start, end = now.Add(-time.Duration(hours)*time.Hour), now
	case start.IsZero() && end.IsZero():
		start, end = now.Add(-limits.DefaultWindow), now
	case end.IsZero():
		end = now
	case start.IsZero():
		start = end.Add(-limits.DefaultWindow)
	}
	if p.failed() {
		return window{}
	}
	name := "start"
	if hours > 0 {
		name = "hours"
	}
	switch length := end.Sub(start); {
	case length <= 0:
		p.refuse(name, fmt.Sprintf("must be before end (%s)", end.Format(time.RFC3339Nano)))
	case length > limits.MaxWindow:
		p.refuse(name, fmt.Sprintf("the time range is longer than the limit of %s", limits.MaxWindow))
	}
	return window{Start: start, End: end}
}

// args binds the range; every statement that reads spans by time uses these two names.
func (w window) args() []arg {
	return []arg{{"start_ns", w.Start.UnixNano()}, {"end_ns", w.End.UnixNano()}}
}
