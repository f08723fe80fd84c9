package recent

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/genai"
)

// MaxText is the longest name, id or model that is remembered. Longer ones are made up: a span with such an id is settled in the store.
const MaxText = 256

// MaxBytesPerSpan is what a span takes at most: its slot, its names, six entries of tables and thirteen texts.
const MaxBytesPerSpan = 4096

const nowhere = int32(-1)

// chain is one way by which spans are found again.
type chain uint8

const (
	chainSpan chain = iota
	chainTrace
	chainResponse
	chainTokens
	chainUncached   // the same with the input but what was cached
	chainUnreasoned // the same with the output but its reasoning
	chains
)

// keys of a fact in each chain; 0 means that it is not in that chain.
type keys [chains]uint32

type link struct{ next, prev int32 }

// names are texts that many spans share.
type names struct {
	project, service, scope, dialect string
	role, outcome, model, event      string
	fromLog                          bool
}

// slot is a remembered span, in less space than a fact.
type slot struct {
	tenant           *tenant
	names            *names
	texts            texts
	trace            pcommon.TraceID
	span, parent     pcommon.SpanID
	start, end       int64
	input, output    int64
	cached, reasoned int64
	touched          int64
	keys             keys
	links            [chains]link
	inTenant, inAll  link
	turn             uint32
	detail           genai.Detail
	// whether the counts are known
	inputKnown, outputKnown bool
}

func (s *slot) fact() genai.Fact {
	n := s.names
	f := genai.Fact{
		Tenant: s.tenant.name, Project: n.project, TraceID: s.trace, SpanID: s.span, ParentID: s.parent, Start: s.start, End: s.end,
		Role: n.role, Scope: n.scope, Dialect: n.dialect, Service: n.service, Model: n.model, FromLog: n.fromLog, Event: n.event,
		Input: genai.Count{N: s.input, Known: s.inputKnown}, Output: genai.Count{N: s.output, Known: s.outputKnown},
		Cached: s.cached, Reasoned: s.reasoned, Detail: s.detail, Outcome: n.outcome,
	}
	s.texts.unpack(&f)
	return f
}

// slotsPerChunk keeps what is already remembered where it is when more comes.
const slotsPerChunk = 1 << 10

// slots are numbered through their chunks.
type slots struct {
	chunks []*[slotsPerChunk]slot
	used   int32
	free   []int32
}

func (s *slots) at(n int32) *slot { return &s.chunks[uint32(n)/slotsPerChunk][uint32(n)%slotsPerChunk] } //nolint:gosec // no slot is below 0

func (s *slots) take() int32 {
	if n := len(s.free); n > 0 {
		at := s.free[n-1]
		s.free = s.free[:n-1]
		return at
	}
	if int(s.used) == len(s.chunks)*slotsPerChunk {
		s.chunks = append(s.chunks, new([slotsPerChunk]slot))
	}
	s.used++
	return s.used - 1
}

// sameSource reports whether one instrumentation reported both, which reports a call once.
func (s *slot) sameSource(f *genai.Fact) bool {
	return s.names.scope == f.Scope && s.names.dialect == f.Dialect && s.names.fromLog == f.FromLog && s.names.event == f.Event
}

// storable reports whether a span can be found again and takes no more space than is planned for.
func storable(f *genai.Fact) bool {
	return !f.TraceID.IsEmpty() && !f.SpanID.IsEmpty() && len(f.Tenant) <= MaxText && len(f.Project) <= MaxText && len(f.Service) <= MaxText && len(f.Scope) <= MaxText
}

