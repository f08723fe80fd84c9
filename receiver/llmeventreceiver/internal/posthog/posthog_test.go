package posthog

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

func TestCaptures(t *testing.T) { vendortest.Captures(t, Decoder, "posthog-ai@8.13.1") }

// batch is a batch of one event with the properties given as JSON members.
func batch(event, properties string) string {
	return `{"api_key":"phc","batch":[{"event":"` + event + `","uuid":"01a207bf-db7f-70af-8a29-503bcd54dec8","distinct_id":"user-7",` +
		`"timestamp":"2026-11-23T09:32:23.807Z","properties":{` + properties + `}}],"sent_at":"2026-11-23T09:32:24.014Z"}`
}

const cached = `"$ai_input_tokens":397,"$ai_output_tokens":211,"$ai_cache_read_input_tokens":512,"$ai_cache_creation_input_tokens":128`

func TestWhatInputCounts(t *testing.T) {
	for _, tt := range []struct{ name, properties, want string }{
		{
			"Anthropic's own client counts cached tokens apart", `"$ai_provider":"anthropic","$ai_model":"claude-sonnet-4-5",` + cached,
			"calls 1 failed 0 input 1037 output 211 read 512 write 128 reasoning ?",
		},
		{
			"also with less cached than fresh", `"$ai_provider":"anthropic","$ai_model":"claude-sonnet-4-5","$ai_input_tokens":397,"$ai_output_tokens":1,"$ai_cache_read_input_tokens":100`,
			"calls 1 failed 0 input 497 output 1 read 100 write ? reasoning ?",
		},
		{
			"the AI SDK's wrapper does the same", `"$ai_provider":"anthropic.messages","$ai_framework":"vercel","$ai_model":"claude-sonnet-4-5","$ai_input_tokens":397,"$ai_cache_read_input_tokens":100`,
			"calls 1 failed 0 input 497 output ? read 100 write ? reasoning ?",
		},
		{
			"Claude elsewhere too", `"$ai_provider":"openrouter","$ai_model":"anthropic/claude-sonnet-4-5","$ai_input_tokens":397,"$ai_cache_read_input_tokens":100`,
			"calls 1 failed 0 input 497 output ? read 100 write ? reasoning ?",
		},
		{
			"unless the client says otherwise", `"$ai_provider":"openrouter","$ai_model":"anthropic/claude-sonnet-4-5","$ai_input_tokens":397,"$ai_cache_read_input_tokens":100,"$ai_cache_reporting_exclusive":false`,
			"calls 1 failed 0 input 397 output ? read 100 write ? reasoning ?",
		},
		{
			"which any client may", `"$ai_provider":"openai","$ai_model":"gpt-5-mini","$ai_input_tokens":525,"$ai_cache_read_input_tokens":512,"$ai_cache_reporting_exclusive":true`,
			"calls 1 failed 0 input 1037 output ? read 512 write ? reasoning ?",
		},
		{
			"OpenAI's input holds what was cached", `"$ai_provider":"openai","$ai_model":"gpt-5-mini","$ai_input_tokens":1037,"$ai_output_tokens":211,"$ai_cache_read_input_tokens":512,"$ai_reasoning_tokens":64`,
			"calls 1 failed 0 input 1037 output 211 read 512 write ? reasoning 64",
		},
		{
			"Gemini's output leaves its thoughts out",
			`"$ai_provider":"gemini","$ai_model":"gemini-2.5-flash","$ai_input_tokens":1037,"$ai_output_tokens":147,"$ai_reasoning_tokens":64,"$ai_usage":{"promptTokenCount":1037,"candidatesTokenCount":147,"thoughtsTokenCount":64,"totalTokenCount":1248}`,
			"calls 1 failed 0 input 1037 output 211 read ? write ? reasoning 64",
		},
		{
			"counts as text", `"$ai_provider":"openai","$ai_model":"gpt-5-mini","$ai_input_tokens":"1037","$ai_output_tokens":"211"`,
			"calls 1 failed 0 input 1037 output 211 read ? write ? reasoning ?",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, vendortest.Figures(t, Decoder, "/batch/", batch("$ai_generation", tt.properties)))
		})
	}
}

