package genai

import (
	"github.com/watchllm/watchllm/internal/semconv"
)

// langSmith is what the LangSmith SDKs send over OTLP, and what becomes of LangSmith's own JSON here. One span carries the same counts
// up to three times. Its operation name is not to be trusted (a retriever run is called "embeddings", a prompt run "chat"), the run
// type is; gen_ai.system is "langchain" for whatever it does not know; the status is OK on failed runs, too.
var langSmith = &dialect{
	name:    "langsmith",
	scopes:  []string{"langsmith*"},
	markers: []string{"langsmith.span.kind", "langsmith.trace.name", "langsmith.usage_metadata", "langsmith.traceable", "langsmith.metadata.*"},
	scoped:  []string{"langsmith.*", "gen_ai.*"},
	kind:    kindOfLangSmith,
	adjust:  adjustLangSmith,
	rows: onTopOf(genAIRows,
		row{fieldKind, []string{"langsmith.span.kind"}},
		row{fieldProvider, []string{"langsmith.metadata.ls_provider"}},
		row{fieldModel, []string{"langsmith.metadata.ls_model_name"}},
		row{fieldUsageJSON, []string{"langsmith.usage_metadata", "langsmith.metadata.usage_metadata"}},
		row{fieldUsageDetail, []string{"gen_ai.usage.input_token_details"}},
		row{fieldOutputDetail, []string{"gen_ai.usage.output_token_details"}},
		row{fieldInvocationParameters, []string{"langsmith.metadata.ls_invocation_params", "langsmith.metadata.invocation_params"}},
		row{fieldStream, []string{"langsmith.request.streaming"}},
		row{fieldMaxTokens, []string{"langsmith.metadata.ls_max_tokens"}},
		row{fieldTemperature, []string{"langsmith.metadata.ls_temperature"}},
		row{fieldTopP, []string{"langsmith.metadata.ls_top_p"}},
		row{fieldTopK, []string{"langsmith.metadata.ls_top_k"}},
		row{fieldConversationID, []string{
			"langsmith.metadata.session_id", "langsmith.metadata.thread_id", "langsmith.metadata.conversation_id",
		}},
		row{fieldUserID, []string{"langsmith.metadata.user_id"}},
		row{fieldEntityName, []string{"langsmith.trace.name"}},
	),
	// By LangChain's definition the input count of usage_metadata is the sum of all kinds of input.
	cacheMeans: func(r *reading) semantics {
		if r.facts.has(fieldUsageJSON) {
			return includesCache
		}
		return semanticsUnknown
	},
}

func kindOfLangSmith(kind string) (role, operation string) {
	switch kind {
	case "llm":
		return semconv.RoleLLM, "chat"
	case "embedding":
		return semconv.RoleEmbedding, "embeddings"
	case "tool":
		return semconv.RoleTool, "execute_tool"
	case "retriever":
		return semconv.RoleRetrieval, "retrieval"
	case "chain":
		return semconv.RoleWorkflow, "invoke_workflow"
	case "prompt", "parser":
		return semconv.RoleStep, "agent_step"
	default:
		return "", ""
	}
}

func adjustLangSmith(r *reading) {
	f, c := r.facts, r.call
	r.role, r.operation = kindOfLangSmith(f.str(fieldKind))
	if r.role == semconv.RoleLLM && c.Operation != "" {
		r.operation = "" // chat or text_completion, it knows better
	}
	if r.role == semconv.RoleLLM && isEmbedding(r) {
		r.role, r.operation = semconv.RoleEmbedding, operationOfRole(semconv.RoleEmbedding)
	}
	// A run has one exception at most, and only when it failed.
	_, r.failed = exceptionOf(r.span)

	if usage := f.jsonFact(fieldUsageJSON); usage != "" {
		r.usageJSON(usage, false)
		if r.usage.Any() {
			r.reportCost(jsonScalarMember(usage, "total_cost"))
		}
	}
	r.langSmithDetails(fieldUsageDetail, `{"input_token_details":`)
	r.langSmithDetails(fieldOutputDetail, `{"output_token_details":`)
	r.requestParameters(f.jsonFact(fieldInvocationParameters))

	switch r.role {
	case semconv.RoleTool:
		// The prompt and the completion of a tool run are what went into the tool and what came out.
		f.move(fieldToolArguments, fieldInputMessages)
		f.move(fieldToolResult, fieldOutputMessages)
		if c.ToolName == "" {
			c.ToolName = f.str(fieldEntityName)
		}
	case semconv.RoleRetrieval:
		f.move(fieldRetrievalQuery, fieldInputMessages)
		f.drop(fieldOutputMessages)
	}
}

// langSmithDetails reads the details that stand in an attribute of their own, once the whole object did not have them.
func (r *reading) langSmithDetails(id field, within string) {
	u := r.usage
	if id == fieldUsageDetail && u.CacheRead.Known || id == fieldOutputDetail && u.Reasoning.Known {
		return
	}
	if details := r.facts.jsonFact(id); details != "" {
		r.usageJSON(within+details+"}", false)
	}
}
