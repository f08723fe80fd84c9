package foreign

import (
	"context"
	"errors"
	"slices"

	"github.com/watchllm/watchllm/internal/tenancy"
)

// emitMost is how many held spans are handed on at a time.
const emitMost = 1000

// leaving is a held span, or what is known of a trace, on its way out.
type leaving struct {
	span  *held
	about *about
	parts int // how many of its parts go with it
}

func (l leaving) from() sender {
	if l.span != nil {
		return l.span.from
	}
	return l.about.from
}

// emitHeld hands held spans on. Those that the pipeline does not take now stay.
func (a *Assembler) emitHeld(ctx context.Context, spans []*held, why Outcome) error {
	out := make([]leaving, 0, len(spans))
	for _, h := range spans {
		out = append(out, leaving{span: h})
	}
	return a.emit(ctx, out, why)
}

func (a *Assembler) emit(ctx context.Context, out []leaving, why Outcome) error {
	var errs []error
	for chunk := range slices.Chunk(out, emitMost) {
		for len(chunk) > 0 {
			same, rest := bySender(chunk)
			errs = append(errs, a.emitAs(ctx, same, why))
			chunk = rest
		}
	}
	return errors.Join(errs...)
}

// bySender splits off what came from the sender of the first.
func bySender(out []leaving) (same, rest []leaving) {
	first := out[0].from()
	for _, l := range out {
		if f := l.from(); f.tenant == first.tenant && sameIdentity(f.who, first.who) {
			same = append(same, l)
		} else {
			rest = append(rest, l)
		}
	}
	return same, rest
}

func sameIdentity(x, y *tenancy.Identity) bool {
	if x == nil || y == nil {
		return x == y
	}
	return x.Tenant == y.Tenant && x.Project == y.Project && x.KeyID == y.KeyID
}

// emitAs hands on what one sender sent, in that sender's name and not in that of the request which happens to be under way.
func (a *Assembler) emitAs(ctx context.Context, out []leaving, why Outcome) error {
	from := out[0].from()
	set := newSpanSet()
	a.mu.Lock()
	t := a.tenantOf(from.tenant)
	out = slices.DeleteFunc(out, func(l leaving) bool { return !l.begin(t) })
	for i := range out {
		l := &out[i]
		if h := l.span; h != nil {
			l.parts = len(h.parts)
			var known *Part
			if h.trace != nil {
				known = h.trace.tell().part
				h.trace.used = h.trace.used || known != nil
			}
			set.add(h.from.origin(), plain(h.parts), known, h.received)
		} else if !l.about.used {
			l.parts = len(l.about.parts)
			set.add(l.about.from.origin(), []Part{l.about.asSpan()}, nil, l.about.first)
		}
	}
	a.mu.Unlock()
	var err error
	if set.traces.SpanCount() > 0 {
		err = a.Emit(tenancy.WithAcknowledged(from.context(context.WithoutCancel(ctx))), set.traces)
	}
	a.mu.Lock()
	var done []heldPart
	for _, l := range out {
		done = append(done, a.end(t, l, err, why)...)
	}
	a.mu.Unlock()
	a.forget(ctx, done)
	return err
}

// begin marks what is about to leave; it is false when it has left or is leaving.
func (l leaving) begin(t *tenant) bool {
	if l.span == nil {
		return t.traces[l.about.key] == l.about
	}
	if t.spans[l.span.key] != l.span || l.span.emitting {
		return false
	}
	l.span.emitting = true
	return true
}

// end takes away what the pipeline has, and returns the parts that storage need not keep.
func (a *Assembler) end(t *tenant, l leaving, err error, why Outcome) []heldPart {
	if l.span == nil {
		if err != nil && !permanent(err) || t.traces[l.about.key] != l.about {
			return nil
		}
		for h := range l.about.spans {
			h.trace = nil
		}
		l.about.spans = nil
		a.dropAbout(t, l.about)
		return l.about.parts
	}
	h := l.span
	h.emitting = false
	switch {
	case err == nil:
		if why != "" {
			a.Count(h.from.vendor, why, 1)
		}
		if late := len(h.parts) - l.parts; late > 0 {
			a.Count(h.from.vendor, Late, late)
		}
	case permanent(err):
		a.Count(h.from.vendor, Failed, len(h.parts))
	default:
		h.due = a.Now().Add(retryWait)
		return nil
	}
	a.drop(t, h)
	hashes := make([]uint64, len(h.parts))
	for i := range h.parts {
		hashes[i] = h.parts[i].hash
	}
	a.gone.put(t.name, h.key, hashes, a.Now())
	return h.parts
}

// asSpan is the span that stands for a trace of which no span came.
func (ab *about) asSpan() Part {
	p := merge(ab.plain())
	out := p
	out.ID, out.Final, out.WholeTrace = p.TraceID, true, false
	attrs := NewPart().Attributes
	p.Attributes.CopyTo(attrs)
	overlay(attrs, p.RootOnly)
	out.Attributes = attrs
	return out
}
