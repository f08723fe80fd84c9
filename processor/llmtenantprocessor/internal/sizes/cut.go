package sizes

import (
	"slices"
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
)

// least is how much is left of a text before whole attributes go: enough for names, ids and counts.
const least = 128

// marks remembers what was cut, and how large it was. It is written at the end: it does not count towards a limit.
type marks struct {
	order []owner
	sizes map[owner]int
}

func (m *marks) add(o owner, size int) {
	if m.sizes == nil {
		m.sizes = map[owner]int{}
	}
	if _, ok := m.sizes[o]; !ok {
		m.order = append(m.order, o)
		m.sizes[o] = size
	}
}

// write lists what was cut beside it, and returns how much that was.
func (m *marks) write() int {
	for _, o := range m.order {
		list, ok := o.attrs.Get(semconv.WatchLLMLimitsTruncated)
		if !ok || list.Type() != pcommon.ValueTypeSlice {
			list = o.attrs.PutEmpty(semconv.WatchLLMLimitsTruncated)
			list.SetEmptySlice()
		}
		list.Slice().AppendEmpty().SetStr(upTo(o.key, longestName) + "=" + strconv.Itoa(m.sizes[o]))
	}
	return len(m.order)
}

// CutTraces cuts everything that is too large and returns how many attributes, names and messages that were.
func CutTraces(td ptrace.Traces, l Limits) int {
	var done marks
	for _, rs := range td.ResourceSpans().All() {
		l.cutMap(rs.Resource().Attributes(), &done)
		for _, ss := range rs.ScopeSpans().All() {
			l.cutMap(ss.Scope().Attributes(), &done)
			for _, span := range ss.Spans().All() {
				l.cutSpan(span, &done)
			}
		}
	}
	return done.write()
}

// CutLogs is CutTraces for log records.
func CutLogs(ld plog.Logs, l Limits) int {
	var done marks
	for _, rl := range ld.ResourceLogs().All() {
		l.cutMap(rl.Resource().Attributes(), &done)
		for _, sl := range rl.ScopeLogs().All() {
			l.cutMap(sl.Scope().Attributes(), &done)
			for _, r := range sl.LogRecords().All() {
				l.cutRecord(r, &done)
			}
		}
	}
	return done.write()
}

// cutMap cuts single attributes and returns how many had to go whole.
func (l Limits) cutMap(attrs pcommon.Map, done *marks) (gone int) {
	if l.Attribute == 0 {
		return 0
	}
	var remove map[string]bool
	for key, value := range attrs.All() {
		if !l.cutValue(value, owner{attrs, key}, done) {
			if remove == nil {
				remove = map[string]bool{}
			}
			remove[key] = true
		}
	}
	if len(remove) > 0 {
		attrs.RemoveIf(func(key string, _ pcommon.Value) bool { return remove[key] })
	}
	return len(remove)
}

// cutValue is false if cutting the texts of a value is not enough, as for a map of many short ones.
func (l Limits) cutValue(v pcommon.Value, of owner, done *marks) bool {
	size := textSize(v)
	if size <= l.Attribute {
		return true
	}
	done.add(of, size)
	shorten(texts(v, of, nil), size-l.Attribute, 0, func(text) {})
	return textSize(v) <= l.Attribute
}

func (l Limits) cutSpan(span ptrace.Span, done *marks) {
	attrs := span.Attributes()
	gone := l.cutMap(attrs, done)
	for _, e := range span.Events().All() {
		n := l.cutMap(e.Attributes(), done)
		e.SetDroppedAttributesCount(e.DroppedAttributesCount() + uint32(n))
	}
	for _, link := range span.Links().All() {
		n := l.cutMap(link.Attributes(), done)
		link.SetDroppedAttributesCount(link.DroppedAttributesCount() + uint32(n))
	}
	span.SetDroppedAttributesCount(span.DroppedAttributesCount() + uint32(gone))
	var m ptrace.ProtoMarshaler
	excess := func() int { return m.SpanSize(span) - l.Span }
	if l.Span == 0 || excess() <= 0 {
		return
	}
	all := mapTexts(attrs, nil)
	for _, e := range span.Events().All() {
		all = mapTexts(e.Attributes(), all)
		all = append(all, text{len(e.Name()), func(n int) { e.SetName(upTo(e.Name(), n)) }, owner{e.Attributes(), "event.name"}})
	}
	for _, link := range span.Links().All() {
		all = mapTexts(link.Attributes(), all)
	}
	all = append(all,
		text{len(span.Name()), func(n int) { span.SetName(upTo(span.Name(), n)) }, owner{attrs, "span.name"}},
		text{len(span.Status().Message()), func(n int) { span.Status().SetMessage(upTo(span.Status().Message(), n)) }, owner{attrs, "status.message"}},
		text{len(span.TraceState().AsRaw()), func(int) { span.TraceState().FromRaw("") }, owner{attrs, "trace_state"}}) // half of one is none
	shorten(all, excess(), least, func(t text) { done.add(t.owner, t.size) })
	if excess() > 0 {
		if n := span.Events().Len() + span.Links().Len(); n > 0 {
			done.keepOnly(attrs, span)
			span.SetDroppedEventsCount(span.DroppedEventsCount() + uint32(span.Events().Len()))
			span.SetDroppedLinksCount(span.DroppedLinksCount() + uint32(span.Links().Len()))
			span.Events().RemoveIf(func(ptrace.SpanEvent) bool { return true })
			span.Links().RemoveIf(func(ptrace.SpanLink) bool { return true })
		}
		n := dropLargest(attrs, excess, done)
		span.SetDroppedAttributesCount(span.DroppedAttributesCount() + uint32(n))
	}
}

