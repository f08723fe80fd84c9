package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestClaudeCode(t *testing.T) {
	request := attrs{
		"event.name": "claude_code.api_request", "anthropic.provider": "bedrock", "session.id": "s", "user.id": "u", "model": "claude-sonnet-4-5",
		"input_tokens": "397", "output_tokens": 211, "cache_read_tokens": "512", "cache_creation_tokens": 128, "cache_creation_5m_tokens": 28,
		"cache_creation_1h_tokens": 100, "cost_usd": 0.0049896, "ttft_ms": 87, "request_id": "req_1", "speed": "fast",
	}
	for _, scope := range []string{"com.anthropic.claude_code.events@2.1.330", "unheard.of"} {
		c := readUnder(t, scope, request)
		assert.Equal(t, "claude_code", c.Dialect)
		assert.Equal(t, "llm", c.Role)
		assert.Equal(t, "chat", c.Operation)
		assert.Equal(t, "aws.bedrock", c.Provider)
		assert.Equal(t, "claude-sonnet-4-5", c.RequestModel)
		assert.Equal(t, "req_1", c.ResponseID)
		assert.Equal(t, "s", c.ConversationID)
		assert.Equal(t, "u", c.UserID)
		assert.Equal(t, "fast", c.Speed)
		assert.Equal(t, 0.087, c.TTFT)
		assert.Equal(t, "ok", c.Outcome)
		assert.Equal(t, Reported{Float: 0.0049896, Known: true}, c.Reported)
		assert.Equal(t, Usage{
			Input: known(1037), Output: known(211), CacheRead: known(512), CacheWrite: known(128), CacheWrite5m: known(28), CacheWrite1h: known(100),
			Source: "reported", Basis: "excludes_cache_corrected", Flags: FlagStringCount,
		}, c.Usage)
	}

	failed := readUnder(t, "com.anthropic.claude_code.events", attrs{
		"event.name": "claude_code.api_error", "model": "claude-sonnet-4-5", "status_code": "529", "error": "Overloaded", "attempt": 10,
	})
	assert.Equal(t, "call", failed.UsageRole)
	assert.Equal(t, "error", failed.Outcome)
	assert.Equal(t, "529", failed.ErrorType)
	assert.Equal(t, "anthropic", failed.Provider)
	assert.Equal(t, "error", failed.Usage.MissingReason)

	for kind, role := range map[string]string{
		"interaction": "agent", "tool": "tool", "tool.execution": "step", "hook": "step", "something_new": "other",
	} {
		// A model is named on spans that are no calls, and tools report sizes in tokens.
		c := readUnder(t, "com.anthropic.claude_code.tracing@1.0.0", attrs{"span.type": kind, "model": "claude-sonnet-4-5", "gen_ai.system": "anthropic"})
		assert.Equal(t, role, c.Role, kind)
		assert.Equal(t, "none", c.UsageRole, kind)
	}
	tool := readUnder(t, "com.anthropic.claude_code.events", attrs{
		"event.name": "claude_code.tool_result", "tool_name": "Bash", "tool_use_id": "toolu_1", "success": "true", "duration_ms": "12",
	})
	assert.Equal(t, "tool", tool.Role)
	assert.Equal(t, "Bash", tool.ToolName)
	// Other conventions write span.type as well.
	assert.Empty(t, readUnder(t, "x", attrs{"span.type": "web"}).Dialect)
}

func TestClaudeCodeUnderCanonicalNames(t *testing.T) {
	c := readUnder(t, "com.anthropic.claude_code.tracing", attrs{
		"span.type": "llm_request", "gen_ai.provider.name": "anthropic", "gen_ai.request.model": "claude-sonnet-4-5",
		"gen_ai.usage.input_tokens": 1037, "gen_ai.usage.cache_read.input_tokens": 512,
	})
	assert.Equal(t, known(1037), c.Usage.Input, "the convention's own name means what the convention says")
	assert.Equal(t, "includes_cache", c.Usage.Basis)
}
