package genai

import "testing"

func TestPydanticAI(t *testing.T) {
	checkSamples(t, []sample{
		{
			name: "a request", scope: "pydantic-ai@1.0.0",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "gen_ai.system": "anthropic", "gen_ai.request.model": "claude-sonnet-4-5",
				"gen_ai.response.model": "claude-sonnet-4-5", "model_request_parameters": "{}", "logfire.json_schema": "{}",
				"gen_ai.usage.input_tokens": 1037, "gen_ai.usage.output_tokens": 211, "gen_ai.usage.details.cache_read_tokens": 512,
				"gen_ai.usage.details.cache_write_tokens": 128, "gen_ai.usage.details.input_tokens": 397, "operation.cost": 0.005,
			},
			want: "pydantic_ai llm/call op=chat provider=anthropic model=claude-sonnet-4-5 answered_by=claude-sonnet-4-5 in=1037 out=211 read=512 " +
				"write=128 basis=includes_cache outcome=ok cost=0.005",
		},
		{
			name: "a run that names no operation", scope: "pydantic-ai@0.8.0",
			attrs: attrs{
				"model_name": "gpt-5-mini", "agent_name": "weather", "all_messages_events": "[]", "final_result": "sunny",
				"gen_ai.usage.input_tokens": 2320, "gen_ai.usage.output_tokens": 300,
			},
			want: "pydantic_ai agent/aggregate op=invoke_agent model=gpt-5-mini in=2320 out=300 basis=includes_cache outcome=ok agent=weather",
		},
		{
			name: "a run with a namespace for its sums", scope: "pydantic-ai@2.0.0",
			attrs: attrs{
				"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "weather", "pydantic_ai.all_messages": "[]",
				"gen_ai.aggregated_usage.input_tokens": 2320, "gen_ai.aggregated_usage.output_tokens": 300,
				"gen_ai.aggregated_usage.details.reasoning_tokens": 64,
			},
			want: "pydantic_ai agent/aggregate op=invoke_agent in=2320 out=300 reasoning=64 basis=includes_cache outcome=ok agent=weather",
		},
	})
}

func TestLogfire(t *testing.T) {
	call := func(more attrs) attrs {
		a := attrs{
			"logfire.msg_template": "Chat Completion with {request_data[model]!r}", "logfire.span_type": "span",
			"request_data":  `{"messages":[{"role":"user","content":"Paris?"}],"model":"gpt-5-mini","temperature":0.2}`,
			"gen_ai.system": "openai", "gen_ai.request.model": "gpt-5-mini",
		}
		for k, v := range more {
			a[k] = v
		}
		return a
	}
	checkSamples(t, []sample{
		{
			name: "OpenAI's usage in the answer", scope: "logfire.openai",
			attrs: call(attrs{"response_data": `{"message":{"role":"assistant","content":"sunny"},"usage":{"completion_tokens":211,"prompt_tokens":1037,` +
				`"total_tokens":1248,"completion_tokens_details":{"reasoning_tokens":64},"prompt_tokens_details":{"cached_tokens":512}}}`}),
			want: "logfire llm/call op=chat provider=openai model=gpt-5-mini in=1037 out=211 read=512 reasoning=64 basis=includes_cache outcome=ok",
		},
		{
			name: "Anthropic's usage in the answer leaves cached input out", scope: "logfire.anthropic",
			attrs: attrs{
				"logfire.msg": "Message with claude", "request_data": `{"model":"claude-sonnet-4-5","max_tokens":256}`, "gen_ai.provider.name": "anthropic",
				"response_data": `{"message":{"role":"assistant"},"usage":{"cache_creation_input_tokens":28,"cache_read_input_tokens":100,` +
					`"input_tokens":397,"output_tokens":211}}`,
			},
			want: "logfire llm/call op=chat provider=anthropic model=claude-sonnet-4-5 in=525 out=211 read=100 write=28 " +
				"basis=excludes_cache_corrected outcome=ok",
		},
		{
			name: "the request of a stream ends before its answer", scope: "logfire.openai",
			attrs: call(attrs{"request_data": `{"model":"gpt-5-mini","stream":true}`, "gen_ai.operation.name": "chat"}),
			want:  "logfire step/none op=agent_step provider=openai model=gpt-5-mini stream=true outcome=ok",
		},
		{
			name: "the request of a stream that failed is the call", scope: "logfire.openai",
			attrs:  call(attrs{"request_data": `{"model":"gpt-5-mini","stream":true}`, "gen_ai.operation.name": "chat"}),
			change: eventAt("exception", 9*ms, attrs{"exception.type": "openai.RateLimitError"}),
			want: "logfire llm/call op=chat provider=openai model=gpt-5-mini missing=error stream=true outcome=error " +
				"error=openai.RateLimitError",
		},
		{
			name: "the answer of a stream", scope: "logfire.openai",
			attrs: call(attrs{
				"logfire.span_type": "log", "request_data": `{"model":"gpt-5-mini","stream":true}`, "duration": 1.5,
				"response_data": `{"combined_chunk_content":"sunny","chunk_count":4}`,
			}),
			want: "logfire llm/call op=chat provider=openai model=gpt-5-mini missing=stream_aborted stream=true outcome=ok",
		},
		{
			name: "an embedding", scope: "logfire.openai",
			attrs: attrs{
				"logfire.msg": "Embedding Creation", "request_data": `{"model":"text-embedding-3-small"}`, "gen_ai.system": "openai",
				"response_data": `{"usage":{"prompt_tokens":37,"total_tokens":37}}`,
			},
			want: "logfire embedding/call op=embeddings provider=openai model=text-embedding-3-small in=37 basis=includes_cache outcome=ok",
		},
	})
}
