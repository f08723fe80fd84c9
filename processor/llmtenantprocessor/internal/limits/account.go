package limits

import (
	"math/bits"
	"sync"
	"time"
)

// account is what is remembered of one tenant or key: a token bucket per unit, kept as the moment at which it is full again. That is
// one number, needs no timer and is exact in whole nanoseconds.
type account struct {
	mu       sync.Mutex
	last     int64        // when the clock was read last
	full     [units]int64 // when each bucket is full again
	taken    [units]int64 // all that was ever taken; only differences matter, so it may overflow
	inFlight int64
}

// maxWait bounds arithmetic: ten years in nanoseconds, far from the end of int64.
const maxWait = int64(10 * 365 * 24 * time.Hour)

// cost is how long n tokens take to come in, rounded up so that rounding never lets anything through.
func cost(n, perSecond int64) int64 {
	if n <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(n), uint64(time.Second))
	if hi >= uint64(perSecond) {
		return maxWait
	}
	q, r := bits.Div64(hi, lo, uint64(perSecond))
	if r > 0 {
		q++
	}
	return int64(min(q, uint64(maxWait)))
}

// advance takes over a clock that went back: the buckets stay as full as they were. The caller holds mu.
func (a *account) advance(now int64) {
	if back := a.last - now; back > 0 {
		for u := range a.full {
			a.full[u] -= back
		}
	}
	a.last = now
}

// lacks returns the unit that keeps a request waiting longest, and how long; 0 if none does. The caller holds mu.
//
// A request that is larger than a bucket passes when the bucket is full, and what comes next waits for all of it: refused, it could
// never be sent.
func (a *account) lacks(now int64, r *Rates, d Demand) (worst Unit, wait time.Duration) {
	a.advance(now)
	burst := min(int64(r.Burst), maxWait)
	for u := Spans; u < units; u++ {
		n := d.of(u)
		if r.PerSecond[u] == 0 || n == 0 {
			continue
		}
		needed := min(cost(n, r.PerSecond[u]), burst)
		if w := time.Duration(max(a.full[u], now) + needed - now - burst); w > wait {
			worst, wait = u, w
		}
	}
	return worst, wait
}

// mark is what an account had given out by a moment, of the two units that a request has.
type mark struct{ items, bytes int64 }

func (m *mark) of(u Unit) *int64 {
	if u == Bytes {
		return &m.bytes
	}
	return &m.items
}

// take uses up what lacks said is there. The caller holds mu and has not let go of it since.
func (a *account) take(now int64, r *Rates, d Demand) (m mark) {
	for _, u := range [...]Unit{d.Unit, Bytes} {
		if r.PerSecond[u] == 0 {
			continue
		}
		c := cost(d.of(u), r.PerSecond[u])
		a.full[u] = min(max(a.full[u], now)+c, now+2*maxWait)
		a.taken[u] += c
		*m.of(u) = a.taken[u]
	}
	return m
}

// giveBack undoes take for a request that did not arrive.
//
// Others may have taken since from what came in behind it. Had it never been there, that might have found the bucket full and been lost,
// so a bucket is not made fuller than it is without what was taken since: never too much is given back, sometimes too little.
func (a *account) giveBack(clock func() int64, m mark, r *Rates, d Demand) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := clock()
	a.advance(now)
	for _, u := range [...]Unit{d.Unit, Bytes} {
		if r.PerSecond[u] == 0 {
			continue
		}
		since := a.taken[u] - *m.of(u)
		if since < 0 || since > maxWait {
			continue
		}
		a.full[u] = min(a.full[u], max(a.full[u]-cost(d.of(u), r.PerSecond[u]), now+since))
	}
}

// busy tells that forgetting the account would give its owner something.
func (a *account) busy(now int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.inFlight > 0 {
		return true
	}
	for _, full := range a.full {
		if full > now {
			return true
		}
	}
	return false
}
