package genai

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/watchllm/watchllm/internal/semconv"
)

// usageLine is what is known of a usage, in short.
func usageLine(u *Usage) string {
	var parts []string
	for i := range counts {
		if n := *counts[i].of(u); n.Known {
			name := canonicalKeys[counts[i].id]
			name = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(name, "gen_ai.usage."), "watchllm.usage."), "_tokens")
			if counts[i].id == fieldTotal {
				name = "total"
			}
			parts = append(parts, fmt.Sprintf("%s=%d", name, n.N))
		}
	}
	return strings.Join(parts, " ")
}

// Usage objects as providers send them, read as they are: what the price needs must come out, by each provider's own rules.
func TestUsageObjects(t *testing.T) {
	for _, tc := range []struct{ name, provider, object, want, said string }{
		{
			"OpenAI chat", "openai",
			`{"prompt_tokens":2006,"completion_tokens":300,"total_tokens":2306,"prompt_tokens_details":{"cached_tokens":1920,"audio_tokens":12,"image_tokens":9},"completion_tokens_details":{"reasoning_tokens":64,"audio_tokens":40,"image_tokens":3}}`,
			"input=2006 output=300 cache_read.input=1920 reasoning.output=64 audio.input=12 audio.output=40 image.input=9 image.output=3 total=2306", "",
		},
		{
			"OpenAI responses with cache writes", "openai",
			`{"input_tokens":6000,"output_tokens":800,"total_tokens":6800,"input_tokens_details":{"cached_tokens":1024,"cache_write_tokens":3207},"output_tokens_details":{"reasoning_tokens":0}}`,
			"input=6000 output=800 cache_read.input=1024 cache_write.input=3207 reasoning.output=0 total=6800", "",
		},
		{
			"OpenAI realtime", "openai",
			`{"total_tokens":300,"input_tokens":200,"output_tokens":100,"input_token_details":{"text_tokens":50,"audio_tokens":150,"cached_tokens":120,"cached_tokens_details":{"text_tokens":20,"audio_tokens":100}},"output_token_details":{"text_tokens":30,"audio_tokens":70}}`,
			"input=200 output=100 cache_read.input=120 audio.input=150 audio.cache_read.input=100 audio.output=70 total=300", "",
		},
		{
			"Anthropic", "anthropic",
			`{"input_tokens":5000,"cache_creation_input_tokens":300,"cache_read_input_tokens":50000,"output_tokens":2000,"cache_creation":{"ephemeral_5m_input_tokens":100,"ephemeral_1h_input_tokens":200},"server_tool_use":{"web_search_requests":4,"web_fetch_requests":1,"code_execution_requests":2},"service_tier":"priority","inference_geo":"us","speed":"fast","iterations":[{"input_tokens":1,"output_tokens":2}]}`,
			"input=55300 output=2000 cache_read.input=50000 cache_write.input=300 cache_write_5m.input=100 cache_write_1h.input=200 web_searches=4 code_executions=2",
			"tier=priority region=us speed=fast",
		},
		{
			"Bedrock Converse, details first", "aws.bedrock",
			`{"cacheDetails":[{"ttl":"5m","inputTokens":5},{"ttl":"1h","inputTokens":20}],"inputTokens":10,"outputTokens":7,"totalTokens":108,"cacheReadInputTokens":66,"cacheWriteInputTokens":25}`,
			"input=101 output=7 cache_read.input=66 cache_write.input=25 cache_write_5m.input=5 cache_write_1h.input=20 total=108", "",
		},
		{
			"Gemini, thoughts, tool prompts and modalities", "gcp.gemini",
			`{"promptTokenCount":5000,"candidatesTokenCount":400,"totalTokenCount":9600,"thoughtsTokenCount":200,"toolUsePromptTokenCount":4000,"cachedContentTokenCount":900,"promptTokensDetails":[{"modality":"TEXT","tokenCount":3000},{"modality":"AUDIO","tokenCount":1500},{"modality":"VIDEO","tokenCount":500}],"cacheTokensDetails":[{"modality":"AUDIO","tokenCount":300},{"modality":"TEXT","tokenCount":600}],"candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":100}],"trafficType":"ON_DEMAND_FLEX"}`,
			"input=9000 output=600 cache_read.input=900 reasoning.output=200 audio.input=1500 audio.cache_read.input=300 image.output=100 video.input=500 total=9600",
			"tier=ON_DEMAND_FLEX",
		},
		{
			"Gemini, as its Python library prints it", "gcp.vertex_ai",
			`{'prompt_token_count': 100, 'candidates_token_count': 40, 'total_token_count': 150, 'thoughts_token_count': 10, 'prompt_tokens_details': [{'modality': 'MediaModality.AUDIO', 'token_count': 60}], 'traffic_type': 'TrafficType.ON_DEMAND_PRIORITY', 'cached_content_token_count': None}`,
			"input=100 output=50 reasoning.output=10 audio.input=60 total=150", "tier=ON_DEMAND_PRIORITY",
		},
		{
			"Cohere's bill and not its tokens", "cohere",
			`{"tokens":{"input_tokens":3497,"output_tokens":404},"billed_units":{"input_tokens":3000,"output_tokens":400}}`,
			"input=3000 output=400", "",
		},
		{"Cohere rerank", "cohere", `{"meta":{"billed_units":{"search_units":2}}}`, "search_units=2", ""},
		{
			"Perplexity research", "perplexity",
			`{"prompt_tokens":33,"completion_tokens":7163,"total_tokens":7196,"reasoning_tokens":73997,"citation_tokens":20016,"num_search_queries":18,"search_context_size":"high"}`,
			"input=33 output=101176 reasoning.output=73997 citation.output=20016 web_searches=18 total=7196", "context=high",
		},
		{
			"xAI, reasoning beside the output", "x_ai",
			`{"prompt_tokens":100,"completion_tokens":10,"total_tokens":160,"completion_tokens_details":{"reasoning_tokens":50},"num_sources_used":3}`,
			"input=100 output=60 reasoning.output=50 search_sources=3 total=160", "",
		},
		{
			"xAI, what its tools did", "x_ai",
			`{"input_tokens":100,"output_tokens":60,"total_tokens":160,"num_sources_used":0,"num_server_side_tools_used":7,"server_side_tool_usage_details":{"web_search_calls":2,"x_search_calls":1,"code_interpreter_calls":1,"file_search_calls":3,"document_search_calls":4,"mcp_calls":5}}`,
			"input=100 output=60 web_searches=3 file_searches=3 document_searches=4 search_sources=0 code_executions=1 total=160", "",
		},
		{
			"xAI, as its Python library has it", "x_ai",
			`{"prompt_tokens":100,"completion_tokens":60,"server_side_tool_usage":{"SERVER_SIDE_TOOL_X_SEARCH":1,"SERVER_SIDE_TOOL_COLLECTIONS_SEARCH":3,"SERVER_SIDE_TOOL_ATTACHMENT_SEARCH":4,"SERVER_SIDE_TOOL_CODE_EXECUTION":2}}`,
			"input=100 output=60 web_searches=1 file_searches=3 document_searches=4 code_executions=2", "",
		},
		{
			"OpenAI, cached pictures", "openai",
			`{"input_tokens":900,"output_tokens":100,"input_tokens_details":{"image_tokens":400,"cached_tokens":500,"cached_tokens_details":{"text_tokens":200,"image_tokens":300}}}`,
			"input=900 output=100 cache_read.input=500 image.input=400 image_cache_read.input=300", "",
		},
		{
			"DeepSeek", "deepseek",
			`{"prompt_tokens":10000,"completion_tokens":2000,"prompt_cache_hit_tokens":6400,"prompt_cache_miss_tokens":3600}`,
			"input=10000 output=2000 cache_read.input=6400", "",
		},
		{"Mistral OCR", "mistral_ai", `{"usage_info":{"pages_processed":3}}`, "pages=3", ""},
		{"a transcription by time", "openai", `{"type":"duration","seconds":61.2345}`, "duration_ms=61235", ""},
		{"a duration beside tokens is no meter", "x", `{"prompt_tokens":5,"duration":3.5}`, "input=5", ""},
		{"LangChain's tier", "openai", `{"input_tokens":100,"output_tokens":10,"input_token_details":{"flex_cache_read":60},"output_token_details":{"flex_reasoning":4}}`,
			"input=100 output=10 cache_read.input=60 reasoning.output=4", "tier=flex"},
		{"Gemini, thoughts and no answer", "gcp.gemini", `{"promptTokenCount":500,"thoughtsTokenCount":1024,"totalTokenCount":1524}`,
			"input=500 output=1024 reasoning.output=1024 total=1524", ""},
		{"cut off", "openai", `{"prompt_tokens":100,"completion_tokens":10`, "input=100", ""},
		{"no object", "openai", `[1,2]`, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := readUnder(t, "x", chat(attrs{
				"gen_ai.request.model": "sonar-deep-research", "gen_ai.provider.name": tc.provider, "gen_ai.usage.raw": tc.object,
			}))
			assert.Equal(t, tc.want, usageLine(&c.Usage))
			var said []string
			for _, s := range []struct{ name, value string }{
				{"tier=", c.ServiceTier}, {"region=", c.Region}, {"speed=", c.Speed}, {"context=", c.SearchContext},
			} {
				if s.value != "" {
					said = append(said, s.name+s.value)
				}
			}
			assert.Equal(t, tc.said, strings.Join(said, " "))
		})
	}
}

