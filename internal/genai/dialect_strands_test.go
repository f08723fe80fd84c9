package genai

import "testing"

func TestStrands(t *testing.T) {
	call := func(model string, input int, more attrs) attrs {
		a := attrs{
			"gen_ai.event.start_time": "2026-11-23T02:13:20Z", "gen_ai.operation.name": "chat", "gen_ai.system": "strands-agents",
			"gen_ai.request.model": model, "gen_ai.usage.prompt_tokens": input, "gen_ai.usage.input_tokens": input,
			"gen_ai.usage.completion_tokens": 211, "gen_ai.usage.output_tokens": 211,
		}
		for k, v := range more {
			a[k] = v
		}
		return a
	}
	checkSamples(t, []sample{
		{
			name: "two names for each count, milliseconds under the name of seconds", scope: "strands-agents",
			attrs: call("gpt-5-mini", 1037, attrs{
				"gen_ai.usage.cache_read_input_tokens": 512, "gen_ai.usage.cache_write_input_tokens": 0, "gen_ai.server.time_to_first_token": 192,
				"gen_ai.provider.name": "my-service",
			}),
			change: eventAt("gen_ai.choice", 9*ms, attrs{"finish_reason": "tool_use", "message": "[]"}),
			want: "strands llm/call op=chat model=gpt-5-mini in=1037 out=211 read=512 write=0 basis=includes_cache ttft=0.192 finish=tool_calls " +
				"outcome=ok",
		},
		{
			name: "Bedrock's own count", scope: "strands.telemetry.tracer",
			attrs: call("us.anthropic.claude-sonnet-4-5-20250929-v1:0", 397, attrs{
				"gen_ai.usage.cache_read_input_tokens": 100, "gen_ai.usage.cache_write_input_tokens": 28,
			}),
			want: "strands llm/call op=chat provider=aws.bedrock model=us.anthropic.claude-sonnet-4-5-20250929-v1:0 in=525 out=211 read=100 write=28 " +
				"basis=excludes_cache_corrected outcome=ok",
		},
		{
			name: "Anthropic's count, cached input added", scope: "strands.telemetry.tracer",
			attrs: call("claude-sonnet-4-5", 1037, attrs{"gen_ai.usage.cache_read_input_tokens": 512, "gen_ai.usage.cache_write_input_tokens": 128}),
			want:  "strands llm/call op=chat model=claude-sonnet-4-5 in=1037 out=211 read=512 write=128 basis=includes_cache outcome=ok",
		},
		{
			name: "an agent sums up", scope: "strands-agents",
			attrs: attrs{
				"gen_ai.event.start_time": "2026-11-23T02:13:20Z", "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "weather",
				"gen_ai.usage.input_tokens": 2320, "gen_ai.usage.output_tokens": 300,
			},
			want: "strands agent/aggregate op=invoke_agent in=2320 out=300 basis=assumed outcome=ok agent=weather",
		},
		{
			name: "a swarm", scope: "strands-agents",
			attrs: attrs{"gen_ai.event.start_time": "x", "gen_ai.operation.name": "invoke_swarm", "gen_ai.agent.name": "swarm"},
			want:  "strands agent/none op=invoke_swarm outcome=ok agent=swarm",
		},
		{
			name: "a turn of the loop", scope: "strands-agents", attrs: attrs{"gen_ai.event.start_time": "x", "event_loop.cycle_id": "1", "gen_ai.operation.name": "execute_event_loop_cycle"},
			want: "strands step/none op=agent_step outcome=ok",
		},
	})
}
