package late

import (
	"container/list"
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
)

// Limits bound what is remembered.
type Limits struct {
	// Bytes and TenantBytes are for all tenants and for one; nothing is remembered with 0.
	Bytes, TenantBytes int64
	// Window is how long an event is remembered after it was taken.
	Window time.Duration
}

const (
	// batchBytes is how much is forgotten at a time, unless one request held less.
	batchBytes = 1 << 20
	// overhead is what an event takes beside its text.
	overhead = 400
)

// Held remembers events, the newest of each tenant. Its methods are safe for concurrent use.
type Held struct {
	limits Limits
	now    func() time.Time

	mu      sync.Mutex
	tenants map[string]*tenant
	batches list.List // of *batch, the oldest first
	bytes   int64
	events  int64
}

type tenant struct {
	name     string
	bytes    int64
	batches  list.List
	projects map[string]*project
}

// project is what finds a project's events.
type project struct {
	byID map[string]*Event
	// bySpan holds those whose sender gave them a span id: the others are named by their own.
	bySpan map[pcommon.SpanID]*Event
}

// batch is events that came together; they are forgotten together.
type batch struct {
	tenant  *tenant
	project string
	at      time.Time
	events  []Event
	bytes   int64

	inAll, inTenant *list.Element
}

// NewHeld remembers up to the limits.
func NewHeld(limits Limits, now func() time.Time) *Held {
	return &Held{limits: limits, now: now, tenants: map[string]*tenant{}}
}

// Put remembers the records of a request that were handed on. Those that are known already stay as they are.
func (h *Held) Put(owner tenancy.Owner, origin *Origin, records []*event.Record) {
	if h.limits.Bytes == 0 || h.limits.TenantBytes == 0 || len(records) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	h.expire(now)
	t := h.tenants[owner.Tenant]
	if t == nil {
		t = &tenant{name: owner.Tenant, projects: map[string]*project{}}
		h.tenants[owner.Tenant] = t
	}
	for len(records) > 0 {
		n, text := 0, 0
		for n < len(records) && (n == 0 || text < batchBytes) {
			text += len(records[n].Source)
			n++
		}
		h.put(t, owner.Project, origin, records[:n], text, now)
		records = records[n:]
	}
	for t.bytes > h.limits.TenantBytes {
		h.forget(t.batches.Front().Value.(*batch))
	}
	for h.bytes > h.limits.Bytes {
		h.forget(h.batches.Front().Value.(*batch))
	}
	h.drop(t)
}

func (h *Held) put(t *tenant, name string, origin *Origin, records []*event.Record, text int, now time.Time) {
	p := t.projects[name]
	if p == nil {
		p = &project{byID: map[string]*Event{}, bySpan: map[pcommon.SpanID]*Event{}}
		t.projects[name] = p
	}
	b := &batch{tenant: t, project: name, at: now, events: make([]Event, 0, len(records))}
	all := make([]byte, 0, text)
	for _, rec := range records {
		if p.byID[rec.ID] != nil {
			continue
		}
		from := len(all)
		all = append(all, rec.Source...)
		b.events = append(b.events, Event{
			ID: rec.ID, Origin: origin, Place: rec.Place, placed: true, generated: rec.IDGenerated, base: all[from:len(all):len(all)], in: b,
			size: len(rec.Source) + overhead, parts: partsOf(rec),
		})
		e := &b.events[len(b.events)-1]
		for _, part := range e.parts {
			e.size += len(part.Text)
		}
		b.bytes += int64(e.size)
		p.byID[e.ID] = e
		if rec.SpanID != "" {
			p.bySpan[e.Place.Span] = e
		}
	}
	if len(b.events) == 0 {
		return
	}
	b.inAll, b.inTenant = h.batches.PushBack(b), t.batches.PushBack(b)
	h.account(b, b.bytes)
	h.events += int64(len(b.events))
}

// partsOf are what completed a record in its own request.
func partsOf(rec *event.Record) []*part {
	var parts []*part
	for _, p := range rec.Late {
		parts = append(parts, &part{Part: p, taken: true})
	}
	for _, joined := range rec.Joined {
		text := Usage(joined.Source)
		if joined.Log {
			text = Failure(joined.ErrorType, joined.StatusMessage)
		}
		parts = append(parts, &part{Part: event.Part{Text: text}, below: true, taken: true})
		for _, p := range joined.Late {
			parts = append(parts, &part{Part: event.Part{Seq: p.Seq, Text: Usage(p.Text)}, below: true, taken: true})
		}
	}
	return parts
}

// Grow counts what completed an event, and forgets what there is no room for any more.
func (h *Held) Grow(r *Revision) {
	n := int64(0)
	for _, p := range r.parts {
		n += int64(len(p.Text)) + overhead/2
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	b := r.event.in
	if b == nil || b.inAll == nil {
		return
	}
	b.bytes += n
	h.account(b, n)
	t := b.tenant
	for t.bytes > h.limits.TenantBytes {
		h.forget(t.batches.Front().Value.(*batch))
	}
	for h.bytes > h.limits.Bytes {
		h.forget(h.batches.Front().Value.(*batch))
	}
}

func (h *Held) account(b *batch, n int64) {
	b.tenant.bytes += n
	h.bytes += n
}

// ByID finds an event by its id, nil if it is not known.
func (h *Held) ByID(owner tenancy.Owner, id string) *Event {
	return h.find(owner, func(p *project) *Event { return p.byID[id] })
}

// BySpan finds an event by the span id that its sender gave it, nil if it is not known.
func (h *Held) BySpan(owner tenancy.Owner, span pcommon.SpanID) *Event {
	return h.find(owner, func(p *project) *Event { return p.bySpan[span] })
}

func (h *Held) find(owner tenancy.Owner, in func(*project) *Event) *Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.expire(h.now())
	if t := h.tenants[owner.Tenant]; t != nil {
		if p := t.projects[owner.Project]; p != nil {
			return in(p)
		}
	}
	return nil
}

// Stats are how many events are held, and their size in bytes.
func (h *Held) Stats() (events, bytes int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.expire(h.now())
	return h.events, h.bytes
}

func (h *Held) expire(now time.Time) {
	for el := h.batches.Front(); el != nil; el = h.batches.Front() {
		b := el.Value.(*batch)
		if now.Sub(b.at) < h.limits.Window {
			return
		}
		h.forget(b)
	}
}

func (h *Held) forget(b *batch) {
	t := b.tenant
	h.batches.Remove(b.inAll)
	t.batches.Remove(b.inTenant)
	b.inAll, b.inTenant = nil, nil
	h.account(b, -b.bytes)
	h.events -= int64(len(b.events))
	p := t.projects[b.project]
	for i := range b.events {
		e := &b.events[i]
		delete(p.byID, e.ID)
		if p.bySpan[e.Place.Span] == e {
			delete(p.bySpan, e.Place.Span)
		}
	}
	if len(p.byID) == 0 {
		delete(t.projects, b.project)
	}
	h.drop(t)
}

// drop forgets a tenant of which nothing is remembered.
func (h *Held) drop(t *tenant) {
	if t.batches.Len() == 0 && h.tenants[t.name] == t {
		delete(h.tenants, t.name)
	}
}
