package genai

import (
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
)

// haystack is Haystack's own tracing. A span tells the class of the component it ran; what a model consumed stands only in the
// component's output, which is traced when content tracing is on. Since version 3 the steps of an agent have spans of their own.
var haystack = &dialect{
	name:    "haystack",
	scopes:  []string{"haystack*"},
	markers: []string{"haystack.*"},
	kind:    kindOfHaystack,
	adjust:  adjustHaystack,
	rows: []row{
		{fieldKind, []string{"haystack.component.type"}},
		{fieldEntityName, []string{"haystack.component.name"}},
		{fieldOperation, []string{"gen_ai.operation.name"}},
		{fieldProvider, []string{"gen_ai.provider.name", "gen_ai.system"}},
		{fieldRequestModel, []string{"gen_ai.request.model"}},
		{fieldInputValue, []string{"haystack.component.input", "haystack.agent.step.llm.input", "haystack.agent.input", "haystack.pipeline.input_data", "haystack.tool.input"}},
		{fieldOutputValue, []string{"haystack.component.output", "haystack.agent.step.llm.output", "haystack.agent.output", "haystack.pipeline.output_data", "haystack.tool.output"}},
		{fieldAnswerJSON, []string{"haystack.agent.step.llm.messages"}},
		{fieldAgentName, []string{"gen_ai.agent.name"}},
		{fieldToolName, []string{"haystack.tool.name"}},
		{fieldMoreInput, []string{"haystack.agent.max_steps", "haystack.agent.steps_taken"}},
		{fieldMoreOutput, []string{"haystack.pipeline.metadata", "haystack.pipeline.max_runs_per_component"}},
		{fieldConversationID, []string{"gen_ai.conversation.id", "session.id"}},
		{fieldUserID, []string{"watchllm.user.id", "user.id"}},
		{fieldErrorType, []string{"error.type"}},
		{fieldHTTPStatus, []string{"http.response.status_code"}},
		{fieldReportedCost, []string{"watchllm.cost.reported"}},
	},
}

// kindOfHaystack tells by the component's class; those of integrations are named like Haystack's own.
func kindOfHaystack(class string) (role, operation string) {
	switch {
	case strings.HasSuffix(class, "Generator"):
		return semconv.RoleLLM, "chat"
	case strings.HasSuffix(class, "Embedder"):
		return semconv.RoleEmbedding, "embeddings"
	case strings.HasSuffix(class, "Ranker"):
		return semconv.RoleRerank, "rerank"
	case strings.HasSuffix(class, "Retriever"):
		return semconv.RoleRetrieval, "retrieval"
	case class == "ToolInvoker":
		return semconv.RoleTool, "execute_tool"
	case class == "Agent":
		return semconv.RoleAgent, "invoke_agent"
	case class != "":
		return semconv.RoleStep, "agent_step"
	default:
		return "", ""
	}
}

func adjustHaystack(r *reading) {
	f, c := r.facts, r.call
	role, operation := kindOfHaystack(f.str(fieldKind))
	switch {
	case role != "":
	case f.has(fieldToolName):
		role, operation = semconv.RoleTool, "execute_tool"
	case f.has(fieldMoreInput):
		role, operation = semconv.RoleAgent, "invoke_agent"
	case f.has(fieldMoreOutput):
		role, operation = semconv.RoleWorkflow, "invoke_workflow"
	case r.span.Name() == "haystack.agent.step.llm":
		// The only thing such a span says when content tracing is off is its name, and the name is a constant.
		role, operation = semconv.RoleLLM, "chat"
	}
	r.role, r.operation = role, operation
	if IsModelRole(role) {
		r.haystackCall()
	}
	if c.ToolName == "" && role == semconv.RoleTool {
		c.ToolName = f.str(fieldEntityName)
	}
	if c.AgentName == "" && role == semconv.RoleAgent {
		c.AgentName = f.str(fieldEntityName)
	}
	r.placeInputAndOutput(role)
}

// haystackCall reads the meta data of the first reply, or of the embeddings.
func (r *reading) haystackCall() {
	f, c := r.facts, r.call
	answer := f.jsonFact(fieldOutputValue)
	if c.RequestModel == "" {
		c.RequestModel = jsonStringMember(answer, "model")
	}
	r.answerReason(answer)
	r.answerUsage(answer)
}
