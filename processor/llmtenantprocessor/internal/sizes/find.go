package sizes

import (
	"fmt"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Limits in bytes; 0 is none. An attribute's size is that of the text in its value, a span's or log record's is that in OTLP protobuf.
type Limits struct{ Attribute, Span, LogRecord int }

// Excess is one thing that is too large.
type Excess struct {
	// What it is, for the sender: `the attribute "k" of the span "chat"`.
	What        string
	Attribute   bool
	Size, Limit int
}

const body = "the body"

// FindTraces returns the first thing that is too large, nil if there is none.
func FindTraces(td ptrace.Traces, l Limits) *Excess {
	if l.Attribute == 0 && l.Span == 0 {
		return nil
	}
	var m ptrace.ProtoMarshaler
	for _, rs := range td.ResourceSpans().All() {
		if x := l.find(rs.Resource().Attributes(), "a resource", ""); x != nil {
			return x
		}
		for _, ss := range rs.ScopeSpans().All() {
			if x := l.find(ss.Scope().Attributes(), "the scope", ss.Scope().Name()); x != nil {
				return x
			}
			for _, span := range ss.Spans().All() {
				if x := l.findSpan(span); x != nil {
					return x
				}
				if l.Span == 0 {
					continue
				}
				if size := m.SpanSize(span); size > l.Span {
					return &Excess{What: "the span " + quoted(span.Name()), Size: size, Limit: l.Span}
				}
			}
		}
	}
	return nil
}

func (l Limits) findSpan(span ptrace.Span) *Excess {
	if x := l.find(span.Attributes(), "the span", span.Name()); x != nil {
		return x
	}
	for _, e := range span.Events().All() {
		if x := l.find(e.Attributes(), "an event of the span", span.Name()); x != nil {
			return x
		}
	}
	for _, link := range span.Links().All() {
		if x := l.find(link.Attributes(), "a link of the span", span.Name()); x != nil {
			return x
		}
	}
	return nil
}

// FindLogs is FindTraces for log records; a body counts as an attribute.
func FindLogs(ld plog.Logs, l Limits) *Excess {
	if l.Attribute == 0 && l.LogRecord == 0 {
		return nil
	}
	var m plog.ProtoMarshaler
	for _, rl := range ld.ResourceLogs().All() {
		if x := l.find(rl.Resource().Attributes(), "a resource", ""); x != nil {
			return x
		}
		for _, sl := range rl.ScopeLogs().All() {
			if x := l.find(sl.Scope().Attributes(), "the scope", sl.Scope().Name()); x != nil {
				return x
			}
			for _, r := range sl.LogRecords().All() {
				if x := l.find(r.Attributes(), "the log record", r.EventName()); x != nil {
					return x
				}
				if size := textSize(r.Body()); l.Attribute > 0 && size > l.Attribute {
					return &Excess{What: body + " of the log record " + quoted(r.EventName()), Attribute: true, Size: size, Limit: l.Attribute}
				}
				if l.LogRecord == 0 {
					continue
				}
				if size := m.LogRecordSize(r); size > l.LogRecord {
					return &Excess{What: "the log record " + quoted(r.EventName()), Size: size, Limit: l.LogRecord}
				}
			}
		}
	}
	return nil
}

func (l Limits) find(attrs pcommon.Map, kind, name string) *Excess {
	if l.Attribute == 0 {
		return nil
	}
	for key, value := range attrs.All() {
		if size := textSize(value); size > l.Attribute {
			of := kind
			if name != "" {
				of += " " + quoted(name)
			}
			return &Excess{What: "the attribute " + quoted(key) + " of " + of, Attribute: true, Size: size, Limit: l.Attribute}
		}
	}
	return nil
}

// longestName keeps answers short, whatever a client calls its things.
const longestName = 80

func quoted(name string) string { return fmt.Sprintf("%q", upTo(name, longestName)) }

// textSize is the size of all text in a value. Numbers count for nothing; many of them are a large span.
func textSize(v pcommon.Value) int {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return len(v.Str())
	case pcommon.ValueTypeBytes:
		return v.Bytes().Len()
	case pcommon.ValueTypeMap:
		n := 0
		for key, inner := range v.Map().All() {
			n += len(key) + textSize(inner)
		}
		return n
	case pcommon.ValueTypeSlice:
		n := 0
		for _, inner := range v.Slice().All() {
			n += textSize(inner)
		}
		return n
	}
	return 0
}
