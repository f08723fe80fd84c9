package genai

import "testing"

func TestOpenInference(t *testing.T) {
	checkSamples(t, []sample{
		{
			name: "smolagents, an agent's sum", scope: "openinference.instrumentation.smolagents@0.1.0",
			attrs: attrs{"openinference.span.kind": "AGENT", "llm.token_count.prompt": 2320, "llm.token_count.completion": 300},
			want:  "openinference agent/aggregate op=invoke_agent in=2320 out=300 basis=includes_cache outcome=ok",
		},
		{
			name: "CrewAI, a crew's sum", scope: "openinference.instrumentation.crewai@1.1.21",
			attrs: attrs{
				"openinference.span.kind": "CHAIN", "crew_key": "k", "crew_id": "i",
				"output.value": `{"raw": "It is sunny.", "tasks_output": [], "token_usage": {"total_tokens": 2620, "prompt_tokens": 2320, ` +
					`"cached_prompt_tokens": 1536, "completion_tokens": 300, "reasoning_tokens": 64, "cache_creation_tokens": 0, "successful_requests": 2}}`,
			},
			want: "openinference workflow/aggregate op=invoke_workflow in=2320 out=300 read=1536 write=0 reasoning=64 basis=includes_cache outcome=ok",
		},
		{
			name: "LlamaIndex prepares a request", scope: "openinference.instrumentation.llama_index@4.6.1",
			attrs: attrs{
				"openinference.span.kind": "LLM", "llm.model_name": "gpt-5-mini", "llm.provider": "openai", "input.value": `{"tools": []}`,
				"output.value": `{"messages": ["ChatMessage(role=<MessageRole.SYSTEM: 'system'>)"], "tools": []}`,
			},
			want: "openinference step/none op=agent_step provider=openai model=gpt-5-mini outcome=ok",
		},
		{
			name: "the first token in Python", scope: "openinference.instrumentation.openai@0.1.66",
			attrs: attrs{
				"openinference.span.kind": "LLM", "llm.model_name": "gpt-5-mini-2026-03-01", "llm.system": "openai", "llm.token_count.prompt": 1037,
				"llm.token_count.completion": 211, "llm.token_count.prompt_details.cache_read": 512, "llm.token_count.completion_details.reasoning": 64,
				"llm.invocation_parameters": `{"model": "gpt-5-mini", "stream": true, "temperature": 0.2}`, "session.id": "conv-42", "user.id": "user-7",
			},
			change: eventAt("First Token Stream Event", 71*ms, nil),
			want: "openinference llm/call op=chat provider=openai model=gpt-5-mini answered_by=gpt-5-mini-2026-03-01 in=1037 out=211 read=512 " +
				"reasoning=64 basis=includes_cache stream=true ttft=0.071 outcome=ok conversation=conv-42 user=user-7",
		},
	})
}
