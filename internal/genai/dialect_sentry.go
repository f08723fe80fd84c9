package genai

import (
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
)

// sentry is the spans of Sentry's clients: gen_ai names of every generation, Sentry's own operation, and the ai names of the Python
// client from before there were any others. Input includes cached tokens in current clients; older ones added them only to the total,
// which proves it.
var sentry = &dialect{
	name:   "sentry",
	scopes: []string{"sentry.*"},
	scoped: []string{
		"gen_ai.*", "ai.model_id", "ai.prompt_tokens.used", "ai.completion_tokens.used", "ai.total_tokens.used", "mcp.method.name",
		"sentry.measurements.ai_*",
	},
	hints:  []string{"sentry.op", "sentry.origin"},
	kind:   kindOfSentry,
	adjust: adjustSentry,
	rows: append(onTopOf(genAIRows,
		row{fieldKind, []string{"sentry.op"}},
		row{fieldModel, []string{"ai.model_id"}},
		row{fieldInput, []string{"ai.prompt_tokens.used", "sentry.measurements.ai_prompt_tokens_used"}},
		row{fieldOutput, []string{"ai.completion_tokens.used", "sentry.measurements.ai_completion_tokens_used"}},
		row{fieldTotal, []string{"ai.total_tokens.used", "sentry.measurements.ai_total_tokens_used"}},
		row{fieldReportedCost, []string{"gen_ai.cost.total_tokens"}},
		row{fieldStream, []string{"gen_ai.response.streaming", "ai.streaming"}},
		row{fieldTTFT, []string{"gen_ai.response.time_to_first_token"}},
		row{fieldFinishReasons, []string{"gen_ai.response.stop_reason", "ai.finish_reason"}},
		row{fieldErrorType, []string{"sentry.status"}},
		row{fieldAgentName, []string{"ai.pipeline.name", "gen_ai.pipeline.name"}},
	),
		row{fieldInputMessages, []string{"gen_ai.request.messages", "gen_ai.embeddings.input", "ai.input_messages"}},
		row{fieldOutputMessages, []string{"gen_ai.response.tool_calls", "gen_ai.response.text", "ai.responses"}},
		row{fieldToolDefinitions, []string{"gen_ai.request.available_tools"}},
	),
	cacheMeans: func(*reading) semantics { return includesCache },
}

// kindOfSentry knows the operations of spans that have no gen_ai.operation.name, or one that only Sentry uses.
func kindOfSentry(op string) (role, operation string) {
	if name, ok := strings.CutPrefix(op, "gen_ai."); ok {
		switch name {
		case "generate_text", "stream_text", "generate_object", "stream_object":
			return semconv.RoleLLM, "chat"
		case "embed_many":
			return semconv.RoleEmbedding, "embeddings"
		case "handoff", "pipeline":
			return semconv.RoleStep, ""
		}
		if role, ok := roleOfOperation(name); ok {
			return role, operationOfRole(role)
		}
		return "", ""
	}
	switch {
	case strings.HasPrefix(op, "ai.chat_completions."), strings.HasPrefix(op, "ai.messages."), strings.HasPrefix(op, "ai.responses."):
		return semconv.RoleLLM, "chat"
	case strings.HasPrefix(op, "ai.embeddings."):
		return semconv.RoleEmbedding, "embeddings"
	case strings.HasPrefix(op, "ai.pipeline"), strings.HasPrefix(op, "ai.run"):
		return semconv.RoleWorkflow, "invoke_workflow"
	default:
		return "", ""
	}
}

// adjustSentry refuses the status of spans that did not fail: "cancelled" and "unknown" are no errors.
func adjustSentry(r *reading) {
	switch r.facts.str(fieldErrorType) {
	case "ok", "unset", "unknown", "cancelled":
		r.facts.drop(fieldErrorType)
	}
}
