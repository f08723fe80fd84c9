package helicone

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendortest"
)

func TestCaptures(t *testing.T) { vendortest.Captures(t, Decoder, "helicone-helpers@1.8.3") }

const target = "/custom/v1/log"

const timing = `"timing":{"startTime":{"seconds":1795426181,"milliseconds":771},"endTime":{"seconds":1795426181,"milliseconds":912}}`

func log(request, response string) string {
	return `{"providerRequest":{"url":"custom-model-nopath","json":` + request + `,"meta":{}},"providerResponse":{"status":200,` + response + `},` + timing + `}`
}

// quote is a text as JSON.
func quote(lines ...string) string {
	return `"` + strings.NewReplacer("\\", `\\`, `"`, `\"`, "\n", `\n`).Replace(strings.Join(lines, "\n")) + `"`
}

func TestWholeAnswers(t *testing.T) {
	for _, tt := range []struct{ name, response, want string }{
		{
			"OpenAI chat",
			`"json":{"id":"x","model":"gpt-5-mini","choices":[{"finish_reason":"stop"}],"usage":{"prompt_tokens":1037,"completion_tokens":211,"total_tokens":1248,"prompt_tokens_details":{"cached_tokens":512},"completion_tokens_details":{"reasoning_tokens":64}}}`,
			"calls 1 failed 0 input 1037 output 211 read 512 write ? reasoning 64",
		},
		{
			"OpenAI responses",
			`"json":{"id":"x","object":"response","status":"completed","usage":{"input_tokens":1037,"output_tokens":211,"total_tokens":1248,"input_tokens_details":{"cached_tokens":512},"output_tokens_details":{"reasoning_tokens":64}}}`,
			"calls 1 failed 0 input 1037 output 211 read 512 write ? reasoning 64",
		},
		{
			"Anthropic counts cached tokens apart",
			`"json":{"id":"msg_1","type":"message","stop_reason":"end_turn","content":[{"type":"text","text":"hi"}],"usage":{"input_tokens":397,"cache_read_input_tokens":512,"cache_creation_input_tokens":128,"cache_creation":{"ephemeral_5m_input_tokens":128,"ephemeral_1h_input_tokens":0},"output_tokens":211}}`,
			"calls 1 failed 0 input 1037 output 211 read 512 write 128 reasoning ?",
		},
		{
			"with less cached than fresh too",
			`"json":{"usage":{"input_tokens":397,"cache_read_input_tokens":100,"cache_creation_input_tokens":0,"output_tokens":211}}`,
			"calls 1 failed 0 input 497 output 211 read 100 write 0 reasoning ?",
		},
		{
			"Gemini counts thoughts apart",
			`"json":{"modelVersion":"gemini-2.5-flash","candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1037,"candidatesTokenCount":147,"thoughtsTokenCount":64,"cachedContentTokenCount":512,"totalTokenCount":1248}}`,
			"calls 1 failed 0 input 1037 output 211 read 512 write ? reasoning 64",
		},
		{
			"Bedrock", `"json":{"stopReason":"end_turn","usage":{"inputTokens":397,"outputTokens":211,"totalTokens":1248,"cacheReadInputTokens":512,"cacheWriteInputTokens":128}}`,
			"calls 1 failed 0 input 1037 output 211 read 512 write 128 reasoning ?",
		},
		{
			"sent as text", `"json":{},"textBody":` + quote(`{"choices":[{"finish_reason":"stop"}],`, ` "usage":{"prompt_tokens":10,"completion_tokens":2}}`),
			"calls 1 failed 0 input 10 output 2 read ? write ? reasoning ?",
		},
		{"a text and nothing else", `"json":{},"textBody":"It is sunny."`, "calls 1 failed 0 input ? output ? read ? write ? reasoning ?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, vendortest.Figures(t, Decoder, target, log(`{"model":"m","messages":[]}`, tt.response)))
		})
	}
}

