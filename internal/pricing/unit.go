package pricing

import "math/bits"

// unit is something that is counted and has a price.
type unit uint8

const (
	unitInput unit = iota // text and every other input that has no price of its own, not cached
	unitCacheRead
	unitCacheWrite5m
	unitCacheWrite1h
	unitAudioInput
	unitAudioCacheRead
	unitImageInput
	unitImageCacheRead
	unitVideoInput

	unitOutput
	unitReasoning
	unitCitation
	unitAudioOutput
	unitImageOutput

	unitWebSearch
	unitRequest
	unitSearchUnit
	unitImage
	unitPage
	unitCharacter
	unitMillisecond

	// What tools on the provider's side did for the model.
	unitFileSearch
	unitDocumentSearch
	unitMapSearch
	unitSearchSource
	unitCodeExecution
	unitCodeSession
	unitCodeMillisecond

	unitCount
)

// side says which component of an amount a unit belongs to.
type side uint8

const (
	sideInput side = iota
	sideCacheRead
	sideCacheWrite
	sideOutput
	sideFees
	sideCount
)

// unitInfo is what the arithmetic, the files and the explanations need to know about a unit.
type unitInfo struct {
	name string // in explanations and in Result.Unpriced
	key  string // in price files
	per  uint64 // how many of the unit one price buys
	side side
}

var units = [unitCount]unitInfo{
	unitInput:          {"input", "input", 1e6, sideInput},
	unitCacheRead:      {"cache_read", "cache_read", 1e6, sideCacheRead},
	unitCacheWrite5m:   {"cache_write", "cache_write", 1e6, sideCacheWrite},
	unitCacheWrite1h:   {"cache_write_1h", "cache_write_1h", 1e6, sideCacheWrite},
	unitAudioInput:     {"audio_input", "audio_input", 1e6, sideInput},
	unitAudioCacheRead: {"audio_cache_read", "audio_cache_read", 1e6, sideCacheRead},
	unitImageInput:     {"image_input", "image_input", 1e6, sideInput},
	unitImageCacheRead: {"image_cache_read", "image_cache_read", 1e6, sideCacheRead},
	unitVideoInput:     {"video_input", "video_input", 1e6, sideInput},
	unitOutput:         {"output", "output", 1e6, sideOutput},
	unitReasoning:      {"reasoning", "reasoning", 1e6, sideOutput},
	unitCitation:       {"citation", "citation", 1e6, sideOutput},
	unitAudioOutput:    {"audio_output", "audio_output", 1e6, sideOutput},
	unitImageOutput:    {"image_output", "image_output", 1e6, sideOutput},
	unitWebSearch:      {"web_search", "thousand_web_searches", 1e3, sideFees},
	unitRequest:        {"request", "thousand_requests", 1e3, sideFees},
	unitSearchUnit:     {"search_unit", "thousand_search_units", 1e3, sideFees},
	unitImage:          {"image", "image", 1, sideFees},
	unitPage:           {"page", "thousand_pages", 1e3, sideFees},
	unitCharacter:      {"character", "million_characters", 1e6, sideFees},
	unitMillisecond:    {"millisecond", "hour", 3_600_000, sideFees},

	unitFileSearch:      {"file_search", "thousand_file_searches", 1e3, sideFees},
	unitDocumentSearch:  {"document_search", "thousand_document_searches", 1e3, sideFees},
	unitMapSearch:       {"map_search", "thousand_map_searches", 1e3, sideFees},
	unitSearchSource:    {"search_source", "thousand_search_sources", 1e3, sideFees},
	unitCodeExecution:   {"code_execution", "thousand_code_executions", 1e3, sideFees},
	unitCodeSession:     {"code_session", "code_session", 1, sideFees},
	unitCodeMillisecond: {"code_millisecond", "code_hour", 3_600_000, sideFees},
}

// blockLCM is the least common multiple of every unit's block, so that prices of different blocks add up exactly.
const blockLCM = 18_000_000

// unitSet is a set of units.
type unitSet uint32

func (s unitSet) has(u unit) bool { return s&(1<<u) != 0 }

func (s *unitSet) add(u unit) { *s |= 1 << u }

// pop removes and returns the first unit of a set that is not empty.
func (s *unitSet) pop() unit {
	u := unit(bits.TrailingZeros32(uint32(*s))) //nolint:gosec // at most 32
	*s &= *s - 1
	return u
}

var tokenUnits, inputTokenUnits = func() (tokens, input unitSet) {
	for u, info := range units {
		if info.side == sideFees {
			continue
		}
		tokens.add(unit(u)) //nolint:gosec // below unitCount
		if info.side != sideOutput {
			input.add(unit(u)) //nolint:gosec // below unitCount
		}
	}
	return tokens, input
}()

var unitByKey = func() map[string]unit {
	m := make(map[string]unit, unitCount)
	for u, info := range units {
		m[info.key] = unit(u) //nolint:gosec // below unitCount
	}
	return m
}()

// unitNames are the names of all units.
var unitNames = func() [unitCount]string {
	var names [unitCount]string
	for u, info := range units {
		names[u] = info.name
	}
	return names
}()

// unpricedNames are the names of the sets of units met so far, for Result.Unpriced.
var unpricedNames setCache[unitSet, []string]

func (s unitSet) names() []string {
	if s == 0 {
		return nil
	}
	return unpricedNames.get(s, unitSet.list)
}

func (s unitSet) list() []string {
	var names []string
	for s != 0 {
		names = append(names, unitNames[s.pop()])
	}
	return names
}
