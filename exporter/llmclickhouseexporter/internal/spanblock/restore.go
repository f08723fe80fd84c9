package spanblock

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/semconv"
)

// Restore appends row i as a span, under a resource and a scope of its own, to td: what becomes the same row again when it is
// packed. Types that a column does not keep, such as a resource's numbers, come back as text.
func (p *Packed) Restore(i int, td ptrace.Traces) {
	r := restorer{p: p, row: i, byName: make(map[string]reader, len(p.names))}
	for k, name := range p.names {
		r.byName[name] = p.readers[k]
	}
	rs := td.ResourceSpans().AppendEmpty()
	resource := rs.Resource().Attributes()
	for _, c := range [...][2]string{
		{"tenant_id", semconv.WatchLLMTenantID}, {"project_id", semconv.WatchLLMProjectID}, {"service_name", semconv.ServiceName},
		{"service_version", semconv.ServiceVersion},
	} {
		putText(resource, c[1], r.text(c[0]))
	}
	r.texts("resource_attributes", resource)
	// Under its older name it is in the attributes, too.
	if v, ok := resource.Get(olderEnvironment); !ok || v.Str() != r.text("environment") {
		putText(resource, semconv.DeploymentEnvironmentName, r.text("environment"))
	}
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName(r.text("scope_name"))
	ss.Scope().SetVersion(r.text("scope_version"))
	r.texts("scope_attributes", ss.Scope().Attributes())
	r.span(ss.Spans().AppendEmpty())
}

// restorer reads one row by the names of its columns.
type restorer struct {
	p      *Packed
	row    int
	byName map[string]reader
}

func (r *restorer) text(name string) string {
	switch c := r.byName[name].(type) {
	case *textReader, *dictionaryReader:
		return textAt(c, r.row)
	}
	return ""
}

func (r *restorer) number(name string) uint64 {
	c, ok := r.byName[name].(*fixedReader)
	if !ok {
		return 0
	}
	return c.number(r.row)
}

func (r *fixedReader) number(i int) uint64 {
	var b [8]byte
	copy(b[:], r.buf[i*r.width:(i+1)*r.width])
	return binary.LittleEndian.Uint64(b[:])
}

// pairs calls each for the pairs of a map column's row.
func (r *restorer) pairs(name string, each func(key string, values reader, i int)) {
	if c, ok := r.byName[name].(*arrayReader); ok {
		eachPair(c, r.row, each)
	}
}

func eachPair(c *arrayReader, row int, each func(key string, values reader, i int)) {
	p := c.of.(*pairReader)
	for i := c.start(row); i < c.start(row+1); i++ {
		each(strings.Clone(p.keys.get(i)), p.values, i)
	}
}

// textAt is a copy: what is restored may outlive the block's bytes.
func textAt(values reader, i int) string {
	if d, ok := values.(*dictionaryReader); ok {
		return strings.Clone(d.get(i))
	}
	return strings.Clone(values.(*textReader).get(i))
}

func (r *restorer) texts(name string, to pcommon.Map) {
	r.pairs(name, func(key string, values reader, i int) { to.PutStr(key, textAt(values, i)) })
}

func putText(to pcommon.Map, key, value string) {
	if value != "" {
		to.PutStr(key, value)
	}
}

func (r *restorer) span(s ptrace.Span) {
	f := r.p.Facts(r.row)
	s.SetTraceID(f.TraceID)
	s.SetSpanID(f.SpanID)
	if parent := r.text("parent_span_id"); len(parent) == 16 {
		var id pcommon.SpanID
		fromHex(id[:], parent)
		s.SetParentSpanID(id)
	}
	s.TraceState().FromRaw(r.text("trace_state"))
	s.SetFlags(uint32(r.number("flags")))
	s.SetStartTimestamp(pcommon.Timestamp(f.Start))
	s.SetEndTimestamp(pcommon.Timestamp(f.End))
	s.SetName(r.text("name"))
	s.SetKind(ptrace.SpanKind(r.number("kind")))
	s.Status().SetCode(ptrace.StatusCode(f.Status))
	s.Status().SetMessage(r.text("status_message"))
	s.SetDroppedAttributesCount(uint32(r.number("dropped_attributes")))
	s.SetDroppedEventsCount(uint32(r.number("dropped_events")))
	s.SetDroppedLinksCount(uint32(r.number("dropped_links")))
	r.attributes(s.Attributes())
	r.events(s.Events())
	r.links(s.Links())
}

