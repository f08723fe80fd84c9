package casefile

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/pricing"
)

func n(v int64) pricing.Count { return pricing.KnownCount(v) }

func parse(t *testing.T, line string) *Case {
	t.Helper()
	for c, err := range Lines(strings.NewReader(line)) {
		require.NoError(t, err)
		return c
	}
	require.Fail(t, "no case")
	return nil
}

// Every shape comes to input with cache and output with reasoning.
func TestUsageShapes(t *testing.T) {
	for name, tc := range map[string]struct {
		line string
		want pricing.Usage
	}{
		"openai.chat": {
			`{"usage_shape":"openai.chat","usage_raw":{"prompt_tokens":100,"completion_tokens":50,"prompt_tokens_details":{"cached_tokens":20,"audio_tokens":5},"completion_tokens_details":{"reasoning_tokens":30,"audio_tokens":2}}}`,
			pricing.Usage{Input: n(100), Output: n(50), CacheRead: n(20), AudioInput: n(5), Reasoning: n(30), AudioOutput: n(2)},
		},
		"openai.responses": {
			`{"usage_shape":"openai.responses","usage_raw":{"input_tokens":100,"output_tokens":50,"input_tokens_details":{"cached_tokens":20,"cache_write_tokens":10}}}`,
			pricing.Usage{Input: n(100), Output: n(50), CacheRead: n(20), CacheWrite5m: n(10)},
		},
		"openai.realtime": {
			`{"usage_shape":"openai.realtime","usage_raw":{"input_tokens":100,"output_tokens":50,"input_token_details":{"audio_tokens":80,"cached_tokens":20,"cached_tokens_details":{"audio_tokens":15}},"output_token_details":{"audio_tokens":40}}}`,
			pricing.Usage{Input: n(100), Output: n(50), CacheRead: n(20), AudioInput: n(80), AudioCacheRead: n(15), AudioOutput: n(40)},
		},
		"cached tokens beside the counts": {
			`{"usage_shape":"openai.chat","usage_raw":{"prompt_tokens":100,"completion_tokens":50,"cached_tokens":20}}`,
			pricing.Usage{Input: n(100), Output: n(50), CacheRead: n(20)},
		},
		"anthropic.messages": {
			`{"usage_shape":"anthropic.messages","usage_raw":{"input_tokens":3,"cache_read_input_tokens":10,"cache_creation_input_tokens":7,"cache_creation":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":5},"output_tokens":50,"server_tool_use":{"web_search_requests":4}}}`,
			pricing.Usage{Input: n(20), Output: n(50), CacheRead: n(10), CacheWrite: n(7), CacheWrite5m: n(2), CacheWrite1h: n(5), WebSearches: n(4)},
		},
		"anthropic by its names": {
			`{"usage_shape":"openai.chat","usage_raw":{"input_tokens":3,"cache_read_input_tokens":10,"output_tokens":50}}`,
			pricing.Usage{Input: n(13), Output: n(50), CacheRead: n(10)},
		},
		"bedrock.converse": {
			`{"usage_shape":"bedrock.converse","usage_raw":{"inputTokens":3,"outputTokens":50,"totalTokens":73,"cacheReadInputTokens":10,"cacheWriteInputTokens":10,"cacheDetails":[{"ttl":"5m","inputTokens":4},{"ttl":"1h","inputTokens":6}]}}`,
			pricing.Usage{Input: n(23), Output: n(50), CacheRead: n(10), CacheWrite: n(10), CacheWrite5m: n(4), CacheWrite1h: n(6)},
		},
		"gemini": {
			`{"usage_shape":"gemini","usage_raw":{"promptTokenCount":100,"toolUsePromptTokenCount":40,"candidatesTokenCount":20,"thoughtsTokenCount":30,"cachedContentTokenCount":60,"promptTokensDetails":[{"modality":"TEXT","tokenCount":50},{"modality":"AUDIO","tokenCount":50}],"cacheTokensDetails":[{"modality":"AUDIO","tokenCount":8}],"candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":12}]}}`,
			pricing.Usage{Input: n(140), Output: n(50), CacheRead: n(60), Reasoning: n(30), AudioInput: n(50), AudioCacheRead: n(8), ImageOutput: n(12)},
		},
		"xai.chat, reasoning outside": {
			`{"usage_shape":"xai.chat","usage_raw":{"prompt_tokens":32,"completion_tokens":9,"total_tokens":135,"completion_tokens_details":{"reasoning_tokens":94}}}`,
			pricing.Usage{Input: n(32), Output: n(103), Reasoning: n(94)},
		},
		"xai.chat, the total has it inside": {
			`{"usage_shape":"xai.chat","usage_raw":{"prompt_tokens":500,"completion_tokens":500,"total_tokens":1000,"completion_tokens_details":{"reasoning_tokens":200}}}`,
			pricing.Usage{Input: n(500), Output: n(500), Reasoning: n(200)},
		},
		"xai, tools": {
			`{"usage_shape":"xai.responses","usage_raw":{"input_tokens":32,"output_tokens":9,"num_sources_used":1,"server_side_tool_usage_details":{"web_search_calls":2,"x_search_calls":1,"code_interpreter_calls":4,"file_search_calls":5,"document_search_calls":6}}}`,
			pricing.Usage{Input: n(32), Output: n(9), WebSearches: n(3), SearchSources: n(1), CodeExecutions: n(4), FileSearches: n(5), DocumentSearches: n(6)},
		},
		"cached pictures": {
			`{"usage_shape":"openai.images","usage_raw":{"input_tokens":9,"output_tokens":1,"input_tokens_details":{"image_tokens":4,"cached_tokens":5,"cached_tokens_details":{"image_tokens":3}}}}`,
			pricing.Usage{Input: n(9), Output: n(1), CacheRead: n(5), ImageInput: n(4), ImageCacheRead: n(3)},
		},
		"anthropic, code": {
			`{"usage_shape":"anthropic.messages","usage_raw":{"input_tokens":3,"output_tokens":5,"server_tool_use":{"code_execution_requests":2}}}`,
			pricing.Usage{Input: n(3), Output: n(5), CodeExecutions: n(2)},
		},
		"deepseek.chat": {
			`{"usage_shape":"deepseek.chat","usage_raw":{"completion_tokens":9,"prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":36}}`,
			pricing.Usage{Input: n(100), Output: n(9), CacheRead: n(64)},
		},
		"perplexity.chat, research": {
			`{"usage_shape":"perplexity.chat","request_model":"sonar-deep-research","usage_raw":{"prompt_tokens":33,"completion_tokens":10,"reasoning_tokens":5,"citation_tokens":3,"num_search_queries":2}}`,
			pricing.Usage{Input: n(33), Output: n(18), Reasoning: n(5), Citation: n(3), WebSearches: n(2)},
		},
		"perplexity.chat": {
			`{"usage_shape":"perplexity.chat","request_model":"sonar","usage_raw":{"prompt_tokens":33,"completion_tokens":10,"num_search_queries":2}}`,
			pricing.Usage{Input: n(33), Output: n(10)},
		},
		"cohere.chat": {
			`{"usage_shape":"cohere.chat","usage_raw":{"billed_units":{"input_tokens":30,"output_tokens":4},"tokens":{"input_tokens":97,"output_tokens":8}}}`,
			pricing.Usage{Input: n(30), Output: n(4)},
		},
		"cohere rerank":  {`{"usage_shape":"custom","operation":"rerank","usage_raw":{"meta":{"billed_units":{"search_units":2}}}}`, pricing.Usage{SearchUnits: n(2), Output: n(0)}},
		"embeddings":     {`{"usage_shape":"embeddings","operation":"embeddings","usage_raw":{"total_tokens":8}}`, pricing.Usage{Input: n(8), Output: n(0)}},
		"pages":          {`{"usage_shape":"custom","usage_raw":{"usage_info":{"pages_processed":3}}}`, pricing.Usage{Pages: n(3)}},
		"seconds":        {`{"usage_shape":"custom","usage_raw":{"duration":4.25}}`, pricing.Usage{Milliseconds: n(4250)}},
		"strings":        {`{"usage_shape":"openai.chat","usage_raw":{"prompt_tokens":"100","completion_tokens":50.0}}`, pricing.Usage{Input: n(100), Output: n(50)}},
		"no whole count": {`{"usage_shape":"openai.chat","usage_raw":{"prompt_tokens":1.5,"completion_tokens":50}}`, pricing.Usage{Output: n(50)}},
	} {
		t.Run(name, func(t *testing.T) {
			c := parse(t, tc.line)
			var call pricing.Call
			c.Usage(FromUsage, &call)
			assert.Equal(t, tc.want, call.Usage)
			assert.Equal(t, FromUsage, c.Best(Auto))
		})
	}
}

