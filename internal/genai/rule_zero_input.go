package genai

import "github.com/watchllm/watchllm/internal/semconv"

// applyZeroInput refuses an input of 0 on a call that was answered: no prompt is empty. Clients write it where a stream brought only
// the output count. With cached input beside it 0 may be true, all of it came from the cache.
func applyZeroInput(r *reading) {
	u := r.usage
	if r.canonical || r.call.Role != semconv.RoleLLM || !u.Input.Known || u.Input.N > 0 || u.Output.N == 0 {
		return
	}
	if u.CacheRead.N+u.CacheWrite.N+u.CacheWrite5m.N+u.CacheWrite1h.N > 0 {
		return
	}
	u.Input = Count{}
	u.Flags |= FlagUnreadableCount
}
