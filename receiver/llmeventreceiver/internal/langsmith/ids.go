package langsmith

import (
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// otelRun is how the JavaScript SDK writes the id of a run that is an OpenTelemetry span: a UUID that ends in the span's id.
const otelRun = "00000000-0000-0000-"

// runID is the id of a run, or of the span that it is.
func runID(id string) string {
	if rest, ok := strings.CutPrefix(id, otelRun); ok && len(id) == 36 {
		return strings.ReplaceAll(rest, "-", "")
	}
	return id
}

// The Python SDK can send runs in its own format and over OTLP at once (LANGSMITH_OTEL_ENABLED, tracing_mode="hybrid"). Its OTLP spans
// have ids of their own and nowhere the id of the run, so that the two are recognised by their times, which are the same to the
// microsecond. It sends its own format first and waits for the answer.

func echo(start, end time.Time) string {
	if start.IsZero() || end.IsZero() {
		return ""
	}
	return strconv.FormatInt(start.Round(time.Microsecond).UnixMicro(), 36) + "-" + strconv.FormatInt(end.Round(time.Microsecond).UnixMicro(), 36)
}

// echoOf is the echo of a span that this SDK sent, unless it says that it sends nothing else.
func echoOf(scope pcommon.InstrumentationScope, span ptrace.Span) string {
	if scope.Name() != "langsmith" {
		return ""
	}
	for _, mode := range [...][2]string{{"langsmith.metadata.LANGSMITH_TRACING_MODE", "otel"}, {"langsmith.metadata.LANGSMITH_OTEL_ONLY", "true"}} {
		if v, ok := span.Attributes().Get(mode[0]); ok && strings.EqualFold(v.AsString(), mode[1]) {
			return ""
		}
	}
	return echo(span.StartTimestamp().AsTime(), span.EndTimestamp().AsTime())
}
