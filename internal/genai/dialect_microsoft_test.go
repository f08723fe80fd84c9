package genai

import "testing"

func TestMicrosoftAI(t *testing.T) {
	checkSamples(t, []sample{
		{
			name: "Extensions.AI", scope: "Experimental.Microsoft.Extensions.AI", byScope: true,
			attrs: chat(attrs{
				"gen_ai.provider.name": "openai", "gen_ai.usage.input_tokens": 1037, "gen_ai.usage.output_tokens": 211,
				"gen_ai.usage.cache_read.input_tokens": 512, "gen_ai.response.time_to_first_chunk": 0.2, "gen_ai.response.finish_reasons": []any{"tool_call"},
			}),
			want: "microsoft_ai llm/call op=chat provider=openai model=m-1 in=1037 out=211 read=512 basis=includes_cache ttft=0.200 " +
				"finish=tool_calls outcome=ok",
		},
		{
			name: "an agent repeats the counts", scope: "agent_framework", byScope: true,
			attrs: attrs{
				"gen_ai.operation.name": "invoke_agent", "gen_ai.provider.name": "microsoft.agent_framework", "gen_ai.agent.name": "weather",
				"gen_ai.usage.input_tokens": 2320, "gen_ai.usage.output_tokens": 300,
			},
			want: "microsoft_ai agent/aggregate op=invoke_agent in=2320 out=300 basis=assumed outcome=ok agent=weather",
		},
		{
			name: "the loop of function calls", scope: "Experimental.Microsoft.Extensions.AI", byScope: true,
			attrs: attrs{"gen_ai.operation.name": "orchestrate_tools"}, want: "microsoft_ai step/none op=orchestrate_tools outcome=ok",
		},
		{
			name: "Semantic Kernel's older names", scope: "semantic_kernel.utils.telemetry.model_diagnostics", byScope: true,
			attrs: attrs{
				"gen_ai.operation.name": "chat.completions", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-5-mini",
				"gen_ai.response.prompt_tokens": 10, "gen_ai.response.completion_tokens": 5, "gen_ai.response.finish_reason": "stop",
			},
			want: "microsoft_ai llm/call op=chat.completions provider=openai model=gpt-5-mini in=10 out=5 basis=includes_cache finish=stop outcome=ok",
		},
		{
			name: "Semantic Kernel fails", scope: "semantic_kernel.utils.telemetry.model_diagnostics", byScope: true,
			attrs: attrs{"gen_ai.operation.name": "chat.completions", "gen_ai.system": "openai", "gen_ai.request.model": "m", "error.type": "RateLimit"},
			want:  "microsoft_ai llm/call op=chat.completions provider=openai model=m missing=error outcome=error error=RateLimit",
		},
		{
			name: "AutoGen", scope: "autogen-core", byScope: true,
			attrs: attrs{"gen_ai.operation.name": "create_agent", "gen_ai.system": "autogen", "gen_ai.agent.name": "weather"},
			want:  "microsoft_ai agent/none op=create_agent outcome=ok agent=weather",
		},
	})
}
