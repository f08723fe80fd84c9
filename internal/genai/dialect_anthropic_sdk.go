package genai

// anthropicSDK is the span that Anthropic's own SDKs emit once any tracer provider is registered. It writes the gen_ai names of
// genai v0.1.0 and a few of its own. Its count_tokens spans name a model too but no operation: they are no calls.
var anthropicSDK = &dialect{
	name:    "anthropic_sdk",
	scopes:  []string{"com.anthropic.sdk.*"},
	markers: []string{"anthropic.usage.*", "anthropic.message.*", "anthropic.response.*", "anthropic.request.id"},
	scoped:  []string{"gen_ai.*"},
	strict:  true,
	rows: onTopOf(genAIRows,
		row{fieldCacheWrite5m, []string{"anthropic.usage.cache_creation.ephemeral_5m_input_tokens"}},
		row{fieldCacheWrite1h, []string{"anthropic.usage.cache_creation.ephemeral_1h_input_tokens"}},
		row{fieldRequestTier, []string{"anthropic.request.service_tier"}},
		row{fieldResponseTier, []string{"anthropic.response.service_tier"}},
	),
	cacheMeans: func(*reading) semantics { return includesCache },
}
