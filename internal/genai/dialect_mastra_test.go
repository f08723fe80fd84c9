package genai

import "testing"

func TestMastra(t *testing.T) {
	checkSamples(t, []sample{
		{
			name: "the model call", scope: "@mastra/otel-exporter@1.0.0",
			attrs: attrs{
				"mastra.span.type": "model_inference", "gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic",
				"gen_ai.request.model": "claude-sonnet-4-5", "gen_ai.usage.input_tokens": 1037, "gen_ai.usage.output_tokens": 211,
				"gen_ai.usage.cache_read.input_tokens": 512, "gen_ai.usage.cache_creation.input_tokens": 128,
				"gen_ai.response.finish_reasons": `["stop"]`, "mastra.completion_start_time": "2026-11-23T02:13:20.100Z",
				"mastra.metadata.sessionId": "conv-42", "mastra.metadata.userId": "user-7",
			},
			want: "mastra llm/call op=chat provider=anthropic model=claude-sonnet-4-5 in=1037 out=211 read=512 write=128 basis=includes_cache " +
				"ttft=0.100 finish=stop outcome=ok conversation=conv-42 user=user-7",
		},
		{
			name: "a first chunk before the call began", scope: "@mastra/otel-exporter@1.0.0",
			attrs: attrs{
				"mastra.span.type": "model_inference", "gen_ai.operation.name": "chat", "gen_ai.usage.output_tokens": 5, "gen_ai.usage.input_tokens": 1,
				"mastra.completion_start_time": "2026-11-23T02:13:19.900Z",
			},
			want: "mastra llm/call op=chat in=1 out=5 basis=includes_cache outcome=ok",
		},
		{
			name: "the loop of steps", scope: "@mastra/otel-exporter@1.0.0",
			attrs: attrs{"mastra.span.type": "model_generation", "gen_ai.operation.name": "model_generation", "gen_ai.request.model": "gpt-5-mini"},
			want:  "mastra step/none op=model_generation model=gpt-5-mini outcome=ok",
		},
		{
			name: "the call of versions without inference spans", scope: "@mastra/otel@1.0.0",
			attrs: attrs{
				"mastra.span.type": "MODEL_GENERATION", "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5-mini",
				"gen_ai.usage.input_tokens": 1037, "gen_ai.usage.output_tokens": 211, "gen_ai.usage.cached_input_tokens": 512,
			},
			want: "mastra llm/call op=chat model=gpt-5-mini in=1037 out=211 read=512 basis=includes_cache outcome=ok",
		},
		{
			name: "an error under status OK", scope: "@mastra/otel-exporter@1.0.0",
			attrs: attrs{"mastra.span.type": "model_inference", "gen_ai.operation.name": "chat", "gen_ai.response.finish_reasons": `["error"]`},
			want:  "mastra llm/call op=chat missing=error finish=error outcome=error error=_OTHER",
		},
		{
			name: "an agent", scope: "@mastra/otel-exporter@1.0.0",
			attrs: attrs{"mastra.span.type": "agent_run", "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "weather"},
			want:  "mastra agent/none op=invoke_agent outcome=ok agent=weather",
		},
		{
			name: "a step of a workflow", scope: "@mastra/otel-exporter@1.0.0",
			attrs: attrs{"mastra.span.type": "workflow_conditional", "gen_ai.operation.name": "workflow_conditional"},
			want:  "mastra step/none op=workflow_conditional outcome=ok",
		},
	})
}
