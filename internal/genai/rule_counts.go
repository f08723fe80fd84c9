package genai

import "math"

// counts are the fields that hold a count, and where it is kept.
var counts = [...]struct {
	id field
	of func(u *Usage) *Count
	// meter is set for what is no token.
	meter bool
}{
	{fieldInput, inputOf, false},
	{fieldOutput, outputOf, false},
	{fieldCacheRead, cacheReadOf, false},
	{fieldCacheWrite, cacheWriteOf, false},
	{fieldCacheWrite5m, func(u *Usage) *Count { return &u.CacheWrite5m }, false},
	{fieldCacheWrite1h, func(u *Usage) *Count { return &u.CacheWrite1h }, false},
	{fieldReasoning, reasoningOf, false},
	{fieldAudioInput, func(u *Usage) *Count { return &u.AudioInput }, false},
	{fieldAudioCacheRead, func(u *Usage) *Count { return &u.AudioCacheRead }, false},
	{fieldAudioOutput, func(u *Usage) *Count { return &u.AudioOutput }, false},
	{fieldImageInput, func(u *Usage) *Count { return &u.ImageInput }, false},
	{fieldImageOutput, func(u *Usage) *Count { return &u.ImageOutput }, false},
	{fieldVideoInput, func(u *Usage) *Count { return &u.VideoInput }, false},
	{fieldCitation, func(u *Usage) *Count { return &u.Citation }, false},
	{fieldWebSearches, func(u *Usage) *Count { return &u.WebSearches }, true},
	{fieldSearchUnits, func(u *Usage) *Count { return &u.SearchUnits }, true},
	{fieldImages, func(u *Usage) *Count { return &u.Images }, true},
	{fieldPages, func(u *Usage) *Count { return &u.Pages }, true},
	{fieldCharacters, func(u *Usage) *Count { return &u.Characters }, true},
	{fieldMilliseconds, func(u *Usage) *Count { return &u.Milliseconds }, true},
	{fieldImageCacheRead, func(u *Usage) *Count { return &u.ImageCacheRead }, false},
	{fieldFileSearches, func(u *Usage) *Count { return &u.FileSearches }, true},
	{fieldDocumentSearches, func(u *Usage) *Count { return &u.DocumentSearches }, true},
	{fieldMapSearches, func(u *Usage) *Count { return &u.MapSearches }, true},
	{fieldSearchSources, func(u *Usage) *Count { return &u.SearchSources }, true},
	{fieldCodeExecutions, func(u *Usage) *Count { return &u.CodeExecutions }, true},
	{fieldCodeSessions, func(u *Usage) *Count { return &u.CodeSessions }, true},
	{fieldCodeMilliseconds, func(u *Usage) *Count { return &u.CodeMilliseconds }, true},
	{fieldTotal, totalOf, false},
}

func inputOf(u *Usage) *Count      { return &u.Input }
func outputOf(u *Usage) *Count     { return &u.Output }
func totalOf(u *Usage) *Count      { return &u.Total }
func cacheReadOf(u *Usage) *Count  { return &u.CacheRead }
func cacheWriteOf(u *Usage) *Count { return &u.CacheWrite }
func reasoningOf(u *Usage) *Count  { return &u.Reasoning }

// applyCounts reads every count the span carries. Unknown stays unknown.
func applyCounts(r *reading) {
	for i := range counts {
		if t := &counts[i]; r.facts.has(t.id) {
			r.count(t.of(r.usage), t.id)
		}
	}
	if !r.usage.Milliseconds.Known && r.facts.has(fieldSeconds) {
		seconds, _ := r.facts.number(fieldSeconds)
		r.usage.Milliseconds = millisecondsOf(seconds)
	}
}

// count reads one count, if it is there.
func (r *reading) count(dst *Count, id field) {
	if r.facts.has(id) {
		n, flags := readCount(r.facts.vals[id])
		*dst = n
		r.usage.Flags |= flags
	}
}

// millisecondsOf rounds a duration in seconds, which clients and providers give with a fraction. It is unknown unless above zero.
func millisecondsOf(seconds float64) Count {
	if ms := math.Round(seconds * 1000); ms > 0 && ms <= maxCount {
		return known(int64(ms))
	}
	return Count{}
}
