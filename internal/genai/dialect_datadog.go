package genai

import (
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
)

// datadogLLMObs is what dd-trace says about a call for LLM Observability, under the names the event receiver gives it, or under those
// of the tags that the tracer keeps on its own spans. Its input counts cached tokens for every provider: the tracer adds them.
var datadogLLMObs = &dialect{
	name:    "datadog",
	scopes:  []string{"dd-trace"},
	markers: []string{"datadog.llmobs.*", "_ml_obs.meta.*", "_ml_obs.metrics.*"},
	kind:    kindOfDatadog,
	adjust:  adjustDatadog,
	rows: []row{
		{fieldKind, []string{
			"datadog.llmobs.meta.span.kind", "datadog.llmobs.meta.kind", "_ml_obs.meta.span.kind",
		}},
		{fieldProvider, []string{"datadog.llmobs.meta.model_provider", "_ml_obs.meta.model_provider"}},
		{fieldRequestModel, []string{"datadog.llmobs.meta.metadata.model"}},
		{fieldModel, []string{"datadog.llmobs.meta.model_name", "_ml_obs.meta.model_name"}},

		{fieldInput, []string{"datadog.llmobs.metrics.input_tokens", "datadog.llmobs.metrics.prompt_tokens", "_ml_obs.metrics.input_tokens"}},
		{fieldOutput, []string{"datadog.llmobs.metrics.output_tokens", "datadog.llmobs.metrics.completion_tokens", "_ml_obs.metrics.output_tokens"}},
		{fieldTotal, []string{"datadog.llmobs.metrics.total_tokens", "_ml_obs.metrics.total_tokens"}},
		{fieldCacheRead, []string{"datadog.llmobs.metrics.cache_read_input_tokens", "_ml_obs.metrics.cache_read_input_tokens"}},
		{fieldCacheWrite, []string{"datadog.llmobs.metrics.cache_write_input_tokens", "_ml_obs.metrics.cache_write_input_tokens"}},
		{fieldCacheWrite5m, []string{"datadog.llmobs.metrics.ephemeral_5m_input_tokens"}},
		{fieldCacheWrite1h, []string{"datadog.llmobs.metrics.ephemeral_1h_input_tokens"}},
		{fieldUncached, []string{"datadog.llmobs.metrics.non_cached_input_tokens"}},
		{fieldReasoning, []string{"datadog.llmobs.metrics.reasoning_output_tokens", "_ml_obs.metrics.reasoning_output_tokens"}},
		{fieldReportedCost, []string{"watchllm.cost.reported", "datadog.llmobs.metrics.total_cost"}},
		{fieldTTFT, []string{"datadog.llmobs.metrics.time_to_first_token"}},

		{fieldStream, []string{"datadog.llmobs.meta.metadata.stream"}},
		{fieldFinishReasons, []string{
			"datadog.llmobs.meta.metadata.finish_reason", "datadog.llmobs.meta.metadata.finishReason", "datadog.llmobs.meta.metadata.stop_reason",
		}},
		{fieldErrorType, []string{"datadog.llmobs.meta.error.type", "error.type"}},
		{fieldConversationID, []string{"datadog.llmobs.session_id", "datadog.llmobs.tags.session_id", "_ml_obs.session_id"}},
		{fieldUserID, []string{"watchllm.user.id", "datadog.llmobs.tags.user_id", "datadog.llmobs.tags.usr.id", "datadog.llmobs.tags.user.id"}},
		{fieldAgentName, []string{"datadog.llmobs.meta.agent_attribution.pagent_name"}},
		{fieldToolCallID, []string{"datadog.llmobs.meta.metadata.tool_id", "datadog.llmobs.meta.metadata.tool_call_id"}},
		{fieldToolDefinitions, []string{"datadog.llmobs.meta.tool_definitions"}},

		{fieldMaxTokens, []string{"datadog.llmobs.meta.metadata.max_tokens", "datadog.llmobs.meta.metadata.max_output_tokens"}},
		{fieldTemperature, []string{"datadog.llmobs.meta.metadata.temperature"}},
		{fieldTopP, []string{"datadog.llmobs.meta.metadata.top_p"}},
		{fieldTopK, []string{"datadog.llmobs.meta.metadata.top_k"}},
		{fieldFrequencyPenalty, []string{"datadog.llmobs.meta.metadata.frequency_penalty"}},
		{fieldPresencePenalty, []string{"datadog.llmobs.meta.metadata.presence_penalty"}},
		{fieldChoiceCount, []string{"datadog.llmobs.meta.metadata.n"}},
		{fieldSeed, []string{"datadog.llmobs.meta.metadata.seed"}},
		{fieldRequestTier, []string{"datadog.llmobs.meta.metadata.service_tier"}},

		{fieldInputMessages, []string{"datadog.llmobs.meta.input.messages", "datadog.llmobs.meta.input.documents", "_ml_obs.meta.input.messages"}},
		{fieldOutputMessages, []string{"datadog.llmobs.meta.output.messages", "_ml_obs.meta.output.messages"}},
		{fieldInputValue, []string{"datadog.llmobs.meta.input.value", "_ml_obs.meta.input.value"}},
		{fieldOutputValue, []string{"datadog.llmobs.meta.output.value", "datadog.llmobs.meta.output.documents", "_ml_obs.meta.output.value"}},
	},
	cacheMeans: func(*reading) semantics { return includesCache },
}

func kindOfDatadog(kind string) (role, operation string) {
	switch kind {
	case "llm":
		return semconv.RoleLLM, "chat"
	case "embedding":
		return semconv.RoleEmbedding, "embeddings"
	case "tool":
		return semconv.RoleTool, "execute_tool"
	case "retrieval":
		return semconv.RoleRetrieval, "retrieval"
	case "agent":
		return semconv.RoleAgent, "invoke_agent"
	case "workflow":
		return semconv.RoleWorkflow, "invoke_workflow"
	case "task", "step", "experiment":
		return semconv.RoleStep, ""
	default:
		return "", ""
	}
}

func adjustDatadog(r *reading) {
	f, c, u := r.facts, r.call, r.usage
	// What the tracer writes when it does not know; neither is a name.
	if c.Provider == "unknown" || c.Provider == "custom" {
		c.Provider = ""
	}
	if c.RequestModel == "custom" {
		c.RequestModel = ""
	}
	role, _ := kindOfDatadog(f.str(fieldKind))
	adoptPayload(r, role)
	if !IsModelRole(role) {
		return
	}
	forgetZeroUsage(u) // the tracer's contract: a count nobody measured is sent as zero
	// Gemini counts its thoughts beside the candidates, and the tracer passes on only these; the total has both.
	if strings.HasPrefix(c.Provider, "gcp.") && u.Input.Known && u.Output.Known && !u.Reasoning.Known && u.Total.N > u.Input.N+u.Output.N {
		u.Output = known(u.Total.N - u.Input.N)
		u.Flags |= FlagReasoningAdded
	}
}