func TestStreams(t *testing.T) {
	for _, tt := range []struct {
		name   string
		lines  []string
		want   string
		reason string
		output string
	}{
		{
			"OpenAI, server-sent events",
			[]string{
				`data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"It is "}}]}`, ``,
				`data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"sunny."},"finish_reason":"stop"}]}`, ``,
				`data: {"id":"x","choices":[],"usage":{"prompt_tokens":1037,"completion_tokens":211,"prompt_tokens_details":{"cached_tokens":512}}}`, ``,
				`data: [DONE]`,
			},
			"calls 1 failed 0 input 1037 output 211 read 512 write ? reasoning ?", "stop", "It is sunny.",
		},
		{
			"a tool call in pieces",
			[]string{
				`{"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","function":{"name":"get_weather","arguments":"{\"city\":"}}]}}]}`,
				`{"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"Paris\"}"}}]},"finish_reason":"tool_calls"}]}`,
			},
			"calls 1 failed 0 input ? output ? read ? write ? reasoning ?", "tool_calls", "Paris",
		},
		{
			"Anthropic: the end repeats the counts, some clients with zeros",
			[]string{
				`event: message_start`,
				`data: {"type":"message_start","message":{"id":"msg_1","model":"claude-sonnet-4-5","usage":{"input_tokens":397,"cache_read_input_tokens":512,"cache_creation_input_tokens":128,"output_tokens":1}}}`,
				`data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
				`data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"sunny"}}`,
				`data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_1","name":"get_weather","input":{}}}`,
				`data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"city\""}}`,
				`data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":":\"Paris\"}"}}`,
				`data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"input_tokens":0,"output_tokens":211}}`,
				`data: {"type":"message_stop"}`,
			},
			"calls 1 failed 0 input 1037 output 211 read 512 write 128 reasoning ?", "tool_calls", "Paris",
		},
		{
			"Responses API",
			[]string{
				`data: {"type":"response.created","response":{"id":"resp_1","object":"response","status":"in_progress","model":"gpt-5-mini","usage":null,"output":[]}}`,
				`data: {"type":"response.output_text.delta","delta":"sunny"}`,
				`data: {"type":"response.completed","response":{"id":"resp_1","object":"response","status":"completed","model":"gpt-5-mini","output":[{"type":"message","content":[{"type":"output_text","text":"sunny"}]}],"usage":{"input_tokens":1037,"output_tokens":211,"input_tokens_details":{"cached_tokens":512},"output_tokens_details":{"reasoning_tokens":64}}}}`,
			},
			"calls 1 failed 0 input 1037 output 211 read 512 write ? reasoning 64", "stop", "sunny",
		},
		{
			"Gemini, a list of chunks",
			[]string{
				`[{"candidates":[{"content":{"parts":[{"text":"hm","thought":true}]}}],"usageMetadata":{"promptTokenCount":1037,"thoughtsTokenCount":64,"totalTokenCount":1101}},`,
				`{"candidates":[{"content":{"parts":[{"text":"sunny"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1037,"candidatesTokenCount":147,"thoughtsTokenCount":64,"totalTokenCount":1248}}]`,
			},
			"calls 1 failed 0 input 1037 output 211 read ? write ? reasoning 64", "stop", "sunny",
		},
		{
			"without usage", []string{`{"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"sunny"},"finish_reason":"stop"}]}`},
			"calls 1 failed 0 input ? output ? read ? write ? reasoning ?", "stop", "sunny",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := log(`{"model":"m","stream":true}`, `"json":{},"textBody":`+quote(tt.lines...))
			assert.Equal(t, tt.want, vendortest.Figures(t, Decoder, target, body))
			c := vendortest.One(t, Decoder, target, body)
			assert.Equal(t, []string{tt.reason}, c.FinishReasons)
			assert.True(t, c.Stream)
			assert.Contains(t, c.Span.Attributes().AsRaw()["gen_ai.output.messages"], tt.output)
		})
	}
}

func TestAbortedStream(t *testing.T) {
	body := `{"providerRequest":{"json":{"model":"gpt-5-mini","stream":true}},"providerResponse":{"status":-3,"json":{},"textBody":` +
		quote(`{"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"It"}}]}`) + `},` + timing + `}`
	c := vendortest.One(t, Decoder, target, body)
	assert.Equal(t, "stream_aborted", c.Usage.MissingReason)
	assert.NotEqual(t, "error", c.Outcome)
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct{ name, response, class, message string }{
		{
			"the provider's", `"status":429,"json":{"error":{"message":"Rate limit reached","type":"rate_limit_exceeded","code":null}}`,
			"rate_limit_exceeded", "Rate limit reached",
		},
		{"the program's, before what the stream gave", `"status":500,"json":{},"textBody":` + quote("Error: socket hang up", "    at x.js:1", "", `{"id":"x","object":"chat.completion.chunk","choices":[]}`), "500", "Error: socket hang up"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := vendortest.One(t, Decoder, target, `{"providerRequest":{"json":{"model":"m"}},"providerResponse":{`+tt.response+`},`+timing+`}`)
			assert.Equal(t, "error", c.Outcome)
			assert.Equal(t, tt.class, c.ErrorType)
			assert.Equal(t, tt.message, c.Span.Status().Message())
			assert.Equal(t, "error", c.Usage.MissingReason)
		})
	}
}

