package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLiteLLM(t *testing.T) {
	call := func(more attrs) attrs {
		a := attrs{
			"llm.request.type": "acompletion", "gen_ai.operation.name": "acompletion", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-5-mini",
			"llm.is_streaming": "False", "gen_ai.usage.input_tokens": 1037, "gen_ai.usage.output_tokens": 211, "gen_ai.usage.total_tokens": 1248,
			"gen_ai.cost.total_cost": 0.004, "metadata.user_api_key_user_id": "user-7", "gen_ai.response.finish_reasons": `["stop"]`,
		}
		for k, v := range more {
			if a[k] = v; v == nil {
				delete(a, k)
			}
		}
		return a
	}
	const usage = `{'completion_tokens': 211, 'prompt_tokens': 1037, 'total_tokens': 1248, 'completion_tokens_details': {'reasoning_tokens': 64, ` +
		`'audio_tokens': None}, 'prompt_tokens_details': {'audio_tokens': None, 'cached_tokens': 512}}`
	checkSamples(t, []sample{
		{
			name: "details in a printed Python dictionary", scope: "litellm", attrs: call(attrs{"metadata.usage_object": usage}),
			want: "litellm llm/call op=chat provider=openai model=gpt-5-mini in=1037 out=211 read=512 reasoning=64 basis=includes_cache stream=false " +
				"finish=stop outcome=ok user=user-7 cost=0.004",
		},
		{
			name: "Anthropic's counts made to look like OpenAI's", scope: "litellm",
			attrs: call(attrs{
				"gen_ai.system": "anthropic", "gen_ai.request.model": "claude-sonnet-4-5",
				"metadata.usage_object": `{'completion_tokens': 211, 'prompt_tokens': 1037, 'completion_tokens_details': {'reasoning_tokens': 0}, ` +
					`'prompt_tokens_details': {'cached_tokens': 512}, 'cache_creation_input_tokens': 128, 'cache_read_input_tokens': 512}`,
			}),
			want: "litellm llm/call op=chat provider=anthropic model=claude-sonnet-4-5 in=1037 out=211 read=512 write=128 basis=includes_cache " +
				"stream=false finish=stop outcome=ok user=user-7 cost=0.004",
		},
		{
			name: "an embedding under the operation chat, its provider before the model", scope: "litellm",
			attrs: call(attrs{
				"llm.request.type": "aembedding", "gen_ai.operation.name": "chat", "gen_ai.request.model": "text-embedding-3-small",
				"gen_ai.usage.output_tokens": nil, "gen_ai.usage.total_tokens": nil, "gen_ai.response.finish_reasons": nil,
				"gen_ai.system": "", "litellm.provider.model": "openai/text-embedding-3-small",
			}),
			want: "litellm embedding/call op=embeddings provider=openai model=text-embedding-3-small in=1037 basis=includes_cache stream=false outcome=ok " +
				"user=user-7 cost=0.004",
		},
		{
			name: "a hit in its own cache", scope: "litellm", attrs: call(attrs{"litellm.cache_hit": true}),
			want: "litellm other/none op=acompletion provider=openai model=gpt-5-mini in=1037 out=211 basis=includes_cache stream=false finish=stop " +
				"outcome=ok user=user-7 cost=0.004",
		},
		{
			name: "a cost among the hidden parameters", scope: "litellm",
			attrs: call(attrs{"gen_ai.cost.total_cost": nil, "hidden_params": `{"model_id": null, "response_cost": 0.007}`}),
			want: "litellm llm/call op=chat provider=openai model=gpt-5-mini in=1037 out=211 basis=includes_cache stream=false finish=stop outcome=ok " +
				"user=user-7 cost=0.007",
		},
	})
	raw := attrs{"llm.openai.messages": "[]", "llm.openai.model": "gpt-5-mini", "llm.openai.usage": usage}
	assert.Empty(t, readUnder(t, "litellm", raw).Dialect, "the raw request below the call is no second call")
}