// The normalized form leaves zeros out. What no other description has either is not zero but unknown.
func TestNormalizedZeros(t *testing.T) {
	for line, want := range map[string]pricing.Usage{
		`{"normalized":{"inp":5}}`: {Input: n(5), Output: n(0)},
		`{"normalized":{"chars":5},"otel_attributes":{"gen_ai.usage.input_tokens":0,"gen_ai.usage.output_tokens":0}}`: {Input: n(0), Output: n(0), Characters: n(5)},
		`{"normalized":{"out":5},"usage_raw":{"completion_tokens":5}}`:                                                {Output: n(5)},
		`{"normalized":{"out":5},"otel_attributes":{"gen_ai.usage.output_tokens":5}}`:                                 {Output: n(5)},
		`{"operation":"embeddings","normalized":{"inp":5},"otel_attributes":{"gen_ai.usage.input_tokens":5}}`:         {Input: n(5), Output: n(0)},
		`{"normalized":{"inp":1,"file_search":2,"docs":3,"maps":4,"sources":5,"code":6,"containers":7,"code_secs":1.5,"icr":0}}`: {
			Input: n(1), Output: n(0), FileSearches: n(2), DocumentSearches: n(3), MapSearches: n(4), SearchSources: n(5), CodeExecutions: n(6),
			CodeSessions: n(7), CodeMilliseconds: n(1500), ImageCacheRead: n(0),
		},
		`{"normalized":{}}`: {},
	} {
		var call pricing.Call
		assert.Empty(t, parse(t, line).Usage(FromNormalized, &call))
		assert.Equal(t, want, call.Usage, line)
	}
}