func (r *restorer) attributes(to pcommon.Map) {
	r.texts("attributes_string", to)
	r.pairs("attributes_int", func(key string, values reader, i int) { to.PutInt(key, int64(values.(*fixedReader).u64(i))) })
	r.pairs("attributes_double", func(key string, values reader, i int) {
		to.PutDouble(key, math.Float64frombits(values.(*fixedReader).u64(i)))
	})
	r.pairs("attributes_bool", func(key string, values reader, i int) { to.PutBool(key, values.(*fixedReader).buf[i] != 0) })
	r.pairs("attributes_json", func(key string, values reader, i int) { putJSON(to.PutEmpty(key), textAt(values, i)) })
	for i, name := range r.p.names {
		at := slices.IndexFunc(clickhouse.SpanColumns, func(c clickhouse.Column) bool { return c.Name == name })
		if at >= 0 && clickhouse.SpanColumns[at].Source == clickhouse.SourceAttribute {
			r.field(r.p.readers[i], clickhouse.SpanColumns[at], to)
		}
	}
}

// field restores the attribute of a column.
func (r *restorer) field(from reader, c clickhouse.Column, to pcommon.Map) {
	switch from := from.(type) {
	case *textReader:
		putText(to, c.Attribute, textAt(from, r.row))
	case *dictionaryReader:
		putText(to, c.Attribute, textAt(from, r.row))
	case *arrayReader:
		first, last := from.start(r.row), from.start(r.row+1)
		if first == last {
			return
		}
		list := to.PutEmptySlice(c.Attribute)
		for i := first; i < last; i++ {
			list.AppendEmpty().SetStr(textAt(from.of, i))
		}
	case *nullableReader:
		if from.nulls[r.row] != 0 {
			return
		}
		switch n := from.values.number(r.row); c.Type {
		case "Nullable(UInt64)":
			to.PutInt(c.Attribute, int64(n))
		case "Nullable(Float64)":
			to.PutDouble(c.Attribute, math.Float64frombits(n))
		case "Nullable(Bool)":
			to.PutBool(c.Attribute, n != 0)
		default:
			to.PutStr(c.Attribute, formatMoney(int64(n)))
		}
	}
}

func (r *restorer) events(to ptrace.SpanEventSlice) {
	times, ok := r.byName["events.time"].(*arrayReader)
	if !ok {
		return
	}
	names, attributes := r.byName["events.name"].(*arrayReader), r.byName["events.attributes"].(*arrayReader)
	for i := times.start(r.row); i < times.start(r.row+1); i++ {
		e := to.AppendEmpty()
		e.SetTimestamp(pcommon.Timestamp(times.of.(*fixedReader).u64(i)))
		e.SetName(textAt(names.of, i))
		eachPair(attributes.of.(*arrayReader), i, func(key string, values reader, k int) { e.Attributes().PutStr(key, textAt(values, k)) })
	}
}

func (r *restorer) links(to ptrace.SpanLinkSlice) {
	traces, ok := r.byName["links.trace_id"].(*arrayReader)
	if !ok {
		return
	}
	spans, attributes := r.byName["links.span_id"].(*arrayReader), r.byName["links.attributes"].(*arrayReader)
	for i := traces.start(r.row); i < traces.start(r.row+1); i++ {
		l := to.AppendEmpty()
		var trace pcommon.TraceID
		var span pcommon.SpanID
		if t, s := textAt(traces.of, i), textAt(spans.of, i); len(t) == 32 && len(s) == 16 {
			fromHex(trace[:], t)
			fromHex(span[:], s)
		}
		l.SetTraceID(trace)
		l.SetSpanID(span)
		eachPair(attributes.of.(*arrayReader), i, func(key string, values reader, k int) { l.Attributes().PutStr(key, textAt(values, k)) })
	}
}

// putJSON sets what structured and other wrote.
func putJSON(to pcommon.Value, text string) {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		to.SetStr(text)
		return
	}
	if s, ok := v.(string); ok {
		if b, err := base64.StdEncoding.DecodeString(s); err == nil {
			to.SetEmptyBytes().FromRaw(b)
			return
		}
	}
	putAny(to, v)
}

func putAny(to pcommon.Value, v any) {
	switch v := v.(type) {
	case string:
		to.SetStr(v)
	case bool:
		to.SetBool(v)
	case json.Number:
		if n, err := v.Int64(); err == nil {
			to.SetInt(n)
		} else if f, err := v.Float64(); err == nil {
			to.SetDouble(f)
		} else {
			to.SetStr(v.String())
		}
	case []any:
		list := to.SetEmptySlice()
		for _, e := range v {
			putAny(list.AppendEmpty(), e)
		}
	case map[string]any:
		m := to.SetEmptyMap()
		for k, e := range v {
			putAny(m.PutEmpty(k), e)
		}
	}
}
