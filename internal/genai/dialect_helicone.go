package genai

import (
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
)

// helicone is a provider's request and answer as they were on the wire, which Helicone's manual logger sends. The shape of the usage
// says whose API it is, and with that what it means.
var helicone = &dialect{
	name:    "helicone",
	scopes:  []string{"helicone*"},
	markers: []string{"helicone.request.*", "helicone.response.*"},
	kind:    kindOfHelicone,
	adjust:  adjustHelicone,
	rows: []row{
		{fieldKind, []string{"helicone.request._type", "helicone.response._type"}},
		{fieldEntityName, []string{"helicone.response.object"}},
		{fieldProvider, []string{"helicone.provider", "helicone.route"}},
		{fieldRequestModel, []string{"helicone.model_override", "helicone.request.model", "helicone.request.modelId"}},
		{fieldResponseModel, []string{"helicone.response.model", "helicone.response.modelVersion"}},
		{fieldResponseID, []string{"helicone.response.id", "helicone.response.responseId"}},
		{fieldRequestTier, []string{"helicone.request.service_tier"}},
		{fieldResponseTier, []string{"helicone.response.service_tier", "helicone.response.usage.service_tier", "helicone.response.usageMetadata.trafficType"}},
		{fieldSystemFingerprint, []string{"helicone.response.system_fingerprint"}},

		{fieldInput, []string{
			"helicone.response.usage.prompt_tokens", "helicone.response.usage.input_tokens", "helicone.response.usage.inputTokens",
			"helicone.response.usageMetadata.promptTokenCount",
		}},
		{fieldOutput, []string{
			"helicone.response.usage.completion_tokens", "helicone.response.usage.output_tokens", "helicone.response.usage.outputTokens",
			"helicone.response.usageMetadata.candidatesTokenCount",
		}},
		{fieldTotal, []string{
			"helicone.response.usage.total_tokens", "helicone.response.usage.totalTokens", "helicone.response.usageMetadata.totalTokenCount",
		}},
		{fieldCacheRead, []string{
			"helicone.response.usage.prompt_tokens_details.cached_tokens", "helicone.response.usage.input_tokens_details.cached_tokens",
			"helicone.response.usage.cache_read_input_tokens", "helicone.response.usage.cacheReadInputTokens",
			"helicone.response.usageMetadata.cachedContentTokenCount", "helicone.response.usage.prompt_cache_hit_tokens",
		}},
		{fieldCacheWrite, []string{
			"helicone.response.usage.cache_creation_input_tokens", "helicone.response.usage.cacheWriteInputTokens",
		}},
		{fieldCacheWrite5m, []string{"helicone.response.usage.cache_creation.ephemeral_5m_input_tokens"}},
		{fieldCacheWrite1h, []string{"helicone.response.usage.cache_creation.ephemeral_1h_input_tokens"}},
		{fieldReasoning, []string{
			"helicone.response.usage.completion_tokens_details.reasoning_tokens", "helicone.response.usage.output_tokens_details.reasoning_tokens",
			"helicone.response.usageMetadata.thoughtsTokenCount",
		}},
		{fieldAudioInput, []string{
			"helicone.response.usage.prompt_tokens_details.audio_tokens", "helicone.response.usage.input_token_details.audio_tokens",
		}},
		{fieldAudioOutput, []string{
			"helicone.response.usage.completion_tokens_details.audio_tokens", "helicone.response.usage.output_token_details.audio_tokens",
		}},
		{fieldReportedCost, []string{"watchllm.cost.reported"}},
		{fieldBilledCost, []string{
			"helicone.response.usage.cost", "helicone.response.usage.cost.total_cost", "helicone.response.usage.estimated_cost",
		}},
		{fieldBilledTicks, []string{"helicone.response.usage.cost_in_usd_ticks"}},
		{fieldWebSearches, []string{
			"helicone.response.usage.server_tool_use.web_search_requests", "helicone.response.usage.num_search_queries",
		}},
		{fieldSearchUnits, []string{"helicone.response.meta.billed_units.search_units"}},
		{fieldCitation, []string{"helicone.response.usage.citation_tokens"}},
		{fieldPages, []string{"helicone.response.usage_info.pages_processed"}},
		{fieldSpeed, []string{"helicone.response.usage.speed"}},
		{fieldRegion, []string{"helicone.response.usage.inference_geo"}},
		{fieldSearchContext, []string{"helicone.response.usage.search_context_size"}},
		{fieldThinking, []string{"helicone.request.enable_thinking"}},

		{fieldStream, []string{"helicone.request.stream", "helicone.response.streamed"}},
		{fieldTTFTMillis, []string{"helicone.timing.timeToFirstToken"}},
		{fieldFinishReasons, []string{"helicone.response.finish_reasons"}},
		{fieldErrorType, []string{"helicone.response.error.type", "helicone.response.error.code", "error.type"}},
		{fieldHTTPStatus, []string{"helicone.response.status"}},
		{fieldConversationID, []string{"helicone.session_id"}},
		{fieldUserID, []string{"watchllm.user.id", "helicone.user_id", "helicone.request.user"}},
		{fieldPromptName, []string{"helicone.prompt_id"}},
		{fieldToolName, []string{"helicone.request.toolName"}},
		{fieldToolArguments, []string{"helicone.request.input"}},
		{fieldRetrievalQuery, []string{"helicone.request.text"}},
		{fieldToolDefinitions, []string{"helicone.request.tools"}},

		{fieldInputMessages, []string{"helicone.request.messages", "helicone.request.contents", "helicone.request.prompt"}},
		{fieldSystemInstructions, []string{
			"helicone.request.system", "helicone.request.instructions", "helicone.request.systemInstruction", "helicone.request.system_instruction",
		}},
		{fieldOutputMessages, []string{
			"helicone.response.messages", "helicone.response.choices", "helicone.response.content", "helicone.response.output",
			"helicone.response.candidates", "helicone.response.text",
		}},
		{fieldMaxTokens, []string{"helicone.request.max_tokens", "helicone.request.max_completion_tokens", "helicone.request.max_output_tokens"}},
		{fieldTemperature, []string{"helicone.request.temperature"}},
		{fieldTopP, []string{"helicone.request.top_p"}},
		{fieldTopK, []string{"helicone.request.top_k"}},
		{fieldFrequencyPenalty, []string{"helicone.request.frequency_penalty"}},
		{fieldPresencePenalty, []string{"helicone.request.presence_penalty"}},
		{fieldChoiceCount, []string{"helicone.request.n"}},
		{fieldSeed, []string{"helicone.request.seed"}},
		{fieldReasoningLevel, []string{"helicone.request.reasoning_effort"}},
		{fieldPreviousResponseID, []string{"helicone.request.previous_response_id"}},
	},
	cacheMeans: cacheOfWire,
}

