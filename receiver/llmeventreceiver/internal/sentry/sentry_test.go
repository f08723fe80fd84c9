package sentry

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendortest"
)

func TestCaptures(t *testing.T) { vendortest.Captures(t, Decoder, "sentry-node@11.12.0") }

const target = "/api/1/envelope/?sentry_key=public"

const trace = "0b106115953941a989b0d54e2993f97b"

// envelope of one container with the spans given.
func container(spans ...string) string {
	return `{"sent_at":"2026-11-23T09:29:51.197Z","trace":{"environment":"production","release":"shop@1.2.3"},"sdk":{"name":"sentry.javascript.node","version":"11.12.0"}}
{"type":"span","item_count":1,"content_type":"application/vnd.sentry.items.span.v2+json"}
{"version":2,"items":[` + strings.Join(spans, ",") + `]}
`
}

// span of the second version, its attributes given as text or numbers.
func span(id, parent, op, status string, attributes ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"name":"%s","span_id":"%s","trace_id":"%s","start_timestamp":1795426190.792452,"end_timestamp":1795426190.9839475,"status":"%s"`, op, id, trace, status)
	if parent != "" {
		fmt.Fprintf(&b, `,"parent_span_id":"%s"`, parent)
	}
	fmt.Fprintf(&b, `,"attributes":{"sentry.op":{"value":"%s","type":"string"}`, op)
	for _, a := range attributes {
		name, value, _ := strings.Cut(a, "=")
		fmt.Fprintf(&b, `,"%s":{"value":%s,"type":"x"}`, name, value)
	}
	return b.String() + `}}`
}

func figures(t *testing.T, spans ...string) string {
	t.Helper()
	return vendortest.Figures(t, Decoder, target, container(spans...))
}

func chat(attributes ...string) string {
	return span("b9167b99acd6c1d5", "", "gen_ai.chat", "ok", append([]string{`gen_ai.operation.name="chat"`, `gen_ai.request.model="m-1"`}, attributes...)...)
}

func TestUsage(t *testing.T) {
	anthropic := `gen_ai.provider.name="anthropic"`
	for _, tt := range []struct{ name, span, want string }{
		{
			"input holds what was cached",
			chat(anthropic, "gen_ai.usage.input_tokens=1037", "gen_ai.usage.output_tokens=211", "gen_ai.usage.cache_read.input_tokens=512", "gen_ai.usage.cache_creation.input_tokens=128", "gen_ai.usage.total_tokens=1248"),
			"calls 1 failed 0 input 1037 output 211 read 512 write 128 reasoning ?",
		},
		{
			"in older clients only the total does",
			chat(anthropic, "gen_ai.usage.input_tokens=397", "gen_ai.usage.output_tokens=211", "gen_ai.usage.cache_read_input_tokens=100", "gen_ai.usage.cache_creation_input_tokens=28", "gen_ai.usage.total_tokens=736"),
			"calls 1 failed 0 input 525 output 211 read 100 write 28 reasoning ?",
		},
		{
			"the Python client's names",
			chat("gen_ai.usage.input_tokens=1037", "gen_ai.usage.input_tokens.cached=512", "gen_ai.usage.output_tokens=211", "gen_ai.usage.output_tokens.reasoning=64", "gen_ai.usage.total_tokens=1248"),
			"calls 1 failed 0 input 1037 output 211 read 512 write ? reasoning 64",
		},
		{
			"and those before there were others",
			span("b9167b99acd6c1d5", "", "ai.chat_completions.create.openai", "ok", `ai.model_id="gpt-4o"`, "ai.prompt_tokens.used=10", "ai.completion_tokens.used=2"),
			"calls 1 failed 0 input 10 output 2 read ? write ? reasoning ?",
		},
		{
			"a stream without usage", chat("gen_ai.response.streaming=true", `gen_ai.response.finish_reasons="[\"stop\"]"`),
			"calls 1 failed 0 input ? output ? read ? write ? reasoning ?",
		},
		{
			"an embedding",
			span("b9167b99acd6c1d5", "", "gen_ai.embeddings", "ok", `gen_ai.operation.name="embeddings"`, `gen_ai.request.model="text-embedding-3-small"`, "gen_ai.usage.input_tokens=37"),
			"calls 1 failed 0 input 37 output ? read ? write ? reasoning ?",
		},
		{
			"a failed call",
			span("b9167b99acd6c1d5", "", "gen_ai.chat", "error", `gen_ai.operation.name="chat"`, `gen_ai.request.model="m-1"`),
			"calls 0 failed 1 input ? output ? read ? write ? reasoning ?",
		},
	} {
		t.Run(tt.name, func(t *testing.T) { assert.Equal(t, tt.want, figures(t, tt.span)) })
	}
}

// An agent repeats the sum of the calls below it; the HTTP request below a call is nobody's call.
func TestAgent(t *testing.T) {
	const two = "calls 2 failed 0 input 2320 output 300 read ? write ? reasoning ?"
	agent := span("a000000000000001", "", "gen_ai.invoke_agent", "ok", `gen_ai.operation.name="invoke_agent"`, `gen_ai.request.model="m-1"`, "gen_ai.usage.input_tokens=2320", "gen_ai.usage.output_tokens=300")
	first := span("a000000000000002", "a000000000000001", "gen_ai.chat", "ok", `gen_ai.operation.name="chat"`, `gen_ai.request.model="m-1"`, "gen_ai.usage.input_tokens=1037", "gen_ai.usage.output_tokens=211")
	tool := span("a000000000000003", "a000000000000001", "gen_ai.execute_tool", "ok", `gen_ai.operation.name="execute_tool"`, `gen_ai.tool.name="get_weather"`, `gen_ai.tool.input="{}"`, `gen_ai.tool.output="sunny"`)
	second := span("a000000000000004", "a000000000000001", "gen_ai.generate_text", "ok", `gen_ai.operation.name="generate_text"`, `gen_ai.request.model="m-1"`, "gen_ai.usage.input_tokens=1283", "gen_ai.usage.output_tokens=89")
	http := span("a000000000000005", "a000000000000002", "http.client", "ok", `http.request.method="POST"`)
	assert.Equal(t, two, figures(t, http, first, tool, second, agent))

	parts := vendortest.Decode(t, Decoder, target, []byte(container(http, first, tool, second, agent))).Parts
	calls := vendortest.Calls(t, "sentry", [][]foreign.Part{parts})
	assert.Empty(t, calls[0].Dialect, "a request to a provider is an ordinary span")
	assert.Equal(t, "get_weather", calls[2].ToolName)
	assert.Equal(t, "sunny", calls[2].Span.Attributes().AsRaw()["gen_ai.tool.call.result"])
}

const transaction = `{"event_id":"e1e1","sdk":{"name":"sentry.python","version":"2.40.0"}}
{"type":"session"}
{"sid":"1"}
{"type":"transaction","length":%d,"content_type":"application/json"}
%s
`

// A transaction is a root span with the spans in it, whose attributes are plain; operation and origin stand beside them.
func TestTransaction(t *testing.T) {
	payload := `{"type":"transaction","transaction":"GET /ask","environment":"prod","release":"1.2.3","start_timestamp":1795426190.0,"timestamp":"2026-11-23T09:29:51.5Z",
"contexts":{"trace":{"trace_id":"` + trace + `","span_id":"a2c42af0c284f109","op":"http.server","status":"ok","data":{"http.route":"/ask"}}},
"spans":[{"trace_id":"` + trace + `","span_id":"b9167b99acd6c1d5","parent_span_id":"a2c42af0c284f109","op":"gen_ai.chat","origin":"auto.ai.openai","description":"chat gpt-5-mini",
"start_timestamp":1795426190.2,"timestamp":1795426190.9,"status":"ok","data":{"gen_ai.operation.name":"chat","gen_ai.request.model":"gpt-5-mini","gen_ai.usage.input_tokens":1037,"gen_ai.usage.output_tokens":211}},
{"trace_id":"` + trace + `","span_id":"b9167b99acd6c1d6","parent_span_id":"a2c42af0c284f109","op":"gen_ai.chat","start_timestamp":1795426190.2,"timestamp":1795426190.9,"status":"resource_exhausted","data":{"gen_ai.operation.name":"chat","gen_ai.request.model":"gpt-5-mini"}},
{"trace_id":"` + trace + `","span_id":"b9167b99acd6c1d7","parent_span_id":"a2c42af0c284f109","op":"ai.chat_completions.create.openai","start_timestamp":1795426190.2,"timestamp":1795426190.9,"data":{"ai.model_id":"gpt-4o"},"measurements":{"ai_prompt_tokens_used":{"value":10},"ai_completion_tokens_used":{"value":2}}}]}`
	result := vendortest.Decode(t, Decoder, target, fmt.Appendf(nil, transaction, len(payload), payload))
	assert.JSONEq(t, `{"id":"e1e1"}`, string(result.Answer.Body))
	require.Len(t, result.Parts, 4)
	for _, p := range result.Parts {
		assert.Equal(t, "sentry.python", p.Scope)
		assert.Equal(t, map[string]any{"deployment.environment.name": "prod", "service.version": "1.2.3"}, p.Resource.AsRaw())
	}
	calls := vendortest.Calls(t, "sentry", [][]foreign.Part{result.Parts})
	assert.Equal(t, "calls 2 failed 1 input 1047 output 213 read ? write ? reasoning ?", vendortest.Text(vendortest.Sum(calls)))
	assert.Equal(t, "GET /ask", calls[0].Span.Name())
	assert.Equal(t, calls[0].Span.SpanID(), calls[1].Span.ParentSpanID())
	assert.Equal(t, "resource_exhausted", calls[2].ErrorType)
}

func TestReleaseNamesTheProgram(t *testing.T) {
	r := vendortest.Decode(t, Decoder, target, []byte(container(chat())))
	assert.Equal(t, map[string]any{
		"service.name": "shop", "service.version": "1.2.3", "deployment.environment.name": "production",
	}, r.Parts[0].Resource.AsRaw())
}

func TestBrokenEnvelopes(t *testing.T) {
	for body, want := range map[string]string{
		``:         "the envelope's header is not JSON",
		`[]`:       "the envelope's header is not an object",
		"{}\nnope": "items[0]: its header is not JSON",
		"{}\n{\"type\":\"span\",\"length\":99}\n{}": "items[0].length: is 99, and 2 bytes follow",
	} {
		_, err := Decoder.Decode(vendortest.Request(target, []byte(body)))
		assert.ErrorContains(t, err, want)
	}

	r, err := Decoder.Decode(vendortest.Request(target, []byte(container(`7`, chat(), `{"span_id":"1"}`, `{"span_id":"1","trace_id":"2"}`)+
		"{\"type\":\"span\"}\nnope\n{\"type\":\"transaction\"}\n{\"contexts\":[]}\nnope")))
	require.NoError(t, err)
	assert.Len(t, r.Parts, 1)
	assert.Equal(t, 6, r.Rejected)
	var answer struct{ Rejected []string }
	require.NoError(t, json.Unmarshal(r.Answer.Body, &answer))
	text := strings.Join(answer.Rejected, "\n")
	for _, want := range []string{
		"items[0].items[0]: is a number, expected a span",
		"items[0].items[2].span_id, trace_id: must both be there",
		"items[0].items[3].start_timestamp: is no time",
		"items[1]: is not JSON",
		"items[2].contexts.trace.span_id, trace_id: must both be there",
		"items[3]: its header is not JSON",
	} {
		assert.Contains(t, text, want)
	}
}

func TestTooManyRecords(t *testing.T) {
	_, err := Decoder.Decode(vendortest.Request(target, []byte(container(strings.Repeat(`{},`, vendorjson.MaxRecords)+`{}`))))
	require.ErrorIs(t, err, foreign.ErrTooLarge)
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(container(chat("gen_ai.usage.input_tokens=1"))))
	f.Add(fmt.Appendf(nil, transaction, 2, "{}"))
	f.Add([]byte("{}\n{\"type\":\"span\",\"length\":2}\n{}\n{\"type\":\"x\"}\n"))
	vendortest.Fuzz(f, Decoder, target)
}

// What an envelope says once is had by all of its spans: a long text would be as many copies of it.
func TestWhatAllSpansShareIsShort(t *testing.T) {
	long := strings.Repeat("e", 1<<16)
	body := strings.Replace(container(chat(), chat()), `"environment":"production"`, `"environment":"`+long+`"`, 1)
	for _, p := range vendortest.Decode(t, Decoder, target, []byte(body)).Parts {
		assert.Less(t, len(vendorjson.TextOf(p.Resource, "deployment.environment.name")), 2000)
	}
}
