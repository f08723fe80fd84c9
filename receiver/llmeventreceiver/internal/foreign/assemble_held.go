package foreign

import (
	"container/list"
	"context"
	"slices"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// tenant is everything held for one tenant.
type tenant struct {
	name   string
	spans  map[string]*held  // by their key
	traces map[string]*about // by the key of the trace's id
	order  *list.List        // of *held and *about, the oldest first
	bytes  int64
}

// heldPart is one part with what it takes to find it again.
type heldPart struct {
	Part
	hash  uint64
	bytes int64
	slot  string // its name in storage
}

// held is a span that is not complete.
type held struct {
	from     sender
	key      string
	trace    *about // nil for a span without a trace
	parts    []heldPart
	received time.Time // when the first part came
	due      time.Time
	emitting bool
	place    *list.Element
}

// about is what is known of a trace, and which held spans are of it.
type about struct {
	from    sender
	key     string
	parts   []heldPart
	known   *told // merged from the parts when first asked for
	spans   map[*held]struct{}
	used    bool // some span has got what is known
	touched time.Time
	first   time.Time
	place   *list.Element
}

func (a *Assembler) tenantOf(name string) *tenant {
	t := a.tenants[name]
	if t == nil {
		t = &tenant{name: name, spans: map[string]*held{}, traces: map[string]*about{}, order: list.New()}
		a.tenants[name] = t
	}
	return t
}

// told is what a trace has said of itself, and whether that is what its spans wait for.
type told struct {
	part   *Part // nil while nothing is known
	enough bool
}

// told is what is known of a trace from this request and earlier ones.
func (t *tenant) told(from sender, id string, request []Part) told {
	if id == "" {
		return told{enough: true}
	}
	ab := t.traces[from.key(id)]
	switch {
	case ab == nil || len(ab.parts) == 0:
		return tell(request[:min(len(request), maxParts)])
	case len(request) == 0:
		ab.used = true
		return ab.tell()
	}
	ab.used = true
	all := append(ab.plain(), request...)
	return tell(all[:min(len(all), maxParts)])
}

// tell merges what was said of a trace, once for all of its spans.
func tell(about []Part) told {
	if len(about) == 0 {
		return told{}
	}
	p := merge(about)
	return told{&p, slices.ContainsFunc(about, func(p Part) bool { return !p.Closes })}
}

func (ab *about) tell() told {
	if ab.known == nil {
		known := tell(ab.plain())
		ab.known = &known
	}
	return *ab.known
}

func traceOf(parts []Part) string {
	for i := range parts {
		if parts[i].TraceID != "" {
			return parts[i].TraceID
		}
	}
	return ""
}

func (ab *about) plain() []Part { return plain(ab.parts) }

func plain(parts []heldPart) []Part {
	out := make([]Part, len(parts))
	for i := range parts {
		out[i] = parts[i].Part
	}
	return out
}

// hold puts parts away and returns the held spans that are complete now.
func (a *Assembler) hold(ctx context.Context, from sender, parts []Part, received time.Time) (ready []*held, err error) {
	if len(parts) == 0 {
		return nil, nil
	}
	in := make([]heldPart, 0, len(parts))
	var ops []*storage.Operation
	var need int64
	for i := range parts {
		body, err := content(&parts[i])
		if err != nil {
			return nil, err
		}
		in = append(in, heldPart{Part: parts[i], hash: a.hashOf(&parts[i], body), bytes: heldSize(&parts[i], body)})
		need += in[i].bytes
		if a.Storage == nil {
			continue
		}
		data, err := encodePart(from.vendor, from.who, &parts[i], body, received)
		if err != nil {
			return nil, err
		}
		in[i].slot = a.nextSlot()
		ops = append(ops, storage.SetOperation(in[i].slot, data))
	}
	if err := a.makeRoom(ctx, from.tenant, need); err != nil {
		return nil, err
	}
	if len(ops) > 0 {
		if err := a.Storage.Batch(ctx, ops...); err != nil {
			return nil, err
		}
	}
	a.mu.Lock()
	ready, useless := a.put(from, in, received)
	a.mu.Unlock()
	a.forget(ctx, useless)
	// One request may be more than all that may be held, and others come at the same time. What cannot leave now is kept: it is stored,
	// and the next request is told that there is no room.
	_ = a.makeRoom(ctx, from.tenant, 0)
	return ready, nil
}

// What a held part, and each of its attributes, costs beside its content.
const (
	heldOverhead      = 512
	attributeOverhead = 96
)

func heldSize(p *Part, body []byte) int64 {
	return int64(len(body)) + heldOverhead + attributeOverhead*int64(p.Attributes.Len()+p.Resource.Len()+p.RootOnly.Len())
}

func (a *Assembler) nextSlot() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.serial++
	return strconv.FormatUint(a.serial, 36)
}

