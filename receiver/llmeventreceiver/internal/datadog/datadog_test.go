package datadog

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendortest"
)

func TestCaptures(t *testing.T) { vendortest.Captures(t, Decoder, "dd-trace@5.132.0") }

const target = "/evp_proxy/v2/api/v2/llmobs"

// event is one span with the given meta and metrics.
func event(id, parent, name, meta, metrics string) string {
	return `{"_dd.stage":"raw","_dd.tracer_version":"5.132.0","event_type":"span","spans":[{"trace_id":"6b0408ad000000003e43f7a71f001913",` +
		`"span_id":"` + id + `","parent_id":"` + parent + `","name":"` + name + `","tags":["service:shop","env:prod","version:1.2","ml_app:bot","user_id:user-7"],` +
		`"session_id":"conv-42","start_ns":1795426477461044200,"duration":236614258,"status":"ok","meta":` + meta + `,"metrics":` + metrics + `}]}`
}

func llm(provider, metrics string) string {
	return event("2928419766214539812", "undefined", "call", `{"span.kind":"llm","model_name":"m-1","model_provider":"`+provider+`"}`, metrics)
}

func TestUsage(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{
			"the tracer adds what Anthropic counts apart",
			llm("anthropic", `{"input_tokens":1037,"output_tokens":211,"total_tokens":1248,"cache_read_input_tokens":512,"cache_write_input_tokens":128,"ephemeral_5m_input_tokens":128,"ephemeral_1h_input_tokens":0}`),
			"calls 1 failed 0 input 1037 output 211 read 512 write 128 reasoning ?",
		},
		{
			"an older one that does not is found out by arithmetic",
			llm("anthropic", `{"input_tokens":397,"output_tokens":211,"cache_read_input_tokens":512,"cache_write_input_tokens":128}`),
			"calls 1 failed 0 input 1037 output 211 read 512 write 128 reasoning ?",
		},
		{
			"the public API may say what was not cached",
			llm("anthropic", `{"input_tokens":1037,"non_cached_input_tokens":525,"cache_read_input_tokens":512}`),
			"calls 1 failed 0 input 1037 output ? read 512 write ? reasoning ?",
		},
		{
			"zeros for what nobody measured", llm("amazon_bedrock", `{"input_tokens":0,"output_tokens":0,"total_tokens":0,"cache_read_input_tokens":0,"cache_write_input_tokens":0}`),
			"calls 1 failed 0 input ? output ? read ? write ? reasoning ?",
		},
		{
			"Gemini's total has the thoughts its output lacks", llm("google", `{"input_tokens":1037,"output_tokens":147,"total_tokens":1248}`),
			"calls 1 failed 0 input 1037 output 211 read ? write ? reasoning ?",
		},
		{
			"a stream without usage", llm("openai", `{}`), "calls 1 failed 0 input ? output ? read ? write ? reasoning ?",
		},
		{
			"an embedding",
			event("1", "undefined", "OpenAI.createEmbedding", `{"span.kind":"embedding","model_name":"text-embedding-3-small","model_provider":"openai"}`, `{"input_tokens":37,"output_tokens":0,"total_tokens":37}`),
			"calls 1 failed 0 input 37 output 0 read ? write ? reasoning ?",
		},
	} {
		t.Run(tt.name, func(t *testing.T) { assert.Equal(t, tt.want, vendortest.Figures(t, Decoder, target, tt.body)) })
	}
}

// A run as the tracer reports it, children first, each in an event of its own. Only the model call counts.
func TestRun(t *testing.T) {
	usage := `{"input_tokens":10,"output_tokens":2}`
	body := "[" + strings.Join([]string{
		event("11", "12", "get_weather", `{"span":{"kind":"tool"},"input":{"value":"{\"city\":\"Paris\"}"},"output":{"value":"sunny"}}`, `{}`),
		event("13", "12", "call", `{"span.kind":"llm","model_name":"m-1","model_provider":"openai"}`, usage),
		event("14", "12", "find", `{"span.kind":"retrieval","input":{"value":"weather"}}`, `{}`),
		event("12", "10", "planner", `{"span.kind":"agent"}`, usage),
		event("10", "undefined", "root", `{"span.kind":"workflow"}`, usage),
		event("15", "10", "step", `{"span.kind":"task"}`, `{}`),
	}, ",") + "]"
	calls := vendortest.Calls(t, "datadog", [][]foreign.Part{vendortest.Decode(t, Decoder, target, []byte(body)).Parts})
	require.Len(t, calls, 6)
	byID := map[string]string{}
	for i := range calls {
		byID[calls[i].Span.SpanID().String()] = calls[i].Role
	}
	var tree []string
	for i := range calls {
		tree = append(tree, calls[i].Role+"<"+byID[calls[i].Span.ParentSpanID().String()])
	}
	assert.Equal(t, []string{"tool<agent", "llm<agent", "retrieval<agent", "agent<workflow", "workflow<", "step<workflow"}, tree)
	assert.Equal(t, "get_weather", calls[0].ToolName)
	assert.Equal(t, "sunny", calls[0].Span.Attributes().AsRaw()["gen_ai.tool.call.result"])
	assert.Equal(t, "weather", calls[2].Span.Attributes().AsRaw()["gen_ai.retrieval.query.text"])
	assert.Equal(t, "planner", calls[3].AgentName)
	assert.Equal(t, "calls 1 failed 0 input 10 output 2 read ? write ? reasoning ?", vendortest.Text(vendortest.Sum(calls)))
}

