package litellm

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendortest"
)

const target = "/litellm"

// recorded is what litellm 1.110.2 posted about six calls: of its own lists of prices and its machine's paths it was relieved.
func recorded(t testing.TB, file string) []byte {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + file)
	require.NoError(t, err)
	return raw
}

func calls(t *testing.T, body []byte) []vendortest.Call {
	t.Helper()
	return vendortest.Calls(t, "litellm", [][]foreign.Part{vendortest.Decode(t, Decoder, target, body).Parts})
}

// The provider behind the recording answered 1037 tokens in, 512 of them cached, and 211 out, 64 of them reasoning; Anthropic's API
// 397 fresh, 512 read, 128 written.
func TestRecorded(t *testing.T) {
	for _, file := range []string{"calls.json", "calls.ndjson"} {
		t.Run(file, func(t *testing.T) {
			all := calls(t, recorded(t, file))
			require.Len(t, all, 6)
			for i, want := range []string{
				"calls 1 failed 0 input 1037 output 211 read 512 write ? reasoning 64",
				"calls 1 failed 0 input 1037 output 211 read 512 write ? reasoning 64",
				"calls 1 failed 0 input ? output ? read ? write ? reasoning ?", // a stream that did not ask for its usage
				"calls 1 failed 0 input 1037 output 211 read 512 write 128 reasoning ?",
				"calls 1 failed 0 input 1037 output 0 read ? write ? reasoning ?", // an embedding has no output
				"calls 0 failed 1 input ? output ? read ? write ? reasoning ?",
			} {
				assert.Equal(t, want, vendortest.Text(vendortest.Sum(all[i:i+1])), "call %d", i)
				assert.Equal(t, "litellm", all[i].Dialect)
			}
			chat, stream, guess, anthropic, embedding, failed := &all[0], &all[1], &all[2], &all[3], &all[4], &all[5]

			assert.Equal(t, []string{"openai", "gpt-5-mini", "gpt-5-mini-2025-08-07", "user-7"},
				[]string{chat.Provider, chat.RequestModel, chat.ResponseModel, chat.UserID})
			assert.Equal(t, []string{"stop"}, chat.FinishReasons)
			assert.Equal(t, "0.00056605", chat.Reported.Text)
			assert.False(t, chat.Reported.Provider, "LiteLLM's own arithmetic is no bill")
			assert.False(t, chat.Stream)
			assert.False(t, chat.TTFTKnown)
			raw := chat.Span.Attributes().AsRaw()
			assert.Equal(t, []any{"checkout"}, raw["litellm.request_tags"])
			assert.Equal(t, "127.0.0.1", raw["server.address"])
			assert.EqualValues(t, 64, raw["gen_ai.request.max_tokens"])
			assert.Contains(t, raw["gen_ai.input.messages"], "weather in Paris")
			assert.Contains(t, raw["gen_ai.output.messages"], "It is sunny in Paris")
			assert.Equal(t, "s1", raw["watchllm.native.trace_id"], "no W3C id")

			assert.True(t, stream.Stream)
			assert.True(t, stream.TTFTKnown)
			assert.Positive(t, stream.TTFT)

			assert.Equal(t, "missing", guess.Usage.Source)
			assert.Equal(t, "not_sent", guess.Usage.MissingReason)
			assert.False(t, guess.Reported.Known, "a cost of guessed tokens")
			assert.Contains(t, guess.Span.Attributes().AsRaw()["litellm.guessed_usage"], `"prompt_tokens":14`)

			assert.Equal(t, "claude-sonnet-4-5-20250929", anthropic.ResponseModel)
			assert.EqualValues(t, 128, anthropic.Usage.CacheWrite5m.N)
			assert.Equal(t, "embedding", embedding.Role)
			assert.NotContains(t, embedding.Span.Attributes().AsRaw(), "gen_ai.output.messages")

			assert.Equal(t, "error", failed.Outcome)
			assert.Equal(t, "NotFoundError", failed.ErrorType)
			assert.Equal(t, ptrace.StatusCodeError, failed.Span.Status().Code())
			assert.Contains(t, failed.Span.Status().Message(), "Error code: 404")
			assert.False(t, failed.Reported.Known)
		})
	}
}

func TestSingle(t *testing.T) {
	all := calls(t, recorded(t, "call.json"))
	require.Len(t, all, 1)
	assert.Equal(t, "error", all[0].Outcome)
}

// change is the first recorded call with some fields set.
func change(t *testing.T, edit func(map[string]any)) []byte {
	t.Helper()
	var list []map[string]any
	require.NoError(t, json.Unmarshal(recorded(t, "calls.json"), &list))
	edit(list[0])
	body, err := json.Marshal(list[0])
	require.NoError(t, err)
	return body
}

