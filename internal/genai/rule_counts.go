package genai

// applyCounts reads every count the span carries. Unknown stays unknown.
func applyCounts(r *reading) {
	f, u := r.facts, r.usage
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
		if !f.has(t.id) {
			continue
		}
		n, flags := readCount(f.vals[t.id])
		*t.dst = n
		u.Flags |= flags
	}
}
