package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestGoogleADK(t *testing.T) {
	call := func(more attrs) attrs {
		a := attrs{
			"gen_ai.system": "gcp.vertex.agent", "gen_ai.request.model": "gemini-3-pro", "gcp.vertex.agent.session_id": "conv-42",
			"gcp.vertex.agent.llm_request": "{}", "gcp.vertex.agent.llm_response": "{}",
			"gen_ai.usage.input_tokens": 1037, "gen_ai.usage.output_tokens": 147,
		}
		for k, v := range more {
			a[k] = v
		}
		return a
	}
	const answer = `{"content":{"parts":[{"text":"usageMetadata"}]},"finishReason":"STOP","usageMetadata":{"promptTokenCount":1037,` +
		`"cachedContentTokenCount":512,"candidatesTokenCount":147,"thoughtsTokenCount":64,"totalTokenCount":1248}}`
	const exact = "google_adk llm/call op=chat provider=gcp.gemini model=gemini-3-pro in=1037 out=211 read=512 reasoning=64 " +
		"basis=includes_cache finish=stop outcome=ok conversation=conv-42 flag=reasoning_added"
	checkSamples(t, []sample{
		{
			name: "TypeScript, counts completed from the answer", scope: "gcp.vertex.agent@2.0.0",
			attrs: call(attrs{"gcp.vertex.agent.llm_response": answer}), want: exact,
		},
		{
			name: "counts only in the answer", scope: "gcp.vertex.agent@2.0.0",
			attrs: attrs{
				"gen_ai.system": "gcp.vertex.agent", "gen_ai.request.model": "gemini-3-pro", "gcp.vertex.agent.session_id": "conv-42",
				"gcp.vertex.agent.llm_request": "{}", "gcp.vertex.agent.llm_response": answer,
			},
			want: exact,
		},
		{
			name: "content left out, and with it the thoughts", scope: "gcp.vertex.agent@2.0.0", attrs: call(nil),
			want: "google_adk llm/call op=chat provider=gcp.gemini model=gemini-3-pro in=1037 out=147 basis=includes_cache missing=not_sent " +
				"outcome=ok conversation=conv-42",
		},
		{
			name: "Python, snake case", scope: "gcp.vertex.agent@1.20.0",
			attrs: call(attrs{
				"gen_ai.response.finish_reasons": []any{"stop"},
				"gcp.vertex.agent.llm_response": `{"usage_metadata":{"cached_content_token_count":512,"candidates_token_count":147,` +
					`"prompt_token_count":1037,"thoughts_token_count":64,"total_token_count":1248}}`,
			}),
			want: exact,
		},
		{
			name: "Python, reasoning beside the output", scope: "gcp.vertex.agent@1.20.0",
			attrs: call(attrs{"gen_ai.usage.experimental.reasoning_tokens": 64}),
			want: "google_adk llm/call op=chat provider=gcp.gemini model=gemini-3-pro in=1037 out=211 reasoning=64 basis=includes_cache " +
				"outcome=ok conversation=conv-42 flag=reasoning_added",
		},
		{
			name: "since 2.3 reasoning is part of the output", scope: "gcp.vertex.agent@2.3.0",
			attrs: call(attrs{"gen_ai.usage.output_tokens": 211, "gen_ai.usage.reasoning.output_tokens": 64, "gcp.vertex.agent.llm_response": answer}),
			want: "google_adk llm/call op=chat provider=gcp.gemini model=gemini-3-pro in=1037 out=211 read=512 reasoning=64 basis=includes_cache " +
				"finish=stop outcome=ok conversation=conv-42",
		},
		{
			name: "the span around the wire call", scope: "gcp.vertex.agent@2.0.0",
			attrs: attrs{
				"gen_ai.operation.name": "generate_content", "gen_ai.request.model": "gemini-3-pro", "gcp.vertex.agent.event_id": "e",
				"gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 5,
			},
			want: "google_adk llm/call op=generate_content model=gemini-3-pro in=10 out=5 basis=includes_cache outcome=ok",
		},
		{
			name: "a model of someone else", scope: "gcp.vertex.agent@1.20.0",
			attrs: call(attrs{"gen_ai.request.model": "openai/gpt-5-mini"}),
			want: "google_adk llm/call op=chat provider=openai model=openai/gpt-5-mini in=1037 out=147 basis=includes_cache outcome=ok " +
				"conversation=conv-42",
		},
		{
			name: "a failure inside the answer", scope: "gcp.vertex.agent@2.0.0",
			attrs: attrs{
				"gen_ai.system": "gcp.vertex.agent", "gen_ai.request.model": "gemini-3-pro",
				"gcp.vertex.agent.llm_request": "{}", "gcp.vertex.agent.llm_response": `{"errorCode":"429","errorMessage":"quota"}`,
			},
			want: "google_adk llm/call op=chat provider=gcp.gemini model=gemini-3-pro missing=error outcome=error error=_OTHER",
		},
		{
			name: "a tool has an empty request, too", scope: "gcp.vertex.agent@2.0.0",
			attrs: attrs{
				"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "get_weather", "gcp.vertex.agent.llm_request": "{}",
				"gcp.vertex.agent.llm_response": "{}", "gcp.vertex.agent.tool_call_args": `{"city":"Paris"}`,
			},
			want: "google_adk tool/none op=execute_tool outcome=ok tool=get_weather",
		},
		{
			name: "an agent", scope: "gcp.vertex.agent@2.0.0",
			attrs: attrs{
				"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "weather", "gen_ai.conversation.id": "conv-42",
				"gcp.vertex.agent.invocation_id": "i",
			},
			want: "google_adk agent/none op=invoke_agent outcome=ok conversation=conv-42 agent=weather",
		},
	})

	out := rewrite(t, "gcp.vertex.agent", call(attrs{
		"gcp.vertex.agent.llm_request": `{"model":"gemini-3-pro","contents":[{"role":"user","parts":[{"text":"Paris?"}]}],"config":{"temperature":0.2,"maxOutputTokens":256}}`,
	}), false)
	assert.InDelta(t, 0.2, out["gen_ai.request.temperature"], 1e-9)
	assert.Equal(t, int64(256), out["gen_ai.request.max_tokens"])
	assert.Contains(t, out, "gen_ai.input.messages")
	assert.NotContains(t, out, "gen_ai.output.messages", "content capture is off")
}
