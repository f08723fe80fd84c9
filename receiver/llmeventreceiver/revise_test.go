package llmeventreceiver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/metadatatest"
)

const (
	begun = `{"id":"c-1","type":"llm.call","time":"2026-11-23T10:00:00Z","request_model":"gpt-4o","stream":true,"span_id":"s-1","trace_id":"t-1"}`
	ended = `{"id":"c-1","op":"merge","seq":1,"duration_ms":850,"usage":{"input_tokens":100,"output_tokens":20}}`
)

func revisionOf(span map[string]any) any {
	return span["attributes"].(map[string]any)["watchllm.native.revision"]
}

// one sends events and returns what the answer says of them: accepted, duplicates, rejected.
func (f *fixture) one(t *testing.T, body string, headers ...string) [3]int {
	t.Helper()
	a := f.post(t, "/api/v1/events", body, headers...)
	answer := a.json(t)
	n := func(key string) int { v, _ := answer[key].(float64); return int(v) }
	rejected, _ := answer["rejected"].([]any)
	return [3]int{n("accepted"), n("duplicates"), len(rejected)}
}

func TestFieldsThatComeLater(t *testing.T) {
	f := start(t, options{})
	require.Equal(t, [3]int{1, 0, 0}, f.one(t, `{"sdk":{"name":"mine"},"resource":{"service.name":"shop"},"events":[`+begun+`]}`))
	require.Nil(t, revisionOf(f.newest(t, "c-1")))
	require.Equal(t, [3]int{1, 0, 0}, f.one(t, ended))
	s := f.newest(t, "c-1")
	require.EqualValues(t, 1, revisionOf(s))
	require.EqualValues(t, 20, s["attributes"].(map[string]any)["gen_ai.usage.output_tokens"])
	require.Equal(t, map[string]any{"service.name": "shop", "telemetry.sdk.name": "mine"}, s["resource"], "those of the event, not of what completes it")

	spans := f.traces.SpanCount()
	require.Equal(t, [3]int{0, 1, 0}, f.one(t, ended), "sent again")
	require.Equal(t, [3]int{0, 1, 0}, f.one(t, begun), "so is its beginning, which must not take the place of the whole")
	require.Equal(t, [3]int{0, 2, 0}, f.one(t, "["+begun+","+ended+"]"))
	require.Equal(t, [3]int{0, 3, 0}, f.one(t, "["+begun+","+ended+","+ended+"]"))
	require.Equal(t, spans, f.traces.SpanCount())

	require.Equal(t, [3]int{1, 1, 0}, f.one(t, "["+begun+`,{"id":"c-1","op":"merge","seq":3,"status":"ok"}]`))
	require.Equal(t, [3]int{1, 0, 0}, f.one(t, `{"id":"c-1","op":"merge","seq":2,"status":"error"}`))
	s = f.newest(t, "c-1")
	require.EqualValues(t, 3, revisionOf(s))
	require.Equal(t, "Ok", s["status"], "the higher number counts")

	same := metricdatatest.IgnoreTimestamp()
	exemplars := metricdatatest.IgnoreExemplars()
	point := func(result string, n int64) metricdata.DataPoint[int64] {
		return metricdata.DataPoint[int64]{Value: n, Attributes: attribute.NewSet(attribute.String("result", result))}
	}
	metadatatest.AssertEqualReceiverLlmEventMerges(t, f.tel, []metricdata.DataPoint[int64]{point("applied", 3), point("repeated", 4)}, same, exemplars)
	metadatatest.AssertEqualReceiverLlmEventMergeHeld(t, f.tel, []metricdata.DataPoint[int64]{{Value: 1}}, same)
	size, err := f.tel.GetMetric("otelcol_receiver_llm_event_merge_held_size")
	require.NoError(t, err)
	require.Greater(t, size.Data.(metricdata.Gauge[int64]).DataPoints[0].Value, int64(len(begun)))
}