func TestStreamWithoutUsage(t *testing.T) {
	for _, counts := range []string{``, `"$ai_input_tokens":0,"$ai_output_tokens":0,`, `"$ai_input_tokens":null,"$ai_output_tokens":null,`} {
		c := vendortest.One(t, Decoder, "/batch/", batch("$ai_generation",
			counts+`"$ai_provider":"openai","$ai_model":"gpt-5-mini","$ai_stop_reason":"stop","$ai_model_parameters":{"stream":true},"$ai_http_status":200`))
		assert.False(t, c.Usage.Any(), "%s: zeros that nobody counted", counts)
		assert.Equal(t, "missing", c.Usage.Source)
		assert.Equal(t, "not_sent", c.Usage.MissingReason)
		assert.True(t, c.Stream)
	}
}

func TestErrors(t *testing.T) {
	c := vendortest.One(t, Decoder, "/batch/", batch("$ai_generation",
		`"$ai_provider":"anthropic","$ai_model":"claude-sonnet-4-5","$ai_http_status":529,"$ai_is_error":"true","$ai_error":"Overloaded\n at x.py"`))
	assert.Equal(t, "error", c.Outcome)
	assert.Equal(t, "529", c.ErrorType)
	assert.Equal(t, "Overloaded", c.Span.Status().Message())
	assert.Equal(t, "error", c.Usage.MissingReason)
}

func TestTimes(t *testing.T) {
	c := vendortest.One(t, Decoder, "/batch/", batch("$ai_generation", `"$ai_model":"m","$ai_latency":0.149,"$ai_time_to_first_token":0.122`))
	assert.Equal(t, "2026-11-23T09:32:23.658Z", c.Span.StartTimestamp().AsTime().Format(time.RFC3339Nano))
	assert.Equal(t, "2026-11-23T09:32:23.807Z", c.Span.EndTimestamp().AsTime().Format(time.RFC3339Nano))
	assert.InDelta(t, 0.122, c.TTFT, 1e-9)
}

func TestWhoseCall(t *testing.T) {
	c := vendortest.One(t, Decoder, "/batch/", batch("$ai_generation",
		`"$ai_model":"m","$ai_trace_id":"trace-42","$ai_session_id":"conv-42","$ai_total_cost_usd":0.0021,"$ai_model_parameters":{"temperature":0.2,"stop":["a"]},"plan":"pro"`))
	assert.Equal(t, "user-7", c.UserID)
	assert.Equal(t, "conv-42", c.ConversationID)
	assert.InDelta(t, 0.0021, c.Reported.Float, 1e-9)
	assert.False(t, c.Reported.Provider)
	raw := c.Span.Attributes().AsRaw()
	assert.InDelta(t, 0.2, raw["gen_ai.request.temperature"], 1e-9)
	assert.Equal(t, "pro", raw["plan"])

	anonymous := batch("$ai_generation", `"$ai_model":"m","$ai_trace_id":"user-7"`)
	assert.Empty(t, vendortest.One(t, Decoder, "/batch/", anonymous).UserID, "the trace's id is no person")
}

