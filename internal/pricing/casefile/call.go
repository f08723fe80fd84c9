package casefile

import (
	"encoding/json"
	"strings"

	"github.com/watchllm/watchllm/internal/pricing"
)

// Usage puts the counts of a source on a call that has those read from the span, and names what of them has no meaning here. Of the
// attributes it adds what stands under names that the convention does not have. Auto lets the attributes say what a usage object does not.
func (c *Case) Usage(from Source, call *pricing.Call) (unread string) {
	if from == Auto {
		from = c.Best(Auto)
		if from == FromUsage {
			c.addUnits(&call.Usage)
			u := c.rawUsage()
			fill(u, &call.Usage)
			call.Usage = *u
			return ""
		}
	}
	switch from {
	case FromNormalized:
		call.Usage, unread = c.normalizedUsage()
	case FromUsage:
		call.Usage = pricing.Usage{}
		if u := c.rawUsage(); u != nil {
			call.Usage = *u
		}
	default:
		c.addUnits(&call.Usage)
	}
	return unread
}

// fill takes over counts that are unknown so far.
func fill(u, from *pricing.Usage) {
	have, more := countsOf(u), countsOf(from)
	for i := range have {
		*have[i] = firstKnown(*have[i], *more[i])
	}
}

func countsOf(u *pricing.Usage) []*pricing.Count {
	return []*pricing.Count{
		&u.Input, &u.Output, &u.CacheRead, &u.CacheWrite, &u.CacheWrite5m, &u.CacheWrite1h, &u.Reasoning,
		&u.AudioInput, &u.AudioCacheRead, &u.AudioOutput, &u.ImageInput, &u.ImageOutput, &u.VideoInput, &u.Citation,
		&u.WebSearches, &u.SearchUnits, &u.Images, &u.Pages, &u.Characters, &u.Milliseconds, &u.ImageCacheRead,
		&u.FileSearches, &u.DocumentSearches, &u.MapSearches, &u.SearchSources, &u.CodeExecutions, &u.CodeSessions, &u.CodeMilliseconds,
	}
}

// attributeUnits are counts under names that the convention does not have.
var attributeUnits = map[string]func(u *pricing.Usage) *pricing.Count{
	"x.usage.cache_creation_1h.input_tokens": func(u *pricing.Usage) *pricing.Count { return &u.CacheWrite1h },
	"x.usage.cache_creation_5m.input_tokens": func(u *pricing.Usage) *pricing.Count { return &u.CacheWrite5m },
	"x.usage.audio.cache_read.input_tokens":  func(u *pricing.Usage) *pricing.Count { return &u.AudioCacheRead },
	"x.usage.audio_cache_read.input_tokens":  func(u *pricing.Usage) *pricing.Count { return &u.AudioCacheRead },
	"x.usage.cache_read.audio.input_tokens":  func(u *pricing.Usage) *pricing.Count { return &u.AudioCacheRead },
	"x.usage.image.input_tokens":             func(u *pricing.Usage) *pricing.Count { return &u.ImageInput },
	"x.usage.image.output_tokens":            func(u *pricing.Usage) *pricing.Count { return &u.ImageOutput },
	"gen_ai.usage.image.output_tokens":       func(u *pricing.Usage) *pricing.Count { return &u.ImageOutput },
	"x.usage.video.input_tokens":             func(u *pricing.Usage) *pricing.Count { return &u.VideoInput },
	"gen_ai.usage.video.input_tokens":        func(u *pricing.Usage) *pricing.Count { return &u.VideoInput },
	"x.usage.citation.output_tokens":         func(u *pricing.Usage) *pricing.Count { return &u.Citation },
	"x.usage.web_search.requests":            func(u *pricing.Usage) *pricing.Count { return &u.WebSearches },
	"x.usage.search_units":                   func(u *pricing.Usage) *pricing.Count { return &u.SearchUnits },
	"x.usage.output.images":                  func(u *pricing.Usage) *pricing.Count { return &u.Images },
	"x.usage.input.pages":                    func(u *pricing.Usage) *pricing.Count { return &u.Pages },
	"x.usage.input.characters":               func(u *pricing.Usage) *pricing.Count { return &u.Characters },
	"x.usage.image.cache_read.input_tokens":  func(u *pricing.Usage) *pricing.Count { return &u.ImageCacheRead },
	"x.usage.cache_read.image.input_tokens":  func(u *pricing.Usage) *pricing.Count { return &u.ImageCacheRead },
	"x.usage.file_search.requests":           func(u *pricing.Usage) *pricing.Count { return &u.FileSearches },
	"x.usage.file_search.calls":              func(u *pricing.Usage) *pricing.Count { return &u.FileSearches },
	"x.usage.file_searches":                  func(u *pricing.Usage) *pricing.Count { return &u.FileSearches },
	"x.usage.collections_search.requests":    func(u *pricing.Usage) *pricing.Count { return &u.FileSearches },
	"x.usage.document_search.requests":       func(u *pricing.Usage) *pricing.Count { return &u.DocumentSearches },
	"x.usage.map_search.requests":            func(u *pricing.Usage) *pricing.Count { return &u.MapSearches },
	"x.usage.maps.requests":                  func(u *pricing.Usage) *pricing.Count { return &u.MapSearches },
	"x.usage.google_maps.requests":           func(u *pricing.Usage) *pricing.Count { return &u.MapSearches },
	"x.usage.search.sources":                 func(u *pricing.Usage) *pricing.Count { return &u.SearchSources },
	"x.usage.search_sources":                 func(u *pricing.Usage) *pricing.Count { return &u.SearchSources },
	"x.usage.code_execution.requests":        func(u *pricing.Usage) *pricing.Count { return &u.CodeExecutions },
	"x.usage.code_interpreter.sessions":      func(u *pricing.Usage) *pricing.Count { return &u.CodeSessions },
	"x.usage.code_sessions":                  func(u *pricing.Usage) *pricing.Count { return &u.CodeSessions },
	"x.usage.containers":                     func(u *pricing.Usage) *pricing.Count { return &u.CodeSessions },
}