func TestKinds(t *testing.T) {
	tool := vendortest.One(t, Decoder, target, log(`{"_type":"tool","toolName":"get_weather","input":{"city":"Paris"}}`, `"json":{"_type":"tool","output":"sunny"}`))
	assert.Equal(t, "tool", tool.Role)
	assert.Equal(t, "get_weather", tool.ToolName)
	assert.Equal(t, "none", tool.UsageRole)

	search := vendortest.One(t, Decoder, target, log(`{"_type":"vector_db","operation":"search","text":"weather"}`, `"json":{}`))
	assert.Equal(t, "retrieval", search.Role)
	assert.Equal(t, "weather", search.Span.Attributes().AsRaw()["gen_ai.retrieval.query.text"])

	embedding := vendortest.One(t, Decoder, "/oai/v1/log", log(`{"model":"text-embedding-3-small","input":["a"]}`,
		`"json":{"object":"list","data":[{"object":"embedding","embedding":[0.1,0.2]}],"usage":{"prompt_tokens":37,"total_tokens":37}}`))
	assert.Equal(t, "embedding", embedding.Role)
	assert.Equal(t, "openai", embedding.Provider)
	assert.NotContains(t, embedding.Span.Attributes().AsRaw(), "helicone.response.data", "nobody reads vectors")
}

func TestProvider(t *testing.T) {
	body := log(`{"model":"m"}`, `"json":{}`)
	assert.Equal(t, "anthropic", vendortest.One(t, Decoder, "/anthropic/v1/log", body).Provider)
	assert.Equal(t, "gcp.gen_ai", vendortest.One(t, Decoder, "/googleapis/v1/log", body).Provider)
	assert.Empty(t, vendortest.One(t, Decoder, target, body).Provider)
	named := strings.Replace(body, `"timing"`, `"provider":"DEEPSEEK","timing"`, 1)
	assert.Equal(t, "deepseek", vendortest.One(t, Decoder, target, named).Provider)
}

// Headers of the one call win over those the logger was made with, and keys are none of our business.
func TestHeaders(t *testing.T) {
	r := vendortest.Request(target, []byte(log(`{"model":"m"}`, `"json":{},"headers":{"Helicone-Session-Id":"s-1","Helicone-User-Id":"u-1","Helicone-Property-Plan":"pro","Authorization":"Bearer sk"}`)))
	r.Header.Set("Helicone-User-Id", "u-2")
	r.Header.Set("Helicone-Auth", "Bearer sk-helicone")
	r.Header.Set("Authorization", "Bearer wllm")
	r.Header.Set("Helicone-Request-Id", "0c4f3b6e-1111-4222-8333-444455556666")
	result, err := Decoder.Decode(r)
	require.NoError(t, err)
	part := result.Parts[0]
	assert.Equal(t, "0c4f3b6e-1111-4222-8333-444455556666", part.ID)
	raw := part.Attributes.AsRaw()
	assert.Equal(t, "s-1", raw["helicone.session_id"])
	assert.Equal(t, "u-2", raw["helicone.user_id"])
	assert.Equal(t, "pro", raw["helicone.property.plan"])
	for key, value := range raw {
		text, _ := value.(string)
		assert.NotContains(t, text, "Bearer", key)
	}
}

func TestTimes(t *testing.T) {
	c := vendortest.One(t, Decoder, target, log(`{"model":"m"}`, `"json":{}`))
	assert.Equal(t, "2026-11-23T09:29:41.771Z", c.Span.StartTimestamp().AsTime().Format(time.RFC3339Nano))
	assert.Equal(t, "2026-11-23T09:29:41.912Z", c.Span.EndTimestamp().AsTime().Format(time.RFC3339Nano))
}

func TestBrokenLogs(t *testing.T) {
	for body, want := range map[string]string{
		``:                       "there is no JSON here",
		`[]`:                     "providerRequest: is nothing, expected an object",
		`{"providerRequest":{}}`: "providerResponse: is nothing, expected an object",
		`{"providerRequest":{},"providerResponse":7}`:                                                   "providerResponse: is a number, expected an object",
		`{"providerRequest":{},"providerResponse":{},"timing":{"startTime":{"seconds":"soon"}}}`:        "timing.startTime.seconds: is no time in seconds since 1970",
		`{"providerRequest":{},"providerResponse":{},"timing":{"startTime":` + strings.Repeat("[", 200): "the JSON ends too early",
	} {
		_, err := Decoder.Decode(vendortest.Request(target, []byte(body)))
		assert.ErrorContains(t, err, want)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(log(`{"model":"m"}`, `"json":{"usage":{"input_tokens":1}}`)))
	f.Add([]byte(log(`{"model":"m"}`, `"textBody":`+quote(`data: {"type":"message_start","message":{"usage":{"input_tokens":1}}}`, `{"choices":[{"delta":{"tool_calls":[{"index":9}]}}]}`))))
	vendortest.Fuzz(f, Decoder, target)
}

// A stream of lines that begin like JSON is looked at only so far.
func TestLinesOfAStreamAreBounded(t *testing.T) {
	attrs := pcommon.NewMap()
	readStream(attrs, strings.Repeat("{\n", maxLines)+`{"usage":{"prompt_tokens":7}}`)
	_, counted := attrs.Get("helicone.response.usage.prompt_tokens")
	require.False(t, counted)
	readStream(attrs, strings.Repeat("{\n", maxLines-1)+`{"usage":{"prompt_tokens":7}}`)
	_, counted = attrs.Get("helicone.response.usage.prompt_tokens")
	require.True(t, counted)
}
