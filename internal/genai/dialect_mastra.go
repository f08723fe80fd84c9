package genai

import (
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
)

// mastra is Mastra's exporter. Since model_inference exists it is the model call, and model_generation around it the loop of steps;
// before, model_generation was the only span that knew the usage. Its provider-neutral counts always include cached input.
var mastra = &dialect{
	name:    "mastra",
	scopes:  []string{"@mastra/*"},
	markers: []string{"mastra.span.type", "mastra.completion_start_time"},
	scoped:  []string{"mastra.*", "gen_ai.*"},
	kind:    kindOfMastra,
	adjust:  adjustMastra,
	rows: onTopOf(genAIRows,
		row{fieldKind, []string{"mastra.span.type"}},
		row{fieldFirstChunkAt, []string{"mastra.completion_start_time"}},
		row{fieldConversationID, []string{"mastra.metadata.threadId", "mastra.metadata.sessionId"}},
		row{fieldUserID, []string{"mastra.metadata.userId", "mastra.metadata.resourceId"}},
		// Its OpenInference exporter keeps only these names.
		row{fieldModel, []string{"llm.model_name"}},
		row{fieldInvocationParameters, []string{"llm.invocation_parameters"}},
		row{fieldInputValue, mastraKeys("input")},
		row{fieldOutputValue, mastraKeys("output")},
		row{fieldAnswerJSON, []string{"mastra.metadata.body"}},
	),
	cacheMeans: func(*reading) semantics { return includesCache },
}

func mastraKeys(side string) []string {
	var keys []string
	for _, kind := range []string{
		"model_inference", "model_generation", "model_step", "agent_run", "workflow_run", "workflow_step", "tool_call", "mcp_tool_call",
		"provider_tool_call", "processor_run", "rag_embedding",
	} {
		keys = append(keys, "mastra."+kind+"."+side)
	}
	return keys
}

func kindOfMastra(kind string) (role, operation string) {
	switch kind = strings.ToLower(kind); kind {
	case "model_inference", "llm_generation":
		return semconv.RoleLLM, "chat"
	case "rag_embedding":
		return semconv.RoleEmbedding, "embeddings"
	case "tool_call", "mcp_tool_call", "provider_tool_call", "client_tool_call":
		return semconv.RoleTool, "execute_tool"
	case "agent_run":
		return semconv.RoleAgent, "invoke_agent"
	case "workflow_run":
		return semconv.RoleWorkflow, "invoke_workflow"
	case "model_generation", "model_step", "processor_run", "scorer_run":
		return semconv.RoleStep, "agent_step"
	case "model_chunk", "llm_chunk", "generic":
		return semconv.RoleOther, ""
	}
	if strings.HasPrefix(kind, "workflow_") {
		return semconv.RoleStep, "agent_step"
	}
	return "", ""
}

func adjustMastra(r *reading) {
	f, c := r.facts, r.call
	kind := strings.ToLower(f.str(fieldKind))
	r.role, _ = kindOfMastra(kind)
	if c.Operation == "" {
		r.operation = operationOfRole(r.role)
	}
	if kind == "model_generation" && r.usage.Any() {
		r.role, r.operation = semconv.RoleLLM, "chat"
	}
	if r.role == semconv.RoleLLM {
		r.answerDetails(f.jsonFact(fieldAnswerJSON))
	}
	r.placeInputAndOutput(r.role)
}
