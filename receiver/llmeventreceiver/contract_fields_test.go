package llmeventreceiver

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/contract/contracttest"
)

// facts are what became of an event, as texts: attributes by name, and what is no attribute in capitals.
type facts map[string]string

func factsOf(traces ptrace.Traces, logs plog.Logs) map[string]facts {
	out := map[string]facts{}
	add := func(attrs, resource pcommon.Map, f facts) {
		for key, v := range attrs.All() {
			f[key] = v.AsString()
		}
		for key, v := range resource.All() {
			f["RESOURCE "+key] = v.AsString()
		}
		out[f["watchllm.native.id"]] = f
	}
	for _, rs := range traces.ResourceSpans().All() {
		for _, s := range rs.ScopeSpans().At(0).Spans().All() {
			add(s.Attributes(), rs.Resource().Attributes(), facts{
				"AS": "span", "NAME": s.Name(), "KIND": s.Kind().String(), "STATUS": s.Status().Code().String(), "MESSAGE": s.Status().Message(),
				"START": s.StartTimestamp().AsTime().Format(time.RFC3339Nano), "END": s.EndTimestamp().AsTime().Format(time.RFC3339Nano),
				"TRACE": s.TraceID().String(), "SPAN": s.SpanID().String(), "PARENT": s.ParentSpanID().String(),
			})
		}
	}
	for _, rl := range logs.ResourceLogs().All() {
		for _, l := range rl.ScopeLogs().At(0).LogRecords().All() {
			add(l.Attributes(), rl.Resource().Attributes(), facts{
				"AS": "log", "NAME": l.EventName(), "BODY": l.Body().AsString(), "SEVERITY": l.SeverityText() + "/" + l.SeverityNumber().String(),
				"START": l.Timestamp().AsTime().Format(time.RFC3339Nano), "TRACE": l.TraceID().String(), "SPAN": l.SpanID().String(),
			})
		}
	}
	return out
}

func hashed(kind, text string, n int) string {
	if kind != "" {
		text = kind + "\x00acme\x00" + text
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:n])
}