func TestPerplexitySearches(t *testing.T) {
	c := readUnder(t, "x", chat(attrs{"gen_ai.request.model": "sonar-pro", "gen_ai.provider.name": "perplexity",
		"gen_ai.usage.raw": `{"prompt_tokens":33,"completion_tokens":71,"num_search_queries":3,"search_context_size":"low"}`}))
	assert.Equal(t, "input=33 output=71", usageLine(&c.Usage), "the fee is for the request")
	assert.Equal(t, "low", c.SearchContext)
}

// A client that counts itself and hands the provider's object on as well may have left out what the provider counts beside.
func TestUsageObjectBesideCounts(t *testing.T) {
	gemini := attrs{
		"gen_ai.provider.name": "gcp.gemini", "gen_ai.usage.input_tokens": 5000, "gen_ai.usage.output_tokens": 400,
		"gen_ai.usage.raw": `{"promptTokenCount":5000,"candidatesTokenCount":400,"totalTokenCount":9600,"thoughtsTokenCount":200,"toolUsePromptTokenCount":4000}`,
	}
	c := readUnder(t, "x", chat(gemini))
	assert.Equal(t, "input=9000 output=600 reasoning.output=200 total=9600", usageLine(&c.Usage))
	gemini["gen_ai.usage.input_tokens"], gemini["gen_ai.usage.output_tokens"] = 9000, 600
	c = readUnder(t, "x", chat(gemini))
	assert.Equal(t, "input=9000 output=600 reasoning.output=200 total=9600", usageLine(&c.Usage), "whole already")

	c = readUnder(t, "x", chat(attrs{
		"gen_ai.provider.name": "cohere", "gen_ai.usage.input_tokens": 3497, "gen_ai.usage.output_tokens": 404,
		"gen_ai.usage.raw": `{"billed_units":{"input_tokens":3000,"output_tokens":400},"tokens":{"input_tokens":3497,"output_tokens":404}}`,
	}))
	assert.Equal(t, "input=3000 output=400", usageLine(&c.Usage), "what is billed counts")
}

