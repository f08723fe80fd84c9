package dedup

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func id(n int) ID {
	var out ID
	binary.BigEndian.PutUint64(out[:], uint64(n)+1)
	return out
}

func spans(numbers ...int) []Span {
	out := make([]Span, len(numbers))
	for i, n := range numbers {
		out[i] = Span{ID: id(n), Print: Print(n + 1), Index: i}
	}
	return out
}

func ids(list []Span) []ID {
	var out []ID
	for _, s := range list {
		out = append(out, s.ID)
	}
	return out
}

type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func newTest(size int, age time.Duration) (*Window, *clock) {
	c := &clock{time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
	return NewWindow(size, age, time.Minute, c.now), c
}

func TestStoredSpansAreNotClaimedAgain(t *testing.T) {
	w, _ := newTest(100, time.Hour)
	c := w.Claim(spans(1, 2, 1))
	require.Equal(t, ids(spans(1, 2)), ids(c.Fresh))
	require.Equal(t, 1, c.Same, "a span that comes twice in one request")
	w.Stored(c.Fresh)
	c = w.Claim(spans(2, 3))
	require.Equal(t, ids(spans(3)), ids(c.Fresh))
	require.Equal(t, 1, c.Same)
	require.Zero(t, c.Changed)
	c = w.Claim([]Span{{ID: id(1), Print: 99}})
	require.Equal(t, 1, c.Changed)
}

func TestUnknownPrintsAreNoChange(t *testing.T) {
	w, _ := newTest(100, time.Hour)
	w.Remember(id(1), 0, 0)
	c := w.Claim(spans(1))
	require.Equal(t, 1, c.Same)
	require.Zero(t, c.Changed)
}

func TestOwnedSpansAreBusyUntilReleased(t *testing.T) {
	w, _ := newTest(100, time.Hour)
	first := w.Claim(spans(1, 2))
	changed := w.Changed()
	second := w.Claim(spans(2, 3))
	require.Equal(t, ids(spans(2)), ids(second.Busy))
	require.Equal(t, ids(spans(3)), ids(second.Fresh))
	w.Released(first.Fresh)
	<-changed
	third := w.Claim(spans(2))
	require.Equal(t, ids(spans(2)), ids(third.Fresh))
}

func TestDoubtfulAttemptIsRepeatedWholeAndInOrder(t *testing.T) {
	w, _ := newTest(100, time.Hour)
	c := w.Claim(spans(1, 2, 3))
	a := &Attempt{Token: "t"}
	w.Sent(a, c.Fresh)
	w.Doubtful(a)
	require.Equal(t, Stats{Doubtful: 3}, w.Stats())

	// The same spans come back in another order, among others.
	c = w.Claim(spans(9, 3, 1, 2))
	require.Len(t, c.Again, 1)
	require.Equal(t, ids(spans(1, 2, 3)), ids(c.Again[0].Spans))
	require.Equal(t, []int{2, 3, 1}, []int{c.Again[0].Spans[0].Index, c.Again[0].Spans[1].Index, c.Again[0].Spans[2].Index})
	require.Equal(t, ids(spans(9)), ids(c.Fresh))
	// While it is repeated it is busy for everybody else.
	require.Equal(t, ids(spans(1)), ids(w.Claim(spans(1)).Busy))
	w.Stored(c.Again[0].Spans)
	require.Equal(t, Stats{Stored: 3}, w.Stats())
}

func TestPartOfADoubtfulAttemptWaitsUntilItIsQuiet(t *testing.T) {
	w, now := newTest(100, time.Hour)
	c := w.Claim(spans(1, 2, 3))
	a := &Attempt{Token: "t"}
	w.Sent(a, c.Fresh)
	w.Doubtful(a)
	c = w.Claim(spans(2, 5))
	require.Equal(t, ids(spans(2)), ids(c.Busy))
	require.Empty(t, c.Quiet)
	w.Released(c.Fresh)

	now.Time = now.Add(2 * time.Minute)
	c = w.Claim(spans(2))
	require.Equal(t, []*Attempt{a}, c.Quiet)
	w.Settle(a, func(i ID) bool { return i == id(1) })
	require.Equal(t, Stats{Stored: 1}, w.Stats())
	c = w.Claim(spans(1, 2, 3))
	require.Equal(t, ids(spans(2, 3)), ids(c.Fresh))
	require.Equal(t, 1, c.Same)
}

func TestSettleLeavesWhatWasClaimedMeanwhile(t *testing.T) {
	w, _ := newTest(100, time.Hour)
	c := w.Claim(spans(1))
	a := &Attempt{}
	w.Sent(a, c.Fresh)
	w.Doubtful(a)
	c = w.Claim(spans(1))
	require.Len(t, c.Again, 1)
	w.Settle(a, func(ID) bool { return true })
	require.Equal(t, ids(spans(1)), ids(w.Claim(spans(1)).Busy))
}

func TestWindowIsBoundedBySizeAndAge(t *testing.T) {
	w, now := newTest(100, time.Hour)
	for n := range 1000 {
		w.Stored(w.Claim(spans(n)).Fresh)
		require.LessOrEqual(t, w.Stats().Stored, 100)
	}
	require.GreaterOrEqual(t, w.Stats().Stored, 75)
	require.Equal(t, 75, w.Claim(spans(numbers(925, 1000)...)).Same, "the newest three quarters are there")
	now.Time = now.Add(46 * time.Minute)
	require.Equal(t, 1, w.Claim(spans(999)).Same)
	now.Time = now.Add(time.Hour)
	require.Empty(t, w.Claim(spans(999)).Same)
	require.Zero(t, w.Stats().Stored)
}

func numbers(from, to int) []int {
	var out []int
	for n := from; n < to; n++ {
		out = append(out, n)
	}
	return out
}

func TestNoWindow(t *testing.T) {
	w, _ := newTest(0, time.Hour)
	w.Stored(w.Claim(spans(1)).Fresh)
	require.Len(t, w.Claim(spans(1)).Fresh, 1)
}

func TestHasher(t *testing.T) {
	h := NewHasher()
	k := Key{Tenant: "a", Trace: [16]byte{1}, Span: [8]byte{2}}
	require.Equal(t, h.ID(k), h.ID(Key{Tenant: "a", Trace: k.Trace, Span: k.Span, Start: 7}), "the start is not part of the identity")
	for _, other := range []Key{{Tenant: "b", Trace: k.Trace, Span: k.Span}, {Tenant: "a", Trace: k.Trace}, {Tenant: "a", Span: k.Span}, {Tenant: "a", Project: "p", Trace: k.Trace, Span: k.Span}, {Project: "a", Trace: k.Trace, Span: k.Span}} {
		require.NotEqual(t, h.ID(k), h.ID(other))
	}
	require.NotEqual(t, h.ID(k), NewHasher().ID(k))
	require.NotZero(t, h.Print(0, 0, 0, ""))
	require.NotEqual(t, h.Print(1, 2, 0, "x"), h.Print(1, 2, 1, "x"))
}

func BenchmarkClaim(b *testing.B) {
	w, _ := newTest(500_000, time.Hour)
	h := NewHasher()
	list := make([]Span, 1000)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		for i := range list {
			var k Key
			k.Tenant = "tenant"
			binary.BigEndian.PutUint64(k.Span[:], uint64(n*1000+i))
			list[i] = Span{ID: h.ID(k), Index: i}
		}
		w.Stored(w.Claim(list).Fresh)
	}
}

