package llmlogsconnector

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
)

// fill makes the span of the event: its attributes as they are, under an identity and times that the event alone determines.
func (e *event) fill(span ptrace.Span, f finding) {
	trace, parent := e.trace()
	span.SetTraceID(trace)
	span.SetSpanID(e.spanID(trace))
	span.SetParentSpanID(parent)
	start, end := e.times()
	span.SetStartTimestamp(start)
	span.SetEndTimestamp(end)
	span.SetFlags(uint32(e.record.Flags()))
	span.SetDroppedAttributesCount(e.record.DroppedAttributesCount())

	subject := anyText(e.attrs, "gen_ai.request.model", "model", "gen_ai.response.model")
	span.SetKind(ptrace.SpanKindClient)
	if f.kind == kindTool {
		subject = anyText(e.attrs, "gen_ai.tool.name", "tool_name", "function_name")
		span.SetKind(ptrace.SpanKindInternal)
	}
	span.SetName(f.operation)
	if subject != "" {
		span.SetName(f.operation + " " + subject)
	}
	if f.kind == kindFailedCall || f.kind == kindTool && e.unsuccessful() {
		span.Status().SetCode(ptrace.StatusCodeError)
		span.Status().SetMessage(text(e.attrs, "error.message"))
		if span.Status().Message() == "" {
			span.Status().SetMessage(text(e.attrs, "error"))
		}
	}

	attrs := span.Attributes()
	e.attrs.CopyTo(attrs)
	attrs.EnsureCapacity(e.attrs.Len() + 2)
	attrs.PutStr(eventNameKey, e.name) // readers find it in one place
	attrs.PutStr(semconv.WatchLLMSignal, semconv.SignalLog)
}

// unsuccessful understands false as a boolean and as text.
func (e *event) unsuccessful() bool {
	v, ok := e.attrs.Get("success")
	if !ok {
		return false
	}
	return v.Type() == pcommon.ValueTypeBool && !v.Bool() || v.Type() == pcommon.ValueTypeStr && v.Str() == "false"
}