// What LiteLLM answers from its own cache is no call: it has the counts of the one that filled the cache, and cost nothing.
func TestCacheHit(t *testing.T) {
	body := change(t, func(p map[string]any) {
		p["cache_hit"], p["saved_cache_cost"], p["response_cost"] = true, 0.00056605, 0.0
	})
	assert.Equal(t, "calls 0 failed 0 input ? output ? read ? write ? reasoning ?", vendortest.Figures(t, Decoder, target, string(body)))
}

func TestWhoseCall(t *testing.T) {
	c := calls(t, change(t, func(p map[string]any) {
		p["end_user"], p["session_id"], p["model_group"] = "customer-9", "conv-42", "fast"
		p["response"].(map[string]any)["model"] = "fast"
		m := p["metadata"].(map[string]any)
		m["user_api_key_hash"], m["user_api_key_alias"], m["user_api_key_team_alias"] = "sk-not-a-hash", "ci", "research"
		m["user_api_key_auth_metadata"] = map[string]any{"x": "secret-1"}
		m["requester_custom_headers"] = map[string]any{"x-api-key": "secret-2"}
		m["requester_metadata"] = map[string]any{"plan": "pro", "openai_api_key": "secret-3"}
		p["hidden_params"].(map[string]any)["additional_headers"] = map[string]any{"llm_provider-x-request-id": "req_1", "llm_provider-set-cookie": "secret-4"}
		params := p["model_parameters"].(map[string]any)
		params["extra_headers"], params["aws_secret_access_key"], params["logprobs"] = map[string]any{"Authorization": "secret-5"}, "secret-6", true
	}))[0]
	assert.Equal(t, "customer-9", c.UserID)
	assert.Equal(t, "conv-42", c.ConversationID)
	assert.Equal(t, "gpt-5-mini", c.RequestModel)
	assert.Empty(t, c.ResponseModel, "the proxy's name for it says nothing")
	raw := c.Span.Attributes().AsRaw()
	assert.Equal(t, "pro", raw["metadata.requester_metadata.plan"])
	assert.Equal(t, "research", raw["metadata.user_api_key_team_alias"])
	assert.Equal(t, "req_1", raw["litellm.provider_request_id"])
	assert.Equal(t, true, raw["litellm.model_parameters.logprobs"])
	text, err := json.Marshal(raw)
	require.NoError(t, err)
	assert.NotContains(t, string(text), "secret-")
	assert.NotContains(t, string(text), "sk-not")
}

// A router keeps the id of a call for every attempt. What is sent twice is one span, what was tried twice is two.
func TestAttempts(t *testing.T) {
	var list []map[string]any
	require.NoError(t, json.Unmarshal(recorded(t, "calls.json"), &list))
	list[5]["litellm_call_id"], list[5]["trace_id"] = list[0]["litellm_call_id"], list[0]["trace_id"]
	again, err := json.Marshal([]any{list[5], list[0], list[5], list[0]})
	require.NoError(t, err)
	assert.Equal(t, "calls 1 failed 1 input 1037 output 211 read 512 write ? reasoning 64", vendortest.Figures(t, Decoder, target, string(again)))
}

func TestTool(t *testing.T) {
	c := calls(t, change(t, func(p map[string]any) {
		p["call_type"], p["model"] = "call_mcp_tool", "MCP: get_weather"
		p["metadata"].(map[string]any)["mcp_tool_call_metadata"] = map[string]any{"name": "get_weather", "arguments": map[string]any{"city": "Paris"}}
	}))[0]
	assert.Equal(t, []string{"tool", "get_weather"}, []string{c.Role, c.ToolName})
}

func TestBrokenPayloads(t *testing.T) {
	good := string(change(t, func(map[string]any) {}))
	r, err := Decoder.Decode(vendortest.Request(target, []byte(`[7,null,`+good+`,{"startTime":"2026-11-26 10:00:00"}]`)))
	require.NoError(t, err)
	assert.Len(t, r.Parts, 1)
	assert.Equal(t, 3, r.Rejected)
	assert.Contains(t, string(r.Answer.Body), "[3].startTime: is text, expected a number")

	r, err = Decoder.Decode(vendortest.Request(target, []byte(good+"\n{\n"+good)))
	require.NoError(t, err)
	assert.Len(t, r.Parts, 2)
	assert.Contains(t, string(r.Answer.Body), "line 2: ")

	for _, body := range []string{``, `7`, `{`, `[`, "7\n7", `{"a":1`} {
		_, err := Decoder.Decode(vendortest.Request(target, []byte(body)))
		assert.Error(t, err, body)
	}
	_, err = Decoder.Decode(vendortest.Request(target, []byte(`[`+strings.Repeat(`{},`, vendorjson.MaxRecords)+`{}]`)))
	require.ErrorIs(t, err, foreign.ErrTooLarge)
}

func FuzzDecode(f *testing.F) {
	f.Add(recorded(f, "calls.json"))
	f.Add(recorded(f, "calls.ndjson"))
	f.Add([]byte(`{"startTime":1,"metadata":7,"response":[],"model_parameters":{"stop":null}}`))
	vendortest.Fuzz(f, Decoder, target)
}
