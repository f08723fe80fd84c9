package llmeventreceiver

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
)

// FuzzDecode feeds anything to everything between the socket and the pipeline: there is an answer, every event is accounted for,
// and what comes out is valid OTLP.
func FuzzDecode(f *testing.F) {
	inputs, err := filepath.Glob(filepath.Join("testdata", "golden", "*.in.json"))
	if err != nil {
		f.Fatal(err)
	}
	for _, input := range inputs {
		body, err := os.ReadFile(input)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, false)
	}
	f.Add([]byte(`{"resource":{"a":1},"sdk":{"name":"x"},"events":[{"type":"log","environment":"a"},{"type":"log","environment":"b"}]}`), false)
	f.Add([]byte(nativeEvent+"\n"+seedEvent), true)
	f.Add([]byte(`{"type":"llm.call","usage":{"input_tokens":NaN},"cost":1e309,"time":-1}`), false)
	f.Add([]byte(`[{"eventId":"a","type":"span","context":{"parentEventId":"a"},"body":{"name":"\ud800","start":1}}]`), false)
	cfg := createDefaultConfig().(*Config)
	cfg.MaxContentSize = 256
	f.Fuzz(func(t *testing.T, body []byte, lines bool) {
		d := newDecoder(cfg, "shop", testClock)
		read := d.json
		if lines {
			read = d.lines
		}
		in, p := read(body)
		if p != nil {
			if p.Status < 400 || p.Status > 499 || p.Detail == "" || p.Code == "" {
				t.Fatalf("not an answer: %+v", p)
			}
			return
		}
		in.complete()
		in.refuseLate(time.Minute)
		if got, want := len(in.records)+len(in.rejected)+in.merged, in.form.seeds+in.form.natives; got != want {
			t.Fatalf("%d events, %d accounted for", want, got)
		}
		for _, rej := range in.rejected {
			if rej.Code == "" || rej.Message == "" || !utf8.ValidString(rej.Message+rej.Field) {
				t.Fatalf("not an answer: %+v", rej)
			}
		}
		records, _ := event.Link(in.records)
		traces, logs := event.Encode(records, event.Source{Tenant: "acme", Now: testClock, Resource: in.resource})
		if traces.SpanCount()+logs.LogRecordCount() != len(records) {
			t.Fatal("a record got lost")
		}
		for _, rs := range traces.ResourceSpans().All() {
			for _, ss := range rs.ScopeSpans().All() {
				for _, s := range ss.Spans().All() {
					if s.TraceID().IsEmpty() || s.SpanID().IsEmpty() || s.EndTimestamp() < s.StartTimestamp() || s.StartTimestamp() == 0 {
						t.Fatalf("not a span: %v %v %v %v", s.TraceID(), s.SpanID(), s.StartTimestamp(), s.EndTimestamp())
					}
				}
			}
		}
		raw, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(traces)
		if err != nil {
			t.Fatal(err)
		}
		logsRaw, err := (&plog.ProtoMarshaler{}).MarshalLogs(logs)
		if err != nil {
			t.Fatal(err)
		}
		// Every event may have a resource of its own, with the request's attributes.
		if got, most := len(raw)+len(logsRaw), 64*len(body)+len(records)*maxShared+4096; got > most {
			t.Fatalf("%d bytes became %d", len(body), got)
		}
		if where := notText(traces); where != "" {
			t.Fatalf("%s is not UTF-8", where)
		}
		again := newDecoder(cfg, "shop", testClock)
		read = again.json
		if lines {
			read = again.lines
		}
		second, _ := read(body)
		second.complete()
		records, _ = event.Link(second.records)
		repeated, repeatedLogs := event.Encode(records, event.Source{Tenant: "acme", Now: testClock, Resource: second.resource})
		secondRaw, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(repeated)
		if err != nil || !bytes.Equal(raw, secondRaw) {
			t.Fatalf("the same body became other spans the second time: %v", err)
		}
		secondRaw, err = (&plog.ProtoMarshaler{}).MarshalLogs(repeatedLogs)
		if err != nil || !bytes.Equal(logsRaw, secondRaw) {
			t.Fatalf("the same body became other logs the second time: %v", err)
		}
		if _, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(raw); err != nil {
			t.Fatal(err)
		}
	})
}
