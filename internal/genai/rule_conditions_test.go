package genai

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestServiceTier(t *testing.T) {
	assert.Equal(t, "default", readUnder(t, "x", chat(attrs{"openai.request.service_tier": "priority", "openai.response.service_tier": "default"})).ServiceTier)
	assert.Equal(t, "flex", readUnder(t, "x", chat(attrs{"gen_ai.openai.request.service_tier": "flex"})).ServiceTier)
	assert.Empty(t, readUnder(t, "x", chat(attrs{"openai.request.service_tier": "priority"})).ServiceTier, "may have been downgraded")
	assert.Equal(t, "priority", readUnder(t, "x", chat(attrs{"gen_ai.openai.request.service_tier": "priority"})).AskedTier)
	c := readUnder(t, "com.anthropic.sdk.typescript@1.12.0", chat(attrs{"anthropic.response.service_tier": "batch"}))
	assert.True(t, c.Batch)
	assert.Equal(t, "flex", rewrite(t, "x", chat(attrs{"openai.request.service_tier": "flex"}), false)["openai.response.service_tier"],
		"the tier that decides is written where the store keeps it")
}

func TestConditions(t *testing.T) {
	c := readUnder(t, "x", chat(attrs{
		"x.anthropic.speed": "fast", "x.anthropic.inference_geo": "us", "x.search_context_size": "high", "x.image.size": "1024x1792",
		"gen_ai.request.image_quality": "hd", "gen_ai.request.enable_thinking": true, "watchllm.call.batch": "true",
	}))
	assert.Equal(t, []any{"fast", "us", "high", "1024x1792", "hd", true, true},
		[]any{c.Speed, c.Region, c.SearchContext, c.ImageSize, c.ImageQuality, c.Thinking, c.Batch})
	written := rewrite(t, "x", chat(attrs{
		"x.anthropic.speed": "fast", "watchllm.call.region": []any{"us"}, "watchllm.call.thinking": "perhaps", "watchllm.call.batch": false,
		"watchllm.call.image_size": strings.Repeat("9", 65), "watchllm.usage.pages": -1, "watchllm.usage.images": 2.0,
	}), false)
	assert.Equal(t, "fast", written["watchllm.call.speed"])
	assert.Equal(t, int64(2), written["watchllm.usage.images"])
	for _, key := range []string{"watchllm.call.region", "watchllm.call.thinking", "watchllm.call.batch", "watchllm.call.image_size", "watchllm.usage.pages"} {
		assert.NotContains(t, written, key, "what cannot be its value goes")
	}
}

func TestRegion(t *testing.T) {
	region := func(provider, key string) string {
		return readUnder(t, "x", chat(attrs{"gen_ai.provider.name": provider, key: "eu-west-1"})).Region
	}
	assert.Equal(t, "eu-west-1", region("aws.bedrock", "aws.region"))
	assert.Equal(t, "eu-west-1", region("vertex_ai", "cloud.region"))
	assert.Equal(t, "eu-west-1", region("anthropic", "watchllm.call.region"))
	assert.Empty(t, region("openai", "cloud.region"), "where the application runs")
	assert.Empty(t, region("azure.ai.openai", "cloud.region"), "where the resource was made; the deployment's type decides")
}

func TestThinking(t *testing.T) {
	thinks := func(a attrs) bool { return readUnder(t, "x", chat(a)).Thinking }
	assert.True(t, thinks(attrs{"gen_ai.provider.name": "dashscope", "gen_ai.request.reasoning.level": "high"}))
	assert.False(t, thinks(attrs{"gen_ai.provider.name": "dashscope", "gen_ai.request.reasoning.level": "none"}))
	assert.False(t, thinks(attrs{"gen_ai.provider.name": "openai", "gen_ai.request.reasoning.level": "high"}), "no mode with a price of its own")
	assert.True(t, thinks(attrs{"gen_ai.request.thinking": "enabled"}))
	assert.False(t, thinks(attrs{"gen_ai.request.thinking": "disabled"}))
	c := readUnder(t, "langfuse-sdk", attrs{
		"langfuse.observation.type": "generation", "langfuse.observation.model.name": "qwen-plus",
		"langfuse.observation.model.parameters": `{"enable_thinking":true,"web_search_options":{"search_context_size":"low"},"inference_geo":"us"}`,
	})
	assert.True(t, c.Thinking)
	assert.Equal(t, []string{"low", "us"}, []string{c.SearchContext, c.Region})
}
