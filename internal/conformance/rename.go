package conformance

import (
	"os"
	"path/filepath"
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/captures"
)

// renamed is what a table of renames makes of the span attributes, as the collector's gen_ai normalizer and most back ends do it:
// each name on the right is taken as another spelling of the one on the left, and then all spans that carry counts are added up.
var renamed = map[string][]string{
	"input": {
		"gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt", "llm.usage.prompt_tokens", "ai.usage.inputTokens",
		"ai.usage.promptTokens", "ai.usage.tokens",
	},
	"output": {
		"gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion", "llm.usage.completion_tokens",
		"ai.usage.outputTokens", "ai.usage.completionTokens",
	},
	"cache_read": {
		"gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens", "llm.token_count.prompt_details.cache_read",
		"ai.usage.cachedInputTokens", "ai.usage.inputTokenDetails.cacheReadTokens",
	},
	"cache_write": {
		"gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens",
		"llm.token_count.prompt_details.cache_write", "ai.usage.inputTokenDetails.cacheWriteTokens",
	},
	"reasoning": {
		"gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens", "llm.token_count.completion_details.reasoning",
		"llm.usage.reasoning_tokens", "ai.usage.reasoningTokens", "ai.usage.outputTokenDetails.reasoningTokens",
	},
}

// PlainRename is what renaming attributes and adding up gives for a case: calls are the spans that carry a count. It has nothing to
// say of a case without OTLP spans.
func PlainRename(dir string, c *captures.Case) (calls int, t captures.Tokens, ok bool, err error) {
	for _, f := range c.Files {
		if f.Signal != "traces" || f.Proto == "" {
			continue
		}
		ok = true
		raw, err := os.ReadFile(filepath.Join(dir, c.Dir, f.Proto))
		if err != nil {
			return 0, captures.Tokens{}, false, err
		}
		td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(raw)
		if err != nil {
			return 0, captures.Tokens{}, false, err
		}
		for _, rs := range td.ResourceSpans().All() {
			for _, ss := range rs.ScopeSpans().All() {
				for _, span := range ss.Spans().All() {
					if rename(&t, span.Attributes()) {
						calls++
					}
				}
			}
		}
	}
	return calls, t, ok, nil
}

func rename(t *captures.Tokens, attrs pcommon.Map) (counted bool) {
	for name, total := range map[string]**int64{
		"input": &t.Input, "output": &t.Output, "cache_read": &t.CacheRead, "cache_write": &t.CacheWrite, "reasoning": &t.Reasoning,
	} {
		for _, key := range renamed[name] {
			v, ok := attrs.Get(key)
			if !ok {
				continue
			}
			n, ok := integer(v)
			if !ok {
				continue
			}
			if *total == nil {
				*total = new(int64)
			}
			**total += n
			counted = true
			break
		}
	}
	return counted
}

func integer(v pcommon.Value) (int64, bool) {
	switch v.Type() {
	case pcommon.ValueTypeInt:
		return v.Int(), true
	case pcommon.ValueTypeDouble:
		return int64(v.Double()), true
	case pcommon.ValueTypeStr:
		n, err := strconv.ParseInt(v.Str(), 10, 64)
		return n, err == nil
	default:
		return 0, false
	}
}