// cacheOfWire: Anthropic and Bedrock put the cache counts beside the input, by names only they use; everyone else's are details of it.
func cacheOfWire(r *reading) semantics {
	a := r.span.Attributes()
	for _, key := range [...]string{
		"helicone.response.usage.cache_read_input_tokens", "helicone.response.usage.cache_creation_input_tokens",
		"helicone.response.usage.cacheReadInputTokens", "helicone.response.usage.cacheWriteInputTokens",
	} {
		if _, ok := a.Get(key); ok {
			return excludesCache
		}
	}
	return includesCache
}

func kindOfHelicone(kind string) (role, operation string) {
	switch kind {
	case "tool":
		return semconv.RoleTool, "execute_tool"
	case "vector_db":
		return semconv.RoleRetrieval, "retrieval"
	case "data":
		return semconv.RoleStep, ""
	default:
		return "", ""
	}
}

func adjustHelicone(r *reading) {
	f, c := r.facts, r.call
	cacheWritesOfOpenAI(r,
		"helicone.response.usage.prompt_tokens_details.cache_write_tokens", "helicone.response.usage.input_tokens_details.cache_write_tokens")
	switch c.Provider {
	case "oai":
		c.Provider = "openai"
	case "googleapis":
		c.Provider = normaliseProvider("google")
	case "custom":
		c.Provider = ""
	}
	switch role, _ := kindOfHelicone(f.str(fieldKind)); role {
	case "":
		// What names no kind is a request to a model: that is what the logger is for.
		c.Operation = "chat"
		if isEmbedding(r) || f.str(fieldEntityName) == "list" && !f.has(fieldOutput) {
			c.Operation = "embeddings"
		}
		// The Responses API calls its messages input, as the embeddings API does its texts.
		f.adopt(fieldInputMessages, fieldToolArguments)
		f.drop(fieldToolArguments)
		f.drop(fieldRetrievalQuery)
		c.RequestModel = strings.TrimPrefix(c.RequestModel, "models/") // as Gemini's API spells it
	default:
		f.drop(fieldInputMessages)
	}
}
