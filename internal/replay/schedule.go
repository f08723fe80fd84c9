package replay

import (
	"math"
	"slices"
	"time"
)

// busiest are the hours of the day, in UTC, around which a European customer's traffic peaks.
const (
	busiestMorning   = 9.5
	busiestAfternoon = 14.5
	// nightShare is how much of the peak remains in the small hours.
	nightShare = 0.12
	// recentShare of conversations fall into recentWindow, so that a view of the last minutes is not empty.
	recentShare  = 0.12
	recentWindow = 15 * time.Minute
)

// busy is how much traffic a moment sees, in (0, 1].
func busy(at time.Time) float64 {
	hour := float64(at.UTC().Hour()) + float64(at.UTC().Minute())/60
	bell := func(centre, width float64) float64 {
		x := (hour - centre) / width
		return math.Exp(-x * x)
	}
	return nightShare + (1-nightShare)*max(bell(busiestMorning, 2.6), bell(busiestAfternoon, 3.2))
}

// schedule draws when n conversations end: within span before until, busier by day, oldest first.
func (d dice) schedule(n int, until time.Time, within time.Duration) []time.Time {
	ends := make([]time.Time, n)
	recent := min(recentWindow, within)
	for i := range ends {
		if d.Float64() < recentShare {
			ends[i] = until.Add(-time.Duration(d.Float64() * float64(recent)))
			continue
		}
		for {
			at := until.Add(-time.Duration(d.Float64() * float64(within)))
			if d.Float64() < busy(at) {
				ends[i] = at
				break
			}
		}
	}
	slices.SortFunc(ends, time.Time.Compare)
	if n > 0 {
		ends[n-1] = until
	}
	return ends
}

// shift moves every time of the spans by d.
func shift(spans spanList, by time.Duration) {
	for span := range spans {
		shiftSpan(span, by)
	}
}
