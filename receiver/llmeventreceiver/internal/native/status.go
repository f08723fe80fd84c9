package native

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// statusTable reads the status of a span into its own place. Log records have none, so theirs is kept beside them.
var statusTable = event.NewTable(nil,
	event.F("code", readCode),
	event.F("error_type", func(r *event.Reader, v jsontree.Value) {
		s, ok := r.Text(v)
		switch {
		case !ok:
		case r.Record.JoinsSpan && r.Record.Log: // an error's own type says more
			r.PutStr(semconv.WatchLLMNativeStatusErrorType, s)
		default:
			r.Record.ErrorType = s
		}
	}),
	event.F("message", func(r *event.Reader, v jsontree.Value) {
		s, ok := r.Text(v)
		switch {
		case !ok:
		case r.Record.Log:
			r.PutContent(semconv.WatchLLMNativeStatusMessage, s)
		default:
			r.StatusMessage(s)
		}
	}),
)

func readStatus(r *event.Reader, v jsontree.Value) {
	if v.Kind() == jsontree.String {
		readCode(r, v)
		return
	}
	statusTable.Read(r, v, event.KeepUnder("status"))
}

func readCode(r *event.Reader, v jsontree.Value) {
	var code ptrace.StatusCode
	name := strings.ToLower(v.Text())
	switch name {
	case "ok":
		code = ptrace.StatusCodeOk
	case "error":
		code = ptrace.StatusCodeError
	case "unset":
		return
	default:
		r.Reject(event.CodeInvalidValue, "must be ok or error")
		return
	}
	if r.Record.Log {
		r.PutStr(semconv.WatchLLMNativeStatusCode, name)
		return
	}
	r.Record.Status = code
}
