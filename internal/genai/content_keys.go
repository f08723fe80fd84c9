package genai

import "strings"

// contentFields are the canonical names of what was said.
var contentFields = [...]field{
	fieldInputMessages, fieldOutputMessages, fieldSystemInstructions, fieldToolDefinitions, fieldToolArguments, fieldToolResult,
}

// carriesContent are the fields under whose names, in any dialect, prompts and completions may stand.
var carriesContent = [...]field{
	fieldInputMessages, fieldOutputMessages, fieldSystemInstructions, fieldToolDefinitions, fieldToolArguments, fieldToolResult,
	fieldRetrievalQuery, fieldInputValue, fieldOutputValue, fieldOutputText, fieldOutputReasoning, fieldOutputToolCalls, fieldOutputObject,
	fieldProviderMetadata, fieldInvocationParameters,
}

// otherContentKeys are names of content that no reader needs. A trailing * matches any continuation.
var otherContentKeys = [...]string{
	// OpenTelemetry, all generations
	"gen_ai.prompt", "gen_ai.completion", "gen_ai.prompt.variable.*", "gen_ai.event.content", "gen_ai.tool.description",
	"gen_ai.retrieval.documents", "gen_ai.retrieval.query.text", "gen_ai.evaluation.explanation", "gen_ai.input.messages*",
	"gen_ai.output.messages*", "gen_ai.system_instructions*", "gen_ai.memory.query*", "gen_ai.memory.record*", "mcp.request.argument.*", "mcp.request.params*",
	// OpenInference
	"input.value", "output.value", "tool.parameters", "tool.json_schema", "tool.description", "llm.prompt_template.template",
	"llm.prompt_template.variables", "llm.prompts", "llm.prompts.*", "llm.choices.*", "llm.function_call", "retrieval.documents*",
	"reranker.query", "reranker.input_documents*", "reranker.output_documents*", "embedding.text", "embedding.embeddings*", "embedding.vector", "document.content", "exit.value",
	// OpenLLMetry, LiteLLM, Laminar, OpenLIT
	"traceloop.entity.input", "traceloop.entity.output", "traceloop.prompt.template*", "llm.prompts*", "llm.completions*", "llm.messages",
	"llm.request.functions*", "llm.request.messages", "lmnr.span.input", "lmnr.span.output", "db.vector.query.*",
	"db.query.result.*", "gen_ai.agent.instructions", "litellm.request", "litellm.response", "llm.openai.messages", "llm.openai.functions",
	"llm.*.messages", "llm.*.messages.*", "crewai.*", "crew_*", "formatted_*",
	// AI SDK
	"ai.prompt", "ai.prompt.*", "ai.response.text", "ai.response.object", "ai.response.toolCalls", "ai.response.reasoning*",
	"ai.response.files", "ai.response.providerMetadata", "ai.response.body", "ai.result.*", "ai.toolCall.args", "ai.toolCall.result",
	"ai.value", "ai.values", "ai.embedding", "ai.embeddings", "ai.schema*", "ai.documents", "ai.ranking", "ai.request.body", "ai.request.headers.*",
	// Langfuse, LangSmith, MLflow, Haystack, Weave
	"langfuse.observation.input", "langfuse.observation.output", "langfuse.trace.input", "langfuse.trace.output",
	"langfuse.observation.metadata.instructions", "langfuse.observation.metadata.tools", "langfuse.observation.metadata.text",
	"langsmith.metadata.inputs", "langsmith.metadata.outputs",
	"mlflow.spanInputs", "mlflow.spanOutputs", "mlflow.chat.messages", "mlflow.chat.tools", "mlflow.traceInputs", "mlflow.traceOutputs",
	"mlflow.trace.inputs", "mlflow.trace.outputs", "haystack.component.input", "haystack.component.output", "haystack.component.input*",
	"haystack.component.output*", "haystack.pipeline.input_data", "haystack.pipeline.output_data", "haystack.agent.*", "weave.input*",
	"weave.output*",
	// agents and command line tools
	"gcp.vertex.agent.llm_request", "gcp.vertex.agent.llm_response", "gcp.vertex.agent.tool_call_args", "gcp.vertex.agent.tool_response",
	"gcp.vertex.agent.data", "pydantic_ai.all_messages*", "all_messages_events", "final_result", "tool_arguments", "tool_response",
	"model_request_parameters", "request_data", "response_data", "logfire.msg", "logfire.metrics*", "system_instructions",
	"user_prompt", "prompt", "completion", "request_text", "response_text", "function_args", "tool_input", "tool_parameters",
	"tool_output", "tool_result", "new_context", "response.model_output", "system_prompt*",
	"mastra.metadata.body", "mastra.metadata.headers", "mastra.*.input", "mastra.*.output", "mastra.input", "mastra.output", "mastra.instructions",
	"gen_ai.request.messages", "gen_ai.response.text", "gen_ai.response.tool_calls", "gen_ai.request.available_tools", "gen_ai.tool.input",
	"gen_ai.tool.output", "gen_ai.tool.message", "gen_ai.embeddings.input", "gen_ai.pipeline.*",
	"_ml_obs.meta.input*", "_ml_obs.meta.output*", "openai.request.messages*", "openai.request.prompt*", "openai.response.choices*",
	"sk.function.arguments", "sk.function.result",
	"process.command_args", "process.command_line", "tcp.body", "http.request.body*", "http.response.body*",
}

