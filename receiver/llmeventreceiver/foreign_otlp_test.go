package llmeventreceiver

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/metadatatest"
)

const langfuseOTLP = "/api/public/otel/v1/traces"

func otlpRequest() ptraceotlp.ExportRequest {
	td := ptrace.NewTraces()
	span := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.SetName("generation")
	span.Attributes().PutStr("langfuse.observation.type", "generation")
	return ptraceotlp.NewExportRequestFromTraces(td)
}

// Newer clients send OTLP, to a path of the vendor's under the same address.
func TestVendorsOTLP(t *testing.T) {
	asJSON, err := otlpRequest().MarshalJSON()
	require.NoError(t, err)
	asProto, err := otlpRequest().MarshalProto()
	require.NoError(t, err)
	for contentType, body := range map[string][]byte{"application/json": asJSON, "application/x-protobuf": asProto} {
		f := start(t, options{edit: withVendors, auth: true})
		a := f.post(t, langfuseOTLP, string(body), "Content-Type", contentType)
		require.Equal(t, 200, a.status, "%s: %s", contentType, a.text)
		require.Equal(t, 1, f.traces.SpanCount())
		span := f.traces.AllTraces()[0].ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
		assert.Equal(t, "generation", span.Name())
		id, ok := tenancy.FromContext(f.traces.Contexts()[0])
		require.True(t, ok, "whose spans these are")
		assert.NotEmpty(t, id.Tenant)
	}
}

// langSmithOTLP is what the Python SDK sends over OTLP of a run that takes a second: other ids, the same times but for the rounding of
// its floating point numbers.
func langSmithOTLP(t *testing.T, start time.Time, more ...string) string {
	t.Helper()
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	for n, scope := range []string{"langsmith", "opentelemetry.instrumentation.httpx"} {
		ss := rs.ScopeSpans().AppendEmpty()
		ss.Scope().SetName(scope)
		span := ss.Spans().AppendEmpty()
		span.SetTraceID(pcommon.TraceID{1})
		span.SetSpanID(pcommon.SpanID{byte(n + 1)})
		span.SetName(scope)
		span.SetStartTimestamp(pcommon.NewTimestampFromTime(start.Add(-104)))
		span.SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(time.Second + 96)))
		for i := 0; i < len(more); i += 2 {
			span.Attributes().PutStr(more[i], more[i+1])
		}
	}
	body, err := ptraceotlp.NewExportRequestFromTraces(td).MarshalJSON()
	require.NoError(t, err)
	return string(body)
}

// LangSmith's client can report over OTLP what it reports as JSON as well: taken twice, it would be counted twice.
func TestLangSmithIsNotTakenTwice(t *testing.T) {
	start9 := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	f := start(t, options{edit: withVendors, auth: true})
	require.Equal(t, 202, f.post(t, "/runs/batch", langSmithRun(`{}`)).status)
	require.Equal(t, 1, f.traces.SpanCount())

	require.Equal(t, 200, f.post(t, "/otel/v1/traces", langSmithOTLP(t, start9)).status)
	require.Equal(t, 2, f.traces.SpanCount(), "the span of another instrumentation is nobody's copy")
	last := f.traces.AllTraces()[1].ResourceSpans().At(0).ScopeSpans()
	require.Equal(t, 1, last.Len())
	require.Equal(t, "opentelemetry.instrumentation.httpx", last.At(0).Scope().Name())
	for what, send := range map[string]func(){
		"another tenant's run":  func() { f.post(t, "/otel/v1/traces", langSmithOTLP(t, start9), "X-API-Key", "other") },
		"a run at another time": func() { f.post(t, "/api/otel/v1/traces", langSmithOTLP(t, start9.Add(time.Microsecond))) },
		"a client that sends OTLP only": func() {
			f.post(t, "/api/v1/otel/v1/traces", langSmithOTLP(t, start9, "langsmith.metadata.LANGSMITH_TRACING_MODE", "otel"))
		},
		"one that says so as before": func() {
			f.post(t, "/otel/v1/traces", langSmithOTLP(t, start9, "langsmith.metadata.LANGSMITH_OTEL_ONLY", "true"))
		},
	} {
		before := f.traces.SpanCount()
		send()
		require.Equal(t, before+2, f.traces.SpanCount(), what)
	}
	vendor := attribute.String("vendor", "langsmith")
	metadatatest.AssertEqualReceiverLlmEventForeignParts(t, f.tel, []metricdata.DataPoint[int64]{
		{Value: 10, Attributes: attribute.NewSet(vendor, attribute.String("result", "accepted"))},
		{Value: 1, Attributes: attribute.NewSet(vendor, attribute.String("result", "duplicate"))},
	}, metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars())
}

