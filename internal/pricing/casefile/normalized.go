package casefile

import (
	"maps"
	"slices"
	"strings"

	"github.com/watchllm/watchllm/internal/pricing"
)

// normalizedNames are the short names of counts. "tool" is a part of the input that has no price of its own.
var normalizedNames = map[string]func(u *pricing.Usage) *pricing.Count{
	"inp": func(u *pricing.Usage) *pricing.Count { return &u.Input }, "out": func(u *pricing.Usage) *pricing.Count { return &u.Output },
	"cr":   func(u *pricing.Usage) *pricing.Count { return &u.CacheRead },
	"cw":   func(u *pricing.Usage) *pricing.Count { return &u.CacheWrite },
	"cw5":  func(u *pricing.Usage) *pricing.Count { return &u.CacheWrite5m },
	"cw1h": func(u *pricing.Usage) *pricing.Count { return &u.CacheWrite1h },
	"reas": func(u *pricing.Usage) *pricing.Count { return &u.Reasoning },
	"ain":  func(u *pricing.Usage) *pricing.Count { return &u.AudioInput },
	"acr":  func(u *pricing.Usage) *pricing.Count { return &u.AudioCacheRead },
	"aout": func(u *pricing.Usage) *pricing.Count { return &u.AudioOutput },
	"iin":  func(u *pricing.Usage) *pricing.Count { return &u.ImageInput }, "iout": func(u *pricing.Usage) *pricing.Count { return &u.ImageOutput },
	"vin":    func(u *pricing.Usage) *pricing.Count { return &u.VideoInput },
	"cite":   func(u *pricing.Usage) *pricing.Count { return &u.Citation },
	"web":    func(u *pricing.Usage) *pricing.Count { return &u.WebSearches },
	"su":     func(u *pricing.Usage) *pricing.Count { return &u.SearchUnits },
	"images": func(u *pricing.Usage) *pricing.Count { return &u.Images }, "pages": func(u *pricing.Usage) *pricing.Count { return &u.Pages },
	"chars": func(u *pricing.Usage) *pricing.Count { return &u.Characters },
	"icr":   func(u *pricing.Usage) *pricing.Count { return &u.ImageCacheRead },
	"files": fileSearchesOf, "file": fileSearchesOf, "fs": fileSearchesOf, "file_search": fileSearchesOf, "file_searches": fileSearchesOf,
	"docs": documentSearchesOf, "document_search": documentSearchesOf, "document_searches": documentSearchesOf,
	"maps": mapSearchesOf, "map": mapSearchesOf, "map_search": mapSearchesOf, "map_searches": mapSearchesOf,
	"sources": searchSourcesOf, "src": searchSourcesOf, "search_sources": searchSourcesOf,
	"code": codeExecutionsOf, "exec": codeExecutionsOf, "code_executions": codeExecutionsOf,
	"sessions": codeSessionsOf, "containers": codeSessionsOf, "code_sessions": codeSessionsOf,
	"tool": nil,
}

func fileSearchesOf(u *pricing.Usage) *pricing.Count     { return &u.FileSearches }
func documentSearchesOf(u *pricing.Usage) *pricing.Count { return &u.DocumentSearches }
func mapSearchesOf(u *pricing.Usage) *pricing.Count      { return &u.MapSearches }
func searchSourcesOf(u *pricing.Usage) *pricing.Count    { return &u.SearchSources }
func codeExecutionsOf(u *pricing.Usage) *pricing.Count   { return &u.CodeExecutions }
func codeSessionsOf(u *pricing.Usage) *pricing.Count     { return &u.CodeSessions }

// normalizedUsage reads the canonical counts, and names those it has no name for. Zeros are left out of this form: a missing count is 0
// unless the other descriptions lack it as well.
func (c *Case) normalizedUsage() (u pricing.Usage, unread string) {
	if len(c.Normalized) == 0 {
		return u, ""
	}
	var strange []string
	for _, name := range slices.Sorted(maps.Keys(c.Normalized)) {
		of, known := normalizedNames[name]
		switch {
		case name == "secs":
			u.Milliseconds = millis(c.Normalized[name])
		case name == "code_secs":
			u.CodeMilliseconds = millis(c.Normalized[name])
		case !known:
			if countOf(c.Normalized[name]).N > 0 {
				strange = append(strange, name)
			}
		case of != nil:
			*of(&u) = countOf(c.Normalized[name])
		}
	}
	if metered(&u) {
		u.Input, u.Output = firstKnown(u.Input, pricing.KnownCount(0)), firstKnown(u.Output, pricing.KnownCount(0))
	}
	if !u.Input.Known && !c.leftOut(func(u *pricing.Usage) bool { return u.Input.Known }, "input_tokens", "prompt_tokens") {
		u.Input = pricing.KnownCount(0)
	}
	if !u.Output.Known && (!generates[c.Operation] || !c.leftOut(func(u *pricing.Usage) bool { return u.Output.Known }, "output_tokens", "completion_tokens")) {
		u.Output = pricing.KnownCount(0)
	}
	return u, strings.Join(strange, ",")
}

// metered reports whether something is counted that is no token.
func metered(u *pricing.Usage) bool {
	return u.SearchUnits.Known || u.Images.Known || u.Pages.Known || u.Characters.Known || u.Milliseconds.Known
}

// generates are the operations whose answer is counted in tokens.
var generates = map[string]bool{"": true, "chat": true, "text_completion": true, "generate_content": true}

// leftOut reports that a count which the normalized form lacks is in no other description either, although there is one: nobody knows
// it, it is not zero.
func (c *Case) leftOut(has func(u *pricing.Usage) bool, attributes ...string) bool {
	if raw := c.rawUsage(); raw != nil && has(raw) {
		return false
	}
	others := len(c.UsageRaw) > 0
	for key := range c.Attributes {
		name, isUsage := strings.CutPrefix(key, "gen_ai.usage.")
		if slices.Contains(attributes, name) {
			return false
		}
		others = others || isUsage || strings.HasPrefix(key, "x.usage.")
	}
	return others
}