func TestConditions(t *testing.T) {
	var call pricing.Call
	parse(t, `{"timestamp":"2026-07-15","extra":{"anthropic.speed":"fast","azure.deployment_type":"data_zone"},"usage_raw":{"trafficType":"ON_DEMAND_FLEX","search_context_size":"high"},"otel_attributes":{"x.image.size":"1024x1024","x.llm.thinking":true}}`).Conditions(&call)
	assert.Equal(t, "fast", call.Speed)
	assert.Equal(t, "data_zone", call.Region)
	assert.Equal(t, "ON_DEMAND_FLEX", call.ServiceTier)
	assert.Equal(t, "high", call.SearchContext)
	assert.Equal(t, "1024x1024", call.ImageSize)
	assert.True(t, call.Thinking)
	assert.Equal(t, "2026-07-15", call.Time.Format("2006-01-02"))
}

func TestBills(t *testing.T) {
	for line, want := range map[string]string{
		`{"usage_raw":{"cost":0.0123,"cost_details":{"upstream_inference_cost":0.01}}}`: "0.0123",
		`{"usage_raw":{"cost":{"total_cost":0.0063}}}`:                                  "0.0063",
		`{"usage_raw":{"cost_in_usd_ticks":232856000}}`:                                 "0.0232856",
		`{"provider":"deepinfra","usage_raw":{"estimated_cost":8.775e-06}}`:             "0.000008775",
		`{"provider":"openai","usage_raw":{"estimated_cost":8.775e-06}}`:                "",
		`{"usage_raw":{"cost":-1}}`:                                                     "",
	} {
		var call pricing.Call
		parse(t, line).Bill(&call)
		assert.Equal(t, want, call.Reported.Amount.String(), line)
	}
}

func TestDisputedNeedsItsAssumption(t *testing.T) {
	c := parse(t, `{"expected":{"status":"priced","cost_usd":"1"},"disputed":{"a":"x","cost_b":"1.10"}}`)
	figureOf := func(s string) *Figure { f := Figure(s); return &f }
	for _, tc := range []struct {
		cost, assumed string
		want          bool
	}{{"1", "region", true}, {"1.1", "region", true}, {"1.2", "region", false}, {"1", "", false}} {
		o := Outcome{Status: StatusPriced, Cost: figureOf(tc.cost), Assumed: tc.assumed}
		assert.Equal(t, tc.want, c.Passes(&o), "%s %q", tc.cost, tc.assumed)
	}
	assert.NotNil(t, parse(t, `{"disputed":"by two tables"}`).Disputed, "any dispute counts as one")
}