func (c *Case) addUnits(u *pricing.Usage) {
	for key, of := range attributeUnits {
		if n := countOf(c.Attributes[key]); n.Known {
			*of(u) = n
		}
	}
	if n := millis(c.Attributes["x.usage.audio.seconds"]); n.Known {
		u.Milliseconds = n
	}
	for _, key := range []string{"x.usage.code_execution.seconds", "x.usage.container.seconds"} {
		if n := millis(c.Attributes[key]); n.Known {
			u.CodeMilliseconds = n
		}
	}
}

// Conditions puts on a call what else decides its price: from the case's own fields, and where those are silent from the usage object
// and from attributes of names that the convention does not have.
func (c *Case) Conditions(call *pricing.Call) {
	raw, extra, named := object(c.UsageRaw), object(c.Extra), own(c.Attributes)
	set := func(dst *string, names ...string) {
		for _, o := range []object{extra, named, raw} {
			if s, ok := o.named(names...).(string); ok && *dst == "" {
				*dst = s
			}
		}
	}
	// Anthropic and OpenAI say in the answer which tier served it, Gemini by another name.
	if tier := raw.text("service_tier", "trafficType", "traffic_type"); call.ServiceTier == "" {
		call.ServiceTier = tier
	}
	if call.ServiceTier == "" {
		call.ServiceTier = c.ServiceTier
	}
	set(&call.ServiceTier, "served_tier", "response.service_tier", "traffic_type", "trafficType")
	call.Batch = call.Batch || c.Batch || strings.EqualFold(c.ServiceTier, "batch") || yes(extra.named("batch")) || yes(named.named("batch"))
	set(&call.Speed, "speed")
	set(&call.Region, "inference_geo", "deployment_type", "deployment.type", "region", "location")
	set(&call.SearchContext, "search_context_size", "search_context")
	set(&call.ImageSize, "image.size", "image_size")
	set(&call.ImageQuality, "image.quality", "image_quality")
	call.Thinking = call.Thinking || yes(extra.named("thinking", "enable_thinking")) || yes(named.named("thinking", "enable_thinking"))
	if call.Time.IsZero() {
		call.Time = c.Timestamp.Time
	}
}

// Bill puts the provider's own figure on the call, as it stands in the usage object: OpenRouter's cost, Perplexity's total, DeepInfra's
// charge, which it calls an estimate, and xAI's in ten-billionths of a dollar.
func (c *Case) Bill(call *pricing.Call) {
	raw := object(c.UsageRaw)
	figure, _ := raw["cost"].(json.Number)
	if figure == "" {
		figure, _ = raw.get("cost.total_cost").(json.Number)
	}
	if n, ok := raw["estimated_cost"].(json.Number); ok && figure == "" && strings.HasPrefix(strings.ToLower(c.Provider), "deepinfra") {
		figure = n
	}
	ticks := raw["cost_in_usd_ticks"]
	if ticks == nil {
		ticks = own(c.Attributes).named("cost_in_usd_ticks")
	}
	if n, ok := ticks.(json.Number); ok && figure == "" {
		figure = n + "e-10"
	}
	if figure == "" {
		return
	}
	if a, err := pricing.ParseAmount(figure.String()); err == nil && a.Pico >= 0 {
		call.Reported = pricing.Reported{Amount: a, Authoritative: true}
	}
}
