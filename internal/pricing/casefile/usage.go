package casefile

import (
	"strings"

	"github.com/watchllm/watchllm/internal/pricing"
)

// rawUsage reads the provider's usage object in the canonical sense: input with cache, output with reasoning. nil when it holds no count.
func (c *Case) rawUsage() *pricing.Usage {
	o := object(c.UsageRaw)
	if len(o) == 0 {
		return nil
	}
	u := c.shape(o)(o, c)
	if u == (pricing.Usage{}) {
		return nil
	}
	return &u
}

// shape is the reading of a usage object. Names that only one provider writes decide before what the case calls the shape.
func (c *Case) shape(o object) func(o object, c *Case) pricing.Usage {
	declared := strings.ToLower(c.UsageShape)
	has := func(names ...string) bool {
		for _, name := range names {
			if o[name] != nil {
				return true
			}
		}
		return false
	}
	switch {
	case has("promptTokenCount", "prompt_token_count", "candidatesTokenCount"):
		return geminiUsage
	case has("inputTokens", "outputTokens"):
		return converseUsage
	case has("prompt_cache_hit_tokens", "prompt_cache_miss_tokens"):
		return deepSeekUsage
	case has("meta", "billed_units"):
		return cohereUsage
	case strings.HasPrefix(declared, "anthropic"),
		has("cache_creation_input_tokens", "cache_read_input_tokens", "cache_creation") && !has("prompt_tokens"):
		return anthropicUsage
	case strings.HasPrefix(declared, "xai.") && has("prompt_tokens"):
		return xaiChatUsage
	case has("server_side_tool_usage_details", "server_side_tool_usage"):
		return xaiUsage
	case strings.HasPrefix(declared, "perplexity"), strings.HasPrefix(strings.ToLower(c.Provider), "perplexity"):
		return perplexityUsage
	default:
		return openAIUsage
	}
}

// details are members of the inner objects in which OpenAI's two APIs, the realtime API and their imitators split input and output.
func details(o object, parents []string, names ...string) pricing.Count {
	for _, parent := range parents {
		for _, name := range names {
			if n := o.count(parent + "." + name); n.Known {
				return n
			}
		}
	}
	return pricing.Count{}
}

var (
	inputDetails  = []string{"prompt_tokens_details", "input_tokens_details", "input_token_details"}
	outputDetails = []string{"completion_tokens_details", "output_tokens_details", "output_token_details"}
)

// openAIUsage: cached, written, audio and picture tokens are inside the input, reasoning inside the output. What is counted in other
// units than tokens has its usual names beside them.
func openAIUsage(o object, c *Case) pricing.Usage {
	u := pricing.Usage{
		Input:  o.count("prompt_tokens", "input_tokens", "input_token_count", "prompt_eval_count"),
		Output: o.count("completion_tokens", "output_tokens", "generated_token_count", "eval_count"),
		CacheRead: firstKnown(details(o, inputDetails, "cached_tokens", "cache_read", "cache_read_tokens"),
			o.count("cached_tokens", "num_cached_tokens", "cache_read_input_tokens")),
		CacheWrite5m: firstKnown(details(o, inputDetails, "cache_write_tokens", "cache_creation_tokens"),
			o.count("cache_write_tokens", "cache_creation_input_tokens")),
		Reasoning:      firstKnown(details(o, outputDetails, "reasoning_tokens"), o.count("reasoning_tokens")),
		AudioInput:     details(o, inputDetails, "audio_tokens"),
		AudioCacheRead: details(o, inputDetails, "cached_tokens_details.audio_tokens", "cached_audio_tokens"),
		AudioOutput:    details(o, outputDetails, "audio_tokens"),
		ImageInput:     details(o, inputDetails, "image_tokens"),
		ImageOutput:    details(o, outputDetails, "image_tokens"),
		VideoInput:     details(o, inputDetails, "video_tokens"),
		ImageCacheRead: details(o, inputDetails, "cached_tokens_details.image_tokens", "cached_image_tokens"),
		WebSearches: o.count("server_tool_use.web_search_requests", "server_tool_use_details.web_search_requests", "web_search_requests", "web_search_calls",
			"num_search_queries"),
		FileSearches:     o.count("file_search_calls", "file_search_requests", "file_searches"),
		DocumentSearches: o.count("document_search_calls", "attachment_search_calls"),
		SearchSources:    o.count("num_sources_used"),
		CodeExecutions:   o.count("code_execution_requests", "code_execution_calls"),
		CodeSessions:     o.count("code_interpreter_sessions", "containers"),
		SearchUnits:      o.count("search_units"),
		Pages:            o.count("usage_info.pages_processed", "pages_processed", "pages"),
		Characters:       o.count("characters", "input_characters", "character_count"),
		Images:           o.count("images", "n_images", "image_count"),
	}
	if !u.Input.Known && !u.Output.Known {
		// Embeddings and rerankers have one count.
		u.Input = o.count("total_tokens", "inputTextTokenCount", "statistics.token_count")
	}
	for _, name := range []string{"duration", "seconds", "audio_seconds", "prompt_audio_seconds", "duration_seconds"} {
		if !u.Milliseconds.Known {
			u.Milliseconds = millis(o[name])
		}
	}
	if c.Operation == "embeddings" || c.Operation == "rerank" {
		u.Output = firstKnown(u.Output, pricing.KnownCount(0))
	}
	return u
}

