package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLangSmith(t *testing.T) {
	run := func(kind string, more attrs) attrs {
		a := attrs{"langsmith.span.kind": kind, "langsmith.trace.name": "ChatOpenAI", "langsmith.trace.session_name": "project"}
		for k, v := range more {
			a[k] = v
		}
		return a
	}
	counts := attrs{
		"gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-5-mini",
		"gen_ai.usage.input_tokens": 1037, "gen_ai.usage.output_tokens": 211, "gen_ai.usage.total_tokens": 1248,
	}
	with := func(more attrs) attrs {
		a := run("llm", counts)
		for k, v := range more {
			a[k] = v
		}
		return a
	}
	checkSamples(t, []sample{
		{
			name: "details in the usage object", scope: "langsmith@0.12.0",
			attrs: with(attrs{
				"langsmith.usage_metadata": `{"input_tokens":1037,"output_tokens":211,"total_tokens":1248,` +
					`"input_token_details":{"audio":0,"cache_read":512},"output_token_details":{"audio":0,"reasoning":64},"total_cost":0.004}`,
				"langsmith.metadata.ls_provider": "openai", "langsmith.metadata.session_id": "conv-42", "langsmith.metadata.user_id": "user-7",
				"gen_ai.response.finish_reasons": "stop, tool_calls",
			}),
			want: "langsmith llm/call op=chat provider=openai model=gpt-5-mini in=1037 out=211 read=512 reasoning=64 basis=includes_cache " +
				"finish=stop,tool_calls outcome=ok conversation=conv-42 user=user-7 cost=0.004",
		},
		{
			name: "details in attributes of their own", scope: "langsmith@0.12.0",
			attrs: with(attrs{
				"gen_ai.usage.input_token_details": `{"audio":0,"cache_read":512}`, "gen_ai.usage.output_token_details": `{"audio":0,"reasoning":64}`,
			}),
			want: "langsmith llm/call op=chat provider=openai model=gpt-5-mini in=1037 out=211 read=512 reasoning=64 basis=includes_cache outcome=ok",
		},
		{
			name: "a service tier before the names", scope: "langsmith@0.12.0",
			attrs: with(attrs{
				"langsmith.usage_metadata": `{"input_token_details":{"priority_cache_read":512,"priority":525},"output_token_details":{"priority_reasoning":64,"priority":147}}`,
			}),
			want: "langsmith llm/call op=chat provider=openai model=gpt-5-mini in=1037 out=211 read=512 reasoning=64 basis=includes_cache outcome=ok",
		},
		{
			name: "counts only in the usage object, system unknown", scope: "langsmith@0.12.0",
			attrs: run("llm", attrs{
				"gen_ai.system": "langchain", "langsmith.metadata.ls_provider": "anthropic", "langsmith.metadata.ls_model_name": "claude-sonnet-4-5",
				"langsmith.usage_metadata": `{"input_tokens":1037,"output_tokens":211,"input_token_details":{"cache_read":512,"cache_creation":128}}`,
			}),
			want: "langsmith llm/call op=chat provider=anthropic model=claude-sonnet-4-5 in=1037 out=211 read=512 write=128 basis=includes_cache outcome=ok",
		},
		{
			name: "a failed run under status OK, with half an answer", scope: "langsmith@0.12.0",
			attrs: with(nil), change: eventAt("exception", 5*ms, attrs{"exception.type": "Error", "exception.message": "429"}),
			want: "langsmith llm/call op=chat provider=openai model=gpt-5-mini in=1037 out=211 basis=includes_cache outcome=error error=Error",
		},
		{
			name: "a retriever that calls itself embeddings", scope: "langsmith@0.12.0",
			attrs: run("retriever", attrs{"gen_ai.operation.name": "embeddings", "gen_ai.system": "langchain", "gen_ai.prompt": `{"query":"x"}`}),
			want:  "langsmith retrieval/none op=retrieval outcome=ok",
		},
		{
			name: "a prompt that calls itself chat", scope: "langsmith@0.12.0",
			attrs: run("prompt", attrs{"gen_ai.operation.name": "chat", "gen_ai.system": "langchain"}),
			want:  "langsmith step/none op=agent_step outcome=ok",
		},
		{
			name: "the first token", scope: "langsmith@0.12.0", attrs: with(attrs{"langsmith.request.streaming": true}),
			change: eventAt("new_token", 120*ms, nil),
			want: "langsmith llm/call op=chat provider=openai model=gpt-5-mini in=1037 out=211 basis=includes_cache stream=true ttft=0.120 " +
				"outcome=ok",
		},
	})

	tool := rewrite(t, "langsmith", run("tool", attrs{"gen_ai.prompt": `{"city":"Paris"}`, "gen_ai.completion": `{"sky":"sunny"}`}), false)
	assert.Equal(t, `{"city":"Paris"}`, tool["gen_ai.tool.call.arguments"])
	assert.Equal(t, `{"sky":"sunny"}`, tool["gen_ai.tool.call.result"])
	assert.Equal(t, "ChatOpenAI", tool["gen_ai.tool.name"])
	assert.NotContains(t, tool, "gen_ai.input.messages")
}