// What no convention has a name for stands in the answers that clients keep whole.
func TestAnswersTellWhatDecidesThePrice(t *testing.T) {
	const answer = `{"id":"msg_1","content":[{"type":"tool_use","input":{"service_tier":"flex","usage":{"speed":"fast","web_search_requests":9}}}],"usage":{"input_tokens":397,"output_tokens":211,` +
		`"cache_creation_input_tokens":128,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":128},"server_tool_use":{"web_search_requests":2},"inference_geo":"us"},"service_tier":"priority"}`
	for scope, a := range map[string]attrs{
		"openinference.instrumentation.anthropic": {
			"openinference.span.kind": "LLM", "llm.model_name": "claude-opus-5", "output.value": answer,
			"llm.token_count.prompt": 525, "llm.token_count.completion": 211, "llm.token_count.prompt_details.cache_write": 128,
		},
		"@mastra/otel-exporter": {
			"mastra.span.type": "model_inference", "gen_ai.operation.name": "chat", "gen_ai.request.model": "claude-opus-5", "mastra.metadata.body": answer,
			"gen_ai.usage.input_tokens": 525, "gen_ai.usage.output_tokens": 211, "gen_ai.usage.cache_write.input_tokens": 128,
		},
		"lmnr.tracer": {
			"lmnr.span.type": "LLM", "gen_ai.request.model": "claude-opus-5", "lmnr.span.output": answer,
			"gen_ai.usage.input_tokens": 525, "gen_ai.usage.output_tokens": 211, "gen_ai.usage.cache_write.input_tokens": 128,
		},
	} {
		c := readUnder(t, scope, a)
		assert.Equal(t, "priority", c.ServiceTier, "%s: a tool's argument is no tier", scope)
		assert.Equal(t, "us", c.Region, scope)
		assert.Empty(t, c.Speed, scope)
		assert.Equal(t, "input=525 output=211 cache_write.input=128 cache_write_5m.input=0 cache_write_1h.input=128 web_searches=2", usageLine(&c.Usage), scope)
	}
	c := readUnder(t, "gen_ai", chat(attrs{
		"gen_ai.usage.input_tokens": 9, "gen_ai.usage.output_tokens": 5,
		"ai.response.providerMetadata": `{"openai":{"responseId":"resp_1","serviceTier":"flex"},"google":{"usageMetadata":{"promptTokensDetails":[{"modality":"AUDIO","tokenCount":7}]}}}`,
	}))
	assert.Equal(t, "flex", c.ServiceTier)
	assert.Equal(t, "input=9 output=5 audio.input=7", usageLine(&c.Usage))
	c = readUnder(t, "openinference.instrumentation.langchain", attrs{
		"openinference.span.kind": "LLM", "llm.model_name": "gpt-5", "llm.token_count.prompt": 1, "llm.token_count.completion": 1,
		"output.value": `{"generations":[[{"message":{"kwargs":{"response_metadata":{"service_tier":"flex"}}}}]]}`,
	})
	assert.Equal(t, "flex", c.ServiceTier)
}

