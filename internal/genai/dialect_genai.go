package genai

// otelGenAI is the OpenTelemetry convention itself in every generation of its names, newest first:
// genai v0.1.0, v1.37 (provider.name, messages), v1.28 (system, input_tokens) and before (llm.*, prompt_tokens).
var otelGenAI = &dialect{
	name:    "gen_ai",
	markers: []string{"gen_ai.*", "llm.request.*", "llm.usage.*", "llm.vendor", "mcp.method.name"},
	scopes: []string{
		"gen_ai", "@opentelemetry/instrumentation-openai", "opentelemetry.util.genai*", "opentelemetry.instrumentation.genai.*", "opentelemetry.instrumentation.openai_v2*",
		"opentelemetry.instrumentation.openai_agents_v2*", "opentelemetry.instrumentation.google_genai*", "opentelemetry.instrumentation.botocore*",
	},
	rows: onTopOf(genAIRows, row{fieldProviderMetadata, []string{"ai.response.providerMetadata"}}),
	kind: kindOfRequestType,
	adjust: func(r *reading) {
		if metadata := r.facts.str(fieldProviderMetadata); metadata != "" {
			r.aiSDKDetails(metadata)
		}
	},
}

// kindOfRequestType knows llm.request.type, from before there was gen_ai.operation.name, and the one MCP method that runs a tool.
func kindOfRequestType(kind string) (role, operation string) {
	switch kind {
	case "chat":
		return "llm", "chat"
	case "completion":
		return "llm", "text_completion"
	case "embedding":
		return "embedding", "embeddings"
	case "rerank":
		return "rerank", "rerank"
	case "tools/call":
		return "tool", "execute_tool"
	default:
		return "", ""
	}
}

