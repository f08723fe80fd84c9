package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRole(t *testing.T) {
	for _, tt := range []struct {
		name  string
		scope string
		attrs attrs
		role  string
		usage string
		op    string
	}{
		{"chat", "x", chat(nil), "llm", "call", "chat"},
		{"read back", "x", chat(attrs{"watchllm.dialect": "gen_ai", "watchllm.role": "step"}), "step", "none", "chat"},
		{"our name alone hides no call", "x", chat(attrs{"watchllm.dialect": "gen_ai"}), "llm", "call", "chat"},
		{"nor does a role that is none", "x", chat(attrs{"watchllm.dialect": "gen_ai", "watchllm.role": "free"}), "llm", "call", "chat"},
		{"embeddings", "x", attrs{"gen_ai.operation.name": "embeddings"}, "embedding", "call", "embeddings"},
		{"tool", "x", attrs{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "t"}, "tool", "none", "execute_tool"},
		{"a tool name does not make a chat a tool", "x", chat(attrs{"gen_ai.tool.name": "t", "gen_ai.tool.call.id": "1"}), "llm", "call", "chat"},
		{"retrieval", "x", attrs{"gen_ai.operation.name": "retrieval"}, "retrieval", "none", "retrieval"},
		{"agent without usage", "x", attrs{"gen_ai.operation.name": "invoke_agent"}, "agent", "none", "invoke_agent"},
		{
			"agent with usage is an aggregate", "gen_ai",
			attrs{"gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 2320},
			"agent", "aggregate", "invoke_agent",
		},
		{"workflow", "x", attrs{"gen_ai.operation.name": "invoke_workflow", "gen_ai.usage.output_tokens": 1}, "workflow", "aggregate", "invoke_workflow"},
		{"step", "gen_ai", attrs{"gen_ai.operation.name": "agent_step"}, "step", "none", "agent_step"},
		{"tool with usage is not counted", "x", attrs{"gen_ai.operation.name": "execute_tool", "gen_ai.usage.input_tokens": 5}, "tool", "none", "execute_tool"},
		{"fetching an answer runs no model", "x", attrs{"gen_ai.operation.name": "fetch_response", "gen_ai.usage.input_tokens": 5}, "other", "none", "fetch_response"},
		{"rerank", "x", attrs{"gen_ai.operation.name": "rerank"}, "rerank", "call", "rerank"},
		{"oldest generation", "x", attrs{"llm.request.type": "chat", "llm.request.model": "gpt-4"}, "llm", "call", "chat"},
		{"oldest embedding", "x", attrs{"llm.request.type": "embedding"}, "embedding", "call", "embeddings"},
		{"no operation, but an answer", "x", attrs{"gen_ai.system": "openai", "gen_ai.request.model": "gpt-4", "gen_ai.usage.prompt_tokens": 7, "gen_ai.usage.completion_tokens": 2}, "llm", "call", "chat"},
		{"no operation, an embedding model", "x", attrs{"gen_ai.request.model": "text-embedding-3-small", "gen_ai.usage.prompt_tokens": 7}, "embedding", "call", "embeddings"},
		{"no operation and no answer", "x", attrs{"gen_ai.system": "openai", "gen_ai.request.model": "gpt-4"}, "other", "none", ""},
		{"made-up operation with an answer", "x", attrs{"gen_ai.operation.name": "ask", "gen_ai.request.model": "m", "gen_ai.response.id": "r"}, "llm", "call", "ask"},
		{"made-up operation without", "x", attrs{"gen_ai.operation.name": "ponder", "gen_ai.request.model": "m"}, "other", "none", "ponder"},
		{"propagated agent name on an HTTP span", "x", attrs{"gen_ai.agent.name": "a", "http.request.method": "GET"}, "other", "none", ""},
		{"tool call without operation", "x", attrs{"gen_ai.tool.name": "t", "gen_ai.tool.call.id": "1"}, "tool", "none", "execute_tool"},
		{"MCP tool call", "x", attrs{"mcp.method.name": "tools/call", "gen_ai.tool.name": "t"}, "tool", "none", "execute_tool"},
		{"MCP listing", "x", attrs{"mcp.method.name": "tools/list"}, "other", "none", ""},
		{
			"counting tokens is no call", "com.anthropic.sdk.typescript@1.12.0",
			attrs{"gen_ai.provider.name": "anthropic", "gen_ai.request.model": "claude", "anthropic.message.count_tokens.input_tokens": 321},
			"other", "none", "",
		},
		{"ordinary", "x", attrs{"http.request.method": "GET"}, "other", "none", ""},
		{"OpenInference", "@arizeai/openinference-instrumentation-openai@4.2.7", attrs{"openinference.span.kind": "LLM"}, "llm", "call", "chat"},
		{"OpenInference chain", "x", attrs{"openinference.span.kind": "CHAIN", "llm.token_count.prompt": 3}, "workflow", "aggregate", "invoke_workflow"},
		{"OpenInference prompt", "x", attrs{"openinference.span.kind": "PROMPT"}, "step", "none", ""},
		{"OpenLLMetry task that is a tool", "@traceloop/instrumentation-langchain@0.27.0", attrs{"gen_ai.operation.name": "execute_tool", "traceloop.span.kind": "task"}, "tool", "none", "execute_tool"},
		{"OpenLLMetry task", "x", attrs{"traceloop.span.kind": "task", "traceloop.entity.name": "t"}, "step", "none", ""},
		{"AI SDK inner", "ai", attrs{"ai.operationId": "ai.streamText.doStream", "ai.model.id": "m"}, "llm", "call", "chat"},
		{"AI SDK outer", "ai", attrs{"ai.operationId": "ai.streamText", "ai.usage.promptTokens": 5}, "agent", "aggregate", "invoke_agent"},
		{"AI SDK tool", "ai", attrs{"ai.operationId": "ai.toolCall", "ai.toolCall.name": "t"}, "tool", "none", "execute_tool"},
		{"AI SDK outer embedding", "ai", attrs{"ai.operationId": "ai.embed", "ai.usage.tokens": 5}, "step", "aggregate", "agent_step"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := readUnder(t, tt.scope, tt.attrs)
			assert.Equal(t, tt.role, c.Role)
			assert.Equal(t, tt.usage, c.UsageRole)
			assert.Equal(t, tt.op, c.Operation)
		})
	}
}