// TestContract holds one event after the other against what the contract says becomes of it. A value of "" means that there is no
// such attribute.
func TestContract(t *testing.T) {
	const w3cTrace, w3cSpan = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	now, at := "2026-11-23T10:00:30Z", `"time":"2026-11-23T10:00:00Z",`
	for rule, c := range map[string]struct {
		event string
		want  facts
	}{
		// Common fields.
		"an id of 64 characters": {`{"id":"` + strings.Repeat("é", 64) + `","type":"llm.call"}`, facts{"watchllm.native.id": strings.Repeat("é", 64), "watchllm.native.id_generated": ""}},
		"an id that is a number": {`{"id":17,"type":"llm.call"}`, facts{"watchllm.native.id": "17"}},
		"no id":                  {`{"type":"llm.call",` + at + `"model":"m"}`, facts{"watchllm.native.id": "613f381b-9faa-8b35-8185-6183b7e8c724", "watchllm.native.id_generated": "true"}},
		"what it was read as":    {`{"id":"1","type":"llm.call"}`, facts{"watchllm.native.schema": "watchllm.events/1", "watchllm.native.type": "llm.call", "watchllm.native.id": "1"}},
		"an unknown type":        {`{"id":"1","type":"guardrail.check","verdict":"pass"}`, facts{"AS": "log", "NAME": "watchllm.custom", "watchllm.native.type": "guardrail.check", "watchllm.native.verdict": "pass"}},
		"time and duration":      {`{"id":"1","type":"llm.call",` + at + `"duration_ms":1.5}`, facts{"START": "2026-11-23T10:00:00Z", "END": "2026-11-23T10:00:00.0015Z", "watchllm.native.time": ""}},
		"time and end":           {`{"id":"1","type":"llm.call",` + at + `"endTime":"2026-11-23T10:00:01Z"}`, facts{"END": "2026-11-23T10:00:01Z", "watchllm.native.end_time": ""}},
		"unix nanoseconds":       {`{"id":"1","type":"llm.call","time":"1795428000123456789"}`, facts{"START": "2026-11-23T10:00:00.123456789Z"}},
		"no time":                {`{"id":"1","type":"llm.call","duration_ms":1000}`, facts{"START": "2026-11-23T10:00:29Z", "END": now, "watchllm.native.time": "absent"}},
		"no time but an end":     {`{"id":"1","type":"llm.call","end_time":"2026-11-23T10:00:10Z","duration_ms":1000}`, facts{"START": "2026-11-23T10:00:09Z", "END": "2026-11-23T10:00:10Z", "watchllm.native.time": ""}},
		"a clock a day ahead":    {`{"id":"1","type":"llm.call","time":"2026-11-24T10:00:30Z"}`, facts{"START": "2026-11-24T10:00:30Z", "watchllm.native.time": ""}},
		"a clock more than a day ahead": {`{"id":"1","type":"llm.call","time":"2026-11-24T10:00:31Z","end_time":"2026-11-24T10:00:33Z"}`, facts{
			"START": "2026-11-23T10:00:28Z", "END": now, "watchllm.native.time": "2026-11-24T10:00:31Z", "watchllm.native.end_time": "2026-11-24T10:00:33Z"}},
		"an end more than a day ahead":   {`{"id":"1","type":"llm.call",` + at + `"end_time":"2027-01-01T00:00:00Z"}`, facts{"END": "2026-11-23T10:00:00Z", "watchllm.native.end_time": "2027-01-01T00:00:00Z"}},
		"an end beside another duration": {`{"id":"1","type":"llm.call",` + at + `"duration_ms":2000,"end_time":"2026-11-23T10:00:01Z"}`, facts{"END": "2026-11-23T10:00:02Z", "watchllm.native.end_time": "2026-11-23T10:00:01Z"}},
		"duration and end of a log":      {`{"id":"1","type":"log",` + at + `"duration_ms":2.5,"end_time":1795428001}`, facts{"START": "2026-11-23T10:00:00Z", "watchllm.native.duration_ms": "2.5", "watchllm.native.end_time": "1795428001"}},
		"w3c ids":                        {`{"id":"1","type":"llm.call","trace_id":"` + strings.ToUpper(w3cTrace) + `","spanId":"` + w3cSpan + `","parent_span_id":"00f067aa0ba902b7"}`, facts{"TRACE": w3cTrace, "SPAN": w3cSpan, "PARENT": "00f067aa0ba902b7", "watchllm.native.trace_id": "", "watchllm.native.span_id": ""}},
		"other ids": {`{"id":"1","type":"llm.call","trace_id":"run-1","span_id":"s","parentSpanId":"p"}`, facts{
			"TRACE": hashed("", "run-1", 16), "SPAN": hashed("", "s", 8), "PARENT": hashed("", "p", 8),
			"watchllm.native.trace_id": "run-1", "watchllm.native.span_id": "s", "watchllm.native.parent_span_id": "p"}},
		"no ids": {`{"id":"1","type":"llm.call"}`, facts{"TRACE": hashed("trace", "1", 16), "SPAN": hashed("span", "1", 8), "PARENT": ""}},
		"who and where": {`{"id":"1","type":"tool.call","conversation_id":"c","userId":7,"agent_name":"a","agentId":"i","environment":"prod","tags":["x",1]}`, facts{
			"gen_ai.conversation.id": "c", "watchllm.user.id": "7", "gen_ai.agent.name": "a", "gen_ai.agent.id": "i", "RESOURCE deployment.environment.name": "prod", "watchllm.native.tags": `["x","1"]`}},
		"attributes":                 {`{"id":"1","type":"llm.call","attributes":{"s":"x","n":1,"f":0.5,"b":true,"l":[1,"a"],"o":{"k":null},"gone":null}}`, facts{"s": "x", "n": "1", "f": "0.5", "b": "true", "l": `[1,"a"]`, "o": `{"k":null}`, "gone": ""}},
		"attributes named like ours": {`{"id":"1","type":"llm.call","attributes":{"watchllm.cost.amount":"0","watchllm.tenant.id":"x"}}`, facts{"watchllm.cost.amount": "", "watchllm.tenant.id": "", "watchllm.native.attributes.watchllm.cost.amount": "0"}},
		"attributes named like ones of fields": {`{"attributes":{"gen_ai.request.model":"other","gen_ai.operation.name":"x","gen_ai.usage.input_tokens":9,"error.type":"y"},"id":"1","type":"llm.call","model":"m","usage":{"input_tokens":1},"status":{"error_type":"z"}}`, facts{
			"gen_ai.request.model": "m", "watchllm.native.attributes.gen_ai.request.model": "other", "watchllm.native.attributes.gen_ai.operation.name": "x",
			"gen_ai.usage.input_tokens": "1", "watchllm.native.attributes.gen_ai.usage.input_tokens": "9", "error.type": "z", "watchllm.native.attributes.error.type": "y"}},
		"unknown fields":                {`{"id":"1","type":"llm.call","my_field":{"a":[1]},"truncated":"x","params.x":1,"params":{"x":2}}`, facts{"watchllm.native.my_field": `{"a":[1]}`, "watchllm.native.field.truncated": "x", "watchllm.native.truncated": "", "watchllm.native.field.params.x": "1", "watchllm.native.params.x": "2"}},
		"a field in two spellings":      {`{"id":"1","type":"llm.call","model":"a","request_model":"b","requestModel":"c"}`, facts{"gen_ai.request.model": "a", "watchllm.native.also.request_model": "b", "watchllm.native.also.requestModel": "c"}},
		"status":                        {`{"id":"1","type":"llm.call","status":{"code":"error","error_type":"timeout","message":"slow","retry":1}}`, facts{"STATUS": "Error", "error.type": "timeout", "MESSAGE": "slow", "watchllm.native.status.retry": "1"}},
		"status in short":               {`{"id":"1","type":"llm.call","status":"OK"}`, facts{"STATUS": "Ok"}},
		"status of a log":               {`{"id":"1","type":"log","status":{"code":"error","message":"m"}}`, facts{"watchllm.native.status.code": "error", "watchllm.native.status.message": "m"}},
		"names in camelCase":            {`{"id":"1","type":"llm.call","timeToFirstChunkMs":230,"finishReasons":["stop"],"responseModel":"r","maxTokens":1,"params":{"maxTokens":5}}`, facts{"gen_ai.response.time_to_first_chunk": "0.23", "gen_ai.response.finish_reasons": `["stop"]`, "gen_ai.response.model": "r", "gen_ai.request.max_tokens": "5", "watchllm.native.maxTokens": "1"}},
		"null is absent":                {`{"id":"1","type":"llm.call","model":null,"usage":null,"status":null,"attributes":null,"time":null}`, facts{"NAME": "chat", "gen_ai.request.model": "", "watchllm.native.time": "absent"}},
		"a field that v0 has by chance": {`{"id":"1","type":"llm.call","context":{"a":1},"sdk":"x"}`, facts{"watchllm.native.context": `{"a":1}`, "watchllm.native.sdk": "x"}},

		// Types.
		"llm.call": {`{"id":"1","type":"llm.call","operation":"text_completion","provider":"openai","request_model":"m","response_id":"r","stream":true,"system_instructions":"s","input_messages":"i","output_messages":[{"role":"assistant"}],"tool_definitions":[{"name":"t"}]}`, facts{
			"AS": "span", "NAME": "text_completion m", "KIND": "Client", "gen_ai.operation.name": "text_completion", "gen_ai.provider.name": "openai", "gen_ai.response.id": "r", "gen_ai.request.stream": "true",
			"gen_ai.system_instructions": "s", "gen_ai.input.messages": `[{"role":"user","parts":[{"type":"text","content":"i"}]}]`, "gen_ai.output.messages": `[{"role":"assistant"}]`, "gen_ai.tool.definitions": `[{"name":"t"}]`}},
		"params": {`{"id":"1","type":"llm.call","params":{"temperature":0.2,"top_p":"0.9","top_k":40,"seed":9007199254740993,"stop":"END","n":2,"logit_bias":{"1":-100}}}`, facts{
			"gen_ai.request.temperature": "0.2", "gen_ai.request.top_p": "0.9", "gen_ai.request.top_k": "40", "gen_ai.request.seed": "9007199254740993", "gen_ai.request.stop_sequences": `["END"]`, "gen_ai.request.choice.count": "2", "watchllm.native.params.logit_bias": `{"1":-100}`}},
		"embedding":    {`{"id":"1","type":"embedding","model":"e","usage":{"input_tokens":8},"dimension_count":1536,"input_count":3}`, facts{"NAME": "embeddings e", "KIND": "Client", "gen_ai.usage.input_tokens": "8", "gen_ai.embeddings.dimension.count": "1536", "watchllm.native.input_count": "3"}},
		"tool.call":    {`{"id":"1","type":"tool.call","name":"t","call_id":"c","tool_type":"function","arguments":{"a":1},"result":"r"}`, facts{"NAME": "execute_tool t", "KIND": "Internal", "gen_ai.tool.call.id": "c", "gen_ai.tool.type": "function", "gen_ai.tool.call.arguments": `{"a":1}`, "gen_ai.tool.call.result": "r"}},
		"retrieval":    {`{"id":"1","type":"retrieval","query":"q","top_k":3,"documents":[{"id":"d","score":0.91}],"data_source_id":"kb"}`, facts{"NAME": "retrieval kb", "KIND": "Client", "gen_ai.retrieval.query.text": "q", "gen_ai.retrieval.top_k": "3", "gen_ai.retrieval.documents": `[{"id":"d","score":0.91}]`}},
		"agent.run":    {`{"id":"1","type":"agent.run","agent_name":"a","name":"b","input":"i","usage_aggregate":{"input_tokens":5,"total_tokens":9}}`, facts{"NAME": "invoke_agent a", "KIND": "Internal", "gen_ai.agent.name": "a", "watchllm.native.also.name": "b", "gen_ai.usage.input_tokens": "5"}},
		"agent.step":   {`{"id":"1","type":"agent.step","name":"plan","agent_name":"a"}`, facts{"NAME": "agent_step plan", "watchllm.native.name": "plan", "gen_ai.agent.name": "a"}},
		"workflow.run": {`{"id":"1","type":"workflow.run","name":"w","agent_name":"a"}`, facts{"NAME": "invoke_workflow w", "gen_ai.workflow.name": "w", "gen_ai.agent.name": "a"}},
		"token_usage":  {`{"id":"1","type":"token_usage",` + at + `"model":"gpt-4o","usage":{"input_tokens":100,"output_tokens":20,"total_tokens":120},"cost":{"amount":"0.0006"}}`, facts{"NAME": "chat gpt-4o", "KIND": "Client", "END": "2026-11-23T10:00:00Z", "watchllm.usage.standalone": "true", "gen_ai.usage.input_tokens": "100", "watchllm.cost.reported": "0.0006", "watchllm.usage.flags": ""}},
		"token_usage of a call elsewhere": {`{"id":"1","type":"token_usage","call_id":"c","span_id":"s","parent_span_id":"p","usage":{"input_tokens":1}}`, facts{
			"PARENT": hashed("", "s", 8), "watchllm.native.own.span_id": "s", "watchllm.native.own.parent_span_id": "p", "watchllm.native.call_id": "c", "watchllm.usage.standalone": "true"}},
		"token_usage with a parent": {`{"id":"1","type":"token_usage","parent_span_id":"p","usage":{"input_tokens":1}}`, facts{"PARENT": hashed("", "p", 8)}},
		"evaluation": {`{"id":"1","type":"evaluation","name":"relevance","score":"0.8","label":"good","explanation":"on topic","source":"llm","target":{"span_id":"` + w3cSpan + `","trace_id":"` + w3cTrace + `","response_id":"r","conversation_id":"c","shard":1}}`, facts{
			"AS": "log", "NAME": "gen_ai.evaluation.result", "gen_ai.evaluation.name": "relevance", "gen_ai.evaluation.score.value": "0.8", "gen_ai.evaluation.score.label": "good", "gen_ai.evaluation.explanation": "on topic",
			"watchllm.native.source": "llm", "SPAN": w3cSpan, "TRACE": w3cTrace, "gen_ai.response.id": "r", "gen_ai.conversation.id": "c", "watchllm.native.target.shard": "1"}},
		"feedback on an event":          {`{"id":"1","type":"feedback","name":"thumbs","score":1,"target":{"event_id":"e"}}`, facts{"AS": "log", "TRACE": hashed("trace", "e", 16), "SPAN": hashed("span", "e", 8), "watchllm.native.target.event_id": "e"}},
		"a target beside the own place": {`{"id":"1","type":"evaluation","name":"n","target":{"span_id":"t"},"span_id":"own","trace_id":"tr"}`, facts{"SPAN": hashed("", "t", 8), "watchllm.native.own.span_id": "own", "TRACE": hashed("", "tr", 16)}},
		"error":                         {`{"id":"1","type":"error","span_id":"` + w3cSpan + `","error_type":"RateLimit","message":"429","stacktrace":"at"}`, facts{"AS": "log", "NAME": "gen_ai.client.operation.exception", "SPAN": w3cSpan, "exception.type": "RateLimit", "exception.message": "429", "exception.stacktrace": "at", "error.type": "RateLimit", "SEVERITY": "error/Error"}},
		"log":                           {`{"id":"1","type":"log","body":{"step":3},"severity":"warn","parent_span_id":"p"}`, facts{"AS": "log", "BODY": `{"step":3}`, "SEVERITY": "warn/Warn", "SPAN": hashed("", "p", 8)}},

		// Usage.
		"every count": {`{"id":"1","type":"llm.call","usage":{"input_tokens":10,"output_tokens":5,"cache_read_input_tokens":3,"cache_write_input_tokens":2,"reasoning_output_tokens":4,"total_tokens":15}}`, facts{
			"gen_ai.usage.input_tokens": "10", "gen_ai.usage.output_tokens": "5", "gen_ai.usage.cache_read.input_tokens": "3", "gen_ai.usage.cache_write.input_tokens": "2",
			"gen_ai.usage.reasoning.output_tokens": "4", "gen_ai.usage.total_tokens": "15", "watchllm.usage.basis": "includes_cache", "watchllm.usage.flags": ""}},
		"absent is unknown":       {`{"id":"1","type":"llm.call","usage":{"output_tokens":0}}`, facts{"gen_ai.usage.input_tokens": "", "gen_ai.usage.output_tokens": "0"}},
		"numeric text":            {`{"id":"1","type":"llm.call","usage":{"input_tokens":" 10 "}}`, facts{"gen_ai.usage.input_tokens": "10", "watchllm.usage.flags": `["string_count"]`}},
		"integral floats":         {`{"id":"1","type":"llm.call","usage":{"input_tokens":10.0,"output_tokens":1e2}}`, facts{"gen_ai.usage.input_tokens": "10", "gen_ai.usage.output_tokens": "100", "watchllm.usage.flags": `["float_count"]`}},
		"2^53":                    {`{"id":"1","type":"llm.call","usage":{"input_tokens":9007199254740992}}`, facts{"gen_ai.usage.input_tokens": "9007199254740992"}},
		"a total that is not":     {`{"id":"1","type":"llm.call","usage":{"input_tokens":1,"output_tokens":1,"total_tokens":3}}`, facts{"gen_ai.usage.total_tokens": "3", "watchllm.usage.flags": `["total_mismatch"]`}},
		"without cache":           {`{"id":"1","type":"llm.call","usage":{"input_tokens":10,"cache_read_input_tokens":5,"cache_write_input_tokens":2,"includes_cache":false}}`, facts{"gen_ai.usage.input_tokens": "17", "watchllm.usage.basis": "excludes_cache_corrected"}},
		"without cache or input":  {`{"id":"1","type":"llm.call","usage":{"cache_read_input_tokens":5,"includes_cache":false}}`, facts{"gen_ai.usage.input_tokens": "", "watchllm.native.usage.includes_cache": "false"}},
		"counts of other names":   {`{"id":"1","type":"llm.call","usage":{"prompt_tokens":1,"completionTokens":2,"audio_seconds":1.5}}`, facts{"gen_ai.usage.input_tokens": "1", "gen_ai.usage.output_tokens": "2", "watchllm.native.usage.audio_seconds": "1.5"}},
		"both names of one count": {`{"id":"1","type":"llm.call","usage":{"input_tokens":1,"prompt_tokens":2}}`, facts{"gen_ai.usage.input_tokens": "1", "watchllm.native.usage.also.prompt_tokens": "2"}},

		// Cost.
		"an exact number":    {`{"id":"1","type":"llm.call","cost":0.0012345678901234567890}`, facts{"watchllm.cost.reported": "0.0012345678901234567890", "gen_ai.usage.cost.currency": "USD"}},
		"an exact exponent":  {`{"id":"1","type":"llm.call","cost":"1.2345678901234567890123E-7"}`, facts{"watchllm.cost.reported": "0.00000012345678901234567890123"}},
		"a large exponent":   {`{"id":"1","type":"llm.call","cost":1.50e+3}`, facts{"watchllm.cost.reported": "1500"}},
		"an object":          {`{"id":"1","type":"llm.call","cost":{"amount":"0.5","currency":"eur","input":0.1,"output":"4e-1","source":"gateway","tax":1}}`, facts{"watchllm.cost.reported": "0.5", "gen_ai.usage.cost.currency": "EUR", "watchllm.native.cost.input": "0.1", "watchllm.native.cost.output": "0.4", "watchllm.native.cost.source": "gateway", "watchllm.native.cost.tax": "1"}},
		"a reported nothing": {`{"id":"1","type":"llm.call","cost":0}`, facts{"watchllm.cost.reported": "0"}},
	} {
		t.Run(rule, func(t *testing.T) {
			traces, logs, in, _ := convert(t, []byte(c.event), false, false)
			require.Empty(t, in.rejected)
			all := factsOf(traces, logs)
			require.Len(t, all, 1)
			for _, got := range all {
				for key, want := range c.want {
					require.Equal(t, want, got[key], "%s of %v", key, got)
				}
			}
			require.NoError(t, contracttest.Conforms(t, 1, c.event))
		})
	}
}

