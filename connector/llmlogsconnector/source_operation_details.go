package llmlogsconnector

// operationDetails is OpenTelemetry's own event of a call, and the events around it.
var operationDetails = source{
	name: "operation_details",
	events: map[string]judge{
		"gen_ai.client.inference.operation.details": details,

		// Older: one event for each message. They never carried counts, nor a model, and the span they stand in does.
		"gen_ai.system.message":     ignore(ignoreMessage),
		"gen_ai.user.message":       ignore(ignoreMessage),
		"gen_ai.assistant.message":  ignore(ignoreMessage),
		"gen_ai.tool.message":       ignore(ignoreMessage),
		"gen_ai.choice":             ignore(ignoreMessage),
		"gen_ai.content.prompt":     ignore(ignoreMessage),
		"gen_ai.content.completion": ignore(ignoreMessage),

		"gen_ai.evaluation.result":          ignore(ignoreAnnotation),
		"gen_ai.client.operation.exception": ignore(ignoreAnnotation),
		"exception":                         ignore(ignoreAnnotation),
	},
}

// details is a call when the event names one and shows how it ended. Some clients write one event with the request and one with the
// answer, or only the messages.
func details(e *event) finding {
	operation := text(e.attrs, "gen_ai.operation.name")
	switch {
	case fromGeminiCLI(e):
		return finding{ignored: ignoreRepeated}
	case operation == "" && !hasAny(e.attrs, "gen_ai.request.model", "gen_ai.response.model"):
		return finding{ignored: ignoreContent}
	case hasAny(e.attrs, "error.type"):
		return failedCall(orChat(operation))
	case hasAny(e.attrs, "gen_ai.response.id", "gen_ai.response.finish_reasons") || usageShown(e):
		return call(orChat(operation))
	default:
		return finding{ignored: ignoreContent}
	}
}

// usageShown looks for counts under the names of all generations.
func usageShown(e *event) bool {
	return hasAny(e.attrs, "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.prompt_tokens", "gen_ai.usage.completion_tokens")
}

func orChat(operation string) string {
	if operation == "" {
		return "chat"
	}
	return operation
}
