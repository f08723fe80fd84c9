package genai

// priceFields are what decides a price and is no count.
var priceFields = [...]field{
	fieldProvider, fieldRequestModel, fieldResponseModel, fieldServerAddress, fieldRequestTier, fieldResponseTier, fieldBatch, fieldSpeed, fieldRegion,
	fieldThinking, fieldSearchContext, fieldImageSize, fieldImageQuality,
}

// priceRows are the names of meters and conditions that no convention has settled, read in every dialect. The names that begin with x.
// are those of the published price cases.
var priceRows = []row{
	{fieldCacheWrite5m, []string{"x.usage.cache_creation_5m.input_tokens"}},
	{fieldCacheWrite1h, []string{"x.usage.cache_creation_1h.input_tokens"}},
	{fieldAudioCacheRead, []string{"x.usage.audio.cache_read.input_tokens"}},
	{fieldImageInput, []string{"x.usage.image.input_tokens", "gen_ai.usage.details.image_prompt_tokens"}},
	{fieldImageOutput, []string{"x.usage.image.output_tokens", "gen_ai.usage.details.image_candidates_tokens"}},
	{fieldVideoInput, []string{"x.usage.video.input_tokens", "gen_ai.usage.details.video_prompt_tokens"}},
	{fieldCitation, []string{"x.usage.citation.output_tokens"}},
	{fieldWebSearches, []string{
		"x.usage.web_search.requests", "gen_ai.usage.web_search_requests", "gen_ai.usage.details.web_search_requests",
		"gen_ai.usage.server_tool_use.web_search_requests", "anthropic.usage.server_tool_use.web_search_requests",
	}},
	{fieldSearchUnits, []string{"x.usage.search_units", "gen_ai.usage.search_units"}},
	{fieldImages, []string{"x.usage.output.images", "gen_ai.response.image_count"}},
	{fieldPages, []string{"x.usage.input.pages"}},
	{fieldCharacters, []string{"x.usage.input.characters"}},
	{fieldImageCacheRead, []string{"x.usage.image.cache_read.input_tokens"}},
	{fieldFileSearches, []string{"x.usage.file_search.requests", "x.usage.file_searches"}},
	{fieldDocumentSearches, []string{"x.usage.document_search.requests", "x.usage.document_searches"}},
	{fieldMapSearches, []string{"x.usage.map_search.requests", "x.usage.maps.requests"}},
	{fieldSearchSources, []string{"x.usage.search.sources", "x.usage.search_sources"}},
	{fieldCodeExecutions, []string{"x.usage.code_execution.requests", "gen_ai.usage.server_tool_use.code_execution_requests"}},
	{fieldCodeSessions, []string{"x.usage.code_interpreter.sessions", "x.usage.code_sessions"}},
	{fieldSeconds, []string{"x.usage.audio.seconds", "gen_ai.request.audio_duration"}},
	{fieldBilledTicks, []string{"gen_ai.usage.cost_in_usd_ticks"}},
	{fieldWireUsage, []string{"gen_ai.usage.raw"}},
	{fieldRouted, []string{"trace.metadata.openrouter.provider_slug", "trace.metadata.openrouter.api_key_name"}},

	{fieldSpeed, []string{"x.anthropic.speed", "anthropic.usage.speed"}},
	{fieldRegion, []string{"x.deployment_type", "x.anthropic.inference_geo", "x.azure.deployment_type", "anthropic.usage.inference_geo"}},
	{fieldCloudRegion, []string{"aws.region", "cloud.region", "x.cloud.region", "x.vertex.region", "x.gcp.location"}},
	{fieldThinking, []string{"x.enable_thinking", "x.alibaba.enable_thinking", "gen_ai.request.enable_thinking", "gen_ai.request.thinking"}},
	{fieldSearchContext, []string{"x.search_context_size", "x.perplexity.search_context_size"}},
	{fieldImageSize, []string{"x.image.size", "gen_ai.request.image_size"}},
	{fieldImageQuality, []string{"x.image.quality", "gen_ai.request.image_quality"}},
}
