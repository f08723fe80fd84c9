package genai

import (
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

func TestHaystack(t *testing.T) {
	const reply = `{"replies": [{"role": "assistant", "meta": {"model": "gpt-5-mini-2026-03-01", "index": 0, "finish_reason": "stop", ` +
		`"usage": {"completion_tokens": 211, "prompt_tokens": 1037, "total_tokens": 1248, "completion_tokens_details": {"reasoning_tokens": 64}, ` +
		`"prompt_tokens_details": {"cached_tokens": 512}}}, "content": [{"text": "\"usage\": {\"prompt_tokens\": 9,"}]}]}`
	checkSamples(t, []sample{
		{
			name: "a chat generator", scope: "haystack",
			attrs: attrs{
				"haystack.component.name": "llm", "haystack.component.type": "OpenAIChatGenerator", "haystack.component.output": reply,
				"haystack.component.visits": 1,
			},
			want: "haystack llm/call op=chat model=gpt-5-mini-2026-03-01 in=1037 out=211 read=512 reasoning=64 basis=includes_cache finish=stop outcome=ok",
		},
		{
			name: "without content tracing nothing is known of the counts", scope: "haystack",
			attrs: attrs{"haystack.component.name": "llm", "haystack.component.type": "OpenAIChatGenerator"},
			want:  "haystack llm/call op=chat missing=not_sent outcome=unknown",
		},
		{
			name: "an embedder", scope: "haystack",
			attrs: attrs{
				"haystack.component.type":   "OpenAITextEmbedder",
				"haystack.component.output": `{"embedding": [0.1, 0.2], "meta": {"model": "text-embedding-3-small", "usage": {"prompt_tokens": 37, "total_tokens": 37}}}`,
			},
			want: "haystack embedding/call op=embeddings model=text-embedding-3-small in=37 basis=includes_cache outcome=ok",
		},
		{
			name: "Anthropic's own counts", scope: "haystack",
			attrs: attrs{
				"haystack.component.type": "AnthropicChatGenerator",
				"haystack.component.output": `{"replies": [{"meta": {"model": "claude-sonnet-4-5", "finish_reason": "end_turn", ` +
					`"usage": {"input_tokens": 397, "output_tokens": 211, "cache_read_input_tokens": 100}}}]}`,
			},
			want: "haystack llm/call op=chat model=claude-sonnet-4-5 in=497 out=211 read=100 basis=excludes_cache_corrected finish=stop outcome=ok",
		},
		{
			name: "a step of an agent", scope: "haystack",
			attrs:  attrs{"haystack.agent.step.llm.output": reply},
			change: func(s ptrace.Span) { s.SetName("haystack.agent.step.llm") },
			want:   "haystack llm/call op=chat model=gpt-5-mini-2026-03-01 in=1037 out=211 read=512 reasoning=64 basis=includes_cache finish=stop outcome=ok",
		},
		{
			name: "a tool of an agent", scope: "haystack", attrs: attrs{"haystack.tool.name": "get_weather"},
			want: "haystack tool/none op=execute_tool outcome=ok tool=get_weather",
		},
		{
			name: "a pipeline", scope: "haystack", attrs: attrs{"haystack.pipeline.metadata": "{}", "haystack.pipeline.max_runs_per_component": 100},
			want: "haystack workflow/none op=invoke_workflow outcome=ok",
		},
		{
			name: "any other component", scope: "haystack", attrs: attrs{"haystack.component.type": "PromptBuilder"},
			want: "haystack step/none op=agent_step outcome=ok",
		},
	})
}
