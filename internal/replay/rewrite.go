package replay

import (
	"crypto/rand"
	"iter"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

type spanList = iter.Seq[ptrace.Span]

// spansOf walks all spans of a request.
func spansOf(td ptrace.Traces) spanList {
	return func(yield func(ptrace.Span) bool) {
		for _, rs := range td.ResourceSpans().All() {
			for _, ss := range rs.ScopeSpans().All() {
				for _, span := range ss.Spans().All() {
					if !yield(span) {
						return
					}
				}
			}
		}
	}
}

func recordsOf(ld plog.Logs) iter.Seq[plog.LogRecord] {
	return func(yield func(plog.LogRecord) bool) {
		for _, rl := range ld.ResourceLogs().All() {
			for _, sl := range rl.ScopeLogs().All() {
				for _, record := range sl.LogRecords().All() {
					if !yield(record) {
						return
					}
				}
			}
		}
	}
}

// moved keeps an absent time absent.
func moved(t pcommon.Timestamp, by time.Duration) pcommon.Timestamp {
	if t == 0 {
		return 0
	}
	return pcommon.NewTimestampFromTime(t.AsTime().Add(by))
}

func shiftSpan(span ptrace.Span, by time.Duration) {
	span.SetStartTimestamp(moved(span.StartTimestamp(), by))
	span.SetEndTimestamp(moved(span.EndTimestamp(), by))
	for _, e := range span.Events().All() {
		e.SetTimestamp(moved(e.Timestamp(), by))
	}
}

func shiftRecord(record plog.LogRecord, by time.Duration) {
	record.SetTimestamp(moved(record.Timestamp(), by))
	record.SetObservedTimestamp(moved(record.ObservedTimestamp(), by))
}

// renamer gives every trace and span a new id, the same one wherever the old one is mentioned.
type renamer struct {
	traces map[pcommon.TraceID]pcommon.TraceID
	spans  map[pcommon.SpanID]pcommon.SpanID
}

func newRenamer() *renamer {
	return &renamer{traces: map[pcommon.TraceID]pcommon.TraceID{}, spans: map[pcommon.SpanID]pcommon.SpanID{}}
}

func (r *renamer) trace(old pcommon.TraceID) pcommon.TraceID {
	if old.IsEmpty() {
		return old
	}
	id, ok := r.traces[old]
	if !ok {
		_, _ = rand.Read(id[:])
		r.traces[old] = id
	}
	return id
}

func (r *renamer) span(old pcommon.SpanID) pcommon.SpanID {
	if old.IsEmpty() {
		return old
	}
	id, ok := r.spans[old]
	if !ok {
		_, _ = rand.Read(id[:])
		r.spans[old] = id
	}
	return id
}

func (r *renamer) rename(span ptrace.Span) {
	span.SetTraceID(r.trace(span.TraceID()))
	span.SetSpanID(r.span(span.SpanID()))
	span.SetParentSpanID(r.span(span.ParentSpanID()))
	for _, link := range span.Links().All() {
		link.SetTraceID(r.trace(link.TraceID()))
		link.SetSpanID(r.span(link.SpanID()))
	}
}

func (r *renamer) renameRecord(record plog.LogRecord) {
	record.SetTraceID(r.trace(record.TraceID()))
	record.SetSpanID(r.span(record.SpanID()))
}
