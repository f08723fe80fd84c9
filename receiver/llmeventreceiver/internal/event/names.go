package event

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// SpanName is `{operation} {value of attr}`, or the operation alone.
func SpanName(operation string, attrs pcommon.Map, attr string) string {
	if v, ok := attrs.Get(attr); ok && v.Type() == pcommon.ValueTypeStr && v.Str() != "" {
		return operation + " " + v.Str()
	}
	return operation
}

// Severity of a level's name; unspecified for names that are none.
func Severity(level string) plog.SeverityNumber {
	switch strings.ToLower(level) {
	case "trace":
		return plog.SeverityNumberTrace
	case "debug":
		return plog.SeverityNumberDebug
	case "info", "information", "notice", "log":
		return plog.SeverityNumberInfo
	case "warn", "warning":
		return plog.SeverityNumberWarn
	case "error", "err":
		return plog.SeverityNumberError
	case "fatal", "critical", "emergency", "alert":
		return plog.SeverityNumberFatal
	}
	return plog.SeverityNumberUnspecified
}

// Body sets the body of a log record; text that is too long is cut and marked.
func (r *Reader) Body(v jsontree.Value) {
	if v.Kind() == jsontree.String || v.Size() > r.limits.ContentBytes {
		r.Record.Body.SetStr(r.cut("body", contentOf(v)))
		return
	}
	ToValue(v, r.Record.Body)
}
