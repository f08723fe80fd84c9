package spanblock

import (
	"math"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/tenancy"
)

// Resource is what all spans of one resource share; it is made once per resource.
type Resource struct {
	Tenant, Project                  string
	service, serviceVersion, environ string
	attributes                       []keyValue
}

// Scope is what all spans of one instrumentation scope share.
type Scope struct {
	name, version string
	attributes    []keyValue
}

type keyValue struct{ key, value string }

// Row is one span with what is known around it.
type Row struct {
	*Resource
	*Scope
	Span    ptrace.Span
	TraceID pcommon.TraceID
	SpanID  pcommon.SpanID
	// Start and End are in nanoseconds since 1970; see Times.
	Start, End    int64
	RetentionDays uint16
}

// Service is the resource's service.name.
func (r *Resource) Service() string { return r.service }

// ScopeName is the name of the instrumentation scope.
func (s *Scope) ScopeName() string { return s.name }

const olderEnvironment = "deployment.environment"

// NewResource reads a resource.
func NewResource(r pcommon.Resource) *Resource {
	out := &Resource{}
	attrs := r.Attributes()
	out.Tenant, out.Project = tenancy.FromResource(attrs)
	if _, ok := attrs.Get(semconv.DeploymentEnvironmentName); !ok {
		if v, ok := attrs.Get(olderEnvironment); ok {
			out.environ = asText(v)
		}
	}
	for k, v := range attrs.All() {
		switch k {
		case semconv.WatchLLMTenantID, semconv.WatchLLMProjectID:
		case semconv.ServiceName:
			out.service = asText(v)
		case semconv.ServiceVersion:
			out.serviceVersion = asText(v)
		case semconv.DeploymentEnvironmentName:
			out.environ = asText(v)
		default:
			out.attributes = append(out.attributes, keyValue{k, asText(v)})
		}
	}
	return out
}

// NewScope reads an instrumentation scope.
func NewScope(s pcommon.InstrumentationScope) *Scope {
	out := &Scope{name: s.Name(), version: s.Version()}
	for k, v := range s.Attributes().All() {
		out.attributes = append(out.attributes, keyValue{k, asText(v)})
	}
	return out
}

// A client's clock decides which day's partition a row goes to, so that times nobody can have meant must not make partitions:
// ten years of days are as many parts as a small engine opens with ease, and no clock is a day ahead by the network's delay.
const (
	maxAge   = 10 * 365 * 24 * time.Hour
	maxAhead = 24 * time.Hour
)

// Times returns when a span began and ended. A time that the sender left out, or that cannot be, is
// replaced by the other one, or by now; the original is kept in attributes_int.
func Times(s ptrace.Span, now int64) (start, end int64) {
	first, last := uint64(s.StartTimestamp()), uint64(s.EndTimestamp())
	okFirst, okLast := plausible(first, now), plausible(last, now)
	switch {
	case okFirst && okLast:
		return int64(first), int64(last)
	case okFirst:
		return int64(first), int64(first)
	case okLast:
		return int64(last), int64(last)
	}
	return now, now
}

func plausible(t uint64, now int64) bool {
	return t <= math.MaxInt64 && int64(t) >= now-int64(maxAge) && int64(t) < now+int64(maxAhead)
}

// Expired is true for a span whose retention is over: ClickHouse would delete the row as soon as it is stored.
func (r Row) Expired(now int64) bool { return expired(r.Start, r.RetentionDays, now) }

func expired(start int64, days uint16, now int64) bool {
	return days > 0 && start < now-int64(days)*int64(24*time.Hour)
}

// Names under which replaced times are kept.
const (
	originalStart = "watchllm.original.start_time_unix_nano"
	originalEnd   = "watchllm.original.end_time_unix_nano"
)

// Append adds a row; now is its ingested_at.
func (b *Block) Append(r Row, now time.Time) {
	n, s := &b.named, r.Span
	n.tenant.add(r.Tenant)
	n.project.add(r.Project)
	n.identityProject.add(r.Project)
	n.traceID.addHex(r.TraceID[:])
	n.spanID.addHex(r.SpanID[:])
	if parent := s.ParentSpanID(); parent.IsEmpty() {
		n.parentID.add("")
	} else {
		n.parentID.addHex(parent[:])
	}
	n.traceState.add(s.TraceState().AsRaw())
	n.flags.u32(s.Flags())
	n.start.i64(r.Start)
	n.end.i64(r.End)
	n.duration.u64(uint64(max(0, r.End-r.Start)))
	n.ingested.i64(now.UnixMilli())
	n.name.add(s.Name())
	n.kind.u8(enum(int32(s.Kind()), 5))
	n.statusCode.u8(StatusCode(s))
	n.statusMessage.add(s.Status().Message())
	n.service.add(r.service)
	n.serviceVersion.add(r.serviceVersion)
	n.environment.add(r.environ)
	n.scopeName.add(r.name)
	n.scopeVersion.add(r.version)
	b.attributes(r)
	n.resource.addPairs(r.Resource.attributes)
	n.scope.addPairs(r.Scope.attributes)
	b.events(s.Events())
	b.links(s.Links())
	n.droppedAttrs.u32(s.DroppedAttributesCount())
	n.droppedEvents.u32(s.DroppedEventsCount())
	n.dropLinks.u32(s.DroppedLinksCount())
	n.retention.u16(r.RetentionDays)
	n.usageRoleBefore.add("")
	b.rows++
}

