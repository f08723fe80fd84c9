package native

import (
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// custom is what types become that the contract does not know: nothing is rejected for being new.
var custom = kind{
	table: event.NewTable(common),
	begin: func(r *event.Reader) { r.Record.Log, r.Record.Name = true, "watchllm.custom" },
}

var logLine = kind{
	table: event.NewTable(common,
		event.F("body|message", readBody),
		event.F("severity|level", func(r *event.Reader, v jsontree.Value) {
			if s, ok := r.Text(v); ok {
				r.Record.SeverityText, r.Record.Severity = s, event.Severity(s)
			}
		}),
	),
	begin: func(r *event.Reader) { r.Record.Log = true },
}

func readBody(r *event.Reader, v jsontree.Value) { r.Body(v) }

var failure = kind{
	table: event.NewTable(common,
		event.F("error_type", func(r *event.Reader, v jsontree.Value) {
			if s, ok := r.Text(v); ok {
				r.Record.ErrorType = s
				r.PutStr(semconv.ExceptionType, s)
			}
		}),
		event.F("message", func(r *event.Reader, v jsontree.Value) {
			if s, ok := r.Text(v); ok {
				r.StatusMessage(s)
				r.PutContent(semconv.ExceptionMessage, s)
			}
		}),
		event.F("stacktrace|stack", event.Content(semconv.ExceptionStacktrace)),
	),
	begin: func(r *event.Reader) {
		rec := r.Record
		rec.Log, rec.JoinsSpan, rec.Name, rec.Status = true, true, "gen_ai.client.operation.exception", ptrace.StatusCodeError
		rec.Severity, rec.SeverityText = plog.SeverityNumberError, "error"
	},
}
