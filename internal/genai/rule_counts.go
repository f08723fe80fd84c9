package genai

// applyCounts reads every count the span carries. Unknown stays unknown.
func applyCounts(r *reading) {
	u := r.usage
	for _, t := range [...]struct {
		id  field
		dst *Count
	}{
		{fieldInput, &u.Input},
		{fieldOutput, &u.Output},
		{fieldCacheRead, &u.CacheRead},
		{fieldCacheWrite, &u.CacheWrite},
		{fieldCacheWrite5m, &u.CacheWrite5m},
		{fieldCacheWrite1h, &u.CacheWrite1h},
		{fieldReasoning, &u.Reasoning},
		{fieldAudioInput, &u.AudioInput},
		{fieldAudioCacheRead, &u.AudioCacheRead},
		{fieldAudioOutput, &u.AudioOutput},
		{fieldImageInput, &u.ImageInput},
		{fieldImageOutput, &u.ImageOutput},
		{fieldTotal, &u.Total},
	} {
		r.count(t.dst, t.id)
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
