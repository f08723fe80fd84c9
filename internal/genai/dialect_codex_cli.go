package genai

import (
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
)

// codexCLI is Codex: hundreds of spans a turn, of which only those that received an answer's end carry counts, the turn's span with
// their sum, and log events whose counts are text beside numbers. Counts are OpenAI's: input includes cache, output reasoning.
var codexCLI = &dialect{
	name:    "codex_cli",
	scopes:  []string{"codex_*", "codex-*"},
	markers: []string{"event.name=codex.*", "codex.usage.*", "codex.turn.token_usage.*", "codex.request.*"},
	scoped:  []string{"gen_ai.*"},
	kind:    kindOfCodexCLI,
	strict:  true,
	rows: onTopOf(genAIRows,
		row{fieldKind, []string{"event.name"}},
		row{fieldModel, []string{"model", "slug"}},
		row{fieldInput, []string{"input_token_count", "codex.turn.token_usage.input_tokens"}},
		row{fieldOutput, []string{"output_token_count", "codex.turn.token_usage.output_tokens"}},
		row{fieldCacheRead, []string{"cached_token_count", "codex.turn.token_usage.cached_input_tokens"}},
		row{fieldCacheWrite, []string{"cache_write_token_count", "codex.turn.token_usage.cache_write_input_tokens"}},
		row{fieldReasoning, []string{
			"codex.usage.reasoning_output_tokens", "reasoning_token_count", "codex.turn.token_usage.reasoning_output_tokens",
		}},
		// What the event calls the tool's count is the total.
		row{fieldTotal, []string{"codex.usage.total_tokens", "tool_token_count", "codex.turn.token_usage.total_tokens"}},
		row{fieldReasoningLevel, []string{"codex.request.reasoning_effort", "codex.turn.reasoning_effort", "reasoning_effort"}},
		row{fieldConversationID, []string{"conversation.id", "thread.id"}},
		row{fieldUserID, []string{"user.account_id"}},
		row{fieldToolName, []string{"tool_name"}},
		row{fieldToolCallID, []string{"call_id"}},
		row{fieldToolArguments, []string{"arguments"}},
		row{fieldToolResult, []string{"output"}},
	),
	adjust: func(r *reading) {
		f, c, u := r.facts, r.call, r.usage
		if c.Provider == "" && servedByOpenAI(c.RequestModel) {
			c.Provider = "openai" // other providers can be configured, their models go by other names
		}
		if c.Operation != "" || f.has(fieldKind) || !u.Any() {
			return
		}
		if f.winner[fieldInput] || f.winner[fieldOutput] {
			c.Operation = "chat"
		} else {
			c.Operation = "invoke_agent" // the turn's own names
		}
	},
	cacheMeans: func(*reading) semantics { return includesCache },
}

func kindOfCodexCLI(kind string) (role, operation string) {
	switch kind {
	case "codex.sse_event", "codex.api_request", "codex.websocket_request":
		return semconv.RoleLLM, "chat"
	case "codex.tool_result":
		return semconv.RoleTool, "execute_tool"
	default:
		return "", ""
	}
}

func servedByOpenAI(model string) bool {
	for _, prefix := range [...]string{"gpt-", "codex-", "o3", "o4"} {
		if strings.HasPrefix(model, prefix) && !strings.HasPrefix(model, "gpt-oss") {
			return true
		}
	}
	return false
}
