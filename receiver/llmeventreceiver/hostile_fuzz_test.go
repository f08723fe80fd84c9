package llmeventreceiver

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/metadata"
)

// notText is where something in the spans is not valid UTF-8, or "".
func notText(td ptrace.Traces) string {
	for _, rs := range td.ResourceSpans().All() {
		if where := notTextIn(rs.Resource().Attributes()); where != "" {
			return "resource " + where
		}
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				for _, text := range []string{ss.Scope().Name(), ss.Scope().Version(), s.Name(), s.Status().Message()} {
					if !utf8.ValidString(text) {
						return text
					}
				}
				if where := notTextIn(s.Attributes()); where != "" {
					return where
				}
			}
		}
	}
	return ""
}

func notTextIn(attrs pcommon.Map) string {
	for key, v := range attrs.All() {
		if !utf8.ValidString(key) || !utf8.ValidString(v.AsString()) {
			return key
		}
	}
	return ""
}

// doors are all paths that take something, with POST.
func doors() (paths []string) {
	paths = []string{"/api/v1/events", "/api/v1/events/batch"}
	for i := range vendors {
		for _, route := range append(slices.Clone(vendors[i].Routes), vendors[i].OTLP...) {
			if path, ok := strings.CutPrefix(route, "POST "); ok {
				for _, hole := range []string{"{project}", "{project_id}", "{id}"} {
					path = strings.ReplaceAll(path, hole, "1")
				}
				paths = append(paths, strings.ReplaceAll(path, "{$}", ""))
			}
		}
	}
	return paths
}