func version(n int, revision uint32) Span {
	return Span{ID: id(n), Print: Print(revision + 1), Revision: revision, Index: n}
}

func TestLaterVersions(t *testing.T) {
	w, _ := newTest(100, time.Hour)
	c := w.Claim([]Span{version(1, 2), version(1, 0), version(1, 1), version(1, 2), version(2, 0)})
	require.Equal(t, []Span{version(1, 2), version(2, 0)}, c.Fresh, "of several the last")
	require.Equal(t, 2, c.Superseded)
	require.Equal(t, 1, c.Same)
	w.Stored(c.Fresh)

	c = w.Claim([]Span{version(1, 1), version(1, 3), version(2, 0), version(3, 1)})
	require.Equal(t, []Span{version(1, 3)}, c.Fresh)
	require.Equal(t, []Span{version(3, 1)}, c.Strange, "its first version is not known here")
	require.Equal(t, 1, c.Superseded)
	require.Equal(t, 1, c.Same)
	require.Equal(t, []Span{version(1, 4)}, w.Claim([]Span{version(1, 4)}).Busy, "the third is on its way")
	w.Released(c.Strange)
	w.Stored(c.Fresh)
	w.Remember(id(1), 9, 1)
	require.Equal(t, 1, w.Claim([]Span{version(1, 2)}).Superseded, "an older row that is read back changes nothing")
}