// Recordings, pictures and pages have no tokens, and nothing is missing.
func TestMeteredCalls(t *testing.T) {
	c := readUnder(t, "x", attrs{"gen_ai.operation.name": "transcription", "gen_ai.request.model": "whisper-1", "x.usage.audio.seconds": 3.9996})
	assert.Equal(t, "duration_ms=4000", usageLine(&c.Usage))
	assert.Equal(t, semconv.UsageSourceReported, c.Usage.Source)
	assert.Empty(t, c.Usage.MissingReason)
	assert.Equal(t, semconv.OutcomeOk, c.Outcome)
	for _, seconds := range []any{-1.0, 0, "soon", 1e300} {
		c = readUnder(t, "x", attrs{"gen_ai.operation.name": "transcription", "gen_ai.request.model": "whisper-1", "x.usage.audio.seconds": seconds})
		assert.False(t, c.Usage.Any(), "%v", seconds)
		assert.Equal(t, semconv.UsageSourceMissing, c.Usage.Source)
	}
	c = readUnder(t, "x", attrs{"gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "m", "gen_ai.usage.web_search_requests": 3})
	assert.Equal(t, semconv.UsageRoleNone, c.UsageRole, "an agent that counts no tokens has no sum to show")
}

// A list under two spellings, or twice, is one list; a sum that no count can be is none.
func TestUsageListsCountOnce(t *testing.T) {
	read := func(object string) Call {
		return readUnder(t, "x", chat(attrs{"gen_ai.usage.raw": object, "gen_ai.provider.name": "gcp.gemini"}))
	}
	c := read(`{"promptTokenCount":1000,"promptTokensDetails":[{"modality":"AUDIO","tokenCount":300}],"x":{"promptTokensDetails":[{"modality":"AUDIO","tokenCount":300}]},
		"prompt_tokens_details":[{"modality":"AUDIO","token_count":300}],"toolUsePromptTokensDetails":[{"modality":"AUDIO","tokenCount":7}]}`)
	assert.Equal(t, known(307), c.Usage.AudioInput)
	c = read(`{"candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":3}],"candidates_tokens_details":[{"modality":"IMAGE","tokenCount":3}],
		"cacheTokensDetails":[{"modality":"AUDIO","tokenCount":2}],"cache_tokens_details":[{"modality":"AUDIO","tokenCount":2}],
		"cacheDetails":[{"ttl":"1h","inputTokens":5}],"cache_details":[{"ttl":"1h","inputTokens":5}]}`)
	assert.Equal(t, []Count{known(3), known(2), known(5)}, []Count{c.Usage.ImageOutput, c.Usage.AudioCacheRead, c.Usage.CacheWrite1h})
	for _, part := range []string{"iterations", "cost_details", "costDetails"} {
		c = read(`{"` + part + `":{"prompt_tokens":3,"completion_tokens":2},"prompt_tokens":10,"completion_tokens":5}`)
		assert.Equal(t, []Count{known(10), known(5)}, []Count{c.Usage.Input, c.Usage.Output}, "%s repeats what the object has", part)
	}
	huge := `{"cacheDetails":[` + strings.Repeat(`{"ttl":"1h","inputTokens":9007199254740992},`, 250) + `{}],`
	c = read(huge + `"cacheDetails":[{"ttl":"1h","inputTokens":1}],"promptTokenCount":10}`)
	assert.Equal(t, Count{}, c.Usage.CacheWrite1h)
	assert.Equal(t, known(10), c.Usage.Input)
	assert.NotZero(t, c.Usage.Flags&FlagUnreadableCount)
}

func FuzzUsageObject(f *testing.F) {
	f.Add(`{"promptTokenCount":5,"promptTokensDetails":[{"modality":"AUDIO","tokenCount":3}],"cost":{"total_cost":1}}`, "perplexity")
	f.Add(`{"cost_in_usd_ticks":12,"cacheDetails":[{"ttl":"1h","inputTokens":5}],"x":{"y":{"z":{"prompt_tokens":1}}}}`, "x_ai")
	f.Add(`{"tokens":{"input_tokens":1},"billed_units":{"input_tokens":2`, "cohere")
	f.Fuzz(func(t *testing.T, object, provider string) {
		c := readUnder(t, "x", chat(attrs{"gen_ai.usage.raw": object, "gen_ai.provider.name": provider}))
		for i := range counts {
			if n := *counts[i].of(&c.Usage); n.N < 0 || !n.Known && n.N != 0 {
				t.Errorf("%s: %v", canonicalKeys[counts[i].id], n)
			}
		}
		if c.Reported.Provider && !c.Reported.Known {
			t.Error("a bill without a figure")
		}
	})
}
