package native

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// Schema is the name of the contract; minor additions do not change it.
const Schema = "watchllm.events/1"

// kind is what one type of event becomes.
type kind struct {
	table event.Table
	// begin is called before the fields are read, end after.
	begin, end func(r *event.Reader)
}

// kinds is every type of the contract; a new type is one line here and one file.
var kinds = map[string]kind{
	"llm.call":     llmCall,
	"embedding":    embedding,
	"tool.call":    toolCall,
	"retrieval":    retrieval,
	"agent.run":    agentRun,
	"agent.step":   agentStep,
	"workflow.run": workflowRun,
	"token_usage":  tokenUsage,
	"evaluation":   evaluation,
	"feedback":     evaluation,
	"error":        failure,
	"log":          logLine,
}

// common are the fields that every type has.
var common = event.NewTable(nil,
	event.F("id", event.EventID),
	event.F("schema", func(*event.Reader, jsontree.Value) {}), // checked before
	event.F("type", func(r *event.Reader, v jsontree.Value) {
		if t, ok := r.Text(v); ok {
			r.Record.Type = t
		}
	}),
	event.F("op", readOp),
	event.F("seq", func(r *event.Reader, v jsontree.Value) {
		n, ok := v.Int()
		if !ok || n < 0 {
			r.Reject(event.CodeInvalidNumber, "must be a whole number that counts up")
		}
		r.Record.Seq = n
	}),
	event.F("time|timestamp|start_time", event.StartTime),
	event.F("end_time", event.EndTime),
	event.F("duration_ms", event.DurationMs),
	event.F("trace_id", event.TraceID),
	event.F("span_id", event.SpanID),
	event.F("parent_span_id", event.ParentSpanID),
	event.F("conversation_id|session_id", event.Text(semconv.GenAIConversationID)),
	event.F("user_id", event.Text(semconv.WatchLLMUserID)),
	event.F("agent_name", event.Text(semconv.GenAIAgentName)),
	event.F("agent_id", event.Text(semconv.GenAIAgentID)),
	event.F("environment", func(r *event.Reader, v jsontree.Value) {
		if s, ok := r.Text(v); ok {
			r.Record.Environment = s
		}
	}),
	event.F("tags", event.Texts("watchllm.native.tags")),
	event.F("attributes", event.Attributes),
	event.F("status", readStatus),
)

// Read reads one event of the contract into rec.
func Read(rec *event.Record, v jsontree.Value, limits event.Limits) *event.Rejection {
	r := event.NewReader(rec, limits)
	if v.Kind() != jsontree.Object {
		r.Reject(event.CodeNotAnObject, "an event must be an object, is %s", v.Kind())
		return r.Rejection()
	}
	name := v.Get("type")
	k, known := kinds[name.Text()]
	switch {
	case name.IsNothing():
		r.RejectField("type", event.CodeMissingField, "is missing; use llm.call, tool.call, agent.run, log or another type of %s", Schema)
		return r.Rejection()
	case name.Kind() != jsontree.String:
		r.RejectField("type", event.CodeInvalidType, "must be text, is %s", name.Kind())
		return r.Rejection()
	case !known:
		k = custom
	}
	if id := v.Get("id"); id.Kind() == jsontree.String { // read first, so that every rejection can name it
		event.EventID(r, id)
		if r.Rejection() != nil {
			r = event.NewReader(rec, limits)
			r.RejectField("id", event.CodeInvalidID, "must have 1 to 64 characters")
			return r.Rejection()
		}
	}
	if k.begin != nil {
		k.begin(r)
	}
	k.table.Read(r, v, event.Keep)
	if r.Rejection() == nil && k.end != nil {
		k.end(r)
	}
	if r.Rejection() == nil && !rec.End.IsZero() && !rec.Time.IsZero() && rec.End.Before(rec.Time) {
		r.RejectField("end_time", event.CodeInvalidTime, "lies before the time of the event")
	}
	return r.Rejection()
}

func readOp(r *event.Reader, v jsontree.Value) {
	switch v.Text() {
	case "create":
	case "merge":
		r.Record.Op = event.OpMerge
	default:
		r.Reject(event.CodeInvalidOp, "must be create or merge")
	}
}

var statusTable = event.NewTable(nil,
	event.F("code", func(r *event.Reader, v jsontree.Value) { readCode(r, v) }),
	event.F("error_type", func(r *event.Reader, v jsontree.Value) {
		if s, ok := r.Text(v); ok {
			r.Record.ErrorType = s
		}
	}),
	event.F("message", func(r *event.Reader, v jsontree.Value) {
		if s, ok := r.Text(v); ok {
			r.Record.StatusMessage = s
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
	switch strings.ToLower(v.Text()) {
	case "ok":
		r.Record.Status = ptrace.StatusCodeOk
	case "error":
		r.Record.Status = ptrace.StatusCodeError
	case "unset":
	default:
		r.Reject(event.CodeInvalidValue, "must be ok or error")
	}
}

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
				r.Record.StatusMessage = s
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

var evaluation = kind{
	table: event.NewTable(common,
		event.F("name", event.Text(semconv.GenAIEvaluationName)),
		event.F("score|value", event.Double(semconv.GenAIEvaluationScoreValue)),
		event.F("label", event.Text(semconv.GenAIEvaluationScoreLabel)),
		event.F("explanation|comment", event.Content(semconv.GenAIEvaluationExplanation)),
		event.F("target", func(r *event.Reader, v jsontree.Value) { targetTable.Read(r, v, event.KeepUnder("target")) }),
	),
	begin: func(r *event.Reader) { r.Record.Log, r.Record.Name = true, "gen_ai.evaluation.result" },
	end: func(r *event.Reader) {
		if _, ok := r.Record.Attrs.Get(semconv.GenAIEvaluationName); !ok {
			r.RejectField("name", event.CodeMissingField, "is missing; name what was evaluated, such as relevance or thumbs")
		}
	},
}

var targetTable = event.NewTable(nil,
	event.F("span_id", event.SpanID),
	event.F("trace_id", event.TraceID),
	event.F("response_id", event.Text(semconv.GenAIResponseID)),
	event.F("conversation_id", event.Text(semconv.GenAIConversationID)),
	event.F("event_id", event.TargetEventID),
)
