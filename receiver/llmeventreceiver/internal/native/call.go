package native

import (
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// model are the fields of everything that runs a model.
var model = event.NewTable(common,
	event.F("operation", event.Text(semconv.GenAIOperationName)),
	event.F("provider", event.Text(semconv.GenAIProviderName)),
	event.F("request_model|model", event.Text(semconv.GenAIRequestModel)),
	event.F("response_model", event.Text(semconv.GenAIResponseModel)),
	event.F("response_id", event.Text(semconv.GenAIResponseID)),
	event.F("server_address", event.Text(semconv.ServerAddress)),
	event.F("service_tier", event.Text(semconv.OpenAIResponseServiceTier)),
	event.F("usage", event.ReadUsage),
	event.F("cost", event.ReadCost),
	event.F("params", func(r *event.Reader, v jsontree.Value) { paramsTable.Read(r, v, event.KeepUnder("params")) }),
)

var paramsTable = event.NewTable(nil,
	event.F("temperature", event.Double(semconv.GenAIRequestTemperature)),
	event.F("top_p", event.Double(semconv.GenAIRequestTopP)),
	event.F("top_k", event.Double(semconv.GenAIRequestTopK)),
	event.F("max_tokens|max_output_tokens|max_completion_tokens", event.Int(semconv.GenAIRequestMaxTokens)),
	event.F("seed", event.Int(semconv.GenAIRequestSeed)),
	event.F("choice_count|n", event.Int(semconv.GenAIRequestChoiceCount)),
	event.F("frequency_penalty", event.Double(semconv.GenAIRequestFrequencyPenalty)),
	event.F("presence_penalty", event.Double(semconv.GenAIRequestPresencePenalty)),
	event.F("stop_sequences|stop", event.Texts(semconv.GenAIRequestStopSequences)),
	event.F("reasoning_level|reasoning_effort", event.Text(semconv.GenAIRequestReasoningLevel)),
	event.F("encoding_formats", event.Texts(semconv.GenAIRequestEncodingFormats)),
	event.F("previous_response_id", event.Text(semconv.GenAIRequestPreviousResponseID)),
)

var llmCall = kind{
	table: event.NewTable(model,
		event.F("stream", event.Boolean(semconv.GenAIRequestStream)),
		event.F("time_to_first_chunk_ms", event.Seconds(semconv.GenAIResponseTimeToFirstChunk)),
		event.F("finish_reasons|finish_reason", event.Texts(semconv.GenAIResponseFinishReasons)),
		event.F("output_type", event.Text(semconv.GenAIOutputType)),
		event.F("system_instructions", event.Content(semconv.GenAISystemInstructions)),
		event.F("input_messages", event.Message(semconv.GenAIInputMessages, "user")),
		event.F("output_messages", event.Message(semconv.GenAIOutputMessages, "assistant")),
		event.F("tool_definitions", event.Content(semconv.GenAIToolDefinitions)),
		event.F("prompt_name", event.Text(semconv.GenAIPromptName)),
		event.F("prompt_version", event.Text(semconv.GenAIPromptVersion)),
	),
	begin: call,
	end:   func(r *event.Reader, _ jsontree.Value) { nameModelSpan(r, "chat") },
}

var embedding = kind{
	table: event.NewTable(model,
		event.F("dimension_count", event.Int(semconv.GenAIEmbeddingsDimensionCount)),
		event.F("input_count", event.Int(semconv.WatchLLMNativeInputCount)),
	),
	begin: call,
	end:   func(r *event.Reader, _ jsontree.Value) { nameModelSpan(r, "embeddings") },
}

var tokenUsage = kind{
	table: event.NewTable(model,
		event.F("call_id", func(r *event.Reader, v jsontree.Value) {
			event.TargetEventID(r, v)
			r.PutStr(semconv.WatchLLMNativeCallID, r.Record.TargetEventID)
		}),
	),
	begin: func(r *event.Reader) { client(r); r.Record.JoinsSpan = true },
	end: func(r *event.Reader, _ jsontree.Value) {
		nameModelSpan(r, "chat")
		r.Record.Attrs.PutBool(semconv.WatchLLMUsageStandalone, true)
		if r.Record.Usage == nil {
			r.RejectField("usage", event.CodeMissingField, "is missing; a token_usage event reports input_tokens and output_tokens")
		}
	},
}

func call(r *event.Reader) { client(r); r.Record.Call = true }

func client(r *event.Reader) { r.Record.Kind = ptrace.SpanKindClient }

// nameModelSpan names the span `{operation} {model}`.
func nameModelSpan(r *event.Reader, operation string) {
	attrs := r.Record.Attrs
	if v, ok := attrs.Get(semconv.GenAIOperationName); ok {
		operation = v.Str()
	} else {
		attrs.PutStr(semconv.GenAIOperationName, operation)
	}
	name := event.SpanName(operation, attrs, semconv.GenAIRequestModel)
	if name == operation {
		name = event.SpanName(operation, attrs, semconv.GenAIResponseModel)
	}
	r.Record.Name = name
}