// TestContractRefusals holds one wrong field after the other against the code and the path it is refused with. The schema refuses
// the same, but for what it cannot say: those have the reason.
func TestContractRefusals(t *testing.T) {
	call := func(fields string) string { return `{"id":"1","type":"llm.call",` + fields + `}` }
	for event, want := range map[string]struct{ code, field, blind string }{
		call(`"usage":{"input_tokens":-1}`):                                         {"invalid_tokens", "usage.input_tokens", ""},
		call(`"usage":{"input_tokens":"-1"}`):                                       {"invalid_tokens", "usage.input_tokens", ""},
		call(`"usage":{"input_tokens":NaN}`):                                        {"invalid_tokens", "usage.input_tokens", ""},
		call(`"usage":{"input_tokens":"NaN"}`):                                      {"invalid_tokens", "usage.input_tokens", ""},
		call(`"usage":{"input_tokens":1.5}`):                                        {"invalid_tokens", "usage.input_tokens", ""},
		call(`"usage":{"input_tokens":9007199254740993}`):                           {"invalid_tokens", "usage.input_tokens", ""},
		call(`"usage":{"inputTokens":"9007199254740993"}`):                          {"invalid_tokens", "usage.inputTokens", "a bound on a number in a text"},
		call(`"usage":{"total_tokens":true}`):                                       {"invalid_tokens", "usage.total_tokens", ""},
		call(`"usage":{"includes_cache":"false"}`):                                  {"invalid_type", "usage.includes_cache", ""},
		call(`"usage":[]`):                                                          {"invalid_type", "usage", ""},
		call(`"cost":-0.1`):                                                         {"invalid_cost", "cost", ""},
		call(`"cost":"1,5"`):                                                        {"invalid_cost", "cost", ""},
		call(`"cost":1e10`):                                                         {"invalid_cost", "cost", ""},
		call(`"cost":"1e-100"`):                                                     {"invalid_cost", "cost", ""},
		call(`"cost":{"amount":"NaN"}`):                                             {"invalid_cost", "cost.amount", ""},
		call(`"cost":{"input":-1}`):                                                 {"invalid_cost", "cost.input", ""},
		call(`"cost":{"amount":1,"currency":"EURO"}`):                               {"invalid_cost", "cost.currency", ""},
		call(`"time":"yesterday"`):                                                  {"invalid_time", "time", ""},
		call(`"timestamp":-1`):                                                      {"invalid_time", "timestamp", ""},
		call(`"time":"2026-13-01T00:00:00Z"`):                                       {"invalid_time", "time", ""},
		call(`"time":"1969-12-31T23:59:59Z"`):                                       {"invalid_time", "time", ""},
		call(`"end_time":{}`):                                                       {"invalid_time", "end_time", ""},
		call(`"duration_ms":-1`):                                                    {"invalid_number", "duration_ms", ""},
		call(`"durationMs":"0x10"`):                                                 {"invalid_number", "durationMs", ""},
		call(`"time":2,"end_time":1`):                                               {"invalid_time", "end_time", "fields that are compared"},
		call(`"trace_id":[]`):                                                       {"invalid_type", "trace_id", ""},
		call(`"span_id":"` + strings.Repeat("x", 257) + `"`):                        {"invalid_id", "span_id", ""},
		call(`"op":"delete"`):                                                       {"invalid_op", "op", ""},
		call(`"seq":-1`):                                                            {"invalid_number", "seq", ""},
		call(`"seq":"first"`):                                                       {"invalid_number", "seq", ""},
		call(`"user_id":{}`):                                                        {"invalid_type", "user_id", ""},
		call(`"tags":{"a":1}`):                                                      {"invalid_type", "tags", ""},
		call(`"tags":["a",["b"]]`):                                                  {"invalid_type", "tags.1", ""},
		call(`"attributes":"x"`):                                                    {"invalid_type", "attributes", ""},
		call(`"status":"failed"`):                                                   {"invalid_value", "status", ""},
		call(`"status":{"code":7}`):                                                 {"invalid_value", "status.code", ""},
		call(`"stream":"true"`):                                                     {"invalid_type", "stream", ""},
		call(`"params":{"max_tokens":1.5}`):                                         {"invalid_number", "params.max_tokens", ""},
		call(`"params":{"temperature":"hot"}`):                                      {"invalid_number", "params.temperature", ""},
		call(`"` + strings.Repeat("n", 257) + `":1`):                                {"too_large", "", ""},
		`{"id":"","type":"llm.call"}`:                                               {"invalid_id", "id", ""},
		`{"id":"` + strings.Repeat("x", 65) + `","type":"x"}`:                       {"invalid_id", "id", ""},
		`{"id":"1"}`:                                                                {"missing_field", "type", ""},
		`{"id":"1","type":7}`:                                                       {"invalid_type", "type", ""},
		`{"id":"1","type":"agent.run","usage":{"input_tokens":1}}`:                  {"usage_not_allowed", "usage", ""},
		`{"id":"1","type":"agent.step","usage":{}}`:                                 {"usage_not_allowed", "usage", ""},
		`{"id":"1","type":"workflow.run","usage":1}`:                                {"usage_not_allowed", "usage", ""},
		`{"id":"1","type":"token_usage","model":"m"}`:                               {"missing_field", "usage", ""},
		`{"id":"1","type":"token_usage","usage":{}}`:                                {"missing_field", "usage", "an object that must have one of its fields"},
		`{"id":"1","type":"evaluation","score":1}`:                                  {"missing_field", "name", ""},
		`{"id":"1","type":"feedback","name":"n","score":"good"}`:                    {"invalid_number", "score", ""},
		`{"id":"1","type":"feedback","name":"n","target":"x"}`:                      {"invalid_type", "target", ""},
		`{"id":"1","type":"evaluation","name":"n","target":{"event_id":[]}}`:        {"invalid_type", "target.event_id", ""},
		`{"id":"1","type":"retrieval","top_k":"many"}`:                              {"invalid_number", "top_k", ""},
		`{"id":"1","type":"log","severity":{}}`:                                     {"invalid_type", "severity", ""},
		`{"schema":"watchllm.events/1","id":"1","type":"llm.call","attributes":[]}`: {"invalid_type", "attributes", ""},
		`{"id":"1","type":"llm.call","attributes":{"` + strings.Repeat("k", 257) + `":1}}`: {"too_large", "attributes", ""},
	} {
		_, _, in, _ := convert(t, []byte(event), false, false)
		require.Len(t, in.rejected, 1, event)
		r := in.rejected[0]
		require.Equal(t, [2]string{want.code, want.field}, [2]string{r.Code, r.Field}, event)
		require.NotEmpty(t, r.Message)
		if want.blind == "" {
			require.Error(t, contracttest.Conforms(t, 1, event), event)
		} else {
			require.NoError(t, contracttest.Conforms(t, 1, event), "the schema can say it after all: %s", event)
		}
	}
}