// put adds parts to what is held. useless ones repeat others or come too late.
func (a *Assembler) put(from sender, in []heldPart, received time.Time) (ready []*held, useless []heldPart) {
	t := a.tenantOf(from.tenant)
	changed, spoken := map[*held]struct{}{}, map[*about]struct{}{}
	for _, p := range in {
		if p.WholeTrace {
			ab := a.aboutOf(t, from, p.TraceID, received)
			if len(ab.parts) >= maxParts {
				a.Count(from.vendor, Late, 1)
				useless = append(useless, p)
				continue
			}
			if !a.add(t, from, &ab.parts, p) {
				useless = append(useless, p)
				continue
			}
			ab.touched, ab.known = received, nil
			spoken[ab] = struct{}{}
			continue
		}
		k := from.key(p.ID)
		h := t.spans[k]
		if h == nil {
			if hashes, seen := a.gone.get(t.name, k); seen {
				a.countGone(from.vendor, []Part{p.Part}, hashes)
				useless = append(useless, p)
				continue
			}
			h = &held{from: from, key: k, received: received}
			h.place = t.order.PushBack(h)
			t.spans[k] = h
		}
		if !a.add(t, from, &h.parts, p) {
			useless = append(useless, p)
			continue
		}
		if h.trace == nil && p.TraceID != "" {
			h.trace = a.aboutOf(t, from, p.TraceID, received)
			h.trace.spans[h] = struct{}{}
		}
		changed[h] = struct{}{}
	}
	for ab := range spoken {
		for h := range ab.spans {
			changed[h] = struct{}{}
		}
	}
	for h := range changed {
		a.schedule(h, received)
		if h.ready() {
			ready = append(ready, h)
		}
	}
	return ready, useless
}

// add appends a part unless it is there already.
func (a *Assembler) add(t *tenant, from sender, to *[]heldPart, p heldPart) bool {
	if slices.ContainsFunc(*to, func(old heldPart) bool { return old.hash == p.hash }) {
		a.Count(from.vendor, Duplicate, 1)
		return false
	}
	*to = append(*to, p)
	t.bytes += p.bytes
	a.bytes += p.bytes
	a.Count(from.vendor, Accepted, 1)
	return true
}

func (a *Assembler) aboutOf(t *tenant, from sender, trace string, now time.Time) *about {
	k := from.key(trace)
	ab := t.traces[k]
	if ab == nil {
		ab = &about{from: from, key: k, spans: map[*held]struct{}{}, touched: now, first: now}
		ab.place = t.order.PushBack(ab)
		t.traces[k] = ab
	}
	return ab
}

// maxParts bounds the records of one span: a client reports a handful, and each costs a look at all the others.
const maxParts = 256

// ready reports whether a held span need not, or may not, wait any longer.
func (h *held) ready() bool {
	if len(h.parts) >= maxParts {
		return true
	}
	parts := plain(h.parts)
	return complete(parts) && (!awaitsTrace(parts) || h.trace != nil && h.trace.tell().enough)
}

// schedule sets the time after which the span is handed on as it is.
func (a *Assembler) schedule(h *held, now time.Time) {
	wait := a.MergeWait
	if h.open() {
		wait = a.OpenWait
	}
	h.due = now.Add(wait)
}

// open reports whether the span is still going on, as far as anybody has said.
func (h *held) open() bool {
	parts := plain(h.parts)
	return missing(parts) == incompleteNoEnd && !slices.ContainsFunc(parts, func(p Part) bool { return p.Enough })
}

// drop takes a held span away; the caller removes its parts from storage.
func (a *Assembler) drop(t *tenant, h *held) {
	delete(t.spans, h.key)
	t.order.Remove(h.place)
	a.release(t, h.parts)
	if h.trace != nil {
		delete(h.trace.spans, h)
		if len(h.trace.spans) == 0 && len(h.trace.parts) == 0 {
			a.dropAbout(t, h.trace)
		}
	}
}

func (a *Assembler) dropAbout(t *tenant, ab *about) {
	delete(t.traces, ab.key)
	t.order.Remove(ab.place)
	a.release(t, ab.parts)
}

func (a *Assembler) release(t *tenant, parts []heldPart) {
	for i := range parts {
		t.bytes -= parts[i].bytes
		a.bytes -= parts[i].bytes
	}
}

// forget removes parts from storage. What cannot be removed would only come back as a repeat after a restart.
func (a *Assembler) forget(ctx context.Context, parts []heldPart) {
	if a.Storage == nil || len(parts) == 0 {
		return
	}
	ops := make([]*storage.Operation, 0, len(parts))
	for i := range parts {
		ops = append(ops, storage.DeleteOperation(parts[i].slot))
	}
	_ = a.Storage.Batch(context.WithoutCancel(ctx), ops...)
}
