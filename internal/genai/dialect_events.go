package genai

import "github.com/watchllm/watchllm/internal/semconv"

// scopeOfEvents is the scope of everything that came as a JSON event.
const scopeOfEvents = "watchllm.events"

// watchllmEvents is what the event receiver makes of JSON events: gen_ai names, with the input made to include cache already.
var watchllmEvents = &dialect{
	name:   "watchllm_events",
	scopes: []string{scopeOfEvents},
	scoped: []string{"gen_ai.*"},
	rows: onTopOf(genAIRows,
		row{fieldUsageBasis, []string{semconv.WatchLLMUsageBasis}},
		row{fieldUsageFlags, []string{semconv.WatchLLMUsageFlags}},
	),
	cacheMeans: func(*reading) semantics { return includesCache }, // the contract's default; events that say otherwise are converted
}
