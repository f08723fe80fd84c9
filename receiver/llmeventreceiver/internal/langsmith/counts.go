package langsmith

import (
	"time"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// counts is LangChain's usage_metadata.
type counts struct {
	Input         *int64  `json:"input_tokens,omitempty"`
	Output        *int64  `json:"output_tokens,omitempty"`
	Total         *int64  `json:"total_tokens,omitempty"`
	InputDetails  details `json:"input_token_details,omitzero"`
	OutputDetails details `json:"output_token_details,omitzero"`
}

type details struct {
	CacheRead  *int64 `json:"cache_read,omitempty"`
	CacheWrite *int64 `json:"cache_creation,omitempty"`
	Reasoning  *int64 `json:"reasoning,omitempty"`
	Audio      *int64 `json:"audio,omitempty"`
}

func (c *counts) empty() bool { return c.Input == nil && c.Output == nil }

// add sums the answers to several prompts of one run.
func (c *counts) add(o counts) {
	plus(&c.Input, o.Input)
	plus(&c.Output, o.Output)
	plus(&c.Total, o.Total)
	plus(&c.InputDetails.CacheRead, o.InputDetails.CacheRead)
	plus(&c.InputDetails.CacheWrite, o.InputDetails.CacheWrite)
	plus(&c.InputDetails.Audio, o.InputDetails.Audio)
	plus(&c.OutputDetails.Reasoning, o.OutputDetails.Reasoning)
	plus(&c.OutputDetails.Audio, o.OutputDetails.Audio)
}

func plus(to **int64, n *int64) {
	switch {
	case n == nil:
	case *to == nil:
		v := *n
		*to = &v
	default:
		v := **to + *n
		*to = &v
	}
}

// countsOf reads a usage object of LangChain or of a provider.
func countsOf(v jsontree.Value) (c counts) {
	if v.Kind() != jsontree.Object {
		return c
	}
	c.Input = count(v.Get("input_tokens", "prompt_tokens", "promptTokens", "inputTokens"))
	c.Output = count(v.Get("output_tokens", "completion_tokens", "completionTokens", "outputTokens"))
	c.Total = count(v.Get("total_tokens", "totalTokens"))
	in := v.Get("input_token_details", "prompt_tokens_details", "input_tokens_details", "promptTokensDetails")
	c.InputDetails.CacheRead = count(in.Get("cache_read", "cached_tokens"))
	c.InputDetails.CacheWrite = count(in.Get("cache_creation"))
	c.InputDetails.Audio = count(in.Get("audio", "audio_tokens"))
	out := v.Get("output_token_details", "completion_tokens_details", "output_tokens_details", "completionTokensDetails")
	c.OutputDetails.Reasoning = count(out.Get("reasoning", "reasoning_tokens"))
	c.OutputDetails.Audio = count(out.Get("audio", "audio_tokens"))
	// Anthropic's own object counts cached tokens beside the input, LangChain's within.
	read, written := count(v.Get("cache_read_input_tokens")), count(v.Get("cache_creation_input_tokens"))
	if c.InputDetails.CacheRead == nil && c.InputDetails.CacheWrite == nil && c.Input != nil && (read != nil || written != nil) {
		c.InputDetails.CacheRead, c.InputDetails.CacheWrite = read, written
		plus(&c.Input, read)
		plus(&c.Input, written)
		c.Total = nil
	}
	return c
}

// maxCount is the largest integer that survives every JSON library.
const maxCount = 1 << 53

func count(v jsontree.Value) *int64 {
	n, ok := v.Int()
	if !ok {
		f, isNumber := v.Float()
		if n = int64(f); !isNumber || float64(n) != f {
			return nil
		}
	}
	if n < 0 || n > maxCount {
		return nil
	}
	return &n
}

// firstToken is when the first piece of a streamed answer came.
func (r *run) firstToken() time.Time {
	for _, e := range r.get("events").Elements() {
		if e.Get("name").Text() == "new_token" {
			return foreign.Time(e.Get("time"))
		}
	}
	return time.Time{}
}
