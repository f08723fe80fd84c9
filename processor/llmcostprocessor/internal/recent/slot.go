package recent

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/genai"
)

// MaxText is the longest name, id or model that is remembered. Longer ones are made up: a span with such an id is settled in the store.
const MaxText = 256

// MaxBytesPerSpan is what a span takes at most: its slot, six map entries and thirteen texts.
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
type keys [chains]uint64

type link struct{ next, prev int32 }

// names are texts that many spans share.
type names struct{ project, service, scope, dialect string }

// slot is a remembered span, in less space than a fact.
type slot struct {
	tenant          *tenant
	names           *names
	trace           pcommon.TraceID
	span, parent    pcommon.SpanID
	start, end      int64
	role, outcome   string // constants
	response, model string
	event           string
	input, output   genai.Count
	cached          int64
	reasoned        int64
	handed          *genai.Handed // nil when there is nothing to hand down
	touched         int64
	keys            keys
	links           [chains]link
	inTenant, inAll link
	turn            uint32
	detail          genai.Detail
	fromLog         bool
}

func (s *slot) fact() genai.Fact {
	f := genai.Fact{
		Tenant: s.tenant.name, Project: s.names.project, TraceID: s.trace, SpanID: s.span, ParentID: s.parent, Start: s.start, End: s.end,
		Role: s.role, Scope: s.names.scope, Dialect: s.names.dialect, Service: s.names.service, Model: s.model,
		FromLog: s.fromLog, Event: s.event, Input: s.input, Output: s.output, Cached: s.cached, Reasoned: s.reasoned,
		Detail: s.detail, ResponseID: s.response, Outcome: s.outcome,
	}
	if s.handed != nil {
		f.Handed = *s.handed
	}
	return f
}

// sameSource reports whether one instrumentation reported both, which reports a call once.
func (s *slot) sameSource(f *genai.Fact) bool {
	return s.names.scope == f.Scope && s.names.dialect == f.Dialect && s.fromLog == f.FromLog && s.event == f.Event
}

// storable reports whether a span can be found again and takes no more space than is planned for.
func storable(f *genai.Fact) bool {
	return !f.TraceID.IsEmpty() && !f.SpanID.IsEmpty() && len(f.Tenant) <= MaxText && len(f.Project) <= MaxText && len(f.Service) <= MaxText && len(f.Scope) <= MaxText
}

// remember puts a span into the index and makes room for it.
func (x *Index) remember(f *genai.Fact, k keys, now int64) {
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
	at := x.take()
	s := &x.slots[at]
	*s = slot{
		tenant: t, names: x.shared(f), trace: f.TraceID, span: f.SpanID, parent: f.ParentID, start: f.Start, end: f.End,
		role: f.Role, outcome: f.Outcome, response: short(f.ResponseID), model: short(f.Model), event: short(f.Event),
		input: f.Input, output: f.Output, cached: f.Cached, reasoned: f.Reasoned, touched: now, keys: k, turn: x.turn, detail: f.Detail, fromLog: f.FromLog,
	}
	if f.Handed != (genai.Handed{}) {
		h := f.Handed
		for _, text := range [...]*string{&h.ConversationID, &h.UserID, &h.AgentName, &h.WorkflowName, &h.PromptName, &h.PromptVersion} {
			*text = short(*text)
		}
		s.handed = &h
	}
	for c := range chains {
		x.enchain(c, at)
	}
	x.all.append(x.slots, at, inAll)
	t.list.append(x.slots, at, inTenant)
	t.count++
	x.stats.Spans++
}

func (x *Index) take() int32 {
	if n := len(x.free); n > 0 {
		at := x.free[n-1]
		x.free = x.free[:n-1]
		return at
	}
	x.slots = append(x.slots, slot{})
	return int32(len(x.slots) - 1) //nolint:gosec // bounded by MaxSpans
}

// forget takes a span out of the index.
func (x *Index) forget(at int32) {
	s := &x.slots[at]
	for c := range chains {
		x.unchain(c, at)
	}
	x.all.remove(x.slots, at, inAll)
	s.tenant.list.remove(x.slots, at, inTenant)
	if s.tenant.count--; s.tenant.count == 0 {
		delete(x.tenants, s.tenant.name)
	}
	x.stats.Spans--
	*s = slot{}
	x.free = append(x.free, at)
}

// touch makes a span the newest.
func (x *Index) touch(at int32, now int64) {
	s := &x.slots[at]
	s.touched = now
	x.all.remove(x.slots, at, inAll)
	x.all.append(x.slots, at, inAll)
	s.tenant.list.remove(x.slots, at, inTenant)
	s.tenant.list.append(x.slots, at, inTenant)
}

// expire forgets what was last touched before a time.
func (x *Index) expire(before int64) {
	for at := x.all.oldest; at != nowhere && x.slots[at].touched < before; at = x.all.oldest {
		x.stats.EvictedAge++
		x.forget(at)
	}
}

func (x *Index) enchain(c chain, at int32) {
	s := &x.slots[at]
	key := s.keys[c]
	if key == 0 {
		return
	}
	head, ok := x.heads[c][key]
	if !ok {
		head = nowhere
	} else {
		x.slots[head].links[c].prev = at
	}
	s.links[c] = link{next: head, prev: nowhere}
	x.heads[c][key] = at
}

func (x *Index) unchain(c chain, at int32) {
	s := &x.slots[at]
	key := s.keys[c]
	if key == 0 {
		return
	}
	l := s.links[c]
	if l.next != nowhere {
		x.slots[l.next].links[c].prev = l.prev
	}
	switch {
	case l.prev != nowhere:
		x.slots[l.prev].links[c].next = l.next
	case l.next != nowhere:
		x.heads[c][key] = l.next
	default:
		delete(x.heads[c], key)
	}
}

// maxNames bounds the shared texts that are looked up; spans keep those they have.
const maxNames = 4096

// shared is one copy of the texts that the spans of an instrumentation have in common.
func (x *Index) shared(f *genai.Fact) *names {
	n := names{f.Project, f.Service, f.Scope, f.Dialect}
	if known, ok := x.names[n]; ok {
		return known
	}
	if len(x.names) >= maxNames {
		clear(x.names)
	}
	kept := &n
	x.names[n] = kept
	return kept
}

// short keeps a made-up id from filling the memory.
func short(text string) string {
	if len(text) > MaxText {
		return ""
	}
	return text
}