// keepOnly forgets what was cut of events and links that are about to go.
func (m *marks) keepOnly(attrs pcommon.Map, span ptrace.Span) {
	going := map[pcommon.Map]bool{}
	for _, e := range span.Events().All() {
		going[e.Attributes()] = true
	}
	for _, link := range span.Links().All() {
		going[link.Attributes()] = true
	}
	m.order = slices.DeleteFunc(m.order, func(o owner) bool { return o.attrs != attrs && going[o.attrs] })
}

func (l Limits) cutRecord(r plog.LogRecord, done *marks) {
	attrs := r.Attributes()
	gone := l.cutMap(attrs, done)
	asBody := owner{attrs, "body"}
	if l.Attribute > 0 && !l.cutValue(r.Body(), asBody, done) {
		pcommon.NewValueEmpty().MoveTo(r.Body())
	}
	r.SetDroppedAttributesCount(r.DroppedAttributesCount() + uint32(gone))
	var m plog.ProtoMarshaler
	excess := func() int { return m.LogRecordSize(r) - l.LogRecord }
	if l.LogRecord == 0 || excess() <= 0 {
		return
	}
	all := texts(r.Body(), asBody, mapTexts(attrs, nil))
	all = append(all,
		text{len(r.EventName()), func(n int) { r.SetEventName(upTo(r.EventName(), n)) }, owner{attrs, "event_name"}},
		text{len(r.SeverityText()), func(n int) { r.SetSeverityText(upTo(r.SeverityText(), n)) }, owner{attrs, "severity_text"}})
	shorten(all, excess(), least, func(t text) { done.add(t.owner, t.size) })
	if excess() > 0 {
		n := dropLargest(attrs, excess, done)
		r.SetDroppedAttributesCount(r.DroppedAttributesCount() + uint32(n))
	}
	if excess() > 0 {
		done.add(asBody, textSize(r.Body()))
		pcommon.NewValueEmpty().MoveTo(r.Body())
	}
}

func mapTexts(attrs pcommon.Map, into []text) []text {
	for key, value := range attrs.All() {
		into = texts(value, owner{attrs, key}, into)
	}
	return into
}

// dropLargest removes attributes, the largest first, until nothing is in excess; counts and ids are small and go last.
func dropLargest(attrs pcommon.Map, excess func() int, done *marks) int {
	type sized struct {
		key  string
		size int
	}
	var all []sized
	for key, value := range attrs.All() {
		all = append(all, sized{key, weight(value)})
	}
	slices.Reverse(all) // among equals the last goes first
	slices.SortStableFunc(all, func(a, b sized) int { return b.size - a.size })
	gone := 0
	for left := excess(); left > 0 && gone < len(all); left = excess() {
		remove := map[string]bool{}
		for ; gone < len(all) && (left > 0 || len(remove) == 0); gone++ {
			remove[all[gone].key] = true
			left -= (3*fieldHeader + len(all[gone].key) + all[gone].size) * 9 / 8 // rather twice than too many
		}
		attrs.RemoveIf(func(key string, value pcommon.Value) bool {
			if remove[key] {
				done.add(owner{attrs, key}, textSize(value))
			}
			return remove[key]
		})
	}
	return gone
}

// fieldHeader is the least that the tag and the length of a protobuf field take.
const fieldHeader = 2

// weight is what a value takes in protobuf, or slightly less where lengths are long.
func weight(v pcommon.Value) int {
	n := fieldHeader
	switch v.Type() {
	case pcommon.ValueTypeEmpty:
		return 0
	case pcommon.ValueTypeDouble:
		return 1 + 8
	case pcommon.ValueTypeMap:
		for key, inner := range v.Map().All() {
			n += 3*fieldHeader + len(key) + weight(inner)
		}
	case pcommon.ValueTypeSlice:
		for _, inner := range v.Slice().All() {
			n += fieldHeader + weight(inner)
		}
	default:
		n += textSize(v)
	}
	return n
}
