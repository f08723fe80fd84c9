package spanblock

import (
	"crypto/sha256"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Identity returns the span's ids. OTLP forbids empty ones; a sender that leaves them out gets ids that
// are made from the span's content, so that its spans do not pass for copies of each other and a
// span that is sent again still does.
func Identity(s ptrace.Span) (pcommon.TraceID, pcommon.SpanID) {
	trace, span := s.TraceID(), s.SpanID()
	if !trace.IsEmpty() && !span.IsEmpty() {
		return trace, span
	}
	td := ptrace.NewTraces()
	s.CopyTo(td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty())
	data, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	if err != nil {
		return trace, span
	}
	sum := sha256.Sum256(data)
	if trace.IsEmpty() {
		copy(trace[:], sum[:16])
	}
	if span.IsEmpty() {
		copy(span[:], sum[16:])
	}
	return trace, span
}

// StatusCode returns the span's status as the status_code column stores it.
func StatusCode(s ptrace.Span) uint8 { return enum(int32(s.Status().Code()), 2) }
