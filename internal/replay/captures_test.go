package replay

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/watchllm/watchllm/internal/captures"
)

// recordedFolder has one case sent as protobuf in two requests, one sent as JSON, and one vendor body.
func recordedFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, raw []byte) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), raw, 0o600))
	}
	request := func(trace byte, spans ...byte) ptraceotlp.ExportRequest {
		td := ptrace.NewTraces()
		ss := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
		ss.Scope().SetName("recorded")
		for i, id := range spans {
			span := ss.Spans().AppendEmpty()
			span.SetTraceID(pcommon.TraceID{trace})
			span.SetSpanID(pcommon.SpanID{id})
			if i > 0 {
				span.SetParentSpanID(pcommon.SpanID{spans[0]})
			}
			span.SetName("s")
			span.SetStartTimestamp(pcommon.Timestamp(1_000_000_000 * uint64(id)))
			span.SetEndTimestamp(pcommon.Timestamp(1_000_000_000 * (uint64(id) + 1)))
		}
		return ptraceotlp.NewExportRequestFromTraces(td)
	}
	proto := func(r ptraceotlp.ExportRequest) []byte {
		raw, err := r.MarshalProto()
		require.NoError(t, err)
		return raw
	}
	write("a@1/chat.traces.pb", proto(request(1, 10, 11)))
	write("a@1/chat.traces-2.pb", proto(request(1, 12)))
	write("b@2/tool.traces.pb", proto(request(2, 20)))
	asJSON, err := request(2, 20).MarshalJSON()
	require.NoError(t, err)
	write("b@2/tool.traces.wire.json", asJSON)
	write("c@3/log.native.json", []byte(`{}`))
	index, err := json.Marshal(map[string]any{"cases": []captures.Case{
		{Dir: "a@1", Scenario: "chat", Files: []captures.File{
			{Signal: "traces", Path: "/v1/traces", Proto: "chat.traces.pb"}, {Signal: "traces", Path: "/api/public/otel/v1/traces", Proto: "chat.traces-2.pb"},
		}},
		{Dir: "b@2", Scenario: "tool", Files: []captures.File{{Signal: "traces", Path: "/v1/traces", Proto: "tool.traces.pb", WireJSON: "tool.traces.wire.json"}}},
		{Dir: "c@3", Scenario: "log", Files: []captures.File{{Signal: "native", Path: "/log"}}},
	}})
	require.NoError(t, err)
	write("index.json", index)
	return dir
}

func TestCapturesByteForByte(t *testing.T) {
	dir := recordedFolder(t)
	f := newFakeCollector(t)
	sum, err := Captures(t.Context(), CaptureOptions{Target: Target{Endpoint: f.URL}, Tenant: Tenant{Key: "k"}, Dir: dir, KeepTimes: true})
	require.NoError(t, err)
	assert.Equal(t, 4, sum.Accepted)
	assert.Equal(t, 3, sum.Requests)
	assert.Equal(t, map[string]int{"native": 1}, sum.Skipped)
	for i, name := range []string{"a@1/chat.traces.pb", "a@1/chat.traces-2.pb", "b@2/tool.traces.wire.json"} {
		want, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.Equal(t, want, f.got[i].body, name)
		assert.Equal(t, "/v1/traces", f.got[i].path)
	}
	assert.Equal(t, typeJSON, f.got[2].contentType)
}

func TestCapturesEndNow(t *testing.T) {
	f := newFakeCollector(t)
	before := time.Now()
	_, err := Captures(t.Context(), CaptureOptions{Target: Target{Endpoint: f.URL}, Dir: recordedFolder(t), Case: "a@1/*"})
	require.NoError(t, err)
	spans := f.spans()
	require.Len(t, spans, 3)
	assert.WithinRange(t, spans[2].EndTimestamp().AsTime(), before, time.Now())
	assert.Equal(t, time.Second, spans[1].StartTimestamp().AsTime().Sub(spans[0].StartTimestamp().AsTime()), "intervals stay")
	assert.Equal(t, time.Second, spans[2].StartTimestamp().AsTime().Sub(spans[1].StartTimestamp().AsTime()), "also across requests")
}

func TestCapturesOrders(t *testing.T) {
	dir := recordedFolder(t)
	for order, want := range map[Order]struct{ requests, spans int }{
		OrderRequest: {3, 4}, OrderSpans: {4, 4}, OrderShuffled: {4, 4}, OrderTwice: {6, 8},
	} {
		f := newFakeCollector(t)
		sum, err := Captures(t.Context(), CaptureOptions{Target: Target{Endpoint: f.URL}, Dir: dir, Order: order})
		require.NoError(t, err, order)
		assert.Equal(t, want.requests, sum.Requests, order)
		assert.Len(t, f.spans(), want.spans, order)
		distinct := map[pcommon.SpanID]bool{}
		for _, span := range f.spans() {
			distinct[span.SpanID()] = true
		}
		assert.Len(t, distinct, 4, order)
	}
	_, err := Captures(t.Context(), CaptureOptions{Dir: dir, Order: "sideways"})
	assert.ErrorContains(t, err, "request, spans, shuffled, twice")
}

func TestCapturesNewIDs(t *testing.T) {
	f := newFakeCollector(t)
	_, err := Captures(t.Context(), CaptureOptions{Target: Target{Endpoint: f.URL}, Dir: recordedFolder(t), Case: "a@1", NewIDs: true, Order: OrderSpans})
	require.NoError(t, err)
	spans := f.spans()
	require.Len(t, spans, 3)
	assert.NotEqual(t, pcommon.TraceID{1}, spans[0].TraceID())
	assert.Equal(t, spans[0].TraceID(), spans[2].TraceID(), "one trace stays one trace")
	assert.Equal(t, spans[0].SpanID(), spans[1].ParentSpanID(), "children keep their parent")
	assert.True(t, spans[0].ParentSpanID().IsEmpty())
}

func TestCapturesThatCannotBeRead(t *testing.T) {
	_, err := Captures(t.Context(), CaptureOptions{Dir: t.TempDir()})
	assert.ErrorContains(t, err, "no index.json")
	_, err = Captures(t.Context(), CaptureOptions{Dir: recordedFolder(t), Case: "nothing-*"})
	assert.ErrorContains(t, err, "matches none of 3")
	dir := recordedFolder(t)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a@1", "chat.traces.pb"), []byte("not protobuf"), 0o600))
	_, err = Captures(t.Context(), CaptureOptions{Dir: dir})
	assert.ErrorContains(t, err, "chat.traces.pb")
}
