package genai

import "github.com/watchllm/watchllm/internal/semconv"

// braintrust is the names that Braintrust reads from spans, and that the event receiver gives the rows of Braintrust's clients. Their
// wrappers make the prompt count include what was cached, for Anthropic too; arithmetic finds the integrations that do not.
var braintrust = &dialect{
	name:   "braintrust",
	scopes: []string{"braintrust", "braintrust.*"},
	markers: []string{
		"braintrust.metrics*", "braintrust.metadata*", "braintrust.span_attributes*", "braintrust.input*", "braintrust.output*",
	},
	scoped: []string{"braintrust.*"},
	kind:   kindOfBraintrust,
	adjust: adjustBraintrust,
	rows: onTopOf(genAIRows,
		row{fieldKind, []string{"braintrust.span_attributes.type"}},
		row{fieldEntityName, []string{"braintrust.span_attributes"}},
		row{fieldInvocationParameters, []string{"braintrust.metadata"}},
		row{fieldProviderMetadata, []string{"braintrust.metrics"}},
		row{fieldProvider, []string{"braintrust.metadata.provider"}},
		row{fieldRequestModel, []string{"braintrust.metadata.model"}},
		row{fieldResponseModel, []string{"braintrust.metadata.response_model"}},
		row{fieldResponseID, []string{"braintrust.metadata.response_id"}},
		row{fieldRequestTier, []string{"braintrust.metadata.service_tier"}},

		row{fieldInput, []string{"braintrust.metrics.prompt_tokens"}},
		row{fieldOutput, []string{"braintrust.metrics.completion_tokens"}},
		row{fieldTotal, []string{"braintrust.metrics.tokens"}},
		row{fieldCacheRead, []string{"braintrust.metrics.prompt_cached_tokens"}},
		row{fieldCacheWrite, []string{"braintrust.metrics.prompt_cache_creation_tokens"}},
		row{fieldCacheWrite5m, []string{"braintrust.metrics.prompt_cache_creation_5m_tokens"}},
		row{fieldCacheWrite1h, []string{"braintrust.metrics.prompt_cache_creation_1h_tokens"}},
		row{fieldReasoning, []string{"braintrust.metrics.completion_reasoning_tokens"}},
		row{fieldAudioInput, []string{"braintrust.metrics.prompt_audio_tokens"}},
		row{fieldAudioOutput, []string{"braintrust.metrics.completion_audio_tokens"}},
		row{fieldImageOutput, []string{"braintrust.metrics.completion_image_tokens"}},
		row{fieldReportedCost, []string{"braintrust.metrics.estimated_cost", "braintrust.metrics.cost"}},

		row{fieldStream, []string{"braintrust.metadata.stream"}},
		row{fieldTTFT, []string{"braintrust.metrics.time_to_first_token"}},
		row{fieldFinishReasons, []string{"braintrust.output.finish_reasons", "braintrust.metadata.finish_reason"}},
		row{fieldErrorText, []string{"braintrust.error"}},
		row{fieldConversationID, []string{"braintrust.metadata.session_id", "braintrust.metadata.conversation_id", "braintrust.metadata.thread_id"}},
		row{fieldUserID, []string{"braintrust.metadata.user_id"}},
		row{fieldAgentName, []string{"braintrust.metadata.agent_name", "braintrust.metadata.gen_ai.agent.name"}},
		row{fieldToolName, []string{"braintrust.metadata.gen_ai.tool.name", "braintrust.metadata.tool_name"}},
		row{fieldToolCallID, []string{"braintrust.metadata.gen_ai.tool.call.id", "braintrust.metadata.tool_call_id"}},
		row{fieldToolDefinitions, []string{"braintrust.metadata.tools"}},
		row{fieldInputValue, []string{"braintrust.input_json", "braintrust.input"}},
		row{fieldOutputValue, []string{"braintrust.output_json", "braintrust.output"}},

		row{fieldMaxTokens, []string{
			"braintrust.metadata.max_tokens", "braintrust.metadata.max_completion_tokens", "braintrust.metadata.max_output_tokens",
		}},
		row{fieldTemperature, []string{"braintrust.metadata.temperature"}},
		row{fieldTopP, []string{"braintrust.metadata.top_p"}},
		row{fieldTopK, []string{"braintrust.metadata.top_k"}},
		row{fieldFrequencyPenalty, []string{"braintrust.metadata.frequency_penalty"}},
		row{fieldPresencePenalty, []string{"braintrust.metadata.presence_penalty"}},
		row{fieldChoiceCount, []string{"braintrust.metadata.n"}},
		row{fieldSeed, []string{"braintrust.metadata.seed"}},
		row{fieldReasoningLevel, []string{"braintrust.metadata.reasoning_effort"}},
	),
	cacheMeans: func(r *reading) semantics {
		if _, own := r.span.Attributes().Get("braintrust.metrics.prompt_tokens"); own || r.facts.has(fieldProviderMetadata) {
			return includesCache
		}
		return semanticsUnknown // another instrumentation's counts on a span that Braintrust's names were added to
	},
}

func kindOfBraintrust(kind string) (role, operation string) {
	switch kind {
	case "llm":
		return semconv.RoleLLM, "chat"
	case "tool":
		return semconv.RoleTool, "execute_tool"
	case "task", "function", "eval":
		return semconv.RoleStep, ""
	case "score", "classifier":
		return semconv.RoleEvaluator, ""
	default:
		return kindOfRequestType(kind)
	}
}

func adjustBraintrust(r *reading) {
	f, c, u := r.facts, r.call, r.usage
	// Over OpenTelemetry the three objects may come whole, as JSON text.
	if !f.has(fieldKind) {
		f.putText(fieldKind, jsonStringMember(f.str(fieldEntityName), "type"))
	}
	if metadata := f.str(fieldInvocationParameters); metadata != "" {
		if c.RequestModel == "" {
			c.RequestModel = jsonStringMember(metadata, "model")
		}
		if c.Provider == "" {
			c.Provider = normaliseProvider(jsonStringMember(metadata, "provider"))
		}
	}
	if metrics := f.str(fieldProviderMetadata); metrics != "" {
		for _, t := range [...]struct {
			dst  *Count
			name string
		}{
			{&u.Input, "prompt_tokens"}, {&u.Output, "completion_tokens"}, {&u.Total, "tokens"}, {&u.CacheRead, "prompt_cached_tokens"},
			{&u.CacheWrite, "prompt_cache_creation_tokens"}, {&u.CacheWrite5m, "prompt_cache_creation_5m_tokens"},
			{&u.CacheWrite1h, "prompt_cache_creation_1h_tokens"}, {&u.Reasoning, "completion_reasoning_tokens"},
		} {
			if !t.dst.Known {
				n, flags := jsonCountMember(metrics, t.name)
				*t.dst = n
				u.Flags |= flags
			}
		}
	}
	cacheWritesOfOpenAI(r, "braintrust.metrics.prompt_cache_write_tokens")
	role, _ := kindOfBraintrust(f.str(fieldKind))
	adoptPayload(r, role)
	f.putText(fieldErrorType, leadingStatus(f.str(fieldErrorText)))
}
