package seed

import (
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// metadata is kept with its fields under watchllm.native.metadata, so that they can be searched.
var metadata = event.F("metadata", func(r *event.Reader, v jsontree.Value) {
	if v.Kind() != jsontree.Object {
		event.Keep(r, "metadata", v)
		return
	}
	(event.Table{}).Read(r, v, event.KeepUnder("metadata"))
})

// latency is how long something took that had ended when the event was made.
var latency = event.F("latency_ms", func(r *event.Reader, v jsontree.Value) {
	event.DurationMs(r, v)
	r.Record.EndsAtTime = true
})

var logLine = kind{
	table: event.NewTable(nil, metadata,
		event.F("level", func(r *event.Reader, v jsontree.Value) {
			r.Record.SeverityText, _ = r.Text(v)
			if r.Record.Severity = event.Severity(r.Record.SeverityText); r.Record.Severity == plog.SeverityNumberUnspecified {
				r.Reject(event.CodeInvalidValue, "must be debug, info, warn or error")
			}
		}),
		event.F("message", (func(r *event.Reader, v jsontree.Value) { r.Body(v) })),
	),
	begin:    func(r *event.Reader) { r.Record.Log = true },
	required: []string{"message"},
}

var failure = kind{
	table: event.NewTable(nil, metadata,
		event.F("message", func(r *event.Reader, v jsontree.Value) {
			if s, ok := r.Text(v); ok {
				r.Record.StatusMessage = s
				r.PutContent(semconv.ExceptionMessage, s)
			}
		}),
		event.F("type", func(r *event.Reader, v jsontree.Value) {
			if s, ok := r.Text(v); ok {
				r.Record.ErrorType = s
				r.PutStr(semconv.ExceptionType, s)
			}
		}),
		event.F("stack|stacktrace", event.Content(semconv.ExceptionStacktrace)),
	),
	begin: func(r *event.Reader) {
		rec := r.Record
		rec.Log, rec.Name, rec.Status = true, "gen_ai.client.operation.exception", ptrace.StatusCodeError
		rec.Severity, rec.SeverityText = plog.SeverityNumberError, "error"
	},
	required: []string{"message"},
}

var span = kind{
	table: event.NewTable(nil, metadata,
		event.F("span_id", event.SpanID),
		event.F("parent_span_id", event.ParentSpanID),
		event.F("name", func(r *event.Reader, v jsontree.Value) { r.Record.Name, _ = r.Text(v) }),
		event.F("start", event.StartTime),
		event.F("end", event.EndTime),
		event.F("attributes", event.Attributes),
	),
	end: func(r *event.Reader) {
		if rec := r.Record; !rec.End.IsZero() && !rec.Time.IsZero() && rec.End.Before(rec.Time) {
			r.RejectField("end", event.CodeInvalidTime, "lies before start")
		}
	},
	required: []string{"name"},
}

// model are the fields of events about a call of a model.
var model = event.NewTable(nil, append(event.UsageRows(), metadata,
	event.F("model", event.Text(semconv.GenAIRequestModel)),
	event.F("provider", event.Text(semconv.GenAIProviderName)),
	event.F("usage", event.ReadUsage),
	event.F("cost|cost_usd|costUSD", func(r *event.Reader, v jsontree.Value) { r.PutCost(v, true) }),
)...)

var tokenUsage = kind{
	table: model,
	begin: client,
	end: func(r *event.Reader) {
		chat(r)
		r.Record.Attrs.PutBool(semconv.WatchLLMUsageStandalone, true)
	},
	required: []string{"model", "inputTokens|input_tokens|promptTokens|prompt_tokens", "outputTokens|output_tokens|completionTokens|completion_tokens"},
}

var modelResponse = kind{
	table: event.NewTable(model, latency,
		event.F("prompt", event.Message(semconv.GenAIInputMessages, "user")),
		event.F("response", event.Message(semconv.GenAIOutputMessages, "assistant")),
		event.F("finish_reason", event.Texts(semconv.GenAIResponseFinishReasons)),
		event.F("success", func(r *event.Reader, v jsontree.Value) {
			if v.Kind() != jsontree.Bool {
				r.Reject(event.CodeInvalidType, "must be true or false, is %s", v.Kind())
				return
			}
			r.Record.Status = ptrace.StatusCodeOk
			if !v.Bool() {
				r.Record.Status = ptrace.StatusCodeError
			}
		}),
		event.F("error", func(r *event.Reader, v jsontree.Value) {
			event.Keep(r, "error", v)
			r.Record.StatusMessage = v.Text()
		}),
	),
	begin:    client,
	end:      chat,
	required: []string{"model"},
}

func client(r *event.Reader) { r.Record.Kind = ptrace.SpanKindClient }

func chat(r *event.Reader) { named("chat", semconv.GenAIRequestModel)(r) }

// named sets the operation and names the span after it and one of its attributes.
func named(operation, attr string) func(r *event.Reader) {
	return func(r *event.Reader) {
		r.Record.Attrs.PutStr(semconv.GenAIOperationName, operation)
		r.Record.Name = event.SpanName(operation, r.Record.Attrs, attr)
	}
}

// message is one message of a conversation, in the form of the conventions of that time.
var message = kind{
	table: event.NewTable(nil, metadata,
		event.F("role", func(r *event.Reader, v jsontree.Value) {
			switch role := v.Text(); role {
			case "user", "system", "assistant", "tool":
				r.PutStr("watchllm.native.role", role)
				r.Record.Name = "gen_ai." + role + ".message"
			default:
				r.Reject(event.CodeInvalidValue, "must be user, system, assistant or tool")
			}
		}),
		event.F("content", func(r *event.Reader, v jsontree.Value) { r.Body(v) }),
	),
	begin:    func(r *event.Reader) { r.Record.Log = true },
	required: []string{"role", "content"},
}

var agentAction = kind{
	table: event.NewTable(nil, metadata, latency,
		event.F("agent_name", event.Text(semconv.GenAIAgentName)),
		event.F("action", event.Text("watchllm.native.action")),
		event.F("input", event.Message(semconv.GenAIInputMessages, "user")),
		event.F("output", event.Message(semconv.GenAIOutputMessages, "assistant")),
		event.F("reasoning", event.Content("watchllm.native.reasoning")),
	),
	end: func(r *event.Reader) {
		named("agent_step", "watchllm.native.action")(r)
	},
	required: []string{"action"},
}

var retrieval = kind{
	table: event.NewTable(nil, metadata, latency,
		event.F("query", event.Content(semconv.GenAIRetrievalQueryText)),
		event.F("results", event.Content(semconv.GenAIRetrievalDocuments)),
		event.F("vector_dimensions", event.Int(semconv.GenAIEmbeddingsDimensionCount)),
	),
	begin:    client,
	end:      named("retrieval", semconv.GenAIDataSourceID),
	required: []string{"query"},
}

var toolCall = kind{
	table: event.NewTable(nil, metadata, latency,
		event.F("tool_name", event.Text(semconv.GenAIToolName)),
		event.F("arguments", event.Content(semconv.GenAIToolCallArguments)),
		event.F("result", event.Content(semconv.GenAIToolCallResult)),
	),
	end:      named("execute_tool", semconv.GenAIToolName),
	required: []string{"toolName|tool_name"},
}

var evalMetric = kind{
	table: event.NewTable(nil, metadata,
		event.F("suite_id", event.Text("watchllm.native.suite_id")),
		event.F("metric", event.Text(semconv.GenAIEvaluationName)),
		event.F("value", event.Double(semconv.GenAIEvaluationScoreValue)),
	),
	begin:    func(r *event.Reader) { r.Record.Log, r.Record.Name = true, "gen_ai.evaluation.result" },
	required: []string{"metric", "value"},
}

var custom = kind{
	table: event.NewTable(nil, metadata,
		event.F("name", event.Text("watchllm.native.name")),
		event.F("payload|data", func(r *event.Reader, v jsontree.Value) { r.Body(v) }),
	),
	begin: func(r *event.Reader) { r.Record.Log, r.Record.Name = true, "watchllm.custom" },
}
