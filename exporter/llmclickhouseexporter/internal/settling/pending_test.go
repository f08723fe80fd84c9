package settling

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

var limits = Limits{Traces: 10, TenantTraces: 6, Delay: time.Second, MaxAge: 15 * time.Minute}

// testPending has a clock that a test moves on.
type testPending struct {
	*Pending
	now     time.Time
	evicted map[bool]int
}

func newTestPending(l Limits) *testPending {
	p := &testPending{now: time.Unix(1_800_000_000, 0), evicted: map[bool]int{}}
	p.Pending = NewPending(l, func(open bool) { p.evicted[open]++ })
	return p
}

func traceN(tenant string, n byte) Trace { return Trace{tenant, pcommon.TraceID{15: n}} }

func (p *testPending) note(usage bool, traces ...Trace) {
	notes := p.Begin(p.now, p.now.Add(-time.Second))
	for _, t := range traces {
		notes.Span(t.Tenant, t.ID, 100, 200, usage)
	}
	notes.End()
}

func (p *testPending) take() []Trace {
	var out []Trace
	for _, l := range p.Take(100, p.now) {
		out = append(out, l.Trace)
	}
	return out
}

func TestTraceIsLookedAtOnceAfterTheDelay(t *testing.T) {
	p := newTestPending(limits)
	a, b := traceN("t", 1), traceN("t", 2)
	p.note(false, a, b)
	require.Zero(t, p.Due(), "spans that take no part in usage make nothing due")
	p.note(true, a, a, b)
	require.Equal(t, 2, p.Due())
	require.Empty(t, p.take())
	p.now = p.now.Add(time.Second)
	require.ElementsMatch(t, []Trace{a, b}, p.take())
	require.Equal(t, 2, p.Due(), "what is being looked at is not settled yet")
	require.Empty(t, p.take())
	p.Finish(a, Settled, p.now)
	p.Finish(b, Failed, p.now)
	require.Equal(t, []Trace{b}, p.take())
	p.Finish(b, Settled, p.now)
	require.Zero(t, p.Due())
	require.Zero(t, p.Remembered())
}

func TestSpanDuringTheLookMakesItDueAgain(t *testing.T) {
	p := newTestPending(limits)
	a := traceN("t", 1)
	p.note(true, a)
	p.now = p.now.Add(time.Second)
	require.Len(t, p.take(), 1)
	p.note(false, a)
	p.Finish(a, Settled, p.now)
	require.Equal(t, 1, p.Due())
	p.now = p.now.Add(time.Second)
	require.Len(t, p.take(), 1)
}

func TestOpenTraceWaitsForItsLink(t *testing.T) {
	p := newTestPending(limits)
	a := traceN("t", 1)
	p.note(true, a)
	p.now = p.now.Add(time.Second)
	p.take()
	p.Finish(a, Open, p.now)
	require.Zero(t, p.Due(), "as far as it is there, it is settled")
	require.Equal(t, 1, p.Remembered())
	// An ordinary span of it may be the one.
	p.note(false, a)
	require.Equal(t, 1, p.Due())
	p.now = p.now.Add(time.Second)
	require.Len(t, p.take(), 1)
	// Without one it is looked at a few times more, in case another collector stored it, and then forgotten.
	looks, begin := 0, p.now
	for p.Remembered() > 0 {
		p.Finish(a, Open, p.now)
		p.now = p.now.Add(time.Minute)
		looks += len(p.take())
	}
	require.Equal(t, 4, looks)
	require.InDelta(t, limits.MaxAge.Minutes(), p.now.Sub(begin).Minutes(), 1)
}

func TestCorrectionIsConfirmedAndAQuarrelEnds(t *testing.T) {
	p := newTestPending(limits)
	a := traceN("t", 1)
	p.note(true, a)
	for n := 1; ; n++ {
		p.now = p.now.Add(time.Second)
		require.Len(t, p.take(), 1)
		if p.Finish(a, Corrected, p.now) {
			require.Equal(t, maxCorrections, n)
			break
		}
		require.Equal(t, 1, p.Due())
	}
	require.Zero(t, p.Remembered())
}

