package llmeventreceiver

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/genai"
)

const (
	langfuseTrace = `{"id":"e0","type":"trace-create","timestamp":"2026-11-23T09:00:00Z","body":{"id":"t","name":"chat","userId":"u","sessionId":"s"}}`
	langfuseHead  = `"id":"g","traceId":"t","startTime":"2026-11-23T09:00:00Z","endTime":"2026-11-23T09:00:01Z","model":"gpt-4o"`
	langSmithHead = `"id":"11111111-1111-4111-8111-111111111111","trace_id":"11111111-1111-4111-8111-111111111111","name":"ChatAnthropic",` +
		`"run_type":"llm","start_time":"2026-11-23T09:00:00Z","dotted_order":"20261123T090000000000Z11111111-1111-4111-8111-111111111111"`
)

func langfuseGeneration(fields string) string {
	return `{"batch":[` + langfuseTrace + `,{"id":"e1","type":"generation-create","timestamp":"2026-11-23T09:00:01Z","body":{` + langfuseHead + `,` + fields + `}}]}`
}

func langSmithRun(outputs string) string {
	return `{"post":[{` + langSmithHead + `,"end_time":"2026-11-23T09:00:01Z","inputs":{"model":"m"},"outputs":` + outputs + `}]}`
}

func agentsSpan(id, parent, data string) string {
	return `{"object":"trace.span","id":"` + id + `","trace_id":"trace_1","parent_id":"` + parent +
		`","started_at":"2026-11-23T09:00:00Z","ended_at":"2026-11-23T09:00:01Z","span_data":` + data + `,"error":null}`
}

const agentsTrace = `{"object":"trace","id":"trace_1","workflow_name":"trip","group_id":"conv-1"}`