// A run of which only the beginning came as JSON is not complete: its copy is what says how it ended.
func TestACopyIsTakenUntilTheRunHasEnded(t *testing.T) {
	f := start(t, options{edit: withVendors, noLogs: true})
	f.post(t, "/runs/batch", `{"post":[{`+langSmithHead+`}]}`)
	f.post(t, "/otel/v1/traces", langSmithOTLP(t, time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)))
	require.Equal(t, 2, f.traces.SpanCount())
}

// What the pipeline refused was not told: the copy is taken.
func TestACopyIsTakenWhenTheRunWasNot(t *testing.T) {
	f := start(t, options{edit: withVendors, noLogs: true, traces: consumertest.NewErr(errors.New("full"))})
	require.Equal(t, 503, f.post(t, "/runs/batch", langSmithRun(`{}`)).status)
	require.Equal(t, 503, f.post(t, "/otel/v1/traces", langSmithOTLP(t, time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))).status)
}

// Feedback names a run and, from most clients, no trace.
func TestFeedbackFindsItsTrace(t *testing.T) {
	const root, child = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
	f := start(t, options{edit: withVendors, auth: true})
	f.post(t, "/runs/batch", `{"post":[{"id":"`+child+`","trace_id":"`+root+`","parent_run_id":"`+root+`","start_time":"2026-11-23T09:00:00Z"}]}`)
	f.post(t, "/otel/v1/traces", langSmithOTLP(t, time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)))
	for run, want := range map[string]struct{ trace, span string }{
		root:                                   {strings.ReplaceAll(root, "-", ""), ""},
		child:                                  {strings.ReplaceAll(root, "-", ""), ""},
		"00000000-0000-0000-0100-000000000000": {pcommon.TraceID{1}.String(), "0100000000000000"},
	} {
		f.logs.Reset()
		require.Equal(t, 202, f.post(t, "/feedback", `{"key":"helpful","score":1,"run_id":"`+run+`"}`).status)
		record := f.logs.AllLogs()[0].ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0)
		assert.Equal(t, want.trace, record.TraceID().String(), run)
		if want.span != "" {
			assert.Equal(t, want.span, record.SpanID().String())
		}
	}
	for _, key := range []string{"lab", "other"} {
		f.logs.Reset()
		require.Equal(t, 202, f.post(t, "/feedback", `{"key":"helpful","score":1,"run_id":"`+child+`"}`, "X-API-Key", key).status)
		record := f.logs.AllLogs()[0].ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0)
		assert.NotEqual(t, strings.ReplaceAll(root, "-", ""), record.TraceID().String(), "where another project's run stands is none of its business")
	}
}

func TestVendorsOTLPRefused(t *testing.T) {
	f := start(t, options{edit: withVendors, auth: true})
	for want, ask := range map[int][]string{
		400: {"not OTLP", "Content-Type", "application/x-protobuf"},
		401: {"{}", "X-API-Key", ""},
		415: {"{}", "Content-Type", "text/plain"},
	} {
		a := f.post(t, langfuseOTLP, ask[0], ask[1:]...)
		assert.Equal(t, want, a.status, a.text)
	}
	assert.Zero(t, f.traces.SpanCount())

	f = start(t, options{edit: withVendors, noLogs: true, traces: consumertest.NewErr(errors.New("full"))})
	body, err := otlpRequest().MarshalJSON()
	require.NoError(t, err)
	assert.Equal(t, 503, f.post(t, langfuseOTLP, string(body)).status, "the client is to send it again")

	f = start(t, options{edit: withVendors, noTraces: true})
	assert.Equal(t, 404, f.post(t, langfuseOTLP, "{}").status)
}
