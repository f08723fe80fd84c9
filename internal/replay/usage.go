package replay

// usage is what a model call really used. Input includes cached tokens, output includes reasoning.
type usage struct {
	input, output         int64
	cacheRead, cacheWrite int64
	reasoning             int64
	known                 bool // false: the provider sent no counts
	// Providers that cache or reason say 0 when they did not; the others say nothing.
	saysCache, saysCacheWrite, saysReasoning bool
}

const (
	// shortestCached and cacheStep are OpenAI's rules for prompt caching, which Anthropic shares in its minimum.
	shortestCached = 1024
	cacheStep      = 128
	// cacheWritten is the mode of a provider that reports what it adds to its cache.
	cacheWritten = "written"
	// perMessage is the overhead of a message in tokens, as in OpenAI's counting recipe.
	perMessage = 4
	// warmShare of conversations find the unchanging head of their prompt cached by an earlier one.
	warmShare = 0.6
)

// tokens estimates the count of a text: four bytes a token, as every provider's rule of thumb says.
func tokens(text string) int64 { return int64(len(text)+3)/4 + 1 }

// promptCache follows what a provider holds of one agent's growing prompt.
type promptCache struct {
	held int64 // tokens of the prompt's head that are cached
	warm bool  // the head was cached before this conversation
}

// read returns the cached part of a prompt and, where the provider reports it, what the call adds to the cache.
func (p *promptCache) read(mode string, prompt, head int64) (read, written int64) {
	if mode == "" || prompt < shortestCached {
		return 0, 0
	}
	if p.held == 0 && p.warm && head >= shortestCached {
		p.held = head
	}
	switch mode {
	case cacheWritten:
		read = p.held
		written = prompt - read
		p.held = prompt
	default:
		read = p.held / cacheStep * cacheStep
		p.held = prompt
	}
	return read, written
}
