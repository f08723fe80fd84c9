package genai

import (
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
)

// vercelAI is the AI SDK 4 to 6. Each model call has an inner span (doGenerate, doStream, doEmbed); the outer ones repeat the last
// step's usage or the sum of all, under the same names. From version 7 on the SDK writes gen_ai spans.
var vercelAI = &dialect{
	name:    "vercel_ai",
	scopes:  []string{"ai"},
	markers: []string{"ai.operationId", "ai.model.id", "ai.usage.*"},
	kind:    kindOfVercelAI,
	adjust:  adjustVercelAI,
	strict:  true,
	rows: []row{
		{fieldKind, []string{"ai.operationId"}},
		{fieldOperation, []string{"gen_ai.operation.name"}},
		{fieldProvider, []string{"ai.model.provider", "gen_ai.system", "gen_ai.provider.name"}},
		{fieldRequestModel, []string{"ai.model.id", "gen_ai.request.model"}},
		{fieldResponseModel, []string{"ai.response.model", "gen_ai.response.model"}},
		{fieldResponseID, []string{"ai.response.id", "gen_ai.response.id"}},
		{fieldInput, []string{"ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens", "gen_ai.usage.input_tokens"}},
		{fieldOutput, []string{"ai.usage.outputTokens", "ai.usage.completionTokens", "gen_ai.usage.output_tokens"}},
		{fieldTotal, []string{"ai.usage.totalTokens"}},
		{fieldUncached, []string{"ai.usage.inputTokenDetails.noCacheTokens"}},
		{fieldCacheRead, []string{"ai.usage.inputTokenDetails.cacheReadTokens", "ai.usage.cachedInputTokens", "gen_ai.usage.cache_read.input_tokens"}},
		{fieldCacheWrite, []string{
			"ai.usage.inputTokenDetails.cacheWriteTokens", "gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens",
		}},
		{fieldReasoning, []string{"ai.usage.outputTokenDetails.reasoningTokens", "ai.usage.reasoningTokens"}},
		{fieldReportedCost, []string{"watchllm.cost.reported"}},
		{fieldTTFTMillis, []string{"ai.response.msToFirstChunk", "ai.stream.msToFirstChunk"}},
		{fieldFinishReasons, []string{"ai.response.finishReason", "gen_ai.response.finish_reasons"}},
		{fieldErrorType, []string{"error.type"}},
		{fieldHTTPStatus, []string{"http.response.status_code"}},
		{fieldConversationID, []string{"gen_ai.conversation.id", "ai.telemetry.metadata.sessionId", "session.id"}},
		{fieldUserID, []string{"watchllm.user.id", "ai.telemetry.metadata.userId", "user.id"}},
		{fieldAgentName, []string{"gen_ai.agent.name", "ai.telemetry.functionId"}},
		{fieldToolName, []string{"ai.toolCall.name"}},
		{fieldToolCallID, []string{"ai.toolCall.id"}},
		{fieldToolArguments, []string{"ai.toolCall.args"}},
		{fieldToolResult, []string{"ai.toolCall.result"}},
		{fieldMaxTokens, []string{"gen_ai.request.max_tokens", "ai.settings.maxOutputTokens", "ai.settings.maxTokens"}},
		{fieldTemperature, []string{"gen_ai.request.temperature", "ai.settings.temperature"}},
		{fieldTopP, []string{"gen_ai.request.top_p", "ai.settings.topP"}},
		{fieldTopK, []string{"gen_ai.request.top_k", "ai.settings.topK"}},
		{fieldFrequencyPenalty, []string{"gen_ai.request.frequency_penalty", "ai.settings.frequencyPenalty"}},
		{fieldPresencePenalty, []string{"gen_ai.request.presence_penalty", "ai.settings.presencePenalty"}},
		{fieldSeed, []string{"gen_ai.request.seed", "ai.settings.seed"}},
		{fieldStopSequences, []string{"gen_ai.request.stop_sequences"}},
		{fieldInputMessages, []string{"ai.prompt.messages", "ai.prompt", "ai.values", "ai.value"}},
		{fieldToolDefinitions, []string{"ai.prompt.tools"}},
		{fieldOutputText, []string{"ai.response.text", "ai.result.text"}},
		{fieldOutputReasoning, []string{"ai.response.reasoning", "ai.result.reasoning"}},
		{fieldOutputToolCalls, []string{"ai.response.toolCalls", "ai.result.toolCalls"}},
		{fieldOutputObject, []string{"ai.response.object", "ai.result.object"}},
		{fieldProviderMetadata, []string{"ai.response.providerMetadata"}},
	},
	cacheMeans: func(r *reading) semantics {
		// Version 6 sends the parts of the input beside it (fieldUncached). 4 and 5 pass the wire count of Anthropic's API on.
		if countsCacheApart(r.call.Provider, r.call.RequestModel, r.call.ResponseModel) && r.call.Provider != "" {
			return excludesCache
		}
		return semanticsUnknown
	},
}

