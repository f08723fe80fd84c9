package genai

// applyInvariants checks what must hold between the counts. A violation is flagged and left as it is: we cannot know which of the
// numbers is wrong.
func applyInvariants(r *reading) {
	u := r.usage
	readFlags(r)
	if r.canonical {
		return // the numbers the flags were found in are gone
	}
	if u.Input.Known && u.CacheRead.N+u.CacheWrite.N > u.Input.N ||
		u.CacheWrite.Known && u.CacheWrite5m.N+u.CacheWrite1h.N > u.CacheWrite.N {
		u.Flags |= FlagCacheExceedsInput
	}
	if u.Output.Known && u.Reasoning.N > u.Output.N {
		u.Flags |= FlagReasoningExceedsOutput
	}
	if u.Total.Known && u.Input.Known && u.Output.Known {
		// Clients add up what they were given, before any conversion, or what the provider calls total.
		switch u.Total.N {
		case u.Input.N + u.Output.N, r.wireInput.N + r.wireOutput.N, u.Input.N + r.wireOutput.N, r.wireInput.N + u.Output.N:
		default:
			u.Flags |= FlagTotalMismatch
		}
	}
}

// readFlags takes over what an earlier WatchLLM or the event receiver found.
func readFlags(r *reading) {
	if !r.facts.has(fieldUsageFlags) {
		return
	}
	eachText(r.facts.vals[fieldUsageFlags], func(name string) { r.usage.Flags |= flagByName(name) })
}