func TestFieldsThatDoNotFit(t *testing.T) {
	f := start(t, options{auth: true})
	require.Equal(t, [3]int{1, 0, 0}, f.one(t, begun))
	for name, c := range map[string]struct{ body, code, field string }{
		"unknown event":  {`{"id":"c-2","op":"merge","usage":{"input_tokens":1}}`, "merge_target_missing", "op"},
		"no id":          {`{"op":"merge","usage":{"input_tokens":1}}`, "missing_field", "id"},
		"long id":        {`{"id":"` + strings.Repeat("x", 65) + `","op":"merge"}`, "invalid_id", "id"},
		"seq":            {`{"id":"c-1","op":"merge","seq":-1}`, "invalid_number", "seq"},
		"another type":   {`{"id":"c-1","op":"merge","type":"tool.call"}`, "invalid_value", "type"},
		"another time":   {`{"id":"c-1","op":"merge","time":"2026-11-23T10:00:01Z"}`, "invalid_value", "time"},
		"another trace":  {`{"id":"c-1","op":"merge","trace_id":"t-2"}`, "invalid_value", "trace_id"},
		"another span":   {`{"id":"c-1","op":"merge","span_id":"s-2"}`, "invalid_value", "span_id"},
		"a wrong field":  {`{"id":"c-1","op":"merge","usage":{"input_tokens":-1}}`, "invalid_tokens", "usage.input_tokens"},
		"no number":      {`{"id":"c-1","op":"merge","usage":{"input_tokens":NaN}}`, "invalid_tokens", "usage.input_tokens"},
		"end before it":  {`{"id":"c-1","op":"merge","end_time":"2026-11-23T09:00:00Z"}`, "invalid_time", "end_time"},
		"another schema": {`{"schema":"watchllm.events/2","id":"c-1","op":"merge"}`, "unsupported_schema", "schema"},
		"other op":       {`{"id":"c-1","type":"llm.call","op":"delete"}`, "invalid_op", "op"},
	} {
		t.Run(name, func(t *testing.T) {
			a := f.post(t, "/api/v1/events", c.body)
			status := 422
			if c.code == codeUnsupportedSchema {
				status = 400
			}
			require.Equal(t, status, a.status, a.text)
			require.Equal(t, c.code, a.json(t)["code"], a.text)
			require.Equal(t, c.field, a.json(t)["field"], a.text)
		})
	}
	require.Equal(t, 422, f.post(t, "/api/v1/events", ended, "X-API-Key", "other").status, "another tenant's event is not known")
	require.Nil(t, revisionOf(f.newest(t, "c-1")))

	// What fits is taken beside what does not, and what is said again changes nothing.
	require.Equal(t, [3]int{1, 0, 1}, f.one(t, `[{"id":"c-1","op":"merge","user_id":"u","time":"2026-11-23T10:00:00Z"},{"id":"c-1","op":"merge","cost":"free"}]`))
	require.Equal(t, "u", f.newest(t, "c-1")["attributes"].(map[string]any)[semconv.WatchLLMUserID])

	large := start(t, options{edit: func(c *Config) { c.MaxEventSize = 2048 }})
	require.Equal(t, [3]int{1, 0, 0}, large.one(t, begun))
	require.Equal(t, [3]int{1, 0, 0}, large.one(t, `{"id":"c-1","op":"merge","input_messages":"`+strings.Repeat("x", 1500)+`"}`))
	a := large.post(t, "/api/v1/events", `{"id":"c-1","op":"merge","output_messages":"`+strings.Repeat("x", 1500)+`"}`)
	require.Equal(t, "too_large", a.json(t)["code"], a.text)

	many := start(t, options{})
	require.Equal(t, [3]int{1, 0, 0}, many.one(t, begun))
	body := strings.Builder{}
	for i := range 101 {
		body.WriteString(`{"id":"c-1","op":"merge","seq":` + string(rune('0'+i%10)) + `,"top":` + strings.Repeat("1", 1+i/10) + "}\n")
	}
	require.Equal(t, [3]int{100, 0, 1}, many.one(t, body.String(), "Content-Type", "application/x-ndjson"))
}