func TestIdentity(t *testing.T) {
	r := vendortest.Decode(t, Decoder, target, []byte(llm("unknown", `{}`)))
	part := r.Parts[0]
	assert.Equal(t, map[string]any{"service.name": "shop", "deployment.environment.name": "prod", "service.version": "1.2"}, part.Resource.AsRaw())
	assert.Equal(t, "28a3d6430e733a24", part.ID, "ids are numbers on this wire")
	assert.Equal(t, "6b0408ad000000003e43f7a71f001913", part.TraceID)
	assert.Empty(t, part.ParentID)
	assert.Equal(t, 236614258*time.Nanosecond, part.End.Sub(part.Start))

	c := vendortest.One(t, Decoder, target, llm("unknown", `{}`))
	assert.Empty(t, c.Provider, "unknown is no provider")
	assert.Equal(t, "conv-42", c.ConversationID)
	assert.Equal(t, "user-7", c.UserID)
	assert.Equal(t, "m-1", c.RequestModel)
}

func TestHexID(t *testing.T) {
	for _, tt := range []struct {
		id, want string
		digits   int
	}{
		{"2928419766214539812", "28a3d6430e733a24", 16},
		{"1234567890123456", "000462d53c8abac0", 16}, // sixteen digits, and still decimal
		{"18446744073709551615", "ffffffffffffffff", 16},
		{"18446744073709551616", "18446744073709551616", 16}, // beyond 64 bits: left to be hashed
		{"6b0408ad000000003e43f7a71f001913", "6b0408ad000000003e43f7a71f001913", 32},
		{"42", "0000000000000000000000000000002a", 32},
		{"my-run", "my-run", 32},
	} {
		assert.Equal(t, tt.want, hexID(tt.id, tt.digits), tt.id)
	}
}

func TestPublicAPI(t *testing.T) {
	body := `{"data":{"type":"span","attributes":{"ml_app":"bot","session_id":"s","tags":["env:dev"],"spans":[
	 {"span_id":"abc","trace_id":"run-1","parent_id":"undefined","name":"chat","start_ns":1795426477461044200,"duration":1e9,"status":"error",
	  "meta":{"kind":"llm","error":{"message":"quota exceeded","type":"RateLimitError"},"metadata":{"temperature":0.5}},"metrics":{"input_tokens":7}}]}}}`
	c := vendortest.One(t, Decoder, "/api/intake/llm-obs/v1/trace/spans", body)
	assert.Equal(t, "llm", c.Role)
	assert.Equal(t, "RateLimitError", c.ErrorType)
	assert.Equal(t, "quota exceeded", c.Span.Status().Message())
	assert.Equal(t, "s", c.ConversationID)
	assert.InDelta(t, 0.5, c.Span.Attributes().AsRaw()["gen_ai.request.temperature"], 1e-9)
}

func TestBrokenSpans(t *testing.T) {
	good := strings.TrimSuffix(strings.TrimPrefix(llm("openai", `{}`), `{"_dd.stage":"raw","_dd.tracer_version":"5.132.0","event_type":"span","spans":[`), `]}`)
	r, err := Decoder.Decode(vendortest.Request(target, []byte(`[{"spans":[7,`+good+`,{"span_id":"1"},{"start_ns":1}]},5,{"spans":{}}]`)))
	require.NoError(t, err)
	assert.Len(t, r.Parts, 1)
	var answer struct{ Rejected []string }
	require.NoError(t, json.Unmarshal(r.Answer.Body, &answer))
	assert.Equal(t, []string{
		"[0].spans[0]: is a number, expected an object",
		"[0].spans[2].start_ns: is no time in nanoseconds since 1970",
		"[0].spans[3].span_id: is missing",
		"[1]: is a number, expected an object with the list spans",
		"[2].spans: is an object, expected a list",
	}, answer.Rejected)
	assert.Equal(t, 5, r.Rejected)
	for _, body := range []string{``, `7`, `[{"spans":`} {
		_, err := Decoder.Decode(vendortest.Request(target, []byte(body)))
		assert.Error(t, err, body)
	}
}

func TestTooManyRecords(t *testing.T) {
	_, err := Decoder.Decode(vendortest.Request(target, []byte(`[{"spans":[`+strings.Repeat(`{},`, vendorjson.MaxRecords)+`{}]},{}]`)))
	require.ErrorIs(t, err, foreign.ErrTooLarge)
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(llm("anthropic", `{"input_tokens":397,"cache_read_input_tokens":512}`)))
	f.Add([]byte(`[{"spans":[{"span_id":1,"start_ns":1795426477461044200,"tags":["a:b"],"meta":{"error":{"message":{}}},"status":"error"}]}]`))
	vendortest.Fuzz(f, Decoder, target)
}
