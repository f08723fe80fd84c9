package genai

import (
	"bytes"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
)

// Delivery is what arrived in one request: its spans with LLM meaning, and all of them to see how they hang together.
type Delivery struct {
	Entries []Entry
	Traces  ptrace.Traces

	facts  []Fact
	alone  []Fact  // the delivery's own, settled without what is remembered
	of     []int32 // entry of each of the delivery's own facts, none for an ordinary span
	links  []link
	traces []pcommon.TraceID
}

// Memory knows spans of earlier deliveries.
type Memory interface {
	// Recall appends to the facts of a delivery those remembered that may speak of the same calls, and remembers the facts given.
	Recall(facts []Fact, now int64) []Fact
}

// link is a span in the trace of a call.
type link struct {
	tenant     string
	project    string
	trace      pcommon.TraceID
	span       pcommon.SpanID
	parent     pcommon.SpanID
	start, end int64
	entry      int32 // none for an ordinary span
	wanted     bool
}

// Settle decides what only several spans can tell, among those of the delivery and those remembered (memory may be nil), and puts the
// verdicts on the delivery's entries. The time is now, in nanoseconds since 1970. It returns how many verdicts differ from those the
// delivery alone would give.
func (d *Delivery) Settle(memory Memory, now int64) (changed int) {
	d.facts, d.of = d.facts[:0], d.of[:0]
	parents := false
	for i := range d.Entries {
		e := &d.Entries[i]
		if e.concerns() {
			d.facts = append(d.facts, e.Fact())
			d.of = append(d.of, int32(i)) //nolint:gosec // bounded by the number of spans in a request
			parents = parents || !e.Span.ParentSpanID().IsEmpty()
		}
	}
	if len(d.facts) == 0 {
		return 0
	}
	if parents {
		d.addAncestors()
	}
	own := len(d.facts)
	if memory != nil {
		d.facts = memory.Recall(d.facts, now)
	}
	if len(d.facts) > own {
		d.alone = append(d.alone[:0], d.facts[:own]...)
		Settle(d.alone)
	}
	Settle(d.facts)
	for i := range own {
		if at := d.of[i]; at != none {
			d.Entries[at].apply(&d.facts[i])
		}
		if len(d.facts) > own && d.alone[i].Verdict.UsageRole != d.facts[i].Verdict.UsageRole {
			changed++
		}
	}
	return changed
}

// addAncestors adds the spans above those that concern a call: they show which call is in which.
func (d *Delivery) addAncestors() {
	d.gather()
	if len(d.links) == len(d.facts) {
		return // nothing but calls
	}
	slices.SortFunc(d.links, func(a, b link) int {
		return a.compare(&Fact{Tenant: b.tenant, Project: b.project, TraceID: b.trace}, b.span)
	})
	for i := range d.facts {
		f := &d.facts[i]
		parent := f.ParentID
		for range maxClimb {
			l := d.find(f, parent)
			if l == nil || l.wanted {
				break
			}
			l.wanted = true
			parent = l.parent
		}
	}
	for i := range d.links {
		l := &d.links[i]
		switch {
		case !l.wanted:
		case l.entry == none:
			d.facts = append(d.facts, Fact{
				Tenant: l.tenant, Project: l.project, TraceID: l.trace, SpanID: l.span, ParentID: l.parent, Start: l.start, End: l.end, Role: semconv.RoleOther,
			})
			d.of = append(d.of, none)
		case !d.Entries[l.entry].concerns():
			d.facts = append(d.facts, d.Entries[l.entry].Fact())
			d.of = append(d.of, l.entry)
		}
	}
}

// gather lists the spans of the traces that have a fact.
func (d *Delivery) gather() {
	d.links, d.traces = d.links[:0], d.traces[:0]
	for i := range d.facts {
		d.traces = append(d.traces, d.facts[i].TraceID)
	}
	slices.SortFunc(d.traces, compareTraces)
	next := 0
	var trace pcommon.TraceID
	concerned := false
	for _, rs := range d.Traces.ResourceSpans().All() {
		tenant, project := OwnerOf(rs.Resource())
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				entry := none
				if next < len(d.Entries) && d.Entries[next].Span == span {
					entry = int32(next) //nolint:gosec // bounded by the number of spans in a request
					next++
				}
				if id := span.TraceID(); id != trace {
					trace, concerned = id, d.concerned(id)
				}
				if concerned {
					d.links = append(d.links, link{
						tenant: tenant, project: project, trace: trace, span: span.SpanID(), parent: span.ParentSpanID(),
						start: int64(span.StartTimestamp()), end: int64(span.EndTimestamp()), entry: entry, //nolint:gosec // clocks before 2262
					})
				}
			}
		}
	}
}

// concerned reports whether a trace has a fact. Whose trace it is matters only where links are compared.
func (d *Delivery) concerned(trace pcommon.TraceID) bool {
	_, ok := slices.BinarySearchFunc(d.traces, trace, compareTraces)
	return ok
}

func compareTraces(a, b pcommon.TraceID) int { return bytes.Compare(a[:], b[:]) }

// find returns a span of the trace of a fact.
func (d *Delivery) find(of *Fact, span pcommon.SpanID) *link {
	if span.IsEmpty() {
		return nil
	}
	at, ok := slices.BinarySearchFunc(d.links, span, func(l link, span pcommon.SpanID) int { return l.compare(of, span) })
	if !ok {
		return nil
	}
	return &d.links[at]
}

func (l link) compare(of *Fact, span pcommon.SpanID) int {
	if c := bytes.Compare(l.trace[:], of.TraceID[:]); c != 0 {
		return c
	}
	if c := bytes.Compare(l.span[:], span[:]); c != 0 {
		return c
	}
	if c := strings.Compare(l.tenant, of.Tenant); c != 0 {
		return c
	}
	return strings.Compare(l.project, of.Project)
}

// Release gives up everything of the delivery but the space.
func (d *Delivery) Release(maxKept int) {
	clear(d.Entries)
	clear(d.facts)
	clear(d.links)
	clear(d.alone)
	*d = Delivery{Entries: kept(d.Entries, maxKept), facts: kept(d.facts, maxKept), alone: kept(d.alone, maxKept), of: kept(d.of, maxKept), links: kept(d.links, maxKept), traces: kept(d.traces, maxKept)}
}

func kept[T any](s []T, most int) []T {
	if cap(s) > most {
		return nil
	}
	return s[:0]
}

// OwnerOf is the tenant and the project that the identity on a resource names; empty where there is none.
func OwnerOf(resource pcommon.Resource) (tenant, project string) {
	if v, ok := resource.Attributes().Get(semconv.WatchLLMTenantID); ok {
		tenant = v.Str()
	}
	if v, ok := resource.Attributes().Get(semconv.WatchLLMProjectID); ok {
		project = v.Str()
	}
	return tenant, project
}

// TenantOf is the tenant alone.
func TenantOf(resource pcommon.Resource) string {
	tenant, _ := OwnerOf(resource)
	return tenant
}