func TestUsageAndErrorsThatComeLater(t *testing.T) {
	f := start(t, options{})
	require.Equal(t, [3]int{1, 0, 0}, f.one(t, begun))
	usage := `{"id":"u-1","type":"token_usage","span_id":"s-1","time":"2026-11-23T10:00:05Z","model":"other","usage":{"input_tokens":11,"output_tokens":12},"cost":0.5}`
	require.Equal(t, [3]int{1, 0, 0}, f.one(t, usage))
	attrs := f.newest(t, "c-1")["attributes"].(map[string]any)
	require.EqualValues(t, 11, attrs["gen_ai.usage.input_tokens"])
	require.Equal(t, "0.5", attrs["watchllm.cost.reported"])
	require.Equal(t, "gpt-4o", attrs["gen_ai.request.model"], "what the call says of itself stands")
	require.Equal(t, 2, f.traces.SpanCount())
	require.Equal(t, [3]int{0, 1, 0}, f.one(t, usage))
	require.Equal(t, [3]int{0, 1, 0}, f.one(t, strings.NewReplacer("u-1", "u-2", `s":11`, `s":99`).Replace(usage)), "a call has its usage once")
	require.Equal(t, 2, f.traces.SpanCount())

	// By the id of the call's event; and in a request that joins usage to a call, what comes later finds it there.
	require.Equal(t, [3]int{2, 0, 0}, f.one(t, `[{"id":"c-2","type":"llm.call","model":"m"},{"id":"u-3","type":"token_usage","call_id":"c-2","usage":{"input_tokens":3}}]`))
	require.Equal(t, [3]int{0, 1, 0}, f.one(t, `{"id":"u-4","type":"token_usage","call_id":"c-2","usage":{"input_tokens":4}}`))
	require.Equal(t, [3]int{1, 0, 0}, f.one(t, `{"id":"c-2","op":"merge","status":"ok"}`))
	require.EqualValues(t, 3, f.newest(t, "c-2")["attributes"].(map[string]any)["gen_ai.usage.input_tokens"])

	// A tool has no usage, and another trace's span is another span: such usage stands on its own.
	require.Equal(t, [3]int{1, 0, 0}, f.one(t, `{"id":"t-1","type":"tool.call","name":"search","span_id":"s-t"}`))
	before := f.traces.SpanCount()
	require.Equal(t, [3]int{2, 0, 0}, f.one(t, `[{"id":"u-5","type":"token_usage","span_id":"s-t","usage":{"input_tokens":3}},
		{"id":"u-6","type":"token_usage","span_id":"s-1","trace_id":"t-9","usage":{"input_tokens":3}}]`))
	require.Equal(t, before+2, f.traces.SpanCount())
	require.Equal(t, true, f.newest(t, "u-5")["attributes"].(map[string]any)["watchllm.usage.standalone"])

	failed := `{"id":"x-1","type":"error","span_id":"s-1","error_type":"Timeout","message":"too \"slow\""}`
	require.Equal(t, [3]int{1, 0, 0}, f.one(t, failed))
	s := f.newest(t, "c-1")
	require.Equal(t, `Errortoo "slow"`, s["status"])
	require.EqualValues(t, 2, revisionOf(s))
	require.EqualValues(t, 11, s["attributes"].(map[string]any)["gen_ai.usage.input_tokens"])
	require.Equal(t, [3]int{0, 1, 0}, f.one(t, failed))
	require.EqualValues(t, 2, revisionOf(f.newest(t, "c-1")))
	log := f.logs.AllLogs()[0].ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0)
	require.Equal(t, f.traces.AllTraces()[0].ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).TraceID(), log.TraceID())
}

// What was not handed on is not remembered as taken: sent again, it is taken then.
func TestLateFieldsOfARefusedRequest(t *testing.T) {
	var refuse bool
	f := start(t, options{})
	next, err := consumer.NewTraces(func(ctx context.Context, td ptrace.Traces) error {
		if refuse {
			return errors.New("the queue is full")
		}
		return f.traces.ConsumeTraces(ctx, td)
	})
	require.NoError(t, err)
	f.url = start(t, options{traces: next}).url
	require.Equal(t, 202, f.post(t, "/api/v1/events", begun).status)
	refuse = true
	require.Equal(t, 503, f.post(t, "/api/v1/events", ended).status)
	require.Equal(t, 503, f.post(t, "/api/v1/events", strings.Replace(begun, "c-1", "c-2", 1)).status)
	refuse = false
	require.Equal(t, [3]int{1, 0, 0}, f.one(t, ended), "no repeat")
	s := f.newest(t, "c-1")
	require.EqualValues(t, 2, revisionOf(s), "the number of the refused one is not used again")
	require.EqualValues(t, 20, s["attributes"].(map[string]any)["gen_ai.usage.output_tokens"])
	require.Equal(t, 422, f.post(t, "/api/v1/events", strings.Replace(ended, "c-1", "c-2", 1)).status, "its event was not taken")
}