// errorTextKeys are messages of errors: providers and frameworks quote what they could not process.
var errorTextKeys = map[string]bool{
	"exception.message": true, "exception.stacktrace": true, "error.message": true, "error.stack": true, "error.cause": true, "otel.status_description": true,
	"status_message": true, "$ai_error": true, "braintrust.error": true, "error_message": true, "langfuse.observation.status_message": true,
}

// contentWords end the names of content that nobody told us of. They count on spans of libraries for language models only: elsewhere a
// query or a result is not a model's.
var contentWords = map[string]bool{
	"input": true, "inputs": true, "output": true, "outputs": true, "prompt": true, "prompts": true, "completion": true, "completions": true,
	"message": true, "messages": true, "content": true, "contents": true, "text": true, "arguments": true, "args": true, "kwargs": true,
	"result": true, "results": true, "response": true, "responses": true, "request": true, "body": true, "query": true, "question": true,
	"answer": true, "document": true, "documents": true, "history": true, "instruction": true, "instructions": true, "transcript": true,
	"reasoning": true, "thinking": true, "payload": true, "description": true, "template": true, "variables": true, "data": true,
	"value": true, "values": true, "headers": true, "schema": true, "goal": true, "backstory": true, "context": true, "title": true, "tools": true, "choices": true, "system": true,
	"functions": true, "events": true, "error": true, "stack": true, "stacktrace": true, "cause": true,
	"command": true, "commands": true, "thought": true, "thoughts": true, "summary": true,
}

// contentKeys and contentPatterns are all known names: those of the dialects' tables and the list above.
var (
	contentKeys     map[string]bool
	contentPatterns [256][]string // by first byte; the names with a *
)

func indexContentKeys() {
	contentKeys = map[string]bool{}
	for _, d := range dialects {
		for key, s := range d.slots {
			for _, id := range carriesContent {
				if s.field == id {
					contentKeys[key] = true
				}
			}
		}
	}
	for _, key := range otherContentKeys {
		if strings.Contains(key, "*") {
			contentPatterns[key[0]] = append(contentPatterns[key[0]], key)
		} else {
			contentKeys[key] = true
		}
	}
}

// IsContentKey reports whether prompts or completions may stand under the name. Flattened lists are told apart by flatList.
func IsContentKey(key string) bool {
	if key == "" {
		return false
	}
	if contentKeys[key] {
		return true
	}
	for _, pattern := range contentPatterns[key[0]] {
		if matchStars(pattern, key) {
			return true
		}
	}
	return false
}

// soundsLikeContent judges a name nobody knows by its last word.
func soundsLikeContent(key string) bool {
	if strings.HasPrefix(key, "watchllm.") && !strings.HasPrefix(key, "watchllm.native.") {
		return false
	}
	for i := len(key) - 1; i >= 0; i-- {
		switch c := key[i]; {
		case c == '.' || c == '_' || c == '-':
			return contentWords[key[i+1:]]
		case c >= 'A' && c <= 'Z' && contentWords[strings.ToLower(key[i:])]:
			return true
		}
	}
	return contentWords[key]
}

// matchStars matches a pattern in which * stands for any text.
func matchStars(pattern, s string) bool {
	head, rest, open := strings.Cut(pattern, "*")
	if !open {
		return pattern == s
	}
	s, ok := strings.CutPrefix(s, head)
	if !ok {
		return false
	}
	if rest == "" {
		return true
	}
	for i := range len(s) + 1 {
		if matchStars(rest, s[i:]) {
			return true
		}
	}
	return false
}
