package openaiagents

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendortest"
)

func one(t *testing.T, data, failure string) vendortest.Call {
	t.Helper()
	body := `{"data":[{"object":"trace","id":"trace_8dc79e64971a4e4c8ad2b20cb14de3e5","workflow_name":"w"},{"object":"trace.span","id":"span_1","trace_id":"trace_8dc79e64971a4e4c8ad2b20cb14de3e5","parent_id":null,` +
		`"started_at":"2026-11-26T10:53:47.000000+00:00","ended_at":"2026-11-26T10:53:49.000000+00:00","span_data":` + data + `,"error":` + failure + `}]}`
	return vendortest.One(t, Decoder, "/v1/traces/ingest", body)
}

// Every type of span that openai-agents 0.24.0 and @openai/agents 0.20.0 export.
func TestTypes(t *testing.T) {
	for data, want := range map[string]string{
		`{"type":"agent","name":"boss","handoffs":[],"tools":["t"],"output_type":"str"}`:                            "agent",
		`{"type":"generation","model":"m"}`:                                                                         "llm",
		`{"type":"response","response_id":"resp_1","usage":null}`:                                                   "llm",
		`{"type":"transcription","model":"m","input":{"data":"AAAA","format":"pcm"},"output":"hi"}`:                 "llm",
		`{"type":"speech","model":"m","input":"hi","output":{"data":"AAAA","format":"pcm"}}`:                        "llm",
		`{"type":"speech_group","input":"hi"}`:                                                                      "step",
		`{"type":"function","name":"weather","input":"{}","output":"sunny","mcp_data":null}`:                        "tool",
		`{"type":"handoff","from_agent":"a","to_agent":"b"}`:                                                        "step",
		`{"type":"guardrail","name":"g","triggered":true}`:                                                          "guardrail",
		`{"type":"mcp_tools","server":"s","result":["t"]}`:                                                          "other",
		`{"type":"custom","name":"mine","data":{"k":"v"}}`:                                                          "other",
		`{"type":"custom","name":"task","data":{"sdk_span_type":"task","name":"Agent workflow"}}`:                   "workflow",
		`{"type":"custom","name":"turn","data":{"sdk_span_type":"turn","turn":1,"agent_name":"boss","usage":null}}`: "step",
	} {
		assert.Equal(t, want, one(t, data, "null").Role, data)
	}
}

// A response's usage, which only the Python SDK reports.
func TestResponseUsage(t *testing.T) {
	c := one(t, `{"type":"response","response_id":"resp_1","usage":{"requests":1,"input_tokens":1037,"output_tokens":211,"total_tokens":1248,`+
		`"input_tokens_details":{"cache_write_tokens":0,"cached_tokens":512,"cache_write_tokens_details":null},"output_tokens_details":{"reasoning_tokens":64}}}`, "null")
	assert.Equal(t, "calls 1 failed 0 input 1037 output 211 read 512 write 0 reasoning 64", vendortest.Text(vendortest.Sum([]vendortest.Call{c})))
	assert.Equal(t, "resp_1", c.ResponseID)
}

func TestRecordingsAreLeftOut(t *testing.T) {
	heard := one(t, `{"type":"transcription","model":"m","input":{"data":"QUFBQQ==","format":"pcm"},"output":"What is the weather?"}`, "null").Span.Attributes().AsRaw()
	assert.Equal(t, "pcm", heard["openai_agents.input.format"])
	assert.EqualValues(t, 8, heard["openai_agents.input.size"])
	assert.Contains(t, heard["gen_ai.output.messages"], "What is the weather?")

	said := one(t, `{"type":"speech","model":"m","input":"It is sunny.","output":{"data":"QUFBQQ==","format":"pcm"},"first_content_at":"2026-11-26T10:53:47.250000+00:00"}`, "null")
	assert.InDelta(t, 0.25, said.TTFT, 1e-9)
	for _, raw := range []map[string]any{heard, said.Span.Attributes().AsRaw()} {
		for key, value := range raw {
			assert.NotContains(t, fmt.Sprint(value), "QUFB", key)
		}
	}
}

func TestError(t *testing.T) {
	c := one(t, `{"type":"generation","model":"m"}`, `{"message":"Error","data":{"code":"429"}}`)
	assert.Equal(t, ptrace.StatusCodeError, c.Span.Status().Code())
	assert.Equal(t, "Error", c.Span.Status().Message())
	assert.Contains(t, c.Span.Attributes().AsRaw()["openai_agents.error.data"], "429")
}

// What is no trace and no span is counted and costs nothing beside it.
func TestBroken(t *testing.T) {
	r, err := Decoder.Decode(vendortest.Request("/v1/traces/ingest", []byte(`{"data":[7,{"object":"trace"},{"object":"trace","id":"trace_1","workflow_name":"w"},{"object":"cake","id":"x"}]}`)))
	require.NoError(t, err)
	assert.Len(t, r.Parts, 1)
	assert.Equal(t, 3, r.Rejected)
	for _, body := range []string{``, `[]`, `{"data":{}}`} {
		_, err := Decoder.Decode(vendortest.Request("/v1/traces/ingest", []byte(body)))
		assert.Error(t, err, body)
	}
	assert.Equal(t, foreign.Answer{}, r.Answer, "200 and an empty object: the SDKs look at the status only")
}