// Requests that complete one event at the same time lose nothing of each other.
func TestLateFieldsAtOnce(t *testing.T) {
	f := start(t, options{})
	require.Equal(t, [3]int{1, 0, 0}, f.one(t, begun))
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			a := f.post(t, "/api/v1/events", fmt.Sprintf(`{"id":"c-1","op":"merge","field_%d":%d}`, i, i))
			assert.Equal(t, 202, a.status, a.text)
		})
	}
	wg.Wait()
	s := f.newest(t, "c-1")
	require.EqualValues(t, 20, revisionOf(s))
	for i := range 20 {
		require.EqualValues(t, i, s["attributes"].(map[string]any)[fmt.Sprint("watchllm.native.field_", i)])
	}
}

// Usage that was joined to a call within one request is part of it for what comes later, with what completed the usage.
func TestCompletedUsageStaysWithItsCall(t *testing.T) {
	f := start(t, options{})
	require.Equal(t, [3]int{3, 0, 0}, f.one(t, "["+begun+`,{"id":"u-1","type":"token_usage","span_id":"s-1","usage":{"input_tokens":1}},
		{"id":"u-1","op":"merge","usage":{"output_tokens":2}}]`))
	require.Equal(t, [3]int{1, 0, 0}, f.one(t, `{"id":"c-1","op":"merge","status":"ok"}`))
	attrs := f.newest(t, "c-1")["attributes"].(map[string]any)
	require.EqualValues(t, 1, attrs["gen_ai.usage.input_tokens"])
	require.EqualValues(t, 2, attrs["gen_ai.usage.output_tokens"])
	require.Equal(t, 422, f.post(t, "/api/v1/events", `{"id":"u-1","op":"merge","usage":{"output_tokens":3}}`).status)
}

// An event without a time began when it was taken; that does not change with what comes later.
func TestTimeOfAnEventThatIsCompleted(t *testing.T) {
	f := start(t, options{})
	require.Equal(t, [3]int{1, 0, 0}, f.one(t, `{"id":"c-1","type":"llm.call","model":"m"}`))
	require.Equal(t, [3]int{1, 0, 0}, f.one(t, `{"id":"c-1","op":"merge","duration_ms":1000}`))
	s := f.newest(t, "c-1") // checks that it is at one place
	require.EqualValues(t, 1, revisionOf(s))
	require.Equal(t, 422, f.post(t, "/api/v1/events", `{"id":"c-1","op":"merge","time":"2026-11-23T10:00:00Z"}`).status)
	require.Equal(t, [3]int{2, 0, 0}, f.one(t, `[{"id":"c-2","type":"llm.call","model":"m"},{"id":"c-2","op":"merge","time":"2026-11-23T10:00:00Z"}]`), "together they may say it")
}

func TestForgottenEvents(t *testing.T) {
	off := start(t, options{edit: func(c *Config) { c.Merge.MaxSize = 0 }})
	require.Equal(t, 202, off.post(t, "/api/v1/events", begun).status)
	require.Equal(t, 422, off.post(t, "/api/v1/events", ended).status)
	require.Equal(t, [3]int{1, 1, 0}, off.one(t, "["+begun+","+ended+"]"), "within one request nothing has to be remembered")

	soon := start(t, options{edit: func(c *Config) { c.Merge.Window = time.Second }})
	require.Equal(t, 202, soon.post(t, "/api/v1/events", begun).status)
	require.Eventually(t, func() bool { return soon.post(t, "/api/v1/events", `{"id":"c-1","op":"merge"}`).status == 422 }, 10*time.Second, 50*time.Millisecond)

	logs := start(t, options{noTraces: true})
	require.Equal(t, "unsupported_event", logs.post(t, "/api/v1/events", "["+begun+","+ended+"]").json(t)["code"])
}
