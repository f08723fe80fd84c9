package foreign

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
)

// Reasons why a span was handed on although it is not whole, as watchllm.native.incomplete has them.
const (
	incompleteNoEnd   = "no_end"
	incompleteNoStart = "no_start"
)

// complete reports whether the parts are all there is to come.
func complete(parts []Part) bool {
	opens, closes := false, false
	for i := range parts {
		if parts[i].Final {
			return true
		}
		opens, closes = opens || parts[i].Opens, closes || parts[i].Closes
	}
	return opens && closes
}

// missing is the half that never came.
func missing(parts []Part) string {
	opens, closes := false, false
	for i := range parts {
		if parts[i].Final {
			return ""
		}
		opens, closes = opens || parts[i].Opens, closes || parts[i].Closes
	}
	switch {
	case !opens && closes:
		return incompleteNoStart
	case !closes:
		return incompleteNoEnd
	}
	return ""
}

func awaitsTrace(parts []Part) bool {
	return slices.ContainsFunc(parts, func(p Part) bool { return p.AwaitsTrace })
}

// merge makes one part of several. The parts themselves are not changed.
func merge(parts []Part) Part {
	if len(parts) == 1 {
		return parts[0]
	}
	ordered := slices.Clone(parts)
	slices.SortStableFunc(ordered, func(a, b Part) int { return cmp.Compare(a.Order, b.Order) })
	out := NewPart()
	for i := range ordered {
		p := &ordered[i]
		replace(&out.ID, p.ID)
		replace(&out.TraceID, p.TraceID)
		replace(&out.ParentID, p.ParentID)
		replace(&out.Name, p.Name)
		replace(&out.Kind, p.Kind)
		replace(&out.StatusCode, p.StatusCode)
		replace(&out.StatusMessage, p.StatusMessage)
		replace(&out.Scope, p.Scope)
		replace(&out.ScopeVersion, p.ScopeVersion)
		replace(&out.Start, p.Start)
		replace(&out.End, p.End)
		out.dropped += overlay(out.Attributes, p.Attributes)
		overlay(out.Resource, p.Resource)
		overlay(out.RootOnly, p.RootOnly)
	}
	return out
}

func replace[T comparable](old *T, by T) {
	var zero T
	if by != zero {
		*old = by
	}
}

// maxAttributes is how many attributes the parts of a span may have together. Each is looked for among all the others.
const maxAttributes = 1024

// overlay returns how many attributes there was no room for.
func overlay(onto, from pcommon.Map) (dropped int) {
	for k, v := range from.All() {
		if onto.Len() < maxAttributes {
			to, _ := onto.GetOrPutEmpty(k)
			v.CopyTo(to)
		} else if to, exists := onto.Get(k); exists {
			v.CopyTo(to)
		} else {
			dropped++
		}
	}
	return dropped
}

// What a trace says goes to each of its spans, so that a little of it is a lot in the store. Identifiers and tags fit; what does not
// is found on the root.
const (
	handedMost  = 64
	handedBytes = 8 << 10
)

// hand adds what is not there yet and short enough to be told again and again.
func hand(onto, from pcommon.Map) {
	left, room := handedBytes, handedMost
	for k, v := range from.All() {
		if _, exists := onto.Get(k); exists {
			continue
		}
		if size := len(k) + textSize(v); size <= left && room > 0 {
			left -= size
			room--
			v.CopyTo(onto.PutEmpty(k))
		}
	}
}

// textSize is the bytes of text in a value.
func textSize(v pcommon.Value) (n int) {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return len(v.Str())
	case pcommon.ValueTypeSlice:
		for _, e := range v.Slice().All() {
			n += textSize(e)
		}
	}
	return n
}

// underlay adds what is not there yet.
func underlay(onto, from pcommon.Map) {
	for k, v := range from.All() {
		if to, exists := onto.GetOrPutEmpty(k); !exists {
			v.CopyTo(to)
		}
	}
}

// origin names the tenant and vendor whose ids a span has.
type origin struct{ tenant, vendor string }

// spanSet gathers finished spans of one identity. Spans with the same resource and scope share them.
type spanSet struct {
	traces ptrace.Traces
	scopes map[string]ptrace.SpanSlice
}

func newSpanSet() *spanSet {
	return &spanSet{traces: ptrace.NewTraces(), scopes: map[string]ptrace.SpanSlice{}}
}

// add writes the span that the parts describe, with what is known of its trace.
func (s *spanSet) add(o origin, parts []Part, trace *Part, received time.Time) {
	p := merge(parts)
	span := s.slice(&p).AppendEmpty()
	attrs := span.Attributes()
	p.Attributes.CopyTo(attrs)
	if trace != nil {
		if p.ParentID == "" {
			underlay(attrs, trace.Attributes)
			underlay(attrs, trace.RootOnly)
		} else {
			hand(attrs, trace.Attributes)
		}
	}
	place(span, o, &p)
	if why := missing(parts); why != "" {
		attrs.PutStr(semconv.WatchLLMNativeIncomplete, why)
	}
	span.SetDroppedAttributesCount(uint32(p.dropped)) //nolint:gosec // bounded by the size of a request
	span.SetName(p.Name)
	span.SetKind(p.Kind)
	if p.Kind == ptrace.SpanKindUnspecified {
		span.SetKind(ptrace.SpanKindInternal)
	}
	start, end := p.Start, p.End
	switch {
	case start.IsZero() && end.IsZero():
		start, end = received, received
	case start.IsZero():
		start = end
	case end.IsZero(), end.Before(start):
		end = start
	}
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(end))
	span.Status().SetCode(p.StatusCode)
	span.Status().SetMessage(p.StatusMessage)
}

func place(span ptrace.Span, o origin, p *Part) {
	attrs := span.Attributes()
	id, asIs := SpanIDOf(o.tenant, o.vendor, p.ID)
	span.SetSpanID(id)
	if !asIs {
		attrs.PutStr(semconv.WatchLLMNativeSpanID, p.ID)
	}
	trace := p.TraceID
	if trace == "" { // a span that names no trace is one of its own
		trace = p.ID
	}
	traceID, asIs := TraceIDOf(o.tenant, o.vendor, trace)
	span.SetTraceID(traceID)
	if p.TraceID != "" && (!asIs || isUUID(p.TraceID)) {
		attrs.PutStr(semconv.WatchLLMNativeTraceID, p.TraceID)
	}
	if p.ParentID == "" {
		return
	}
	parent, asIs := SpanIDOf(o.tenant, o.vendor, p.ParentID)
	span.SetParentSpanID(parent)
	if !asIs {
		attrs.PutStr(semconv.WatchLLMNativeParentSpanID, p.ParentID)
	}
}

func (s *spanSet) slice(p *Part) ptrace.SpanSlice {
	var key strings.Builder
	key.WriteString(p.Scope + "\x00" + p.ScopeVersion)
	for k, v := range p.Resource.All() {
		key.WriteString("\x00" + k + "\x00" + v.AsString())
	}
	spans, ok := s.scopes[key.String()]
	if !ok {
		rs := s.traces.ResourceSpans().AppendEmpty()
		p.Resource.CopyTo(rs.Resource().Attributes())
		ss := rs.ScopeSpans().AppendEmpty()
		ss.Scope().SetName(p.Scope)
		ss.Scope().SetVersion(p.ScopeVersion)
		spans = ss.Spans()
		s.scopes[key.String()] = spans
	}
	return spans
}
