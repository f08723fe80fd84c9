package genai

import "github.com/watchllm/watchllm/internal/semconv"

// postHog is the AI events of PostHog's clients, their properties as attributes. Zeros are left out by most of them, so that an absent
// cache count says nothing about how the client counts.
var postHog = &dialect{
	name:    "posthog",
	scopes:  []string{"posthog*"},
	markers: []string{"$ai_*", "posthog.event"},
	kind:    kindOfPostHog,
	adjust:  adjustPostHog,
	rows: []row{
		{fieldKind, []string{"posthog.event"}},
		{fieldEntityName, []string{"$ai_span_type"}},
		{fieldProvider, []string{"$ai_provider"}},
		{fieldRequestModel, []string{"$ai_model"}},
		{fieldResponseModel, []string{"$ai_response_model"}},
		{fieldResponseID, []string{"$ai_completion_id", "$ai_response_id"}},
		{fieldResponseTier, []string{"$ai_service_tier"}},
		{fieldRequestTier, []string{"$ai_model_parameters.service_tier"}},

		{fieldInput, []string{"$ai_input_tokens"}},
		{fieldOutput, []string{"$ai_output_tokens"}},
		{fieldTotal, []string{"$ai_total_tokens"}},
		{fieldCacheRead, []string{"$ai_cache_read_input_tokens"}},
		{fieldCacheWrite, []string{"$ai_cache_creation_input_tokens"}},
		{fieldCacheWrite5m, []string{"$ai_cache_creation_5m_input_tokens"}},
		{fieldCacheWrite1h, []string{"$ai_cache_creation_1h_input_tokens"}},
		{fieldReasoning, []string{"$ai_reasoning_tokens"}},
		{fieldCacheApart, []string{"$ai_cache_reporting_exclusive"}},
		{fieldProviderMetadata, []string{"$ai_usage"}},
		{fieldReportedCost, []string{"watchllm.cost.reported", "$ai_total_cost_usd"}},

		{fieldStream, []string{"$ai_stream", "$ai_model_parameters.stream"}},
		{fieldTTFT, []string{"$ai_time_to_first_token"}},
		{fieldFinishReasons, []string{"$ai_stop_reason", "$ai_finish_reason"}},
		{fieldErrorType, []string{"$ai_error_type", "error.type"}},
		{fieldHTTPStatus, []string{"$ai_http_status"}},
		{fieldErrorText, []string{"$ai_error"}},

		{fieldConversationID, []string{"$ai_session_id", "$session_id"}},
		{fieldUserID, []string{"watchllm.user.id", "posthog.distinct_id"}},
		{fieldAgentName, []string{"$ai_agent_name"}},
		{fieldToolName, []string{"$ai_tool_name"}},
		{fieldPromptName, []string{"$ai_prompt_name"}},
		{fieldPromptVersion, []string{"$ai_prompt_version"}},
		{fieldToolDefinitions, []string{"$ai_tools"}},
		{fieldInputMessages, []string{"$ai_input"}},
		{fieldOutputMessages, []string{"$ai_output_choices", "$ai_output"}},
		{fieldInputValue, []string{"$ai_input_state"}},
		{fieldOutputValue, []string{"$ai_output_state"}},

		{fieldMaxTokens, []string{
			"$ai_max_tokens", "$ai_model_parameters.max_tokens", "$ai_model_parameters.max_completion_tokens", "$ai_model_parameters.max_output_tokens",
		}},
		{fieldTemperature, []string{"$ai_temperature", "$ai_model_parameters.temperature"}},
		{fieldTopP, []string{"$ai_model_parameters.top_p"}},
		{fieldTopK, []string{"$ai_model_parameters.top_k"}},
		{fieldFrequencyPenalty, []string{"$ai_model_parameters.frequency_penalty"}},
		{fieldPresencePenalty, []string{"$ai_model_parameters.presence_penalty"}},
		{fieldChoiceCount, []string{"$ai_model_parameters.n"}},
		{fieldStopSequences, []string{"$ai_model_parameters.stop"}},
	},
	cacheMeans: cacheOfPostHog,
}

// cacheOfPostHog: newer clients say how they count; for the others the rule is that of PostHog's own ingestion, by which anything of
// Anthropic's counts cached tokens apart, whoever serves it.
func cacheOfPostHog(r *reading) semantics {
	if exclusive, stated := r.facts.boolean(fieldCacheApart); stated {
		if exclusive {
			return excludesCache
		}
		return includesCache
	}
	c, u := r.call, r.usage
	if c.Provider != "" && countsCacheApart(c.Provider, c.RequestModel, c.ResponseModel) && (u.CacheRead.Known || u.CacheWrite.Known) {
		return excludesCache
	}
	return includesCache
}

func kindOfPostHog(kind string) (role, operation string) {
	switch kind {
	case "$ai_generation":
		return semconv.RoleLLM, "chat"
	case "$ai_embedding":
		return semconv.RoleEmbedding, "embeddings"
	case "$ai_trace":
		return semconv.RoleWorkflow, "invoke_workflow"
	case "$ai_span":
		return semconv.RoleStep, ""
	default:
		return "", ""
	}
}

func adjustPostHog(r *reading) {
	f, c, u := r.facts, r.call, r.usage
	kind := f.str(fieldKind)
	role, _ := kindOfPostHog(kind)
	if kind == "$ai_span" {
		// A span may say what it is of: tool, agent, retrieval, guardrail.
		if known, ok := roleOfOperation(f.str(fieldEntityName)); ok && !IsModelRole(known) {
			role, r.role, r.operation = known, known, operationOfRole(known)
		}
	}
	adoptPayload(r, role)
	// Without a person the client sends the trace's id as one.
	if trace, ok := r.span.Attributes().Get("$ai_trace_id"); ok && c.UserID != "" && trace.Str() == c.UserID {
		c.UserID = ""
	}
	f.putText(fieldErrorType, errorClass(f.str(fieldErrorText)))
	if !IsModelRole(role) {
		return
	}
	forgetZeroUsage(u) // older clients begin a stream with zeros and keep them when it tells nothing
	wire := f.str(fieldProviderMetadata)
	peek := func(dst *Count, name string) {
		if !dst.Known {
			*dst, _ = jsonCountMember(wire, name)
		}
	}
	if u.CacheWrite.Known { // how long the cache is kept, which has its price, stands only in the provider's own usage
		peek(&u.CacheWrite5m, "ephemeral_5m_input_tokens")
		peek(&u.CacheWrite1h, "ephemeral_1h_input_tokens")
	}
	peek(&u.Total, "totalTokenCount") // Gemini's proves that its output leaves the thoughts out
}
