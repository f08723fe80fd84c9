package litellm

import (
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// usage writes the counts and what LiteLLM made of them. Zeros of a call that failed were counted by nobody.
func (c *call) usage() {
	v, a := c.v, c.a.Attributes
	object := v.Get("response").Get("usage")
	if object.Kind() != jsontree.Object {
		object = v.Get("metadata").Get("usage_object")
	}
	if c.guessed(object) {
		foreign.Put(a, "litellm.guessed_usage", object)
		return
	}
	input, _ := v.Get("prompt_tokens").Int()
	output, _ := v.Get("completion_tokens").Int()
	if failed := v.Get("status").Text() == "failure"; input == 0 && output == 0 && (failed || object.Kind() != jsontree.Object) {
		return
	}
	foreign.Put(a, "metadata.usage_object", object)
	foreign.Put(a, semconv.GenAIUsageInputTokens, v.Get("prompt_tokens"))
	foreign.Put(a, semconv.GenAIUsageOutputTokens, v.Get("completion_tokens"))
	foreign.PutText(a, "gen_ai.response.service_tier", object.Get("service_tier"))
	written := object.Get("prompt_tokens_details").Get("cache_creation_token_details")
	foreign.Put(a, semconv.WatchLLMUsageCacheWrite5mInputTokens, written.Get("ephemeral_5m_input_tokens"))
	foreign.Put(a, semconv.WatchLLMUsageCacheWrite1hInputTokens, written.Get("ephemeral_1h_input_tokens"))

	// Worked out by LiteLLM from its own list of prices: never the provider's bill.
	if cost := v.Get("response_cost"); cost.Kind() == jsontree.Number {
		a.PutStr("litellm.cost.total", string(cost.Raw()))
	}
	breakdown := v.Get("cost_breakdown")
	for name, amount := range breakdown.Members() {
		if f, ok := amount.Float(); ok && f != 0 && name != "total_cost" && a.Len() < maxAmounts {
			a.PutStr("litellm.cost."+name, string(amount.Raw()))
		}
	}
	if saved := v.Get("saved_cache_cost"); saved.Kind() == jsontree.Number && v.Get("cache_hit").Bool() {
		a.PutStr("litellm.saved_cache_cost", string(saved.Raw()))
	}
}

// maxAmounts bounds what a breakdown of costs may add.
const maxAmounts = 128

// guessed reports whether LiteLLM counted the tokens itself. OpenAI's chat API says nothing at the end of a stream that did not ask for
// it; LiteLLM then fills in what its own tokenizer gives, which looks like an answer but for the details that OpenAI always sends.
func (c *call) guessed(usage jsontree.Value) bool {
	v := c.v
	if !v.Get("stream").Bool() || !usage.Get("prompt_tokens_details").IsNothing() {
		return false
	}
	switch v.Get("call_type").Text() {
	case "completion", "acompletion", "text_completion", "atext_completion":
	default:
		return false
	}
	switch v.Get("custom_llm_provider").Text() {
	case "openai", "azure", "text-completion-openai", "azure_text":
		return !v.Get("model_parameters").Get("stream_options").Get("include_usage").Bool()
	default:
		return false
	}
}
