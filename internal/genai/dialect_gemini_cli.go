package genai

import "github.com/watchllm/watchllm/internal/semconv"

// geminiCLI is Gemini CLI and its forks. Each of its calls is told five times, and only one telling is complete: the log event
// api_response. The span of a call leaves thoughts and cache out, or has no counts at all, as its user set it. Both are calls: settling
// joins them, and the event counts because it knows more. Of one whose logs go elsewhere the span is all there is.
var geminiCLI = &dialect{
	name:    "gemini_cli",
	scopes:  []string{"gemini-cli", "qwen-code"},
	markers: []string{"event.name=gemini_cli.*", "event.name=qwen-code.*", "gen_ai.agent.name=gemini-cli", "cached_content_token_count"},
	scoped:  []string{"gen_ai.*", "event.name"},
	kind:    kindOfGeminiCLI,
	strict:  true,
	rows: onTopOf(genAIRows,
		row{fieldKind, []string{"event.name"}},
		row{fieldEntityName, []string{"auth_type"}},
		row{fieldEvidence, []string{"tool_token_count"}},
		row{fieldModel, []string{"model", "model_name"}},
		row{fieldInput, []string{"input_token_count"}},
		row{fieldOutput, []string{"output_token_count"}},
		row{fieldCacheRead, []string{"cached_content_token_count"}},
		row{fieldReasoning, []string{"thoughts_token_count"}},
		row{fieldTotal, []string{"total_token_count"}},
		row{fieldFinishReasons, []string{"finish_reasons"}},
		row{fieldErrorType, []string{"error_type"}},
		row{fieldHTTPStatus, []string{"status_code", "http.status_code"}},
		row{fieldResponseID, []string{"response_id"}},
		row{fieldToolName, []string{"function_name"}},
		row{fieldToolArguments, []string{"function_args"}},
		row{fieldToolCallID, []string{"gen_ai.tool.call_id"}},
	),
	adjust:     adjustGeminiCLI,
	cacheMeans: func(*reading) semantics { return includesCache },
}

func kindOfGeminiCLI(kind string) (role, operation string) {
	switch eventOf(kind) {
	case "api_response", "api_error":
		return semconv.RoleLLM, "generate_content"
	case "tool_call":
		return semconv.RoleTool, "execute_tool"
	default:
		return "", ""
	}
}

// eventOf is an event's name without the client's in front of it.
func eventOf(name string) string {
	for i := range len(name) {
		if name[i] == '.' {
			return name[i+1:]
		}
	}
	return name
}

func adjustGeminiCLI(r *reading) {
	f, c, u := r.facts, r.call, r.usage
	if c.Provider == "" {
		c.Provider = "gcp.gemini"
		if f.str(fieldEntityName) == "vertex-ai" {
			c.Provider = "gcp.vertex_ai"
		}
	}
	if !f.has(fieldKind) {
		r.spanOfGeminiCLI()
		return
	}
	if u.Total.Known && u.Total.N == 0 && u.Input.N == 0 && u.Output.N == 0 {
		*u = Usage{Flags: u.Flags} // how the client writes that the answer had no counts
		return
	}
	// What a server-side tool put into the prompt is counted beside it, where the total shows so.
	tool, flags := Count{}, Flags(0)
	if f.has(fieldEvidence) {
		tool, flags = readCount(f.vals[fieldEvidence])
	}
	if tool.N > 0 && flags == 0 && u.Input.Known && u.Total.N == u.Input.N+tool.N+u.Output.N+u.Reasoning.N {
		u.Input = known(u.Input.N + tool.N)
	}
}

// spanOfGeminiCLI reads the client's own words for what a span is. Its output is the candidates' count: the thoughts are billed as well,
// and nothing in the span tells of them.
func (r *reading) spanOfGeminiCLI() {
	switch r.call.Operation {
	case "llm_call":
		r.role, r.operation = semconv.RoleLLM, "generate_content"
		r.outputLacksReasoning = r.usage.Output.Known && !r.usage.Reasoning.Known
	case "tool_call":
		r.role, r.operation = semconv.RoleTool, "execute_tool"
	case "agent_call":
		r.role, r.operation = semconv.RoleAgent, "invoke_agent"
	}
}
