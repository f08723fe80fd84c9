package genai

import (
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
)

// mlflow is MLflow Tracing. Every value is JSON, so that texts stand in quotes and objects in strings; some exporters make maps of
// objects. Spans of agents may carry token usage, too.
var mlflow = &dialect{
	name:    "mlflow",
	scopes:  []string{"mlflow*"},
	markers: []string{"mlflow.spanType", "mlflow.chat.tokenUsage", "mlflow.spanInputs", "mlflow.spanOutputs", "mlflow.traceRequestId", "mlflow.llm.*"},
	scoped:  []string{"mlflow.*", "gen_ai.*"},
	kind:    kindOfMLflow,
	adjust:  adjustMLflow,
	rows: onTopOf(genAIRows,
		row{fieldKind, []string{"mlflow.spanType"}},
		row{fieldModel, []string{"mlflow.llm.model"}},
		row{fieldProvider, []string{"mlflow.llm.provider"}},
		row{fieldUsageJSON, []string{"mlflow.chat.tokenUsage"}},
		row{fieldCostJSON, []string{"mlflow.llm.cost"}},
		row{fieldInputValue, []string{"mlflow.spanInputs"}},
		row{fieldOutputValue, []string{"mlflow.spanOutputs"}},
		row{fieldToolDefinitions, []string{"mlflow.chat.tools"}},
		row{fieldConversationID, []string{"mlflow.trace.session"}},
		row{fieldUserID, []string{"mlflow.trace.user"}},
		row{fieldEntityName, []string{"mlflow.spanFunctionName"}},
	),
}

func kindOfMLflow(kind string) (role, operation string) {
	switch strings.Trim(kind, `"\ `) {
	case "CHAT_MODEL", "LLM":
		return semconv.RoleLLM, "chat"
	case "EMBEDDING":
		return semconv.RoleEmbedding, "embeddings"
	case "RERANKER":
		return semconv.RoleRerank, "rerank"
	case "TOOL":
		return semconv.RoleTool, "execute_tool"
	case "RETRIEVER":
		return semconv.RoleRetrieval, "retrieval"
	case "AGENT":
		return semconv.RoleAgent, "invoke_agent"
	case "CHAIN", "WORKFLOW":
		return semconv.RoleWorkflow, "invoke_workflow"
	case "GUARDRAIL":
		return semconv.RoleGuardrail, ""
	case "EVALUATOR":
		return semconv.RoleEvaluator, ""
	case "PARSER", "MEMORY", "TASK":
		return semconv.RoleStep, "agent_step"
	case "UNKNOWN":
		return semconv.RoleOther, ""
	default:
		return "", ""
	}
}

func adjustMLflow(r *reading) {
	f, c := r.facts, r.call
	for _, text := range [...]*string{&c.RequestModel, &c.ResponseModel, &c.ConversationID, &c.UserID, &c.AgentName, &c.ToolName, &c.ResponseID} {
		*text = jsonText(*text)
	}
	c.Provider = normaliseProvider(jsonText(c.Provider))
	role, _ := kindOfMLflow(f.str(fieldKind))
	if op, ok := roleOfOperation(c.Operation); ok {
		role = op
	}
	if usage := f.jsonFact(fieldUsageJSON); usage != "" {
		r.usageJSON(usage, false)
	}
	if cost := f.jsonFact(fieldCostJSON); cost != "" && r.usage.Any() {
		r.reportCost(jsonScalarMember(cost, "total_cost"))
	}
	if IsModelRole(role) {
		r.mlflowCall()
	}
	if role == semconv.RoleTool && c.ToolName == "" {
		c.ToolName = jsonText(f.str(fieldEntityName))
	}
	r.nameAfterSpan(role)
	r.placeInputAndOutput(role)
}

// mlflowCall completes a model call from the request and the answer, which are the client library's own objects.
func (r *reading) mlflowCall() {
	f, c := r.facts, r.call
	asked := f.jsonFact(fieldInputValue)
	if model := jsonStringMember(asked, "model"); model != "" && model != c.RequestModel {
		if c.ResponseModel == "" {
			c.ResponseModel = c.RequestModel // mlflow.llm.model is the answer's where there is one
		}
		c.RequestModel = model
	}
	r.requestParameters(asked)
	answer := f.jsonFact(fieldOutputValue)
	if c.ResponseID == "" && strings.HasPrefix(answer, `{"id"`) {
		c.ResponseID = jsonStringMember(answer, "id")
	}
	r.answerReason(answer)
	r.answerUsage(answer)
}