func TestLaterVersionsWaitForOneInDoubt(t *testing.T) {
	for _, both := range [][]Span{{version(1, 1), version(1, 2)}, {version(1, 2), version(1, 1)}} {
		w, clock := newTest(100, time.Hour)
		w.Remember(id(1), 1, 0)
		first := w.Claim([]Span{version(1, 1)})
		a := &Attempt{Token: "a"}
		w.Sent(a, first.Fresh)
		w.Doubtful(a)
		c := w.Claim([]Span{version(1, 2)})
		require.Equal(t, []Span{version(1, 2)}, c.Busy)
		require.Empty(t, c.Quiet)

		c = w.Claim(both)
		require.Len(t, c.Again, 1, "the very version is repeated")
		require.Equal(t, []Span{version(1, 1)}, c.Again[0].Spans)
		require.Equal(t, []Span{version(1, 2)}, c.Busy)
		w.Doubtful(a)

		// Or the doubt ends by looking, if it never comes back.
		clock.Time = clock.Add(2 * time.Minute)
		c = w.Claim([]Span{version(1, 2)})
		require.Equal(t, []*Attempt{a}, c.Quiet)
		w.Settle(a, func(ID) bool { return true })
		require.Equal(t, []Span{version(1, 2)}, w.Claim(c.Busy).Fresh)
	}
}

func TestHeldSpansAreBusy(t *testing.T) {
	w, _ := newTest(100, time.Hour)
	w.Remember(id(1), 1, 0)
	mine := w.Claim([]Span{version(2, 0)}).Fresh
	require.Equal(t, []bool{true, false}, w.Hold([]ID{id(1), id(2)}))
	require.Len(t, w.Claim([]Span{version(1, 1)}).Busy, 1)
	w.Free([]ID{id(1)})
	require.Len(t, w.Claim([]Span{version(1, 1)}).Fresh, 1)
	w.Stored(mine)
}

func TestWhatMayBeStoredIsLookedFor(t *testing.T) {
	w, clock := newTest(8, time.Hour)
	ago := func(d time.Duration) int64 { return clock.Add(-d).UnixNano() }
	first := func(n int, start int64) Span { return Span{ID: id(n), Start: start, Revisable: true} }
	strange := func(s Span) bool {
		c := w.Claim([]Span{s})
		require.Equal(t, 1, len(c.Fresh)+len(c.Strange))
		w.Released([]Span{s})
		return len(c.Strange) > 0
	}
	require.True(t, strange(first(1, ago(time.Second))), "nothing was read back yet")
	w.Begin(clock.Add(-time.Hour), time.Time{})
	require.False(t, strange(first(1, ago(time.Minute))), "it would be remembered")
	require.True(t, strange(first(1, ago(2*time.Hour))), "a later version may be stored")
	require.False(t, strange(Span{ID: id(1), Start: ago(2 * time.Hour)}), "a row of it replaces one that is the same")
	w.Forgot(clock.Add(-30 * time.Minute))
	require.True(t, strange(first(1, ago(31*time.Minute))))
	require.False(t, strange(first(1, ago(29*time.Minute))))

	for n := range 10 { // a quarter is dropped at a time
		clock.Time = clock.Add(time.Second)
		w.Stored([]Span{first(100+n, ago(0))})
	}
	require.False(t, strange(first(1, ago(7*time.Second))))
	require.True(t, strange(first(1, ago(8*time.Second))), "what was stored then is forgotten")
	clock.Time = clock.Add(2 * time.Hour)
	require.True(t, strange(first(1, ago(time.Second))), "all is forgotten")

	w.Begin(clock.Add(-24*time.Hour), clock.Add(-time.Hour))
	require.False(t, strange(Span{ID: id(1), Start: ago(time.Minute)}))
	require.True(t, strange(Span{ID: id(1), Start: ago(2 * time.Hour)}), "its row may have a key of the old kind")
	later := Span{ID: id(1), Start: ago(2 * time.Hour), Revision: 1, Revisable: true}
	c := w.Claim([]Span{first(1, ago(2*time.Hour)), later})
	require.Equal(t, []Span{later}, c.Strange, "also with its first version beside it")

	none, clock := newTest(0, time.Hour)
	clock.Time = clock.Add(time.Minute)
	none.Stored([]Span{first(1, ago(0))})
	require.Len(t, none.Claim([]Span{first(1, ago(time.Second))}).Strange, 1, "nothing is ever remembered")
}

// Two senders gave their spans the same ids. A version of the one has no row to take the place of, and must not stand beside the other.
func TestVersionsOfAnotherSpan(t *testing.T) {
	w, _ := newTest(100, time.Hour)
	h := NewHasher()
	of := func(start, end int64, revision uint32) Span {
		return Span{ID: id(1), Print: h.Print(start, end, 0, "chat"), Revision: revision}
	}
	w.Stored(w.Claim([]Span{of(5, 9, 0)}).Fresh)
	require.Equal(t, 1, w.Claim([]Span{of(6, 9, 1)}).Changed)
	require.Len(t, w.Claim([]Span{of(5, 10, 1)}).Fresh, 1)
}