// xaiChatUsage: reasoning is outside the completion, which the total shows; where the total shows the opposite, it is inside.
func xaiChatUsage(o object, c *Case) pricing.Usage {
	u := xaiUsage(o, c)
	total := o.count("total_tokens")
	inside := total.Known && total.N == u.Input.N+u.Output.N && u.Reasoning.N <= u.Output.N
	if u.Output.Known && !inside {
		u.Output.N += u.Reasoning.N
	}
	return u
}

// xaiUsage: what the tools did stands in an object of its own.
func xaiUsage(o object, c *Case) pricing.Usage {
	u := openAIUsage(o, c)
	for _, name := range []string{"server_side_tool_usage_details", "server_side_tool_usage"} {
		tools := o.object(name)
		web := tools.count("web_search_calls", "web_search", "SERVER_SIDE_TOOL_WEB_SEARCH")
		x := tools.count("x_search_calls", "x_search", "SERVER_SIDE_TOOL_X_SEARCH")
		u.WebSearches = firstKnown(u.WebSearches, sum(web, x))
		u.CodeExecutions = firstKnown(u.CodeExecutions,
			tools.count("code_interpreter_calls", "code_execution_calls", "code_execution", "SERVER_SIDE_TOOL_CODE_EXECUTION"))
		u.FileSearches = firstKnown(u.FileSearches,
			tools.count("file_search_calls", "collections_search_calls", "file_search", "SERVER_SIDE_TOOL_COLLECTIONS_SEARCH"))
		u.DocumentSearches = firstKnown(u.DocumentSearches,
			tools.count("document_search_calls", "attachment_search_calls", "document_search", "SERVER_SIDE_TOOL_ATTACHMENT_SEARCH"))
	}
	return u
}

// perplexityUsage: reasoning and citation tokens are outside the completion. Searches are charged one by one only by the research models;
// the others charge the request.
func perplexityUsage(o object, c *Case) pricing.Usage {
	u := openAIUsage(o, c)
	u.Citation = o.count("citation_tokens")
	if u.Output.Known {
		u.Output.N += u.Reasoning.N + u.Citation.N
	}
	if !strings.Contains(c.RequestModel+c.ResponseModel, "deep-research") {
		u.WebSearches = pricing.Count{}
	}
	return u
}

// deepSeekUsage: the input is what hit the cache and what missed it.
func deepSeekUsage(o object, c *Case) pricing.Usage {
	u := openAIUsage(o, c)
	u.CacheRead = firstKnown(o.count("prompt_cache_hit_tokens"), u.CacheRead)
	if !u.Input.Known {
		u.Input = sum(o.count("prompt_cache_hit_tokens"), o.count("prompt_cache_miss_tokens"))
	}
	return u
}

// anthropicUsage: cache reads and writes are beside the input.
func anthropicUsage(o object, _ *Case) pricing.Usage {
	u := pricing.Usage{
		Output:         o.count("output_tokens"),
		CacheRead:      o.count("cache_read_input_tokens"),
		CacheWrite:     o.count("cache_creation_input_tokens"),
		CacheWrite5m:   o.count("cache_creation.ephemeral_5m_input_tokens"),
		CacheWrite1h:   o.count("cache_creation.ephemeral_1h_input_tokens"),
		WebSearches:    o.count("server_tool_use.web_search_requests"),
		CodeExecutions: o.count("server_tool_use.code_execution_requests"),
	}
	if in := o.count("input_tokens"); in.Known {
		u.Input = sum(in, u.CacheRead, written(&u))
	}
	return u
}