// vendorForms are forms of requests that no recording has: older and newer clients, other languages, other providers. want is calls,
// failed calls, and input, output, cache read, cache write and reasoning tokens.
var vendorForms = []struct {
	name, path, want string
	bodies           []string
	check            func(t *testing.T, call *genai.Call)
}{
	{
		name: "Langfuse: usage before there were details", path: "/api/public/ingestion", want: "calls 1 failed 0 10 5 ? ? ?",
		bodies: []string{langfuseGeneration(`"usage":{"promptTokens":10,"completionTokens":5,"totalTokens":15}`)},
		check: func(t *testing.T, c *genai.Call) {
			assert.Equal(t, []string{"u", "s", "gpt-4o"}, []string{c.UserID, c.ConversationID, c.RequestModel})
		},
	},
	{
		name: "Langfuse: the first names of all", path: "/api/public/ingestion", want: "calls 1 failed 0 10 5 ? ? ?",
		bodies: []string{langfuseGeneration(`"usage":{"prompt":10,"completion":5,"total":15}`)},
	},
	{
		name: "Langfuse: OpenAI's own usage object", path: "/api/public/ingestion", want: "calls 1 failed 0 1037 211 512 ? 64",
		bodies: []string{langfuseGeneration(`"usageDetails":{"prompt_tokens":1037,"completion_tokens":211,"total_tokens":1248,` +
			`"prompt_tokens_details":{"cached_tokens":512,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":64}}`)},
	},
	{
		name: "Langfuse: characters are no tokens", path: "/api/public/ingestion", want: "calls 1 failed 0 ? ? ? ? ?",
		bodies: []string{langfuseGeneration(`"output":"x","usage":{"input":4000,"output":900,"unit":"CHARACTERS"}`)},
	},
	{
		name: "Langfuse: Anthropic's buckets leave cached input out", path: "/api/public/ingestion", want: "calls 1 failed 0 1037 211 512 128 ?",
		bodies: []string{langfuseGeneration(`"usageDetails":{"input":397,"output":211,"cache_read_input_tokens":512,"cache_creation_input_tokens":128,"total":1248}`)},
	},
	{
		name: "Langfuse: a failed generation", path: "/api/public/ingestion", want: "calls 0 failed 1 ? ? ? ? ?",
		bodies: []string{langfuseGeneration(`"level":"ERROR","statusMessage":"429 too many"`)},
	},
	{
		name: "Langfuse: the old record for every type", path: "/api/public/ingestion", want: "calls 1 failed 0 3 4 ? ? ?",
		bodies: []string{`{"batch":[` + langfuseTrace + `,{"id":"e","type":"observation-create","timestamp":"2026-11-23T09:00:01Z","body":{` +
			langfuseHead + `,"type":"GENERATION","usage":{"input":3,"output":4,"unit":"TOKENS"}}}]}`},
	},
	{
		name: "Langfuse: update before create, in two requests", path: "/api/public/ingestion", want: "calls 1 failed 0 3 4 ? ? ?",
		bodies: []string{
			`{"batch":[{"id":"e2","type":"generation-update","timestamp":"2026-11-23T09:00:01Z","body":{"id":"g","traceId":"t","endTime":"2026-11-23T09:00:01Z","usage":{"input":3,"output":4}}}]}`,
			`{"batch":[` + langfuseTrace + `,{"id":"e1","type":"generation-create","timestamp":"2026-11-23T09:00:00Z","body":{"id":"g","traceId":"t","startTime":"2026-11-23T09:00:00Z","model":"gpt-4o"}}]}`,
		},
	},
	{
		name: "LangSmith: a message of LangChain", path: "/runs/batch", want: "calls 1 failed 0 1037 211 512 128 ?",
		bodies: []string{langSmithRun(`{"generations":[[{"text":"x","generation_info":{"finish_reason":"stop"},"message":{"lc":1,"type":"constructor",` +
			`"id":["langchain","schema","messages","AIMessage"],"kwargs":{"content":"x","id":"run-1","response_metadata":{"id":"msg_1","model":"claude-x","stop_reason":"end_turn"},` +
			`"usage_metadata":{"input_tokens":1037,"output_tokens":211,"total_tokens":1248,"input_token_details":{"cache_read":512,"cache_creation":128}}}}}]],"llm_output":{}}`)},
		check: func(t *testing.T, c *genai.Call) {
			assert.Equal(t, []string{"msg_1", "claude-x", "stop"}, []string{c.ResponseID, c.ResponseModel, c.FinishReasons[0]})
		},
	},
	{
		name: "LangSmith: only the sum of the answers", path: "/api/v1/runs/batch", want: "calls 1 failed 0 10 5 4 ? ?",
		bodies: []string{langSmithRun(`{"generations":[[{"text":"x"}]],"llmOutput":{"tokenUsage":{"promptTokens":10,"completionTokens":5,"totalTokens":15,"promptTokensDetails":{"cached_tokens":4}}}}`)},
	},
	{
		name: "LangSmith: Anthropic's answer as it was", path: "/runs/batch", want: "calls 1 failed 0 1037 211 512 128 ?",
		bodies: []string{langSmithRun(`{"id":"msg_1","type":"message","usage":{"input_tokens":397,"cache_read_input_tokens":512,"cache_creation_input_tokens":128,"output_tokens":211}}`)},
	},
	{
		name: "LangSmith: beginning and end apart, the end first", path: "/runs/batch", want: "calls 1 failed 0 7 8 ? ? ?",
		bodies: []string{
			`{"patch":[{"id":"11111111-1111-4111-8111-111111111111","trace_id":"11111111-1111-4111-8111-111111111111","end_time":"2026-11-23T09:00:01Z","outputs":{"usage_metadata":{"input_tokens":7,"output_tokens":8,"total_tokens":15}}}]}`,
			`{"post":[{` + langSmithHead + `,"inputs":{"model":"m"}}]}`,
		},
	},
	{
		name: "LangSmith: a failed run", path: "/runs", want: "calls 0 failed 1 ? ? ? ? ?",
		bodies: []string{`{` + langSmithHead + `,"end_time":1795424401000,"error":"RateLimitError(429)","inputs":{"model":"m"}}`},
	},
	{
		name: "LangSmith: a chain repeats what its call has", path: "/runs/batch", want: "calls 1 failed 0 7 8 ? ? ?",
		bodies: []string{`{"post":[{"id":"r","trace_id":"r","run_type":"chain","start_time":"2026-11-23T09:00:00Z","end_time":"2026-11-23T09:00:03Z","outputs":{"usage_metadata":{"input_tokens":7,"output_tokens":8}}},` +
			`{"id":"c","trace_id":"r","parent_run_id":"r","run_type":"llm","start_time":"2026-11-23T09:00:01Z","end_time":"2026-11-23T09:00:02Z","outputs":{"usage_metadata":{"input_tokens":7,"output_tokens":8}}}]}`},
	},
	{
		name: "OpenAI Agents: with the Responses API the turn is all that knows", path: "/v1/traces/ingest", want: "calls 1 failed 0 1037 211 512 0 ?",
		bodies: []string{`{"data":[` + agentsTrace + `,` + strings.Join([]string{
			agentsSpan("span_r", "span_u", `{"type":"response","response_id":"resp_1"}`),
			agentsSpan("span_u", "span_a", `{"type":"custom","name":"turn","data":{"sdk_span_type":"turn","turn":1,"agent_name":"a","usage":{"input_tokens":1037,"output_tokens":211,"cached_input_tokens":512,"cache_write_input_tokens":0}}}`),
			agentsSpan("span_a", "span_t", `{"type":"agent","name":"a"}`),
			agentsSpan("span_t", "", `{"type":"custom","name":"task","data":{"sdk_span_type":"task","usage":{"input_tokens":1037,"output_tokens":211,"cached_input_tokens":512,"cache_write_input_tokens":0,"requests":1,"total_tokens":1248}}}`),
		}, ",") + `]}`},
		check: func(t *testing.T, c *genai.Call) { assert.Equal(t, "conv-1", c.ConversationID) },
	},
	{
		name: "OpenAI Agents: a generation of the Python SDK", path: "/v1/traces/ingest", want: "calls 1 failed 0 1037 211 512 ? 64",
		bodies: []string{`{"data":[` + agentsTrace + `,` + agentsSpan("span_g", "", `{"type":"generation","model":"gpt-4o","output":[{"role":"assistant","content":"x"}],`+
			`"usage":{"input_tokens":1037,"output_tokens":211,"input_tokens_details":{"cached_tokens":512},"output_tokens_details":{"reasoning_tokens":64}}}`) + `]}`},
	},
	{
		name: "OpenAI Agents: details that were put away for OpenAI's own ingestion", path: "/v1/traces/ingest", want: "calls 1 failed 0 1037 211 512 128 64",
		bodies: []string{`{"data":[` + agentsTrace + `,` + agentsSpan("span_g", "", `{"type":"response","response_id":"resp_1","usage":{"input_tokens":1037,"output_tokens":211,`+
			`"details":{"requests":1,"total_tokens":1248,"input_tokens_details":{"cached_tokens":512,"cache_write_tokens":128},"output_tokens_details":{"reasoning_tokens":64}}}}`) + `]}`},
	},
	{
		name: "OpenAI Agents: an answer in the Responses form, without an id", path: "/v1/traces/ingest", want: "calls 1 failed 0 10 5 ? ? ?",
		bodies: []string{`{"data":[` + agentsTrace + `,` + agentsSpan("span_g", "", `{"type":"generation","model":"m","output":[{"object":"response","id":"__fake_id__","model":"m-1",`+
			`"usage":{"input_tokens":10,"output_tokens":5}}]}`) + `]}`},
		check: func(t *testing.T, c *genai.Call) {
			assert.Equal(t, []string{"", "m", "m-1"}, []string{c.ResponseID, c.RequestModel, c.ResponseModel})
		},
	},
}

func TestVendorForms(t *testing.T) {
	for _, v := range vendorForms {
		t.Run(v.name, func(t *testing.T) {
			f := start(t, options{edit: withVendors, noLogs: true, auth: true})
			for _, body := range v.bodies {
				a := f.post(t, v.path, body)
				require.Equal(t, 2, a.status/100, a.text)
			}
			entries := readEntries(f.traces.AllTraces())
			require.Equal(t, v.want, figuresText(sumUp(entries)))
			for i := range entries {
				if c := &entries[i].Call; v.check != nil && c.UsageRole == "call" {
					v.check(t, c)
				}
			}
		})
	}
}