// genAIRows is shared by the dialects that are written on top of the OpenTelemetry names.
var genAIRows = []row{
	{fieldOperation, []string{"gen_ai.operation.name"}},
	{fieldKind, []string{"llm.request.type", "mcp.method.name"}},
	{fieldProvider, []string{"gen_ai.provider.name", "gen_ai.system", "llm.vendor", "llm.system"}},
	{fieldRequestModel, []string{"gen_ai.request.model", "llm.request.model"}},
	{fieldResponseModel, []string{"gen_ai.response.model", "llm.response.model"}},
	{fieldResponseID, []string{"gen_ai.response.id", "llm.response.id"}},
	{fieldServerAddress, []string{"server.address"}},
	{fieldRequestTier, []string{"openai.request.service_tier", "gen_ai.openai.request.service_tier", "gen_ai.request.service_tier"}},
	{fieldResponseTier, []string{"openai.response.service_tier", "gen_ai.openai.response.service_tier", "gen_ai.response.service_tier", "gen_ai.service_tier"}},

	{fieldInput, []string{"gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens", "gen_ai.response.prompt_tokens"}},
	{fieldOutput, []string{"gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens", "gen_ai.response.completion_tokens"}},
	{fieldTotal, []string{"gen_ai.usage.total_tokens", "llm.usage.total_tokens", "gen_ai.response.total_tokens"}},
	{fieldCacheRead, []string{
		"gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.input_tokens.cached",
		"gen_ai.usage.prompt_tokens_details.cache_read", "gen_ai.usage.details.cache_read_tokens",
		"gen_ai.usage.details.cache_read_input_tokens", "gen_ai.usage.details.cached_tokens", "gen_ai.usage.details.cached_content_tokens",
		"gen_ai.usage.cached_input_tokens", "gen_ai.usage.cached_tokens", "gen_ai.usage.cache_read_tokens", "gen_ai.usage.prompt_tokens_details.cached_tokens",
		"gen_ai.usage.input_tokens_details.cached_tokens", "gen_ai.usage.experimental.cached_tokens", "llm.usage.cache_read_input_tokens",
	}},
	{fieldCacheWrite, []string{
		"gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens",
		"gen_ai.usage.cache_write_input_tokens", "gen_ai.usage.cache_write_tokens", "gen_ai.usage.input_tokens.cache_write", "gen_ai.usage.prompt_tokens_details.cache_write",
		"gen_ai.usage.details.cache_write_tokens", "gen_ai.usage.details.cache_creation_input_tokens", "llm.usage.cache_creation_input_tokens",
	}},
	{fieldReasoning, []string{
		"gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens", "gen_ai.usage.output_tokens.reasoning",
		"gen_ai.usage.completion_tokens_details.reasoning", "gen_ai.usage.details.reasoning_tokens", "gen_ai.usage.details.thoughts_tokens",
		"gen_ai.usage.completion_tokens_details.reasoning_tokens", "gen_ai.usage.output_tokens_details.reasoning_tokens",
		"llm.usage.reasoning_tokens",
		// The AI SDK 7 and span processors write what this dialect has no names for beside it.
		"ai.usage.outputTokenDetails.reasoningTokens", "llm.token_count.completion_details.reasoning",
	}},
	{fieldCacheWrite5m, []string{"watchllm.usage.cache_write_5m.input_tokens"}},
	{fieldCacheWrite1h, []string{"watchllm.usage.cache_write_1h.input_tokens"}},
	{fieldAudioInput, []string{"gen_ai.usage.audio.input_tokens", "gen_ai.usage.audio_input_tokens", "gen_ai.usage.details.input_audio_tokens", "gen_ai.usage.details.audio_prompt_tokens"}},
	{fieldAudioCacheRead, []string{"gen_ai.usage.audio.cache_read.input_tokens", "gen_ai.usage.details.cache_audio_read_tokens", "gen_ai.usage.details.audio_cache_tokens"}},
	{fieldAudioOutput, []string{
		"gen_ai.usage.audio.output_tokens", "gen_ai.usage.audio_output_tokens", "gen_ai.usage.details.output_audio_tokens",
		"gen_ai.usage.details.audio_candidates_tokens", "gen_ai.usage.details.audio_tokens", "gen_ai.usage.completion_tokens_details.audio",
	}},
	{fieldImageInput, []string{"gen_ai.usage.image.input_tokens"}},
	{fieldImageOutput, []string{"gen_ai.usage.image.output_tokens"}},
	{fieldReportedCost, []string{
		"watchllm.cost.reported", "gen_ai.usage.cost", "gen_ai.usage.total_cost", "gen_ai.cost.total_cost", "operation.cost",
	}},

	{fieldStream, []string{"gen_ai.request.stream", "gen_ai.request.is_stream", "gen_ai.is_streaming", "llm.is_streaming"}},
	{fieldTTFT, []string{
		"gen_ai.response.time_to_first_chunk", "gen_ai.client.operation.time_to_first_chunk", "gen_ai.client.inference.time_to_first_chunk",
		"gen_ai.server.time_to_first_token",
	}},
	{fieldFinishReasons, []string{
		"gen_ai.response.finish_reasons", "gen_ai.response.finish_reason", "gen_ai.completion.0.finish_reason", "llm.response.finish_reason",
		"llm.response.stop_reason", "anthropic.message.stop_reason",
	}},
	{fieldErrorType, []string{"error.type"}},
	{fieldHTTPStatus, []string{"http.response.status_code"}},

	{fieldConversationID, []string{"gen_ai.conversation.id", "session.id", "mcp.session.id"}},
	{fieldUserID, []string{"watchllm.user.id", "user.id", "enduser.id", "gen_ai.user", "gen_ai.user.id", "gen_ai.request.user", "llm.user"}},
	{fieldAgentID, []string{"gen_ai.agent.id"}},
	{fieldAgentName, []string{"gen_ai.agent.name"}},
	{fieldWorkflowName, []string{"gen_ai.workflow.name"}},
	{fieldToolName, []string{"gen_ai.tool.name"}},
	{fieldToolType, []string{"gen_ai.tool.type"}},
	{fieldToolCallID, []string{"gen_ai.tool.call.id"}},
	{fieldToolArguments, []string{"gen_ai.tool.call.arguments", "gen_ai.tool.arguments", "gen_ai.tool.args", "gen_ai.tool.input"}},
	{fieldToolResult, []string{"gen_ai.tool.call.result", "gen_ai.tool.result", "gen_ai.tool.message", "gen_ai.tool.output"}},
	{fieldToolDefinitions, []string{"gen_ai.tool.definitions"}},
	{fieldDataSourceID, []string{"gen_ai.data_source.id"}},
	{fieldRetrievalQuery, []string{"gen_ai.retrieval.query.text"}},
	{fieldPromptName, []string{"gen_ai.prompt.name"}},
	{fieldPromptVersion, []string{"gen_ai.prompt.version"}},

	{fieldMaxTokens, []string{"gen_ai.request.max_tokens", "llm.request.max_tokens"}},
	{fieldTemperature, []string{"gen_ai.request.temperature", "llm.temperature", "llm.request.temperature"}},
	{fieldTopP, []string{"gen_ai.request.top_p", "llm.top_p", "llm.request.top_p"}},
	{fieldTopK, []string{"gen_ai.request.top_k", "llm.top_k"}},
	{fieldFrequencyPenalty, []string{"gen_ai.request.frequency_penalty", "llm.frequency_penalty"}},
	{fieldPresencePenalty, []string{"gen_ai.request.presence_penalty", "llm.presence_penalty"}},
	{fieldChoiceCount, []string{"gen_ai.request.choice.count"}},
	{fieldSeed, []string{"gen_ai.request.seed", "gen_ai.openai.request.seed"}},
	{fieldStopSequences, []string{"gen_ai.request.stop_sequences", "llm.chat.stop_sequences"}},
	{fieldEncodingFormats, []string{"gen_ai.request.encoding_formats"}},
	{fieldReasoningLevel, []string{"gen_ai.request.reasoning.level", "gen_ai.request.reasoning_effort"}},
	{fieldPreviousResponseID, []string{"gen_ai.request.previous_response.id"}},
	{fieldOutputType, []string{"gen_ai.output.type", "gen_ai.openai.request.response_format"}},
	{fieldSystemFingerprint, []string{"openai.response.system_fingerprint", "gen_ai.openai.response.system_fingerprint", "gen_ai.response.system_fingerprint"}},
	{fieldInputMessages, []string{"gen_ai.input.messages", "gen_ai.prompt", "user_prompt"}},
	{fieldOutputMessages, []string{"gen_ai.output.messages", "gen_ai.completion"}},
	{fieldSystemInstructions, []string{"gen_ai.system_instructions"}},
	{fieldEvidence, []string{"gen_ai.completion.0.content", "gen_ai.completion.0.role"}},
}

// onTopOf puts a dialect's own rows before those it is built upon: its own names win.
func onTopOf(base []row, own ...row) []row {
	return append(append(make([]row, 0, len(own)+len(base)), own...), base...)
}
