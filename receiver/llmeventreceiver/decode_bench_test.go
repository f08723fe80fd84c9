package llmeventreceiver

import (
	"bytes"
	"fmt"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
)

// BenchmarkDecode compares what a request of a hundred calls costs as events and as the same spans in OTLP.
func BenchmarkDecode(b *testing.B) {
	var body bytes.Buffer
	body.WriteString(`{"schema":"watchllm.events/1","resource":{"service.name":"shop"},"events":[`)
	message := bytes.Repeat([]byte("How large is the parcel? "), 80) // 2 KB, as prompts are
	for i := range 100 {
		if i > 0 {
			body.WriteByte(',')
		}
		fmt.Fprintf(&body, `{"id":"call-%d","type":"llm.call","time":"2026-11-23T10:00:00.123Z","duration_ms":850.5,"conversation_id":"c-1","user_id":"u-1",
			"provider":"openai","request_model":"gpt-4o","response_model":"gpt-4o-2024-08-06","response_id":"r-%d","stream":true,
			"params":{"temperature":0.2,"max_tokens":1024},"usage":{"input_tokens":1037,"output_tokens":211,"cache_read_input_tokens":512},
			"finish_reasons":["stop"],"input_messages":[{"role":"user","parts":[{"type":"text","content":"%s"}]}]}`, i, i, message)
	}
	body.WriteString("]}")
	cfg := createDefaultConfig().(*Config)
	decode := func() ptraceotlp.ExportRequest {
		in, p := newDecoder(cfg, "shop", testClock).json(body.Bytes())
		if p != nil || len(in.rejected) > 0 {
			b.Fatal(p, in.rejected)
		}
		records, _ := event.Link(in.records)
		src := event.Source{Tenant: "acme", Now: testClock, Resource: pcommon.NewMap()}
		traces, _ := event.Encode(records, src)
		return ptraceotlp.NewExportRequestFromTraces(traces)
	}
	otlp, err := decode().MarshalProto()
	if err != nil {
		b.Fatal(err)
	}
	b.Run("events", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(body.Len()))
		for b.Loop() {
			decode()
		}
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/100, "µs/call")
	})
	b.Run("otlp", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(otlp)))
		for b.Loop() {
			if err := ptraceotlp.NewExportRequest().UnmarshalProto(otlp); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/100, "µs/call")
	})
}
