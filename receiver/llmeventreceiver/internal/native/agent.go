package native

import (
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

var toolCall = kind{
	table: event.NewTable(common,
		event.F("name|tool_name", event.Text(semconv.GenAIToolName)),
		event.F("call_id", event.Text(semconv.GenAIToolCallID)),
		event.F("tool_type", event.Text(semconv.GenAIToolType)),
		event.F("arguments", event.Content(semconv.GenAIToolCallArguments)),
		event.F("result", event.Content(semconv.GenAIToolCallResult)),
	),
	end: named("execute_tool", semconv.GenAIToolName),
}

var retrieval = kind{
	table: event.NewTable(common,
		event.F("query", event.Content(semconv.GenAIRetrievalQueryText)),
		event.F("top_k", event.Int(semconv.GenAIRetrievalTopK)),
		event.F("documents", event.Content(semconv.GenAIRetrievalDocuments)),
		event.F("data_source_id", event.Text(semconv.GenAIDataSourceID)),
	),
	begin: client,
	end:   named("retrieval", semconv.GenAIDataSourceID),
}

// agent are the fields of everything that runs model calls. What they consumed is counted at the calls.
var agent = event.NewTable(common,
	event.F("provider", event.Text(semconv.GenAIProviderName)),
	event.F("request_model|model", event.Text(semconv.GenAIRequestModel)),
	event.F("input", event.Message(semconv.GenAIInputMessages, "user")),
	event.F("output", event.Message(semconv.GenAIOutputMessages, "assistant")),
	event.F("usage_aggregate", event.ReadUsage),
	event.F("usage", func(r *event.Reader, _ jsontree.Value) {
		r.Reject(event.CodeUsageNotAllowed, "would be counted twice: usage belongs to the calls of the agent; send the sum as usage_aggregate")
	}),
)

var agentRun = kind{
	table: event.NewTable(agent, event.F("agent_name|name", event.Text(semconv.GenAIAgentName))),
	end:   named("invoke_agent", semconv.GenAIAgentName),
}

var agentStep = kind{
	table: event.NewTable(agent, event.F("name|step_name", func(r *event.Reader, v jsontree.Value) {
		if s, ok := r.Text(v); ok {
			r.Record.Name = s
		}
	})),
	end: func(r *event.Reader, v jsontree.Value) {
		step := r.Record.Name
		named("agent_step", semconv.GenAIAgentName)(r, v)
		if step != "" {
			r.Record.Name = "agent_step " + step
			r.PutStr(semconv.WatchLLMNativeName, step)
		}
	},
}

var workflowRun = kind{
	table: event.NewTable(agent, event.F("name|workflow_name", event.Text(semconv.GenAIWorkflowName))),
	end:   named("invoke_workflow", semconv.GenAIWorkflowName),
}

// named sets the operation and names the span after it and one of its attributes.
func named(operation, attr string) func(r *event.Reader, _ jsontree.Value) {
	return func(r *event.Reader, _ jsontree.Value) {
		r.Record.Attrs.PutStr(semconv.GenAIOperationName, operation)
		r.Record.Name = event.SpanName(operation, r.Record.Attrs, attr)
	}
}
