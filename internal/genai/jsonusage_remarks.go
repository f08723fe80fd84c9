package genai

import "strings"

// remarks are what a provider's usage object says beside its counts.
type remarks struct {
	tier, speed, region, searchContext string

	// What the call cost, in the spellings of those who bill in their answers.
	cost      string // OpenRouter, in dollars
	total     string // Perplexity
	ticks     string // xAI, ten thousand millionths of a dollar
	estimated string // DeepInfra
	routed    bool   // the shape of the object is OpenRouter's
}

// other reads a member that is no count.
func (w *wireUsage) other(name, value string, at place) {
	if at != placeOuter {
		return
	}
	s := &w.said
	switch name {
	case "service_tier", "serviceTier", "trafficType", "traffic_type":
		tier := jsonText0(value)
		s.tier = tier[strings.LastIndexByte(tier, '.')+1:] // "TrafficType.ON_DEMAND_FLEX"
	case "inference_geo", "inferenceGeo":
		s.region = jsonText0(value)
	case "speed":
		s.speed = jsonText0(value)
	case "search_context_size", "searchContextSize":
		s.searchContext = jsonText0(value)
	case "toolUsePromptTokenCount", "tool_use_prompt_token_count":
		w.toolPrompt, _ = countText(jsonScalar(value), 0)
	case "x_search_calls", "SERVER_SIDE_TOOL_X_SEARCH":
		w.xSearches, _ = countText(jsonScalar(value), 0)
	case "duration", "seconds":
		w.seconds = jsonScalar(value)
	case "cost":
		s.cost = jsonScalar(value)
	case "cost_in_usd_ticks", "costInUsdTicks":
		s.ticks = jsonScalar(value)
	case "estimated_cost":
		s.estimated = jsonScalar(value)
	case "is_byok", "isByok":
		s.routed = true
	}
}

// add takes over what is not said yet. A cost counts only where the object is the provider's own (wire): libraries write their
// estimates into objects of their own.
func (s *remarks) add(more *remarks, wire bool) {
	for _, t := range [...]struct{ dst, src *string }{
		{&s.tier, &more.tier}, {&s.speed, &more.speed}, {&s.region, &more.region}, {&s.searchContext, &more.searchContext},
	} {
		if *t.dst == "" {
			*t.dst = *t.src
		}
	}
	if !wire {
		return
	}
	for _, t := range [...]struct{ dst, src *string }{
		{&s.cost, &more.cost}, {&s.total, &more.total}, {&s.ticks, &more.ticks}, {&s.estimated, &more.estimated},
	} {
		if *t.dst == "" {
			*t.dst = *t.src
		}
	}
	s.routed = s.routed || more.routed
}
