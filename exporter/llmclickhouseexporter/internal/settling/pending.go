package settling

import (
	"container/heap"
	"container/list"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// Limits bound what is remembered. One trace takes about 250 bytes.
type Limits struct {
	// Traces and TenantTraces are how many are remembered, in all and of one tenant.
	Traces, TenantTraces int
	// Delay is from the first touch of a trace to the look at it, so that spans which come together are looked at together.
	Delay time.Duration
	// MaxAge is how long a trace with a gap in it is remembered after its last touch.
	MaxAge time.Duration
	// Recheck looks at each trace twice: what another collector stored a moment ago may not have reached the replica that was asked.
	Recheck bool
}

type state uint8

const (
	// due traces have to be looked at.
	due state = iota
	// active ones are being looked at.
	active
	// open ones are settled as far as they are there, but a span is missing that may link two of their calls.
	open
)

type entry struct {
	Look
	state state
	// again is set when a span came while the trace was active.
	again bool
	// looks counts the looks since the last touch, corrected those that ended in a correction.
	looks, corrected int
	// at is the next look, touched the last touch.
	at, touched time.Time
	place       int
	// opened and openedOf are the places among the open ones, of all and of the tenant.
	opened, openedOf *list.Element
}

// openLooks is when an open trace is looked at again: another collector may have stored the missing span, which nothing here tells.
var openLooks = [...]time.Duration{5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 10 * time.Minute}

// maxCorrections ends a quarrel: a trace whose corrections do not last is left alone until it is touched again.
const maxCorrections = 8

// Pending are the traces that need a look. All methods are safe for concurrent use.
type Pending struct {
	limits Limits
	// evicted counts traces that had to go before their time.
	evicted func(open bool)
	wake    chan struct{}

	mu      sync.Mutex
	traces  map[Trace]*entry
	tenants map[string]*tenantCount
	queue   queue
	open    list.List
	unready int // due and active
	ranges  ranges
}

type tenantCount struct {
	name string
	n    int
	open list.List
}

// NewPending remembers up to the limits.
func NewPending(limits Limits, evicted func(open bool)) *Pending {
	return &Pending{
		limits: limits, evicted: evicted, wake: make(chan struct{}, 1),
		traces: map[Trace]*entry{}, tenants: map[string]*tenantCount{}, ranges: ranges{},
	}
}

// Notes takes down the spans of one delivery that was stored; End ends it.
type Notes struct {
	p          *Pending
	now, since time.Time
	last       Trace
	known      bool
	e          *entry
}

// Begin starts notes on spans that were stored since the given time.
func (p *Pending) Begin(now, since time.Time) Notes {
	p.mu.Lock()
	return Notes{p: p, now: now, since: since}
}

// Span notes a span. usage says that it takes part in the counting of usage; any other one only matters to a trace that waits for it.
func (n *Notes) Span(tenant string, trace pcommon.TraceID, start, end int64, usage bool) {
	p := n.p
	if !usage && len(p.traces) == 0 {
		return
	}
	if !n.known || trace != n.last.ID || tenant != n.last.Tenant {
		n.last, n.known = Trace{tenant, trace}, true
		n.e = p.traces[n.last]
	}
	switch {
	case n.e != nil:
		p.touch(n.e, n.now, start, end)
	case usage:
		if n.e = p.admit(n.last, n.now.Add(p.limits.Delay), n.now, 0); n.e != nil {
			n.e.widen(start, max(start, end))
		} else {
			p.ranges.add(tenant, n.since, n.now)
		}
	}
}

// End lets the traces be looked at.
func (n *Notes) End() {
	n.p.mu.Unlock()
	n.p.signal()
}

func (p *Pending) touch(e *entry, now time.Time, start, end int64) {
	e.widen(start, max(start, end))
	e.touched, e.looks, e.corrected, e.depth = now, 0, 0, 0
	switch e.state {
	case active:
		e.again = true
	case open:
		p.move(e, due, now.Add(p.limits.Delay))
	}
}

// admit makes an entry, nil when there is no room, be it extra.
func (p *Pending) admit(t Trace, at, now time.Time, extra int) *entry {
	c := p.tenants[t.Tenant]
	if c == nil {
		c = &tenantCount{name: strings.Clone(t.Tenant)}
	}
	if c.n >= p.limits.TenantTraces+extra && !p.evictOpen(&c.open) || len(p.traces) >= p.limits.Traces+extra && !p.evictOpen(&p.open) {
		p.evicted(false)
		return nil
	}
	c.n++
	t.Tenant = c.name
	p.tenants[c.name] = c
	e := &entry{Look: Look{Trace: t}, state: active, place: -1, touched: now}
	p.traces[t] = e
	p.unready++
	p.move(e, due, at)
	return e
}

// evictOpen drops the trace that has been open longest, of one tenant or of any. It is called while an insert waits, so it searches
// nothing.
func (p *Pending) evictOpen(among *list.List) bool {
	el := among.Front()
	if el == nil {
		return false
	}
	p.drop(el.Value.(*entry))
	p.evicted(true)
	return true
}

func (p *Pending) drop(e *entry) {
	p.move(e, active, time.Time{})
	p.unready--
	delete(p.traces, e.Trace)
	c := p.tenants[e.Tenant]
	if c.n--; c.n == 0 {
		delete(p.tenants, e.Tenant)
	}
}

// move gives an entry another state; it stands in the queue unless it is active.
func (p *Pending) move(e *entry, to state, at time.Time) {
	if e.opened != nil {
		p.open.Remove(e.opened)
		p.tenants[e.Tenant].open.Remove(e.openedOf)
		e.opened, e.openedOf = nil, nil
		p.unready++
	}
	e.state, e.at = to, at
	if to == open {
		e.opened, e.openedOf = p.open.PushBack(e), p.tenants[e.Tenant].open.PushBack(e)
		p.unready--
	}
	switch {
	case to == active:
		if e.place >= 0 {
			heap.Remove(&p.queue, e.place)
		}
	case e.place < 0:
		heap.Push(&p.queue, e)
	default:
		heap.Fix(&p.queue, e.place)
	}
}

// Add makes a trace due at once and reports whether there was room for it.
func (p *Pending) Add(l Look, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.traces[l.Trace]; e != nil {
		p.touch(e, now, l.First, l.Last)
		return true
	}
	e := p.admit(l.Trace, now, now, 0)
	if e != nil {
		e.widen(l.First, l.Last)
	}
	return e != nil
}

// maxDepth ends a chain of looks that lead to each other.
const maxDepth = 4

// promptRoom is kept for traces that a look led to. They are next in turn: otherwise a full memory would send settling back to the time
// they arrived, again and again.
const promptRoom = 2 * batch

// Prompt makes a trace due that a look at another one led to. Without room it is found again by the time it arrived.
func (p *Pending) Prompt(l Look, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.traces[l.Trace]
	if l.depth > maxDepth || e != nil && e.state != open {
		return
	}
	if e == nil {
		if e = p.admit(l.Trace, time.Time{}, now, promptRoom); e == nil {
			p.ranges.add(l.Tenant, l.arrived, l.arrived)
			return
		}
	} else {
		p.move(e, due, time.Time{})
	}
	e.widen(l.First, l.Last)
	e.depth = l.depth
}

// Take hands out up to n traces whose time has come; Finish gives them back.
func (p *Pending) Take(n int, now time.Time) []Look {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []Look
	for len(out) < n && len(p.queue) > 0 && !p.queue[0].at.After(now) {
		e := p.queue[0]
		if e.state == open && now.Sub(e.touched) >= p.limits.MaxAge {
			p.drop(e)
			continue
		}
		p.move(e, active, time.Time{})
		out = append(out, e.Look)
	}
	return out
}

// Outcome is how a look ended.
type Outcome uint8

const (
	// Settled is a trace that nothing but another usage span can change.
	Settled Outcome = iota
	// Open is one in which a span is missing that may link two of its calls.
	Open
	// Corrected is one of which rows were appended: a look has to confirm that they stand.
	Corrected
	// Failed is one that could not be looked at.
	Failed
)

// Finish ends a look. It reports whether a trace was given up because its corrections do not last.
func (p *Pending) Finish(t Trace, o Outcome, now time.Time) (givenUp bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.traces[t]
	if e == nil || e.state != active {
		return false
	}
	e.looks++
	if o == Corrected {
		e.corrected++
	}
	switch {
	case o == Failed:
		p.move(e, due, now)
	case e.again:
		e.again = false
		p.move(e, due, now.Add(p.limits.Delay))
	case o == Corrected && e.corrected < maxCorrections:
		p.move(e, due, now.Add(p.limits.Delay))
	case (o == Open || o == Settled && p.limits.Recheck && e.looks == 1) && now.Sub(e.touched) < p.limits.MaxAge:
		at, end := now.Add(openLooks[min(e.looks, len(openLooks))-1]), e.touched.Add(p.limits.MaxAge)
		if at.After(end) {
			at = end
		}
		p.move(e, open, at)
	default:
		p.drop(e)
		return o == Corrected
	}
	return false
}

// Next is when something has to be done next, as far as is known now.
func (p *Pending) Next() (at time.Time, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 {
		return time.Time{}, false
	}
	return p.queue[0].at, true
}

// Hurry makes what is due be taken at once, now and from now on.
func (p *Pending) Hurry() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limits.Delay = 0
	for _, e := range p.queue {
		if e.state == due {
			e.at = time.Time{}
		}
	}
	heap.Init(&p.queue)
}

// Remembered is how many traces are remembered; Due how many of them, and of ranges to read again, are not settled yet.
func (p *Pending) Remembered() int { return p.count(func() int { return len(p.traces) }) }

// Due counts what is not settled yet.
func (p *Pending) Due() int { return p.count(func() int { return p.unready + len(p.ranges) }) }

func (p *Pending) count(of func() int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return of()
}

func (p *Pending) signal() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// queue is a heap of entries by the time of their next look.
type queue []*entry

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].at.Before(q[j].at) }
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].place, q[j].place = i, j
}

func (q *queue) Push(x any) {
	e := x.(*entry)
	e.place = len(*q)
	*q = append(*q, e)
}

func (q *queue) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	e.place = -1
	return e
}
