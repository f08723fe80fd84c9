package late

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// maxParts bounds what an event is made of: all of it is read again with each part that comes.
const maxParts = 100

// Origin is what events of one request have in common.
type Origin struct {
	Resource pcommon.Map
	Now      time.Time
	Stamp    event.Stamp
}

// Event is one that was taken, and what completed it since. Its methods are safe for concurrent use.
type Event struct {
	ID     string
	Origin *Origin
	// Place is the span's, once it has been handed on; a part that moves it is rejected.
	Place  event.Place
	placed bool
	// generated is set when the sender gave no id.
	generated bool
	base      []byte

	mu       sync.Mutex
	parts    []*part
	revision int64

	// in and size belong to Held.
	in   *batch
	size int
}

// part completes an event. It counts as taken once what it made was handed on.
type part struct {
	event.Part
	// below is set for what other events say of this one: it fills what the event itself leaves open.
	below bool
	taken bool
}

// Kind is what a change comes from.
type Kind uint8

// Kinds.
const (
	// Fields are those of an event with `op: merge`.
	Fields Kind = iota
	// TokenUsage is that of a usage event which names this one.
	TokenUsage
	// Error is that of an error event which names this one.
	Error
)

// Change is what completes an event.
type Change struct {
	event.Part
	Kind Kind
	// Type is what a merge calls the event, or empty.
	Type string
}

// Result is what became of a change.
type Result uint8

// Results.
const (
	Applied Result = iota
	// Repeated changes are part of the event already.
	Repeated
	// Rejected changes do not fit the event.
	Rejected
)

func (r Result) String() string { return [...]string{"applied", "repeated", "rejected"}[r] }

// Outcome is the result of a change, with the reason if it was rejected.
type Outcome struct {
	Result
	Rejection *event.Rejection
}

// Read reads the JSON of an event of the contract.
type Read func(text []byte) (*event.Record, *event.Rejection)

// NewEvent is an event that came in the request at hand.
func NewEvent(id string, source []byte) *Event { return &Event{ID: id, base: source} }

// Revision is a version of an event that changes made. Commit or Abort ends it.
type Revision struct {
	// Record is the whole event; nil if no change was applied.
	Record   *event.Record
	Outcomes []Outcome

	event *Event
	parts []*part
}

// Apply completes the event by the changes that fit it, in whatever order they came: by sequence number, then by arrival, the last
// value of a field counts.
func (e *Event) Apply(read Read, changes []Change) Revision {
	e.mu.Lock()
	defer e.mu.Unlock()
	rev := Revision{event: e, Outcomes: make([]Outcome, len(changes))}
	var wanted []*part
	var of []int
	for i, c := range changes {
		p := &part{Part: event.Part{Seq: c.Seq, Text: bytes.Clone(c.Text)}, below: c.Kind != Fields}
		known := func(other *part) bool {
			return other.Seq == p.Seq && other.below == p.below && bytes.Equal(other.Text, p.Text)
		}
		switch {
		case slices.ContainsFunc(e.parts, func(o *part) bool { return o.taken && known(o) }) || slices.ContainsFunc(wanted, known):
			rev.Outcomes[i].Result = Repeated
		case len(e.parts)+len(wanted) >= maxParts:
			rev.Outcomes[i] = rejected(event.CodeTooLarge, "op", fmt.Sprintf("completes an event that is made of %d parts already; send more at once", maxParts))
		default:
			wanted, of = append(wanted, p), append(of, i)
		}
	}
	if len(wanted) == 0 {
		return rev
	}
	r := e.reading(read)
	if len(wanted) > 1 && !slices.ContainsFunc(of, func(i int) bool { return changes[i].Kind != Fields }) {
		if rec, rej := r.with(changes[of[0]].Type, wanted...); rej == nil && sameTypes(changes, of) {
			return e.accept(rev, rec, wanted)
		}
	}
	var rec *event.Record
	var fit []*part
	for k, p := range wanted {
		c := &changes[of[k]]
		if c.Kind != Fields && r.says(c.Kind, fit) {
			rev.Outcomes[of[k]].Result = Repeated
			continue
		}
		next, rej := r.with(c.Type, append(slices.Clone(fit), p)...)
		if rej == nil && c.Kind == TokenUsage && next.Usage == nil {
			rej = &event.Rejection{Code: event.CodeUsageNotAllowed, Field: "usage", Message: "belongs to an event that has none"}
		}
		if rej != nil {
			rev.Outcomes[of[k]] = Outcome{Rejected, rej}
			continue
		}
		rec, fit = next, append(fit, p)
	}
	if rec == nil {
		return rev
	}
	return e.accept(rev, rec, fit)
}

