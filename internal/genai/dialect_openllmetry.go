package genai

import "github.com/watchllm/watchllm/internal/semconv"

// openLLMetry is the convention of Traceloop's instrumentations, also inside Laminar and others: gen_ai names of several
// generations, llm.* and traceloop.*.
var openLLMetry = &dialect{
	name: "openllmetry",
	scopes: []string{
		"@traceloop/instrumentation-*", "opentelemetry.instrumentation.openai.*", "opentelemetry.instrumentation.openai",
		"opentelemetry.instrumentation.anthropic", "opentelemetry.instrumentation.langchain", "opentelemetry.instrumentation.llamaindex",
		"opentelemetry.instrumentation.bedrock", "opentelemetry.instrumentation.cohere", "opentelemetry.instrumentation.groq",
		"opentelemetry.instrumentation.mistralai", "opentelemetry.instrumentation.ollama", "opentelemetry.instrumentation.crewai",
		"opentelemetry.instrumentation.haystack", "opentelemetry.instrumentation.together", "opentelemetry.instrumentation.google_generativeai",
		"opentelemetry.instrumentation.anthropic.*", "opentelemetry.instrumentation.langchain.*", "opentelemetry.instrumentation.llamaindex.*",
		"opentelemetry.instrumentation.bedrock.*", "opentelemetry.instrumentation.vertexai*", "opentelemetry.instrumentation.watsonx*",
		"opentelemetry.instrumentation.replicate*", "opentelemetry.instrumentation.sagemaker*", "opentelemetry.instrumentation.alephalpha*",
		"opentelemetry.instrumentation.transformers*", "opentelemetry.instrumentation.writer*", "opentelemetry.instrumentation.agno*",
		"opentelemetry.instrumentation.openai_agents", "opentelemetry.instrumentation.voyageai*",
		"traceloop.*",
	},
	markers: []string{"traceloop.*", "llm.is_streaming", "llm.request.type", "gen_ai.is_streaming"},
	scoped:  []string{"gen_ai.*", "llm.*"},
	kind:    kindOfOpenLLMetry,
	rows: onTopOf(genAIRows,
		row{fieldKind, []string{"traceloop.span.kind"}},
		row{fieldWorkflowName, []string{"traceloop.workflow.name"}},
		row{fieldConversationID, []string{
			"traceloop.association.properties.session_id", "traceloop.association.properties.thread_id",
			"traceloop.association.properties.chat_id", "traceloop.association.properties.conversation_id",
		}},
		row{fieldUserID, []string{"traceloop.association.properties.user_id"}},
		row{fieldPromptName, []string{"traceloop.prompt.key"}},
		row{fieldPromptVersion, []string{"traceloop.prompt.version"}},
		row{fieldEntityName, []string{"traceloop.entity.name"}},
		row{fieldInputValue, []string{"traceloop.entity.input"}},
		row{fieldOutputValue, []string{"traceloop.entity.output"}},
	),
	adjust: adjustOpenLLMetry,
}

func adjustOpenLLMetry(r *reading) {
	f, c := r.facts, r.call
	entity := f.str(fieldEntityName)
	role, _ := kindOfOpenLLMetry(f.str(fieldKind))
	if op, ok := roleOfOperation(c.Operation); ok {
		role = op
	}
	switch role {
	case semconv.RoleTool:
		f.adopt(fieldToolArguments, fieldInputValue)
		f.adopt(fieldToolResult, fieldOutputValue)
		if c.ToolName == "" {
			c.ToolName = entity
		}
	case semconv.RoleAgent:
		if c.AgentName == "" {
			c.AgentName = entity
		}
	}
}

func kindOfOpenLLMetry(kind string) (role, operation string) {
	switch kind {
	case "workflow":
		return semconv.RoleWorkflow, "invoke_workflow"
	case "agent":
		return semconv.RoleAgent, "invoke_agent"
	case "task":
		return semconv.RoleStep, ""
	case "tool":
		return semconv.RoleTool, "execute_tool"
	default:
		return kindOfRequestType(kind)
	}
}
