package dedup

import (
	"sync"
	"time"
)

// Span is one span that asks to be stored.
type Span struct {
	ID    ID
	Print Print
	// Revision is the key's.
	Revision uint32
	// Start is when the span began, in nanoseconds.
	Start int64
	// Revisable is set on spans that have versions, also on the first: a row of it would take the place of a later one.
	Revisable bool
	// Index is the caller's own number for the span.
	Index int
}

// Attempt is a set of spans that is sent in one insert. Its set and token never change, because the
// server recognises a repetition by the token alone.
type Attempt struct {
	Token string
	Keys  []Key
	spans []Span
	// sent is when the insert was last sent; it decides when the server must be done with it.
	sent time.Time
}

// Claim is what a window says about the spans of one request.
type Claim struct {
	// Fresh are new here: the caller must store them and then say what became of it.
	Fresh []Span
	// Strange are Fresh otherwise, but not remembered although they may be stored, with a row that theirs would take the place of or stand
	// beside. The caller looks.
	Strange []Span
	// Again are attempts in doubt whose spans are all in this request: to be sent again as they were.
	// Spans holds this request's spans of each, in the attempt's order.
	Again []Again
	// Quiet are attempts in doubt that share only some spans with this request, and that the server
	// must be done with by now: to be settled by looking.
	Quiet []*Attempt
	// Busy are in the hands of another request.
	Busy []Span
	// Same and Changed count spans that are stored already, or come twice in the request; Superseded those of which a later version is
	// stored or in the request.
	Same, Changed, Superseded int
}

// Again is an attempt to repeat.
type Again struct {
	*Attempt
	Spans []Span
}

// Window is the memory of one exporter. All methods are safe for concurrent use.
type Window struct {
	quietAfter time.Duration
	now        func() time.Time

	mu      sync.Mutex
	stored  memory
	owned   map[ID]struct{}
	doubt   map[ID]doubtful
	changed chan struct{}
	// rekeyed is when rows got the key that they have now, in nanoseconds: rows from before do not collapse with one that is stored again.
	rekeyed int64
}

type doubtful struct {
	*Attempt
	index int
}

// is reports whether the span is the very version that is in doubt.
func (d doubtful) is(s Span) bool { return d.spans[d.index].Revision == s.Revision }

// room is where the attempt's spans that a request holds are gathered.
func (d doubtful) room(list []Span) []Span {
	if list == nil {
		list = make([]Span, len(d.spans))
	}
	return list
}

// NewWindow remembers up to size identities for up to age. An insert that was sent quietAfter ago is
// over, whatever became of it.
func NewWindow(size int, age, quietAfter time.Duration, now func() time.Time) *Window {
	return &Window{
		quietAfter: quietAfter,
		now:        now,
		stored:     memory{size: size, age: age, since: now()},
		owned:      map[ID]struct{}{},
		doubt:      map[ID]doubtful{},
		changed:    make(chan struct{}),
	}
}

// Claim sorts the spans of a request. Fresh and Again are the caller's until Stored, Released or Doubtful.
func (w *Window) Claim(spans []Span) Claim {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	w.stored.expire(now)
	var c Claim
	mine := make(map[ID]Print, len(spans))
	found := map[*Attempt][]Span{}
	newest := newestRevisions(spans)
	begun := begunIn(spans, newest)
	for _, s := range spans {
		p, revision, known := w.stored.get(s.ID)
		// What began at another time is another span, to which somebody gave the same ids: it has no row for a version to replace.
		if known && (revision >= s.Revision || p.elsewhere(s.Print)) {
			c.count(p, revision, s)
			continue
		}
		d, inDoubt := w.doubt[s.ID]
		if r := newest[s.ID]; s.Revision < r && !(inDoubt && d.is(s)) {
			c.Superseded++
			continue
		}
		if inDoubt && !d.is(s) {
			// The version in doubt may still be on its way: a later one must not be overtaken by it.
			found[d.Attempt] = d.room(found[d.Attempt])
			c.Busy = append(c.Busy, s)
			continue
		}
		if p, ok := mine[s.ID]; ok { // the same version, as the others are sorted out by now
			c.count(p, s.Revision, s)
			continue
		}
		mine[s.ID] = s.Print
		if inDoubt {
			found[d.Attempt] = d.room(found[d.Attempt])
			found[d.Attempt][d.index] = s
			continue
		}
		if _, ok := w.owned[s.ID]; ok {
			c.Busy = append(c.Busy, s)
			continue
		}
		w.owned[s.ID] = struct{}{}
		if !known && w.mayBeStored(s, begun[s.ID]) {
			c.Strange = append(c.Strange, s)
		} else {
			c.Fresh = append(c.Fresh, s)
		}
	}
	for a, list := range found {
		w.claimAttempt(&c, a, list, now)
	}
	return c
}