// What was sent apart joins its call, and what both say is kept.
func TestContractJoins(t *testing.T) {
	body := `[{"id":"c","type":"llm.call","model":"gpt-4o-2024","span_id":"s"},{"id":"a","type":"agent.run","span_id":"agent"},
		{"id":"u","type":"token_usage","span_id":"s","model":"gpt-4o","usage":{"input_tokens":3},"attributes":{"k":"v"},"time":"2026-11-23T10:00:00Z"},
		{"id":"v","type":"token_usage","span_id":"agent","usage":{"input_tokens":4}},
		{"id":"e","type":"error","span_id":"s","error_type":"Timeout","message":"slow"}]`
	traces, logs, in, duplicates := convert(t, []byte(body), false, false)
	require.Empty(t, in.rejected)
	require.Zero(t, duplicates)
	got := factsOf(traces, logs)
	require.Len(t, got, 4)
	require.Equal(t, "3", got["c"]["gen_ai.usage.input_tokens"])
	require.Equal(t, "gpt-4o-2024", got["c"]["gen_ai.request.model"])
	require.Equal(t, "v", got["c"]["k"])
	require.Equal(t, "u", got["c"]["watchllm.native.usage_event.id"])
	require.Equal(t, "2026-11-23T10:00:00Z", got["c"]["watchllm.native.usage_event.time"])
	require.Equal(t, "gpt-4o", got["c"]["watchllm.native.usage_event.gen_ai.request.model"])
	require.Equal(t, "Error", got["c"]["STATUS"])
	require.Equal(t, "Timeout", got["c"]["error.type"])
	require.Empty(t, got["a"]["gen_ai.usage.input_tokens"], "an agent is no call")
	require.Equal(t, got["a"]["SPAN"], got["v"]["PARENT"])
	require.Equal(t, "log", got["e"]["AS"])
}

