package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestGeminiCLI(t *testing.T) {
	event := attrs{
		"event.name": "gemini_cli.api_response", "session.id": "s", "model": "gemini-2.5-pro", "auth_type": "vertex-ai", "status_code": 200,
		"input_token_count": 1037, "output_token_count": 147, "cached_content_token_count": 512, "thoughts_token_count": 64, "tool_token_count": 0,
		"total_token_count": 1248, "finish_reasons": []any{"stop", "stop"}, "duration_ms": 900,
	}
	for _, scope := range []string{"gemini-cli@v1", "unheard.of"} {
		c := readUnder(t, scope, event)
		assert.Equal(t, "gemini_cli", c.Dialect)
		assert.Equal(t, "call", c.UsageRole)
		assert.Equal(t, "gcp.vertex_ai", c.Provider)
		assert.Equal(t, "gemini-2.5-pro", c.RequestModel)
		assert.Equal(t, "ok", c.Outcome)
		assert.Equal(t, []string{"stop", "stop"}, c.FinishReasons)
		assert.Equal(t, Usage{
			Input: known(1037), Output: known(211), CacheRead: known(512), Reasoning: known(64), Total: known(1248),
			Source: "reported", Basis: "includes_cache", Flags: FlagReasoningAdded,
		}, c.Usage)

		// The span of the same call, which does not tell of thoughts.
		span := attrs{
			"gen_ai.operation.name": "llm_call", "gen_ai.agent.name": "gemini-cli", "gen_ai.request.model": "gemini-2.5-pro",
			"gen_ai.usage.input_tokens": 1037, "gen_ai.usage.output_tokens": 147,
		}
		c = readUnder(t, scope, span)
		assert.Equal(t, "call", c.UsageRole)
		assert.Equal(t, "generate_content", c.Operation)
		assert.Equal(t, "gcp.gemini", c.Provider)
		assert.Equal(t, Usage{
			Input: known(1037), Output: known(147), Source: "reported_partial", MissingReason: "not_sent", Basis: "includes_cache",
		}, c.Usage)
		assert.Equal(t, int64(147), rewrite(t, scope, span, false)["gen_ai.usage.output_tokens"])
		tool := readUnder(t, scope, attrs{"gen_ai.operation.name": "tool_call", "gen_ai.agent.name": "gemini-cli", "gen_ai.tool.name": "ls"})
		assert.Equal(t, "tool", tool.Role)
		assert.Equal(t, "execute_tool", tool.Operation)
		plan := readUnder(t, scope, attrs{"gen_ai.operation.name": "schedule_tool_calls", "gen_ai.agent.name": "gemini-cli"})
		assert.Equal(t, "other", plan.Role)
	}

	with := func(more attrs) Call {
		a := attrs{}
		for k, v := range event {
			a[k] = v
		}
		for k, v := range more {
			a[k] = v
		}
		return readUnder(t, "gemini-cli", a)
	}
	assert.Equal(t, known(1137), with(attrs{"tool_token_count": 100, "total_token_count": 1348}).Usage.Input, "the total shows that it is beside the prompt")
	assert.Equal(t, known(1037), with(attrs{"tool_token_count": 100}).Usage.Input, "the total shows that it is not")

	silent := with(attrs{
		"input_token_count": 0, "output_token_count": 0, "cached_content_token_count": 0, "thoughts_token_count": 0, "total_token_count": 0,
	})
	assert.False(t, silent.Usage.Any(), "zeros for counts the answer did not have")
	assert.Equal(t, "not_sent", silent.Usage.MissingReason)

	failed := readUnder(t, "gemini-cli", attrs{
		"event.name": "gemini_cli.api_error", "model": "gemini-2.5-pro", "status_code": 429, "error.type": "TerminalQuotaError", "auth_type": "gemini-api-key",
	})
	assert.Equal(t, "error", failed.Outcome)
	assert.Equal(t, "TerminalQuotaError", failed.ErrorType)
	assert.Equal(t, "gcp.gemini", failed.Provider)

	tool := readUnder(t, "gemini-cli", attrs{"event.name": "gemini_cli.tool_call", "function_name": "read_file", "function_args": "{}", "success": true})
	assert.Equal(t, "tool", tool.Role)
	assert.Equal(t, "read_file", tool.ToolName)
}