func sameTypes(changes []Change, of []int) bool {
	return !slices.ContainsFunc(of, func(i int) bool { return changes[i].Type != changes[of[0]].Type })
}

func rejected(code, field, message string) Outcome {
	return Outcome{Rejected, &event.Rejection{Code: code, Field: field, Message: message}}
}

// accept counts a revision. Its number is never used again, also if it does not get through: a part of the pipeline may have it.
func (e *Event) accept(rev Revision, rec *event.Record, parts []*part) Revision {
	e.parts = append(e.parts, parts...)
	rev.Record, rev.parts = rec, parts
	if e.placed {
		e.revision++
		rec.Revision, rec.Place = e.revision, e.Place
	}
	rec.ID, rec.IDGenerated = e.ID, e.generated
	return rev
}

// Commit says that the revision was handed on: its parts, sent again, are repeats.
func (r *Revision) Commit() {
	r.event.mu.Lock()
	defer r.event.mu.Unlock()
	for _, p := range r.parts {
		p.taken = true
	}
}

// Abort says that it was not.
func (r *Revision) Abort() {
	r.event.mu.Lock()
	defer r.event.mu.Unlock()
	r.event.parts = slices.DeleteFunc(r.event.parts, func(p *part) bool { return slices.Contains(r.parts, p) })
}

// Bytes is how much text the event is made of, all of which is read again to complete it.
func (e *Event) Bytes() int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := len(e.base)
	for _, p := range e.parts {
		n += len(p.Text)
	}
	return int64(n)
}

// Revised reports whether the event was completed after it had been handed on.
func (e *Event) Revised() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.revision > 0
}

// Taken are the parts that completed the event.
func (e *Event) Taken() []event.Part {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := make([]event.Part, len(e.parts))
	for i, p := range e.parts {
		out[i] = p.Part
	}
	return out
}

// reading is the event with the parts it has, about to be read with others.
type reading struct {
	e    *Event
	read Read
	base jsontree.Value
	err  error
}

func (e *Event) reading(read Read) *reading {
	r := &reading{e: e, read: read}
	r.base, r.err = jsontree.Parse(e.base, jsontree.DefaultLimits)
	return r
}

// with reads the event with more parts.
func (r *reading) with(typ string, more ...*part) (*event.Record, *event.Rejection) {
	if r.err != nil { // it was read before
		return nil, &event.Rejection{Code: event.CodeSyntax, Message: r.err.Error()}
	}
	if is := r.base.Get("type").Text(); typ != "" && typ != is {
		return nil, &event.Rejection{
			Code: event.CodeInvalidValue, Field: "type", Message: fmt.Sprintf("is %q, but the event it completes is %q; leave it out or send the same", typ, is),
		}
	}
	all := slices.Concat(r.e.parts, more)
	slices.SortStableFunc(all, func(a, b *part) int {
		if a.below != b.below {
			return cmp.Compare(order(b.below), order(a.below))
		}
		return cmp.Compare(a.Seq, b.Seq)
	})
	values := make([]jsontree.Value, 0, len(all)+1)
	base := -1
	for _, p := range all {
		if !p.below && base < 0 {
			base = len(values)
			values = append(values, r.base)
		}
		v, err := jsontree.Parse(p.Text, jsontree.DefaultLimits)
		if err != nil {
			return nil, &event.Rejection{Code: event.CodeSyntax, Message: err.Error()}
		}
		values = append(values, v)
	}
	if base < 0 {
		base = len(values)
		values = append(values, r.base)
	}
	rec, rej := r.read(compose(values, base))
	if rej != nil || !r.e.placed {
		return rec, rej
	}
	if moved := rec.MovedFrom(&r.e.Place); moved != "" {
		return nil, &event.Rejection{
			Code: event.CodeInvalidValue, Field: moved,
			Message: "differs from that of the event, which was taken without it and is found by it; leave it out",
		}
	}
	return rec, nil
}

func order(b bool) int {
	if b {
		return 1
	}
	return 0
}

// says reports whether the event has what another event says of it: its usage or its status.
func (r *reading) says(kind Kind, fit []*part) bool {
	rec, rej := r.with("", fit...)
	if rej != nil {
		return false
	}
	if kind == TokenUsage {
		return rec.Usage != nil
	}
	return rec.Status != ptrace.StatusCodeUnset
}