// enum turns values of a newer protocol, which the column does not know, into "not said".
func enum(v, most int32) uint8 {
	if v < 0 || v > most {
		return 0
	}
	return uint8(v)
}

// counts are the elements that a row puts into each attribute map.
type counts struct{ strings, ints, doubles, bools, jsons int }

func (b *Block) attributes(r Row) {
	clear(b.has)
	var c counts
	for k, v := range r.Span.Attributes().All() {
		if i, ok := b.byAttr[k]; ok {
			// A second value of the same name finds the column taken and stays in the maps.
			if units, ok := b.fields[i].take(v); ok && !b.has[i] {
				b.value[i], b.units[i], b.has[i] = v, units, true
				continue
			}
		}
		b.other(k, v, &c)
	}
	if first := uint64(r.Span.StartTimestamp()); first != uint64(r.Start) {
		b.named.ints.pair(originalStart).(*fixed).u64(first)
		c.ints++
	}
	if last := uint64(r.Span.EndTimestamp()); last != uint64(r.End) {
		b.named.ints.pair(originalEnd).(*fixed).u64(last)
		c.ints++
	}
	b.named.strings.close(c.strings)
	b.named.ints.close(c.ints)
	b.named.doubles.close(c.doubles)
	b.named.bools.close(c.bools)
	b.named.jsons.close(c.jsons)
	for i := range b.fields {
		f := &b.fields[i]
		if !b.has[i] && f.instead != "" {
			if v, ok := r.Span.Attributes().Get(f.instead); ok {
				b.value[i] = v
				b.units[i], b.has[i] = f.take(v)
			}
		}
		f.put(b.value[i], b.units[i], b.has[i])
	}
}

// other puts an attribute without a column into the map of its type.
func (b *Block) other(k string, v pcommon.Value, c *counts) {
	n := &b.named
	switch v.Type() {
	case pcommon.ValueTypeStr:
		n.strings.pair(k).(*text).add(v.Str())
		c.strings++
	case pcommon.ValueTypeInt:
		n.ints.pair(k).(*fixed).i64(v.Int())
		c.ints++
	case pcommon.ValueTypeDouble:
		n.doubles.pair(k).(*fixed).f64(v.Double())
		c.doubles++
	case pcommon.ValueTypeBool:
		n.bools.pair(k).(*fixed).boolean(v.Bool())
		c.bools++
	case pcommon.ValueTypeBytes:
		n.jsons.pair(k).(*text).add(`"` + v.AsString() + `"`)
		c.jsons++
	case pcommon.ValueTypeEmpty:
		n.jsons.pair(k).(*text).add("null")
		c.jsons++
	default:
		n.jsons.pair(k).(*text).add(structured(v))
		c.jsons++
	}
}

// pair adds a key and returns the column for its value.
func (c *array) pair(key string) column {
	p := c.of.(*pair)
	p.keys.add(key)
	return p.values
}

func (c *array) addPairs(attrs []keyValue) {
	for _, kv := range attrs {
		addText(c.pair(kv.key), kv.value)
	}
	c.close(len(attrs))
}

func (c *array) addMap(attrs pcommon.Map) {
	for k, v := range attrs.All() {
		addText(c.pair(k), asText(v))
	}
	c.close(attrs.Len())
}

func addText(to column, s string) {
	switch to := to.(type) {
	case *text:
		to.add(s)
	case *dictionary:
		to.add(s)
	}
}

func (b *Block) events(all ptrace.SpanEventSlice) {
	n := &b.named
	for _, e := range all.All() {
		n.eventTime.of.(*fixed).i64(int64(min(uint64(e.Timestamp()), math.MaxInt64)))
		n.eventName.of.(*dictionary).add(e.Name())
		n.eventAttrs.of.(*array).addMap(e.Attributes())
	}
	n.eventTime.close(all.Len())
	n.eventName.close(all.Len())
	n.eventAttrs.close(all.Len())
}

func (b *Block) links(all ptrace.SpanLinkSlice) {
	n := &b.named
	for _, l := range all.All() {
		trace, span := l.TraceID(), l.SpanID()
		n.linkTrace.of.(*text).addHex(trace[:])
		n.linkSpan.of.(*text).addHex(span[:])
		n.linkAttrs.of.(*array).addMap(l.Attributes())
	}
	n.linkTrace.close(all.Len())
	n.linkSpan.close(all.Len())
	n.linkAttrs.close(all.Len())
}