// remember puts a span into the index and makes room for it.
func (x *Index) remember(f *genai.Fact, k *keys, now int64) {
	t := x.tenants[f.Tenant]
	if t == nil {
		t = &tenant{name: strings.Clone(f.Tenant), list: emptyList}
		x.tenants[t.name] = t
	}
	for t.count >= x.limits.MaxSpansPerTenant && t.list.oldest != nowhere {
		x.stats.EvictedSize++
		x.forget(t.list.oldest)
	}
	for x.stats.Spans >= x.limits.MaxSpans && x.all.oldest != nowhere {
		x.stats.EvictedSize++
		x.forget(x.all.oldest)
	}
	x.tenants[t.name] = t // making room may have forgotten the tenant
	at := x.slots.take()
	s := x.slots.at(at)
	*s = slot{
		tenant: t, names: x.shared(f), trace: f.TraceID, span: f.SpanID, parent: f.ParentID, start: f.Start, end: f.End,
		input: f.Input.N, output: f.Output.N, inputKnown: f.Input.Known, outputKnown: f.Output.Known, cached: f.Cached, reasoned: f.Reasoned,
		touched: now, keys: *k, turn: x.turn, detail: f.Detail,
	}
	s.texts, x.packed = pack(f, x.packed)
	for c := range chains {
		x.enchain(c, at)
	}
	x.all.append(&x.slots, at, inAll)
	t.list.append(&x.slots, at, inTenant)
	t.count++
	x.stats.Spans++
}

// forget takes a span out of the index.
func (x *Index) forget(at int32) {
	s := x.slots.at(at)
	for c := range chains {
		x.unchain(c, at)
	}
	x.all.remove(&x.slots, at, inAll)
	s.tenant.list.remove(&x.slots, at, inTenant)
	if s.tenant.count--; s.tenant.count == 0 {
		delete(x.tenants, s.tenant.name)
	}
	x.stats.Spans--
	*s = slot{}
	x.slots.free = append(x.slots.free, at)
}

// touch makes a span the newest.
func (x *Index) touch(at int32, now int64) {
	s := x.slots.at(at)
	s.touched = now
	x.all.remove(&x.slots, at, inAll)
	x.all.append(&x.slots, at, inAll)
	s.tenant.list.remove(&x.slots, at, inTenant)
	s.tenant.list.append(&x.slots, at, inTenant)
}

// expire forgets what was last touched before a time.
func (x *Index) expire(before int64) {
	for at := x.all.oldest; at != nowhere && x.slots.at(at).touched < before; at = x.all.oldest {
		x.stats.EvictedAge++
		x.forget(at)
	}
}

func (x *Index) enchain(c chain, at int32) {
	s := x.slots.at(at)
	key := s.keys[c]
	if key == 0 {
		return
	}
	head := x.heads[c].set(key, at)
	if head != nowhere {
		x.slots.at(head).links[c].prev = at
	}
	s.links[c] = link{next: head, prev: nowhere}
}

func (x *Index) unchain(c chain, at int32) {
	s := x.slots.at(at)
	key := s.keys[c]
	if key == 0 {
		return
	}
	l := s.links[c]
	if l.next != nowhere {
		x.slots.at(l.next).links[c].prev = l.prev
	}
	switch {
	case l.prev != nowhere:
		x.slots.at(l.prev).links[c].next = l.next
	case l.next != nowhere:
		x.heads[c].set(key, l.next)
	default:
		x.heads[c].remove(key)
	}
}

// maxNames bounds the shared texts that are looked up; spans keep those they have.
const maxNames = 4096

// shared is one copy of the texts that the spans of an instrumentation have in common. The one asked for last is likely the next.
func (x *Index) shared(f *genai.Fact) *names {
	n := names{f.Project, f.Service, f.Scope, f.Dialect, f.Role, f.Outcome, short(f.Model), short(f.Event), f.FromLog}
	if x.last != nil && *x.last == n {
		return x.last
	}
	known, ok := x.names[n]
	if !ok {
		if len(x.names) >= maxNames {
			clear(x.names)
		}
		kept := n // a copy, so that only new ones take memory
		known = &kept
		x.names[n] = known
	}
	x.last = known
	return known
}

// short keeps a made-up id from filling the memory.
func short(text string) string {
	if len(text) > MaxText {
		return ""
	}
	return text
}
