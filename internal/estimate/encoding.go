package estimate

import (
	"strings"
	"sync"
)

// Tokenizer counts the tokens of a text as a model does. It is safe for use by several goroutines.
type Tokenizer interface {
	Count(text string) (int, error)
}

// Encodings that models of OpenAI use. Each takes some megabytes, so they are linked in only where somebody registers them, and built
// when the first call asks for one.
const (
	O200k  = "o200k_base"
	Cl100k = "cl100k_base"
)

// opened is a tokenizer that is made when it is first needed.
type opened struct {
	Tokenizer
}

var (
	encodingsMu sync.RWMutex
	encodings   = map[string]func() *opened{}
)

// Register makes a tokenizer known under the name of its encoding; open is called once, when the first text is to be counted.
func Register(name string, open func() Tokenizer) {
	encodingsMu.Lock()
	defer encodingsMu.Unlock()
	encodings[name] = sync.OnceValue(func() *opened { return &opened{open()} })
}

func encoding(name string) *opened {
	encodingsMu.RLock()
	open := encodings[name]
	encodingsMu.RUnlock()
	if open == nil {
		return nil
	}
	return open()
}

// encodingOf is the encoding of a model; empty when it is not known to have one of those.
func encodingOf(f *family, model string) string {
	name := strings.TrimPrefix(bare(model), "ft:")
	switch {
	case f == openAIOpen:
		return O200k
	case f != openAI:
		return ""
	case strings.HasPrefix(name, "gpt-4o"), strings.HasPrefix(name, "gpt-4.1"), strings.HasPrefix(name, "gpt-4.5"), strings.HasPrefix(name, "gpt-5"),
		strings.HasPrefix(name, "chatgpt-4o"), isSeries(name):
		return O200k
	case strings.HasPrefix(name, "gpt-4"), strings.HasPrefix(name, "gpt-3.5"), strings.HasPrefix(name, "gpt-35"):
		return Cl100k
	default:
		return ""
	}
}

// count is a side in a tokenizer's own tokens. Texts that it cannot read are measured.
func (o *opened) count(s *side) amounts {
	texts := func(list []string) span {
		var all span
		for _, text := range list {
			n, err := o.Count(text)
			if err != nil {
				p := Measure(text)
				all = all.plus(openAI.tokens(&p))
				continue
			}
			all = all.plus(exactly(float64(n)))
		}
		return all
	}
	return s.amounts(texts(s.said), texts(s.thoughts), texts(s.tools))
}