// Long content is cut as content policies cut it: the oldest messages go, JSON stays JSON, and a mark says how much there was.
func TestContractContent(t *testing.T) {
	var messages []string
	for i := range 40 {
		role := "user"
		if i == 0 {
			role = "system"
		}
		messages = append(messages, fmt.Sprintf(`{"role":%q,"parts":[{"type":"text","content":"%d %s"}]}`, role, i, strings.Repeat("x", 16<<10)))
	}
	long := strings.Repeat("é", 150<<10)
	body := `{"id":"1","type":"llm.call","input_messages":[` + strings.Join(messages, ",") + `],"my_notes":"` + long + `"}`
	traces, logs, in, _ := convert(t, []byte(body), false, false)
	require.Empty(t, in.rejected)
	got := factsOf(traces, logs)["1"]
	const limit = 256 << 10
	input := got["gen_ai.input.messages"]
	require.LessOrEqual(t, len(input), limit)
	require.Greater(t, len(input), limit*9/10, "no more is cut than must be")
	var kept []struct{ Role string }
	require.NoError(t, json.Unmarshal([]byte(input), &kept))
	require.Equal(t, "system", kept[0].Role)
	require.Contains(t, input, `"content":"0 x`)
	require.NotContains(t, input, `"content":"1 x`)
	require.Contains(t, input, `"content":"39 x`)
	require.Contains(t, input, `"removed_messages":`)
	require.LessOrEqual(t, len(got["watchllm.native.my_notes"]), limit)
	require.True(t, strings.HasSuffix(got["watchllm.native.my_notes"], "é…[truncated]"))
	require.JSONEq(t, fmt.Sprintf(`["gen_ai.input.messages=%d","watchllm.native.my_notes=%d"]`, len(strings.Join(messages, ","))+2, len(long)), got["watchllm.native.truncated"])
}
