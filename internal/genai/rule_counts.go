package genai

import "math"

// counts are the fields that hold a count, and where it is kept.
var counts = [...]struct {
	id field
	of func(u *Usage) *Count
}{
	{fieldInput, inputOf},
	{fieldOutput, outputOf},
	{fieldCacheRead, cacheReadOf},
	{fieldCacheWrite, cacheWriteOf},
	{fieldCacheWrite5m, func(u *Usage) *Count { return &u.CacheWrite5m }},
	{fieldCacheWrite1h, func(u *Usage) *Count { return &u.CacheWrite1h }},
	{fieldReasoning, reasoningOf},
	{fieldAudioInput, func(u *Usage) *Count { return &u.AudioInput }},
	{fieldAudioCacheRead, func(u *Usage) *Count { return &u.AudioCacheRead }},
	{fieldAudioOutput, func(u *Usage) *Count { return &u.AudioOutput }},
	{fieldImageInput, func(u *Usage) *Count { return &u.ImageInput }},
	{fieldImageOutput, func(u *Usage) *Count { return &u.ImageOutput }},
	{fieldVideoInput, func(u *Usage) *Count { return &u.VideoInput }},
	{fieldCitation, func(u *Usage) *Count { return &u.Citation }},
	{fieldWebSearches, func(u *Usage) *Count { return &u.WebSearches }},
	{fieldSearchUnits, func(u *Usage) *Count { return &u.SearchUnits }},
	{fieldImages, func(u *Usage) *Count { return &u.Images }},
	{fieldPages, func(u *Usage) *Count { return &u.Pages }},
	{fieldCharacters, func(u *Usage) *Count { return &u.Characters }},
	{fieldMilliseconds, func(u *Usage) *Count { return &u.Milliseconds }},
	{fieldTotal, totalOf},
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
