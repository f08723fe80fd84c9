package genai

import (
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
)

// liteLLM is the OpenTelemetry callback of LiteLLM, in its proxy and as a library. The call is the span litellm_request, or, where there
// was a span already, that one; the proxy's own request span may repeat its attributes around it. Counts are the provider's made to look
// like OpenAI's: input includes cached tokens. The response model is the name the caller asked for.
var liteLLM = &dialect{
	name:    "litellm",
	scopes:  []string{"litellm*"},
	markers: []string{"litellm.*", "gen_ai.cost.*", "hidden_params", "metadata.user_api_key*"},
	scoped:  []string{"gen_ai.*", "llm.request.type", "llm.is_streaming"},
	kind:    kindOfLiteLLM,
	adjust:  adjustLiteLLM,
	rows: onTopOf(genAIRows,
		row{fieldAskedJSON, []string{"hidden_params"}},
		row{fieldUsageJSON, []string{"metadata.usage_object"}},
		row{fieldEntityName, []string{"litellm.provider.model"}},
		row{fieldLevel, []string{"litellm.cache_hit", "cache_hit", "metadata.cache_hit"}},
		row{fieldCostJSON, []string{"litellm.cost.total", "metadata.response_cost"}},
		row{fieldMoreInput, []string{"metadata.user_api_key_user_id", "metadata.user_api_key_end_user_id"}},
		row{fieldMoreOutput, []string{"metadata.session_id", "litellm.session_id"}},
	),
	cacheMeans: func(*reading) semantics { return includesCache },
}

// kindOfLiteLLM knows LiteLLM's call types; those that begin with an a are the asynchronous ones.
func kindOfLiteLLM(kind string) (role, operation string) {
	if role, operation = callTypeOfLiteLLM(kind); role == "" {
		role, operation = callTypeOfLiteLLM(strings.TrimPrefix(kind, "a"))
	}
	return role, operation
}

func callTypeOfLiteLLM(kind string) (role, operation string) {
	switch kind {
	case "completion", "responses", "anthropic_messages", "generate_content", "generate_content_stream", "realtime":
		return semconv.RoleLLM, "chat"
	case "text_completion":
		return semconv.RoleLLM, "text_completion"
	case "image_generation", "image_edit", "speech", "transcription":
		return semconv.RoleLLM, kind
	case "moderation":
		return semconv.RoleGuardrail, ""
	default:
		return kindOfRequestType(kind)
	}
}

func adjustLiteLLM(r *reading) {
	f, c := r.facts, r.call
	// The operation is chat for everything, or the call type once more; the call type is exact.
	kind := f.str(fieldKind)
	if kind == "" {
		kind = c.Operation
	}
	r.role, r.operation = kindOfLiteLLM(kind)
	if hit, ok := f.boolean(fieldLevel); ok && hit {
		// Answered from LiteLLM's own cache, with the counts, the cost and the id of the call that filled it.
		r.role, r.operation = semconv.RoleOther, ""
	}
	if c.UserID == "" {
		c.UserID = f.str(fieldMoreInput)
	}
	if c.ConversationID == "" {
		c.ConversationID = f.str(fieldMoreOutput)
	}
	if c.Provider == "" {
		prefix, _, _ := strings.Cut(f.str(fieldEntityName), "/")
		c.Provider = normaliseProvider(prefix)
	}
	if usage := f.jsonFact(fieldUsageJSON); usage != "" {
		r.usageJSON(usage, false)
		if r.usage.Reasoning.N == 0 && countsCacheApart(c.Provider, c.RequestModel, c.ResponseModel) {
			r.usage.Reasoning = Count{} // these providers do not say; LiteLLM fills in 0
		}
	}
	f.adopt(fieldReportedCost, fieldCostJSON)
	if !f.has(fieldReportedCost) && r.usage.Any() {
		r.reportCost(jsonScalarMember(f.jsonFact(fieldAskedJSON), "response_cost"))
	}
}
