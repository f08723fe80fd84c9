package genai

import (
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
)

// openInference is the convention of Arize's instrumentations.
var openInference = &dialect{
	name:    "openinference",
	scopes:  []string{"@arizeai/openinference-*", "openinference.instrumentation.*"},
	markers: []string{"openinference.span.kind", "llm.token_count.*", "llm.model_name", "llm.invocation_parameters"},
	kind:    kindOfOpenInference,
	adjust:  adjustOpenInference,
	// The convention's prompt count is the whole prompt, and its instrumentations add up what Anthropic's API counts apart.
	cacheMeans: func(*reading) semantics { return includesCache },
	rows: []row{
		{fieldKind, []string{"openinference.span.kind"}},
		{fieldOperation, []string{"gen_ai.operation.name"}},
		{fieldProvider, []string{"llm.provider", "llm.system", "gen_ai.provider.name", "gen_ai.system"}},
		{fieldRequestModel, []string{"llm.request.model_name", "embedding.model_name", "reranker.model_name", "gen_ai.request.model"}},
		{fieldResponseModel, []string{"llm.response.model_name", "gen_ai.response.model"}},
		{fieldModel, []string{"llm.model_name"}},
		{fieldResponseID, []string{"gen_ai.response.id"}},
		{fieldServerAddress, []string{"server.address"}},
		{fieldInput, []string{"llm.token_count.prompt", "gen_ai.usage.input_tokens"}},
		{fieldOutput, []string{"llm.token_count.completion", "gen_ai.usage.output_tokens"}},
		{fieldTotal, []string{"llm.token_count.total"}},
		{fieldCacheRead, []string{
			"llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_input", "gen_ai.usage.cache_read.input_tokens",
		}},
		{fieldCacheWrite, []string{
			"llm.token_count.prompt_details.cache_write", "gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens",
		}},
		{fieldReasoning, []string{"llm.token_count.completion_details.reasoning", "gen_ai.usage.reasoning.output_tokens"}},
		{fieldAudioInput, []string{"llm.token_count.prompt_details.audio"}},
		{fieldAudioOutput, []string{"llm.token_count.completion_details.audio"}},
		{fieldReportedCost, []string{"watchllm.cost.reported", "llm.cost.total"}},
		{fieldFinishReasons, []string{"llm.finish_reason", "gen_ai.response.finish_reasons"}},
		{fieldErrorType, []string{"error.type"}},
		{fieldHTTPStatus, []string{"http.response.status_code"}},
		{fieldConversationID, []string{"gen_ai.conversation.id", "session.id"}},
		{fieldUserID, []string{"watchllm.user.id", "user.id"}},
		{fieldAgentName, []string{"agent.name", "gen_ai.agent.name"}},
		{fieldToolName, []string{"tool.name", "gen_ai.tool.name"}},
		{fieldToolCallID, []string{"tool.id", "tool_call.id", "gen_ai.tool.call.id"}},
		{fieldPromptVersion, []string{"llm.prompt_template.version"}},
		{fieldInvocationParameters, []string{"llm.invocation_parameters"}},
		{fieldInputValue, []string{"input.value"}},
		{fieldOutputValue, []string{"output.value"}},
		{fieldEntityName, []string{"crew_key", "crew_id"}},
		{fieldEvidence, []string{"llm.output_messages.0.message.role", "llm.output_messages.0.message.content"}},
		{fieldToolArguments, []string{"gen_ai.tool.call.arguments"}},
		{fieldToolResult, []string{"gen_ai.tool.call.result"}},
		{fieldRetrievalQuery, []string{"gen_ai.retrieval.query.text"}},
	},
}

func kindOfOpenInference(kind string) (role, operation string) {
	if role, operation = openInferenceKind(kind); role == "" {
		role, operation = openInferenceKind(strings.ToUpper(kind))
	}
	return role, operation
}

func openInferenceKind(kind string) (role, operation string) {
	switch kind {
	case "LLM":
		return semconv.RoleLLM, "chat"
	case "EMBEDDING":
		return semconv.RoleEmbedding, "embeddings"
	case "RERANKER":
		return semconv.RoleRerank, "rerank"
	case "RETRIEVER":
		return semconv.RoleRetrieval, "retrieval"
	case "TOOL":
		return semconv.RoleTool, "execute_tool"
	case "AGENT":
		return semconv.RoleAgent, "invoke_agent"
	case "CHAIN":
		return semconv.RoleWorkflow, "invoke_workflow"
	case "GUARDRAIL":
		return semconv.RoleGuardrail, ""
	case "EVALUATOR":
		return semconv.RoleEvaluator, ""
	case "PROMPT":
		return semconv.RoleStep, ""
	default:
		return "", ""
	}
}

// adjustOpenInference untangles llm.model_name, which is the request's model in streams and the response's otherwise, and finds the
// tool's input and output, the response id and the stream flag where the convention has no attribute for them.
func adjustOpenInference(r *reading) {
	f, c := r.facts, r.call
	parameters := f.str(fieldInvocationParameters)
	asked := jsonStringMember(parameters, "model")
	if !f.has(fieldRequestModel) && asked != "" {
		c.RequestModel = asked
	}
	if named := f.str(fieldModel); named != "" && named != c.RequestModel && c.ResponseModel == "" {
		c.ResponseModel = named
	}
	r.requestParameters(parameters)
	switch role, _ := kindOfOpenInference(f.str(fieldKind)); role {
	case semconv.RoleTool:
		f.adopt(fieldToolArguments, fieldInputValue)
		f.adopt(fieldToolResult, fieldOutputValue)
	case semconv.RoleRetrieval:
		f.adopt(fieldRetrievalQuery, fieldInputValue)
	case semconv.RoleLLM:
		output := f.str(fieldOutputValue)
		if c.ResponseID == "" && (strings.HasPrefix(output, `{"id":"`) || strings.HasPrefix(output, `{"id": "`)) {
			c.ResponseID = jsonStringMember(output, "id")
		}
		r.answerDetails(output)
		if strings.HasPrefix(output, `{"messages"`) && !f.has(fieldEvidence) && !r.usage.Any() {
			// LlamaIndex files the preparation of a request under LLM: what comes out is what will be sent, not an answer.
			r.role, r.operation = semconv.RoleStep, "agent_step"
		}
	case semconv.RoleWorkflow:
		if f.has(fieldEntityName) && !r.usage.Any() {
			r.crewTotals(f.str(fieldOutputValue))
		}
	}
}

// crewTotals reads what a CrewAI crew says at its end that all its calls took, input including cached tokens.
func (r *reading) crewTotals(output string) {
	totals, u := jsonContainer(output, "token_usage"), r.usage
	for _, t := range [...]struct {
		dst  *Count
		name string
	}{
		{&u.Input, "prompt_tokens"}, {&u.Output, "completion_tokens"}, {&u.Total, "total_tokens"}, {&u.CacheRead, "cached_prompt_tokens"},
		{&u.CacheWrite, "cache_creation_tokens"}, {&u.Reasoning, "reasoning_tokens"},
	} {
		n, flags := jsonCountMember(totals, t.name)
		*t.dst = n
		u.Flags |= flags
	}
}
