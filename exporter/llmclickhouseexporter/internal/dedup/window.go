package dedup

import (
	"sync"
	"time"
)

// Span is one span that asks to be stored.
type Span struct {
	ID    ID
	Print Print
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
	// Again are attempts in doubt whose spans are all in this request: to be sent again as they were.
	// Spans holds this request's spans of each, in the attempt's order.
	Again []Again
	// Quiet are attempts in doubt that share only some spans with this request, and that the server
	// must be done with by now: to be settled by looking.
	Quiet []*Attempt
	// Busy are in the hands of another request.
	Busy []Span
	// Same and Changed count spans that are stored already, or come twice in the request.
	Same, Changed int
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
}

type doubtful struct {
	*Attempt
	index int
}

// NewWindow remembers up to size identities for up to age. An insert that was sent quietAfter ago is
// over, whatever became of it.
func NewWindow(size int, age, quietAfter time.Duration, now func() time.Time) *Window {
	return &Window{
		quietAfter: quietAfter,
		now:        now,
		stored:     memory{size: size, age: age},
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
	for _, s := range spans {
		if p, ok := mine[s.ID]; ok {
			c.count(p, s.Print)
			continue
		}
		if p, ok := w.stored.get(s.ID); ok {
			c.count(p, s.Print)
			continue
		}
		mine[s.ID] = s.Print
		if d, ok := w.doubt[s.ID]; ok {
			if found[d.Attempt] == nil {
				found[d.Attempt] = make([]Span, len(d.spans))
			}
			found[d.Attempt][d.index] = s
			continue
		}
		if _, ok := w.owned[s.ID]; ok {
			c.Busy = append(c.Busy, s)
			continue
		}
		w.owned[s.ID] = struct{}{}
		c.Fresh = append(c.Fresh, s)
	}
	for a, list := range found {
		w.claimAttempt(&c, a, list, now)
	}
	return c
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

func (c *Claim) count(known, p Print) {
	if known != 0 && p != 0 && known != p {
		c.Changed++
		return
	}
	c.Same++
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
		w.stored.put(s.ID, s.Print, now)
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
			w.stored.put(s.ID, s.Print, now)
		}
	}
	w.wake()
}

// Remember adds an identity that was read from the store.
func (w *Window) Remember(id ID, p Print) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stored.put(id, p, w.now())
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