func TestMemoryIsBoundedPerTenantAndInAll(t *testing.T) {
	p := newTestPending(limits)
	for n := range byte(20) {
		p.note(true, traceN("loud", n))
	}
	require.Equal(t, 6, p.Remembered())
	require.Equal(t, 14, p.evicted[false])
	for n := range byte(20) {
		p.note(true, traceN("other", n))
	}
	require.Equal(t, 10, p.Remembered())
	require.Equal(t, 12, p.Due(), "and a range of each tenant")
	// Nothing is forgotten: the times are read again when there is room.
	_, room := p.NextRange()
	require.Zero(t, room)
	p.now = p.now.Add(time.Second)
	for _, tr := range p.take() {
		p.Finish(tr, Settled, p.now)
	}
	r, room := p.NextRange()
	require.Equal(t, 6, room)
	require.Contains(t, []string{"loud", "other"}, r.Tenant)
	require.Equal(t, p.now.Add(-2*time.Second), r.From)
	require.True(t, p.Add(Look{Trace: traceN(r.Tenant, 9)}, p.now))
	p.RangeRead(r, Found{At: r.From}, false)
	require.Equal(t, Found{At: r.From}, p.ranges[r.Tenant].After, "it goes on from there")
	p.RangeRead(*p.ranges[r.Tenant], Found{}, true)
	require.Equal(t, 2, p.Due(), "one trace and the other tenant's range")
}

func TestOpenTracesMakeRoomForDueOnes(t *testing.T) {
	p := newTestPending(limits)
	for n := range byte(6) {
		p.note(true, traceN("t", n))
	}
	p.now = p.now.Add(time.Second)
	for _, tr := range p.take() {
		p.Finish(tr, Open, p.now)
	}
	p.note(true, traceN("t", 100))
	require.Equal(t, 1, p.evicted[true])
	require.Zero(t, p.evicted[false])
	require.Equal(t, 6, p.Remembered())
	require.Equal(t, 1, p.Due())
}

func TestRangeThatGrowsWhileItIsReadIsReadOn(t *testing.T) {
	p := newTestPending(limits)
	p.Rescan("", p.now, p.now.Add(time.Second))
	r, _ := p.NextRange()
	p.Rescan("", p.now, p.now.Add(time.Minute))
	p.RangeRead(r, Found{At: p.now}, true)
	require.Equal(t, 1, p.Due())
	// One that begins earlier begins anew.
	p.Rescan("", p.now.Add(-time.Hour), p.now)
	r, _ = p.NextRange()
	require.True(t, r.After.At.IsZero())
	p.RangeRead(r, Found{}, true)
	require.Zero(t, p.Due())
}

func TestHurryLeavesNoDelay(t *testing.T) {
	p := newTestPending(limits)
	p.note(true, traceN("t", 1))
	p.Hurry()
	require.Len(t, p.take(), 1)
	p.Finish(traceN("t", 1), Corrected, p.now)
	require.Len(t, p.take(), 1)
}

func TestReplicasAreAskedTwice(t *testing.T) {
	l := limits
	l.Recheck = true
	p := newTestPending(l)
	a := traceN("t", 1)
	p.note(true, a)
	p.now = p.now.Add(time.Second)
	p.take()
	p.Finish(a, Settled, p.now)
	p.now = p.now.Add(5 * time.Second)
	require.Len(t, p.take(), 1)
	p.Finish(a, Settled, p.now)
	require.Zero(t, p.Remembered())
}

func TestPromptsThatLeadToEachOtherEnd(t *testing.T) {
	p := newTestPending(limits)
	l := Look{Trace: traceN("t", 1), First: 1, Last: 2}
	for n := 0; ; n++ {
		l.depth++
		p.Prompt(l, p.now)
		looks := p.Take(1, p.now)
		if len(looks) == 0 {
			require.Equal(t, maxDepth, n)
			break
		}
		p.Finish(l.Trace, Settled, p.now)
		l = looks[0]
	}
}

// Whatever happens in whatever order, the counts stay true and the bounds hold.
func TestPendingKeepsItsCounts(t *testing.T) {
	p := newTestPending(limits)
	active := map[Trace]bool{}
	for range 20_000 {
		tr := traceN([]string{"a", "b", "c"}[rand.IntN(3)], byte(rand.IntN(8)))
		switch rand.IntN(4) {
		case 0:
			p.note(true, tr)
		case 1:
			p.note(false, tr)
		case 2:
			for _, l := range p.Take(rand.IntN(3), p.now) {
				active[l.Trace] = true
			}
		case 3:
			for a := range active {
				p.Finish(a, Outcome(rand.IntN(4)), p.now)
				delete(active, a)
				break
			}
		}
		p.now = p.now.Add(time.Duration(rand.IntN(2000)) * time.Millisecond)
		due, open := 0, 0
		tenants := map[string]int{}
		for _, e := range p.traces {
			tenants[e.Tenant]++
			if e.opened != nil {
				open++
			} else {
				due++
			}
			require.Equal(t, active[e.Trace], e.place < 0)
		}
		require.Equal(t, due, p.unready)
		require.Equal(t, open, p.open.Len())
		require.LessOrEqual(t, len(p.traces), limits.Traces)
		for name, n := range tenants {
			require.LessOrEqual(t, n, limits.TenantTraces)
			require.Equal(t, n, p.tenants[name].n)
		}
		require.Len(t, p.tenants, len(tenants))
	}
}