// An agent's run as the callback handlers send it: the trace, a chain in it, and a call and a tool in that.
func TestTree(t *testing.T) {
	events := []string{
		`{"event":"$ai_generation","properties":{"$ai_trace_id":"run","$ai_span_id":"g","$ai_parent_id":"c","$ai_model":"gpt-5-mini","$ai_input_tokens":10,"$ai_output_tokens":2}}`,
		`{"event":"$ai_span","properties":{"$ai_trace_id":"run","$ai_span_id":"t","$ai_parent_id":"c","$ai_span_name":"get_weather","$ai_span_type":"tool","$ai_input_state":{"city":"Paris"},"$ai_output_state":"sunny"}}`,
		`{"event":"$ai_span","properties":{"$ai_trace_id":"run","$ai_span_id":"c","$ai_parent_id":"run","$ai_span_name":"chain","$ai_input_tokens":10}}`,
		`{"event":"$ai_trace","properties":{"$ai_trace_id":"run","$ai_span_name":"agent"}}`,
	}
	result := vendortest.Decode(t, Decoder, "/batch", []byte(`{"batch":[`+strings.Join(events, ",")+`]}`))
	calls := vendortest.Calls(t, "posthog", [][]foreign.Part{result.Parts})
	require.Len(t, calls, 4)
	ids := map[string]string{}
	for i := range calls {
		ids[calls[i].Span.SpanID().String()] = calls[i].Role
	}
	roles := make([]string, 0, 4)
	for i := range calls {
		roles = append(roles, calls[i].Role+"<"+ids[calls[i].Span.ParentSpanID().String()])
	}
	assert.Equal(t, []string{"llm<step", "tool<step", "step<workflow", "workflow<"}, roles)
	assert.Equal(t, "get_weather", calls[1].ToolName)
	assert.Contains(t, calls[1].Span.Attributes().AsRaw()["gen_ai.tool.call.arguments"], "Paris")
	assert.Equal(t, "calls 1 failed 0 input 10 output 2 read ? write ? reasoning ?", vendortest.Text(vendortest.Sum(calls)))
}

func TestForms(t *testing.T) {
	event := `{"event":"$ai_embedding","properties":{"$ai_model":"text-embedding-3-small","$ai_input_tokens":37,"distinct_id":"u"}}`
	const want = "calls 1 failed 0 input 37 output ? read ? write ? reasoning ?"
	for _, body := range []string{event, `[` + event + `]`, `{"batch":[` + event + `,{"event":"$pageview","properties":{}}]}`} {
		assert.Equal(t, want, vendortest.Figures(t, Decoder, "/i/v0/e/", body), body)
	}
	assert.Equal(t, "u", vendortest.One(t, Decoder, "/capture/", event).UserID)
}

// What is wrong with one event is said by its path and costs nothing beside it.
func TestBrokenEvents(t *testing.T) {
	good := `{"event":"$ai_generation","properties":{"$ai_model":"m"}}`
	r, err := Decoder.Decode(vendortest.Request("/batch/", []byte(`{"batch":[7,`+good+`,{"properties":{}},{"event":"$ai_span","properties":[]}]}`)))
	require.NoError(t, err)
	assert.Len(t, r.Parts, 1)
	assert.Equal(t, 3, r.Rejected)
	var answer struct{ Rejected []string }
	require.NoError(t, json.Unmarshal(r.Answer.Body, &answer))
	assert.Equal(t, []string{
		"batch[0]: is a number, expected an event",
		"batch[2].event: is nothing, expected the event's name",
		"batch[3].properties: is a list, expected an object",
	}, answer.Rejected)

	for _, body := range []string{``, `7`, `{"batch":{}}`, `{"batch":[`} {
		_, err := Decoder.Decode(vendortest.Request("/batch/", []byte(body)))
		assert.Error(t, err, body)
	}
}

// No number of other properties can push out those that count.
func TestManyProperties(t *testing.T) {
	var b strings.Builder
	for i := range 5000 {
		b.WriteString(`"p` + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + time.Duration(i).String() + `":1,`)
	}
	c := vendortest.One(t, Decoder, "/batch/", batch("$ai_generation", b.String()+`"$ai_model":"m","$ai_input_tokens":10,"$ai_output_tokens":2`))
	assert.Equal(t, int64(10), c.Usage.Input.N)
	assert.Less(t, c.Span.Attributes().Len(), 600)
}

func TestTooManyRecords(t *testing.T) {
	body := `{"batch":[` + strings.Repeat(`{"event":"$ai_span","properties":{}},`, vendorjson.MaxRecords) + `{}]}`
	_, err := Decoder.Decode(vendortest.Request("/batch/", []byte(body)))
	require.ErrorIs(t, err, foreign.ErrTooLarge)
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(batch("$ai_generation", cached)))
	f.Add([]byte(`[{"event":"$ai_trace","properties":{"$ai_trace_id":1}}]`))
	vendortest.Fuzz(f, Decoder, "/batch/")
}