// mayBeStored reports whether a span that is not remembered must be looked for before it is stored.
func (w *Window) mayBeStored(s Span, begun bool) bool {
	return s.Revision > 0 && !begun || s.Start < w.rekeyed || s.Revisable && s.Start < w.stored.since.UnixNano()
}

func (w *Window) claimAttempt(c *Claim, a *Attempt, list []Span, now time.Time) {
	whole := true
	for _, s := range list {
		whole = whole && s.ID != ID{}
	}
	if whole {
		for _, s := range list {
			delete(w.doubt, s.ID)
			w.owned[s.ID] = struct{}{}
		}
		c.Again = append(c.Again, Again{a, list})
		return
	}
	for _, s := range list {
		if s.ID != (ID{}) {
			c.Busy = append(c.Busy, s)
		}
	}
	if now.Sub(a.sent) >= w.quietAfter {
		c.Quiet = append(c.Quiet, a)
	}
}

func (c *Claim) count(known Print, revision uint32, s Span) {
	switch {
	case s.Revision < revision:
		c.Superseded++
	case known != 0 && s.Print != 0 && known != s.Print:
		c.Changed++
	default:
		c.Same++
	}
}

// newestRevisions finds the latest version of each span of which the request holds another than the first; nil for most requests.
func newestRevisions(spans []Span) map[ID]uint32 {
	var newest map[ID]uint32
	for _, s := range spans {
		if s.Revision > newest[s.ID] {
			if newest == nil {
				newest = map[ID]uint32{}
			}
			newest[s.ID] = s.Revision
		}
	}
	return newest
}

// begunIn finds the spans of which the request holds the first version beside later ones.
func begunIn(spans []Span, newest map[ID]uint32) map[ID]bool {
	if newest == nil {
		return nil
	}
	begun := map[ID]bool{}
	for _, s := range spans {
		if s.Revision == 0 && newest[s.ID] > 0 {
			begun[s.ID] = true
		}
	}
	return begun
}

// Sent notes that the attempt's insert is being sent now.
func (w *Window) Sent(a *Attempt, spans []Span) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a.spans, a.sent = spans, w.now()
}

// Stored says that the spans are in the store.
func (w *Window) Stored(spans []Span) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	for _, s := range spans {
		delete(w.owned, s.ID)
		w.stored.put(s.ID, s.Print, s.Revision, now)
	}
	w.wake()
}

// Released says that the spans are not in the store and not on the way there.
func (w *Window) Released(spans []Span) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range spans {
		delete(w.owned, s.ID)
	}
	w.wake()
}

// Doubtful says that nobody knows whether the attempt's spans were stored.
func (w *Window) Doubtful(a *Attempt) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, s := range a.spans {
		delete(w.owned, s.ID)
		w.doubt[s.ID] = doubtful{a, i}
	}
	w.wake()
}

// Settle ends the doubt about a quiet attempt: isStored tells which of its spans were found.
func (w *Window) Settle(a *Attempt, isStored func(ID) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	for _, s := range a.spans {
		if d, ok := w.doubt[s.ID]; !ok || d.Attempt != a {
			continue // somebody else claimed the attempt meanwhile
		}
		delete(w.doubt, s.ID)
		if isStored(s.ID) {
			w.stored.put(s.ID, s.Print, s.Revision, now)
		}
	}
	w.wake()
}

// Begin says that what was stored since then is about to be remembered, and since when rows have the key that they have now.
func (w *Window) Begin(since, rekeyed time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stored.since = since
	if !rekeyed.IsZero() {
		w.rekeyed = rekeyed.UnixNano()
	}
}

// Forgot says that not all of what was stored before then could be remembered.
func (w *Window) Forgot(before time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stored.forgotten(before)
}

// Remember adds an identity that was read from the store.
func (w *Window) Remember(id ID, p Print, revision uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stored.put(id, p, revision, w.now())
}

// Hold keeps later versions of spans out while something else writes rows of them, and returns which of the ids it holds: those that no
// request has in its hands, and that are not in doubt. Free ends it.
func (w *Window) Hold(ids []ID) []bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	held := make([]bool, len(ids))
	for i, id := range ids {
		_, owned := w.owned[id]
		_, inDoubt := w.doubt[id]
		if held[i] = !owned && !inDoubt; held[i] {
			w.owned[id] = struct{}{}
		}
	}
	return held
}

// Free ends a hold.
func (w *Window) Free(ids []ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range ids {
		delete(w.owned, id)
	}
	w.wake()
}

// Changed returns a channel that is closed when a claim, after this call, may find something else.
func (w *Window) Changed() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.changed
}

func (w *Window) wake() {
	close(w.changed)
	w.changed = make(chan struct{})
}

// Stats are sizes for metrics.
type Stats struct{ Stored, Doubtful int }

// Stats returns how many identities the window holds.
func (w *Window) Stats() Stats {
	w.mu.Lock()
	defer w.mu.Unlock()
	return Stats{Stored: w.stored.len(), Doubtful: len(w.doubt)}
}
