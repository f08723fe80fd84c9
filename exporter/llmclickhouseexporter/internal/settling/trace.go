package settling

import (
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// Trace names a trace of a tenant.
type Trace struct {
	Tenant string
	ID     pcommon.TraceID
}

// Look is a trace to look at. First and Last bound, in nanoseconds since 1970, when those of its spans began that are known of.
type Look struct {
	Trace
	First, Last int64
	// depth is how many looks at other traces led to this one, and arrived when one of its rows did.
	depth   int
	arrived time.Time
}

func (l *Look) widen(first, last int64) {
	if l.First == 0 || first < l.First {
		l.First = first
	}
	l.Last = max(l.Last, last)
}

// Window is a range of start times in nanoseconds since 1970, both ends included.
type Window struct{ First, Last int64 }

const (
	// nearby windows are read as one: the rows between cost less than one more range.
	nearby = int64(time.Minute)
	// maxWindows bounds the ranges of one statement.
	maxWindows = 32
)

// Windows covers the looks' times, each widened by a margin, with few ranges.
func Windows(looks []Look, before, after time.Duration) []Window {
	all := make([]Window, 0, len(looks))
	for _, l := range looks {
		all = append(all, Window{l.First - int64(before), l.Last + int64(after)})
	}
	slices.SortFunc(all, func(a, b Window) int { return int(min(1, max(-1, a.First-b.First))) })
	for gap := nearby; ; gap *= 4 {
		out := all[:0:0]
		for _, w := range all {
			if n := len(out); n > 0 && w.First-out[n-1].Last <= gap {
				out[n-1].Last = max(out[n-1].Last, w.Last)
				continue
			}
			out = append(out, w)
		}
		if len(out) <= maxWindows {
			return out
		}
		all = out
	}
}