func kindOfVercelAI(kind string) (role, operation string) {
	dot := strings.LastIndexByte(kind, '.')
	switch kind[dot+1:] {
	case "doGenerate", "doStream":
		return semconv.RoleLLM, "chat"
	case "doEmbed":
		return semconv.RoleEmbedding, "embeddings"
	case "doRerank":
		return semconv.RoleRerank, "rerank"
	case "toolCall":
		return semconv.RoleTool, "execute_tool"
	case "embed", "embedMany", "rerank":
		return semconv.RoleStep, "agent_step"
	case "generateText", "streamText", "generateObject", "streamObject":
		return semconv.RoleAgent, "invoke_agent"
	default:
		return "", ""
	}
}

// adjustVercelAI finds the cache and reasoning counts that versions 4 and 5 leave in the provider's own metadata.
func adjustVercelAI(r *reading) {
	f, c, u := r.facts, r.call, r.usage
	kind := f.str(fieldKind)
	c.Stream = strings.Contains(kind, "doStream")
	c.StreamKnown = c.Stream
	role, _ := kindOfVercelAI(kind)
	if !IsModelRole(role) {
		return
	}
	metadata := f.str(fieldProviderMetadata)
	if metadata == "" {
		return
	}
	if wire := jsonContainer(metadata, "usage"); wire != "" {
		// Anthropic's own counts. Version 6 writes objects with the names of version 4 and an input that includes the cache as its other
		// calls do: only the wire count beside it tells.
		r.usageJSON(wire, true)
	}
	r.aiSDKDetails(metadata)
	peek := func(dst *Count, names ...string) {
		for _, name := range names {
			if dst.Known {
				return
			}
			n, flags := jsonCountMember(metadata, name)
			*dst = n
			u.Flags |= flags
		}
	}
	peek(&u.CacheRead, "cacheReadInputTokens", "cache_read_input_tokens", "cachedPromptTokens")
	peek(&u.CacheWrite, "cacheCreationInputTokens", "cache_creation_input_tokens", "cacheWriteInputTokens")
	peek(&u.CacheWrite5m, "ephemeral_5m_input_tokens")
	peek(&u.CacheWrite1h, "ephemeral_1h_input_tokens")
	peek(&u.Reasoning, "reasoningTokens")
}

// aiSDKDetails takes what decides the price out of the provider's own metadata, which the SDK hands on for want of a name.
func (r *reading) aiSDKDetails(metadata string) {
	for _, name := range usageObjects {
		if wire := jsonContainer(metadata, name); wire != "" {
			w := readUsage(wire)
			r.said.add(&w.said, true)
			r.mergeDetails(&w)
			break
		}
	}
	r.said.add(&remarks{
		tier:  jsonStringMember(metadata, "serviceTier"),
		ticks: jsonScalarMember(jsonContainer(metadata, "xai"), "costInUsdTicks"),
		total: jsonScalarMember(jsonContainer(jsonContainer(metadata, "perplexity"), "cost"), "totalCost"),
	}, true)
}
