package genai

import (
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
)

// applyRole decides what the span stands for: by the operation name, by the dialect's own kind, and without either by what only an
// answered model call carries. Span names and span kinds are never looked at, they are free text.
func applyRole(r *reading) {
	c := r.call
	if r.canonical {
		if role := r.facts.str(fieldRole); isRole(role) {
			c.Role = role
			return
		} // else no WatchLLM wrote it whole, and a name of ours alone must not hide a call
	}
	if r.role != "" {
		c.Role = r.role
		if r.operation != "" {
			c.Operation = r.operation
		}
		return
	}
	op := c.Operation
	if role, ok := roleOfOperation(op); ok {
		c.Role = role
		return
	}
	if kind := r.facts.str(fieldKind); kind != "" && r.dialect.kind != nil {
		if role, operation := r.dialect.kind(kind); role != "" {
			if role == semconv.RoleLLM && isEmbedding(r) {
				role, operation = semconv.RoleEmbedding, operationOfRole(semconv.RoleEmbedding)
			}
			c.Role = role
			if op == "" {
				c.Operation = operation
			}
			return
		}
	}
	c.Role = semconv.RoleOther
	switch {
	case r.dialect.strict && op == "":
	case answered(r):
		c.Role = semconv.RoleLLM
		if isEmbedding(r) {
			c.Role = semconv.RoleEmbedding
		}
	case op == "" && isToolCall(r):
		c.Role = semconv.RoleTool
	}
	if op == "" {
		c.Operation = operationOfRole(c.Role)
	}
}

// roleOfOperation knows the values of gen_ai.operation.name, the older spellings and those clients made up.
func roleOfOperation(op string) (role string, ok bool) {
	switch op {
	case "chat", "text_completion", "completion", "generate_content", "generate", "message", "messages", "response", "responses",
		"chat.completions", "chat.streaming_completions", "text.completions", "text.streaming_completions", // Semantic Kernel
		"llm_call", "call_llm", "inference", "image", "audio", "image_generation", "generate_image", "speech", "transcription", "text_to_speech", "speech_to_text":
		return semconv.RoleLLM, true
	case "embeddings", "embedding", "embed", "embed_content":
		return semconv.RoleEmbedding, true
	case "rerank", "reranking":
		return semconv.RoleRerank, true
	case "execute_tool", "tool", "tool_call", "tool.execute":
		return semconv.RoleTool, true
	case "retrieval", "retrieve", "vectordb":
		return semconv.RoleRetrieval, true
	case "invoke_agent", "create_agent", "agent", "run_agent", "agent.run":
		return semconv.RoleAgent, true
	case "invoke_workflow", "workflow", "chain", "framework", "workflow.run":
		return semconv.RoleWorkflow, true
	case "agent_step", "step", "task", "plan", "execute_task", "orchestrate_tools":
		return semconv.RoleStep, true
	case "guardrail", "moderation", "apply_guardrail":
		return semconv.RoleGuardrail, true
	case "evaluation", "evaluate":
		return semconv.RoleEvaluator, true
	case "fetch_response", "count_tokens", "create_memory", "search_memory", "update_memory", "upsert_memory", "delete_memory",
		"create_memory_store", "delete_memory_store":
		// None of these runs a model: fetch_response reads an answer that was counted when it was made.
		return semconv.RoleOther, true
	default:
		return "", false
	}
}

// operationOfRole fills gen_ai.operation.name where the client had no such thing.
func operationOfRole(role string) string {
	switch role {
	case semconv.RoleLLM:
		return "chat"
	case semconv.RoleEmbedding:
		return "embeddings"
	case semconv.RoleRerank:
		return "rerank"
	case semconv.RoleTool:
		return "execute_tool"
	case semconv.RoleRetrieval:
		return "retrieval"
	case semconv.RoleAgent:
		return "invoke_agent"
	case semconv.RoleWorkflow:
		return "invoke_workflow"
	default:
		return ""
	}
}

// answered tells a model call that does not say so: a model was named and something came back from it. A request alone is not
// enough: listing models or counting tokens names a model too.
func answered(r *reading) bool {
	c, f := r.call, r.facts
	if c.RequestModel == "" && c.ResponseModel == "" {
		return false
	}
	return r.usage.Any() || c.ResponseModel != "" || c.ResponseID != "" || f.has(fieldFinishReasons) || f.has(fieldOutputMessages) ||
		f.has(fieldEvidence)
}

func isToolCall(r *reading) bool {
	f := r.facts
	return f.has(fieldToolName) && (f.has(fieldToolCallID) || f.has(fieldToolArguments) || f.has(fieldToolResult))
}

// isEmbedding tells an embedding that a client files under generations: its model says so and nothing was generated.
func isEmbedding(r *reading) bool {
	return strings.Contains(r.call.RequestModel, "embed") && r.usage.Output.N == 0
}

// IsModelRole reports whether a role is one of a call of a model, the only kind whose usage may count.
func IsModelRole(role string) bool {
	return role == semconv.RoleLLM || role == semconv.RoleEmbedding || role == semconv.RoleRerank
}

func isRole(role string) bool {
	switch role {
	case semconv.RoleLLM, semconv.RoleEmbedding, semconv.RoleRerank, semconv.RoleTool, semconv.RoleRetrieval, semconv.RoleAgent,
		semconv.RoleWorkflow, semconv.RoleStep, semconv.RoleGuardrail, semconv.RoleEvaluator, semconv.RoleOther:
		return true
	default:
		return false
	}
}
