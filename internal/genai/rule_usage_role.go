package genai

// applyUsageRole says whether the span's counts may enter a total. Only spans of model calls may; whatever encloses them repeats
// or sums their counts. That two model spans stand for one call is seen only by looking at both: see Settle.
func applyUsageRole(r *reading) {
	r.usage.Flags &^= FlagUsageFromAggregate // what an earlier WatchLLM saw together is seen again
	r.call.UsageRole = ownUsageRole(r.call.Role, r.usage.HasTokens())
}