// converseUsage (Bedrock): cache reads and writes are beside the input; cacheDetails says for how long it was written.
func converseUsage(o object, _ *Case) pricing.Usage {
	u := pricing.Usage{
		Output:     o.count("outputTokens"),
		CacheRead:  o.count("cacheReadInputTokens", "cacheReadInputTokenCount"),
		CacheWrite: o.count("cacheWriteInputTokens", "cacheWriteInputTokenCount"),
	}
	lifetimes, _ := o["cacheDetails"].([]any)
	for _, l := range lifetimes {
		m, _ := l.(map[string]any)
		switch n := object(m).count("inputTokens"); object(m).text("ttl") {
		case "1h":
			u.CacheWrite1h = sum(u.CacheWrite1h, n)
		case "5m":
			u.CacheWrite5m = sum(u.CacheWrite5m, n)
		}
	}
	if in := o.count("inputTokens"); in.Known {
		u.Input = sum(in, u.CacheRead, written(&u))
	}
	return u
}

// geminiUsage: cached tokens are inside the prompt; what tools read is beside it, thoughts are beside the candidates.
func geminiUsage(o object, _ *Case) pricing.Usage {
	u := pricing.Usage{
		Input:     o.count("promptTokenCount", "prompt_token_count"),
		Output:    o.count("candidatesTokenCount", "candidates_token_count", "responseTokenCount", "generation_token_count"),
		CacheRead: o.count("cachedContentTokenCount", "cached_content_token_count"),
		Reasoning: o.count("thoughtsTokenCount", "thoughts_token_count"),
	}
	if u.Input.Known {
		u.Input = sum(u.Input, o.count("toolUsePromptTokenCount", "tool_use_prompt_token_count"))
	}
	// A model that only thought sends no candidates.
	u.Output = sum(u.Output, u.Reasoning)
	of := func(modality string, lists ...string) pricing.Count { return modalityCount(o, modality, lists...) }
	u.AudioInput = of("AUDIO", "promptTokensDetails", "prompt_tokens_details", "toolUsePromptTokensDetails")
	u.ImageInput = of("IMAGE", "promptTokensDetails", "prompt_tokens_details", "toolUsePromptTokensDetails")
	u.VideoInput = of("VIDEO", "promptTokensDetails", "prompt_tokens_details", "toolUsePromptTokensDetails")
	u.AudioCacheRead = of("AUDIO", "cacheTokensDetails", "cache_tokens_details")
	u.AudioOutput = of("AUDIO", "candidatesTokensDetails", "candidates_tokens_details", "responseTokensDetails")
	u.ImageOutput = of("IMAGE", "candidatesTokensDetails", "candidates_tokens_details", "responseTokensDetails")
	return u
}

// modalityCount adds up one modality over lists of {modality, tokenCount}.
func modalityCount(o object, modality string, lists ...string) (n pricing.Count) {
	for _, list := range lists {
		entries, _ := o[list].([]any)
		for _, e := range entries {
			m, _ := e.(map[string]any)
			if strings.EqualFold(object(m).text("modality"), modality) {
				n = sum(n, object(m).count("tokenCount", "token_count"))
			}
		}
	}
	return n
}

// cohereUsage: billed units are the bill; the tokens beside them count a preamble that is not billed.
func cohereUsage(o object, c *Case) pricing.Usage {
	if meta := o.object("meta"); meta != nil {
		o = meta
	}
	billed := o.object("billed_units")
	return openAIUsage(billed, c)
}

// written is all that went to the cache: the sum, or its lifetimes where they are more.
func written(u *pricing.Usage) pricing.Count {
	if parts := sum(u.CacheWrite5m, u.CacheWrite1h); parts.N > u.CacheWrite.N {
		return parts
	}
	return u.CacheWrite
}

func firstKnown(counts ...pricing.Count) pricing.Count {
	for _, n := range counts {
		if n.Known {
			return n
		}
	}
	return pricing.Count{}
}