// FuzzDoors sends anything to any path in any encoding: there is an answer that blames nobody but the client, it is text, all room is
// given back, and OTLP in is the same OTLP out.
func FuzzDoors(f *testing.F) {
	paths := doors()
	index := func(path string) uint8 { return uint8(slices.Index(paths, path)) } //nolint:gosec // few
	f.Add(uint8(0), "application/json", "", []byte(nativeEvent))
	f.Add(uint8(0), "application/x-ndjson", "gzip", []byte(zippedBy(f, []byte(seedEvent+"\n"+nativeEvent))))
	f.Add(uint8(1), "application/json", "zstd", []byte(zstdBy(f, []byte("["+seedEvent+"]"))))
	f.Add(uint8(1), "application/json", "deflate", []byte(deflatedBy(f, []byte("["+seedEvent+"]"))))
	for _, v := range vendorForms {
		f.Add(index(v.path), "application/json", "", []byte(v.bodies[0]))
	}
	for _, c := range recordedCases(f) {
		for _, p := range c.whole(f) {
			if i := slices.Index(paths, p.Path); i >= 0 && len(p.Body) < 1<<14 {
				f.Add(uint8(i), p.ContentType, "", p.Body) //nolint:gosec // few
			}
		}
	}
	td := ptrace.NewTraces()
	s := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	s.SetTraceID([16]byte{1})
	s.SetSpanID([8]byte{1})
	s.Attributes().PutEmptySlice("a").AppendEmpty().SetEmptyMap().PutStr("b", "c")
	raw, err := ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(index("/api/public/otel/v1/traces"), protobuf, "", raw)
	f.Add(index("/api/public/otel/v1/traces"), "application/json", "", []byte(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"x"}]}]}]}`))

	cfg := createDefaultConfig().(*Config)
	allVendors(cfg)
	cfg.ServerConfig.MaxRequestBodySize = 1 << 20
	sink := new(consumertest.TracesSink)
	r, err := newEventReceiver(receivertest.NewNopSettings(metadata.Type), cfg)
	if err != nil {
		f.Fatal(err)
	}
	r.traces = sink
	if err := r.foreign.start(context.Background(), componenttest.NewNopHost()); err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { r.foreign.stop(context.Background()) }) // the sink takes everything
	handler := r.handler()
	f.Fuzz(func(t *testing.T, door uint8, contentType, encoding string, body []byte) {
		path := paths[int(door)%len(paths)]
		sink.Reset()
		req := httptest.NewRequest(http.MethodPost, "http://x"+path, bytes.NewReader(body))
		req.Header = http.Header{"Content-Type": {contentType}, "Content-Encoding": {encoding}}
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, req)
		if answer.Code < 200 || answer.Code >= 500 && answer.Code != http.StatusServiceUnavailable {
			t.Fatalf("%s: %d %s", path, answer.Code, answer.Body)
		}
		if answer.Code == http.StatusServiceUnavailable {
			t.Fatalf("%s: one body does not fit: %s", path, answer.Body)
		}
		otlp := strings.Contains(path, "otel")
		if !otlp && !utf8.Valid(answer.Body.Bytes()) {
			t.Fatalf("%s: %q is not text", path, answer.Body)
		}
		if answer.Code >= 400 && answer.Body.Len() == 0 {
			t.Fatalf("%s: %d without a word", path, answer.Code)
		}
		if n := r.room.Taken(); n != 0 {
			t.Fatalf("%d bytes of room are lost", n)
		}
		for _, td := range sink.AllTraces() {
			if where := notText(td); where != "" && !otlp {
				t.Fatalf("%s: %q is not UTF-8", path, where)
			}
		}
	})
}

const goodID = "0123456789abcdef"

// besides are bodies with a place for one record beside a good one.
var besides = []struct{ vendor, path, body string }{
	{"langfuse", "/api/public/ingestion", `{"batch":[%s,{"id":"e","type":"span-create","timestamp":"2026-11-23T09:00:00Z","body":{"id":"` + goodID + `","traceId":"t","startTime":"2026-11-23T09:00:00Z","endTime":"2026-11-23T09:00:01Z"}}]}`},
	{"langsmith", "/runs/batch", `{"post":[%s,{"id":"` + goodID + `","trace_id":"` + goodID + `","name":"x","run_type":"llm","start_time":"2026-11-23T09:00:00Z"}]}`},
	{"openai_agents", "/v1/traces/ingest", `{"data":[%s,{"object":"trace.span","id":"` + goodID + `","trace_id":"trace_1","started_at":"2026-11-23T09:00:00Z","ended_at":"2026-11-23T09:00:01Z","span_data":{"type":"function","name":"x"}}]}`},
	{"posthog", "/batch", `{"batch":[%s,{"event":"$ai_generation","timestamp":"2026-11-23T09:00:00Z","properties":{"$ai_trace_id":"t","$ai_span_id":"` + goodID + `"}}]}`},
	{"braintrust", "/logs3", `{"rows":[%s,{"id":"` + goodID + `","span_id":"` + goodID + `","root_span_id":"` + goodID + `","project_id":"p","log_id":"g","metrics":{"start":1764000000,"end":1764000001}}]}`},
	{"datadog", "/api/v2/llmobs", `{"data":{"type":"span","attributes":{"ml_app":"a","spans":[%s,{"span_id":"` + goodID + `","trace_id":"1","parent_id":"undefined","name":"x","start_ns":1764100000000000000,"duration":1000,"meta":{"span":{"kind":"llm"}}}]}}}`},
}

// FuzzBesideAGoodOne puts anything that is JSON beside a good record of each format: the good one is always read.
func FuzzBesideAGoodOne(f *testing.F) {
	for i, v := range besides {
		f.Add(uint8(i), []byte(`{}`)) //nolint:gosec // few
		f.Add(uint8(i), []byte(`{"id":"1","type":"generation-create","body":{"id":[],"usage":{"input":-1}},"object":"trace","properties":7,"meta":[]}`))
		_, record, _ := strings.Cut(v.body, ",")
		f.Add(uint8(i), []byte(strings.ReplaceAll(strings.TrimRight(record, "]}")+"}", goodID, "fedcba9876543210")))
	}
	f.Add(uint8(len(besides)), []byte(nativeEvent))
	f.Add(uint8(len(besides)+1), []byte(seedEvent))
	cfg := createDefaultConfig().(*Config)
	f.Fuzz(func(t *testing.T, which uint8, record []byte) {
		lines := int(which)%(len(besides)+2) > len(besides)
		if _, err := jsontree.Parse(record, parseLimits); err != nil && !lines {
			return
		}
		if n := int(which) % (len(besides) + 2); n < len(besides) {
			besideIn(t, besides[n].vendor, besides[n].path, fmt.Sprintf(strings.Replace(besides[n].body, "%s", "%[1]s", 1), record))
			return
		}
		good := `{"id":"` + goodID + `","type":"llm.call"}`
		d := newDecoder(cfg, "shop", testClock)
		read, body := d.json, fmt.Sprintf("[%s,%s]", record, good)
		if lines {
			if bytes.IndexByte(record, '\n') >= 0 {
				return
			}
			read, body = d.lines, fmt.Sprintf("%s\n%s", record, good)
		}
		in, p := read([]byte(body))
		if p != nil {
			t.Fatal(p.Detail)
		}
		for _, rec := range in.records {
			if rec.ID == goodID {
				return
			}
		}
		t.Fatal("the good event was not read")
	})
}

func besideIn(t *testing.T, vendor, path, body string) {
	i := slices.IndexFunc(vendors, func(d foreign.Decoder) bool { return d.Name == vendor })
	in, err := vendors[i].Decode(&foreign.Request{
		Path: path, Query: url.Values{}, ContentType: "application/json", Header: http.Header{}, Body: []byte(body), Now: testClock, MaxBody: 1 << 20,
	})
	if err != nil {
		t.Fatalf("%s: %v", vendor, err)
	}
	for i := range in.Parts {
		if in.Parts[i].ID == goodID || strings.Contains(in.Parts[i].ID, goodID) {
			return
		}
	}
	t.Fatalf("%s: the good record was not read, of %d", vendor, len(in.Parts))
}
