package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCodexCLI(t *testing.T) {
	usage := Usage{
		Input: known(1037), Output: known(211), CacheRead: known(512), Reasoning: known(64), Total: known(1248),
		Source: "reported", Basis: "includes_cache",
	}
	span := attrs{
		"gen_ai.usage.input_tokens": 1037, "gen_ai.usage.output_tokens": 211, "gen_ai.usage.cache_read.input_tokens": 512,
		"codex.usage.reasoning_output_tokens": 64, "codex.usage.total_tokens": 1248, "codex.request.reasoning_effort": "medium", "from": "x",
	}
	event := attrs{
		"event.name": "codex.sse_event", "event.kind": "response.completed", "model": "gpt-5-codex", "slug": "gpt-5-codex", "conversation.id": "c",
		"input_token_count": "1037", "output_token_count": "211", "cached_token_count": 512, "reasoning_token_count": 64, "tool_token_count": "1248",
	}
	for _, scope := range []string{"codex_exec", "codex_cli_rs@0.169.0", "unheard.of"} {
		c := readUnder(t, scope, span)
		assert.Equal(t, "codex_cli", c.Dialect)
		assert.Equal(t, "llm", c.Role)
		assert.Equal(t, "call", c.UsageRole)
		assert.Equal(t, usage, c.Usage)

		c = readUnder(t, scope, event)
		assert.Equal(t, "codex_cli", c.Dialect)
		assert.Equal(t, "call", c.UsageRole)
		assert.Equal(t, "openai", c.Provider)
		assert.Equal(t, "gpt-5-codex", c.RequestModel)
		assert.Equal(t, "c", c.ConversationID)
		want := usage
		want.Flags = FlagStringCount
		assert.Equal(t, want, c.Usage)
	}

	event["cache_write_token_count"] = 0 // in newer versions
	assert.Equal(t, known(0), readUnder(t, "codex_exec", event).Usage.CacheWrite)

	turn := readUnder(t, "codex_exec", attrs{
		"thread.id": "c", "turn.id": "t", "model": "gpt-5-codex", "codex.turn.token_usage.input_tokens": 2320,
		"codex.turn.token_usage.cached_input_tokens": 1536, "codex.turn.token_usage.cache_write_input_tokens": 64,
		"codex.turn.token_usage.output_tokens": 300, "codex.turn.token_usage.total_tokens": 2620,
	})
	assert.Equal(t, "agent", turn.Role)
	assert.Equal(t, "aggregate", turn.UsageRole)
	assert.Equal(t, known(2320), turn.Usage.Input)
	assert.Equal(t, known(64), turn.Usage.CacheWrite)

	// The same name without counts, and spans of everything else Codex does.
	for _, noise := range []attrs{
		{"codex.request.reasoning_effort": "medium", "tool_name": "shell"}, {"code.file.path": "core/src/turn.rs", "busy_ns": 1}, {"model": "gpt-5-codex"},
	} {
		assert.Equal(t, "none", readUnder(t, "codex_exec", noise).UsageRole, "%v", noise)
	}

	failed := readUnder(t, "x", attrs{
		"event.name": "codex.api_request", "model": "gpt-5-codex", "http.response.status_code": 429, "error.message": "slow down", "attempt": 1,
	})
	assert.Equal(t, "error", failed.Outcome)
	assert.Equal(t, "429", failed.ErrorType)
	assert.Equal(t, "call", failed.UsageRole)
	assert.Empty(t, readUnder(t, "x", attrs{"event.name": "codex.sse_event", "model": "llama3.3"}).Provider, "a model of some other provider")
}
