package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLangfuse(t *testing.T) {
	generation := func(more attrs) attrs {
		a := attrs{"langfuse.observation.type": "generation", "langfuse.observation.model.name": "gpt-5-mini"}
		for k, v := range more {
			a[k] = v
		}
		return a
	}
	usage := func(json string) attrs { return generation(attrs{"langfuse.observation.usage_details": json}) }
	const exact = "langfuse llm/call op=chat model=gpt-5-mini in=1037 out=211 read=512 reasoning=64"
	checkSamples(t, []sample{
		{
			name: "disjoint buckets", scope: "langfuse-sdk@5.11.1",
			attrs: usage(`{"input":525,"output":147,"total":1248,"input_cached_tokens":512,"output_reasoning_tokens":64}`),
			want:  exact + " basis=excludes_cache_corrected outcome=ok",
		},
		{
			name: "whole input and output beside details", scope: "langfuse-sdk@3.39.2",
			attrs: usage(`{"input":1037,"output":211,"total":1248,"input_cached_tokens":512,"output_reasoning_tokens":64}`),
			want:  exact + " basis=includes_cache outcome=ok",
		},
		{
			// 512 + 64 would also make up the total if only reasoning were looked at.
			name: "as many cached as reasoning", scope: "langfuse-sdk@5.11.1",
			attrs: usage(`{"input":973,"output":147,"total":1248,"input_cached_tokens":64,"output_reasoning_tokens":64}`),
			want:  "langfuse llm/call op=chat model=gpt-5-mini in=1037 out=211 read=64 reasoning=64 basis=excludes_cache_corrected outcome=ok",
		},
		{
			name: "Anthropic's own count, proven by arithmetic", scope: "langfuse-sdk@3.0.0",
			attrs: attrs{
				"langfuse.observation.type": "generation", "langfuse.observation.model.name": "claude-sonnet-4-5",
				"langfuse.observation.usage_details": `{"input":397,"output":211,"cache_read_input_tokens":512,"cache_creation_input_tokens":128}`,
			},
			want: "langfuse llm/call op=chat model=claude-sonnet-4-5 in=1037 out=211 read=512 write=128 basis=excludes_cache_corrected outcome=ok",
		},
		{
			name: "Python hands on OpenAI's object", scope: "langfuse-sdk@5.0.4",
			attrs: usage(`{"completion_tokens": 211, "prompt_tokens": 1037, "total_tokens": 1248, "completion_tokens_details": {"audio_tokens": 0, ` +
				`"reasoning_tokens": 64}, "prompt_tokens_details": {"audio_tokens": 0, "cached_tokens": 512}}`),
			want: exact + " basis=includes_cache outcome=ok",
		},
		{
			name: "Python hands on Anthropic's object", scope: "langfuse-sdk@5.0.4",
			attrs: attrs{
				"langfuse.observation.type": "generation", "langfuse.observation.model.name": "claude-sonnet-4-5",
				"langfuse.observation.usage_details": `{"input_tokens": 397, "output_tokens": 211, "cache_read_input_tokens": 100}`,
			},
			want: "langfuse llm/call op=chat model=claude-sonnet-4-5 in=497 out=211 read=100 basis=excludes_cache_corrected outcome=ok",
		},
		{
			name: "a stream, its parameters and whose it is", scope: "langfuse-sdk@5.11.1",
			attrs: generation(attrs{
				"langfuse.observation.usage_details":         `{"input":10,"output":5,"total":15}`,
				"langfuse.observation.completion_start_time": `"2026-11-23T02:13:20.056Z"`,
				"langfuse.observation.model.parameters":      `{"temperature":0.2,"max_tokens":256,"response_format":""}`,
				"langfuse.observation.prompt.name":           "greet", "langfuse.observation.prompt.version": 3,
				"langfuse.session.id": "s-1", "langfuse.user.id": "u-1", "session.id": "other",
				"langfuse.observation.cost_details": `{"input":0.001,"output":0.002,"total":0.003}`,
			}),
			want: "langfuse llm/call op=chat model=gpt-5-mini in=10 out=5 basis=includes_cache stream=true ttft=0.056 outcome=ok conversation=s-1 " +
				"user=u-1 prompt=greet prompt_version=3 cost=0.003",
		},
		{
			name: "a failure under an unset status", scope: "langfuse-sdk@5.11.1",
			attrs: generation(attrs{
				"langfuse.observation.level": "ERROR", "langfuse.observation.status_message": "Error: 429",
				"langfuse.observation.cost_details": `{"input":0,"output":0,"total":0}`,
			}),
			want: "langfuse llm/call op=chat model=gpt-5-mini missing=error outcome=error error=_OTHER",
		},
		{
			name: "an embedding that calls itself a generation", scope: "langfuse-sdk@5.11.1",
			attrs: attrs{"langfuse.observation.type": "generation", "langfuse.observation.model.name": "text-embedding-3-small"},
			want:  "langfuse embedding/call op=embeddings model=text-embedding-3-small missing=not_sent outcome=unknown",
		},
		{
			name: "a tool", scope: "langfuse-sdk@5.11.1",
			attrs: attrs{"langfuse.observation.type": "tool", "langfuse.observation.input": `{"city":"Paris"}`},
			want:  "langfuse tool/none op=execute_tool outcome=ok tool=span",
		},
		{
			name: "a span is a step", scope: "langfuse-sdk@5.11.1",
			attrs: attrs{"langfuse.observation.type": "span"}, want: "langfuse step/none outcome=ok",
		},
		{
			name: "counts that are none", scope: "langfuse-sdk@5.11.1", attrs: usage(`{"input":-5,"output":"many","total":nu`),
			want: "langfuse llm/call op=chat model=gpt-5-mini missing=unusable outcome=unknown flag=negative_count",
		},
	})

	out := rewrite(t, "langfuse-sdk", generation(attrs{
		"langfuse.observation.model.parameters": `{"temperature":0.2,"max_tokens":256}`, "langfuse.observation.input": `{"messages":[{"role":"user","content":"Paris?"}]}`,
	}), false)
	assert.InDelta(t, 0.2, out["gen_ai.request.temperature"], 1e-9)
	assert.Equal(t, int64(256), out["gen_ai.request.max_tokens"])
	assert.Contains(t, out, "gen_ai.input.messages")
}

// The span processor of Langfuse marks spans of every other instrumentation, too.
func TestLangfuseMarksAreNotItsSpans(t *testing.T) {
	c := readUnder(t, "@opentelemetry/instrumentation-openai", chat(attrs{"langfuse.environment": "test", "langfuse.release": "r1"}))
	assert.Equal(t, "gen_ai", c.Dialect)
	c = readUnder(t, "@opentelemetry/instrumentation-http", attrs{"langfuse.environment": "test", "http.request.method": "GET"})
	assert.Empty(t, c.Dialect)
}