func TestWindowsCoverEverythingWithFewRanges(t *testing.T) {
	require.Equal(t, []Window{{90, 220}}, Windows([]Look{{First: 150, Last: 200}, {First: 100, Last: 110}}, 10, 20))
	hour := int64(time.Hour)
	require.Equal(t, []Window{{0, 1}, {hour, hour + 1}}, Windows([]Look{{First: hour, Last: hour + 1}, {First: 0, Last: 1}}, 0, 0))
	var looks []Look
	for range 1000 {
		at := rand.Int64N(1000 * hour)
		looks = append(looks, Look{First: at, Last: at + rand.Int64N(hour)})
	}
	windows := Windows(looks, 0, 0)
	require.LessOrEqual(t, len(windows), maxWindows)
	for _, l := range looks {
		covered := false
		for _, w := range windows {
			covered = covered || w.First <= l.First && l.Last <= w.Last
		}
		require.True(t, covered)
	}
}

// A row is prepared before it is stored: what did not fit into memory may lie in a part of the range that was read without it.
func TestRangeIsReadAgainFromWhatCameInBetween(t *testing.T) {
	p := newTestPending(limits)
	start := p.now
	p.Rescan("t", start.Add(-time.Hour), start)
	r, _ := p.NextRange()
	p.RangeRead(r, Found{At: start.Add(-time.Minute)}, false)
	p.ranges.add("t", start.Add(-2*time.Minute), start)
	r, _ = p.NextRange()
	require.Equal(t, Found{At: start.Add(-2 * time.Minute)}, r.After)
	// And while it is being read.
	p.ranges.add("t", start.Add(-3*time.Minute), start)
	p.RangeRead(r, Found{At: start.Add(-time.Second)}, true)
	r, _ = p.NextRange()
	require.Equal(t, Found{At: start.Add(-3 * time.Minute)}, r.After)
}

// A trace that a look at another one led to is next in turn, and not lost for want of room.
func TestPromptedIsNextAndNeverLost(t *testing.T) {
	p := newTestPending(Limits{Traces: 1, TenantTraces: 1, Delay: time.Second, MaxAge: time.Minute})
	p.note(true, traceN("t", 1))
	p.now = p.now.Add(time.Minute)
	p.Prompt(Look{Trace: traceN("t", 2)}, p.now)
	require.Equal(t, traceN("t", 2), p.Take(1, p.now)[0].Trace)
	for n := range promptRoom {
		p.Prompt(Look{Trace: Trace{"t", pcommon.TraceID{1, byte(n >> 8), byte(n)}}, arrived: p.now}, p.now)
	}
	require.Equal(t, promptRoom+1, p.Remembered())
	for r := range p.ranges {
		require.Equal(t, Range{Tenant: "t", From: p.now, To: p.now}, *p.ranges[r])
	}
	require.Len(t, p.ranges, 1)
	_, room := p.NextRange()
	require.LessOrEqual(t, room, 0)
}

// Open traces of a tenant make room for its range, as they do for what comes in.
func TestOpenTracesDoNotBlockRanges(t *testing.T) {
	p := newTestPending(Limits{Traces: 10, TenantTraces: 1, Delay: time.Second, MaxAge: time.Minute})
	p.note(true, traceN("t", 1))
	p.now = p.now.Add(time.Second)
	require.Len(t, p.take(), 1)
	p.Finish(traceN("t", 1), Open, p.now)
	p.Rescan("t", p.now, p.now)
	_, room := p.NextRange()
	require.Equal(t, 1, room)
	require.True(t, p.Add(Look{Trace: traceN("t", 2)}, p.now))
	require.Equal(t, map[bool]int{true: 1}, p.evicted)
}
