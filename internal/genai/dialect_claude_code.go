package genai

import "github.com/watchllm/watchllm/internal/semconv"

// claudeCode is Claude Code, as spans and as the spans llm_logs makes of its log events: the names of both are its own, without a
// prefix, and its counts are Anthropic's wire counts. The id it calls the response's is the request's, in both signals the same.
var claudeCode = &dialect{
	name:   "claude_code",
	scopes: []string{"com.anthropic.claude_code.*"},
	markers: []string{
		"event.name=claude_code.*", "span.type=llm_request", "llm_request.context", "cache_creation_tokens", "cost_usd", "query_source*",
	},
	scoped: []string{"span.type", "event.name", "gen_ai.*"},
	kind:   kindOfClaudeCode,
	strict: true,
	rows: onTopOf(genAIRows,
		row{fieldKind, []string{"span.type", "event.name"}},
		row{fieldEntityName, []string{"anthropic.provider"}},
		row{fieldModel, []string{"model"}},
		row{fieldResponseID, []string{"request_id"}},
		row{fieldSpeed, []string{"speed"}},
		row{fieldReasoningLevel, []string{"effort"}},
		row{fieldInput, []string{"input_tokens"}},
		row{fieldOutput, []string{"output_tokens"}},
		row{fieldCacheRead, []string{"cache_read_tokens"}},
		row{fieldCacheWrite, []string{"cache_creation_tokens"}},
		row{fieldCacheWrite5m, []string{"cache_creation_5m_tokens"}},
		row{fieldCacheWrite1h, []string{"cache_creation_1h_tokens"}},
		row{fieldReportedCost, []string{"cost_usd"}},
		row{fieldTTFTMillis, []string{"ttft_ms"}},
		row{fieldFinishReasons, []string{"stop_reason"}},
		row{fieldErrorType, []string{"error_class", "error_type"}},
		row{fieldHTTPStatus, []string{"status_code"}},
		row{fieldAgentName, []string{"agent.name"}},
		row{fieldToolName, []string{"tool_name"}},
		row{fieldToolCallID, []string{"tool_use_id"}},
		row{fieldToolArguments, []string{"tool_input", "tool_parameters"}},
	),
	adjust: func(r *reading) {
		if r.call.Provider == "" {
			r.call.Provider = providerOfClaudeCode(r.facts.str(fieldEntityName))
		}
	},
	cacheMeans: func(r *reading) semantics {
		if r.facts.winner[fieldInput] {
			return includesCache // under OpenTelemetry's name, which says so
		}
		return excludesCache
	},
}

func kindOfClaudeCode(kind string) (role, operation string) {
	switch kind {
	case "llm_request", "claude_code.api_request", "claude_code.api_error":
		return semconv.RoleLLM, "chat"
	case "interaction":
		return semconv.RoleAgent, "invoke_agent"
	case "tool", "claude_code.tool_result":
		return semconv.RoleTool, "execute_tool"
	case "tool.execution", "tool.blocked_on_user", "hook", "compaction":
		return semconv.RoleStep, ""
	default:
		return "", ""
	}
}

// providerOfClaudeCode knows where Claude Code finds its models; before it said so there was only Anthropic's own API in its spans.
func providerOfClaudeCode(name string) string {
	switch name {
	case "bedrock", "mantle":
		return "aws.bedrock"
	case "vertex":
		return "gcp.vertex_ai"
	case "foundry":
		return "azure.ai.inference"
	default:
		return "anthropic"
	}
}
