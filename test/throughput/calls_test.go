package throughput

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver"
)

// batch is how many calls one request has.
const batch = 100

// system, question and reply are as long as in a support chat with retrieved passages, and have what text has: line breaks, quotes, markup and letters
// beyond ASCII. A call of them is 3.9 KB as a span.
var (
	system = "You are the assistant of a parcel service. Answer in the customer's language, briefly, and quote the rule you rely on.\n\n" +
		strings.Repeat("- Parcels up to 31.5 kg and 120 × 60 × 60 cm are \"standard\"; larger ones are freight.\n", 6)
	question = "Hello! I'd like to send a parcel from Köln to Zürich — 80×50×40 cm, 12 kg. What does it cost, how long will it take & do I need a customs form?\n\n" +
		strings.Repeat("> \"Goods worth more than CHF 1'000 need a commercial invoice (three copies), see § 4.\"\n", 9)
	reply = "For a *standard* parcel of 12 kg to Switzerland:\n\n1. **Price**: 28,99 €\n2. **Time**: 3–5 working days\n3. **Customs**: form CN23, and an invoice.\n\n" +
		strings.Repeat("The rule says: \"documents go in the pouch outside, never inside the parcel\".\n", 13)
)

func message(role, text string) map[string]any {
	return map[string]any{"role": role, "parts": []any{map[string]any{"type": "text", "content": text}}}
}

// call is one event of the contract, with what an instrumentation of a chat reports.
func call(n int) map[string]any {
	return map[string]any{
		"id": fmt.Sprintf("call-%08d", n), "type": "llm.call", "time": "2026-11-23T10:00:00.123456Z", "duration_ms": 2350.5,
		"trace_id": fmt.Sprintf("%032x", n+1), "span_id": fmt.Sprintf("%016x", n+1),
		"provider": "openai", "request_model": "gpt-4o-mini", "response_model": "gpt-4o-mini-2024-07-18",
		"response_id": fmt.Sprintf("chatcmpl-%024d", n), "conversation_id": fmt.Sprintf("conv-%d", n/5), "user_id": fmt.Sprintf("user-%d", n/50),
		"params":              map[string]any{"temperature": 0.2, "max_tokens": 1024},
		"usage":               map[string]any{"input_tokens": 1037 + n%100, "output_tokens": 211, "cache_read_input_tokens": 512},
		"finish_reasons":      []any{"stop"},
		"system_instructions": []any{map[string]any{"type": "text", "content": system}},
		"input_messages": []any{
			message("user", "Guten Tag, haben Sie auch am Samstag geöffnet?"), message("assistant", "Ja, von 9 bis 13 Uhr."), message("user", question),
		},
		"output_messages": []any{map[string]any{"role": "assistant", "parts": []any{map[string]any{"type": "text", "content": reply}}, "finish_reason": "stop"}},
		"attributes":      map[string]any{"app.release": "2026.11.3", "app.request_id": fmt.Sprintf("req-%d", n)},
	}
}

// body is one request.
type body struct {
	path, contentType, encoding string
	data                        []byte
}

// form is one way of sending the same calls.
type form struct {
	name   string
	bodies []body
}

// forms renders so many requests of the same calls: as events, and as the spans that the receiver makes of them.
func forms(t testing.TB, requests int) (events, proto, otlpJSON form) {
	url, sink := receive(t)
	events.name, proto.name, otlpJSON.name = "events JSON", "OTLP protobuf", "OTLP JSON"
	for r := range requests {
		var calls []any
		for n := range batch {
			calls = append(calls, call(r*batch+n))
		}
		data := encode(t, map[string]any{
			"schema": "watchllm.events/1", "sdk": map[string]any{"name": "bench", "version": "1"},
			"resource": map[string]any{"service.name": "parcels", "deployment.environment.name": "prod"}, "events": calls,
		})
		events.bodies = append(events.bodies, body{"/api/v1/events", "application/json", "", data})
		sink.Reset()
		post(t, url+"/api/v1/events", data)
		require.Equal(t, batch, sink.SpanCount())
		spans := sink.AllTraces()[0]
		all := spans.ResourceSpans().At(0).ScopeSpans().At(0).Spans()
		for _, s := range all.All() { // an SDK does not send what we note of events
			s.Attributes().RemoveIf(func(key string, _ pcommon.Value) bool { return strings.HasPrefix(key, "watchllm.native.") })
		}
		req := ptraceotlp.NewExportRequestFromTraces(spans)
		raw, err := req.MarshalProto()
		require.NoError(t, err)
		proto.bodies = append(proto.bodies, body{"/v1/traces", "application/x-protobuf", "", raw})
		raw, err = req.MarshalJSON()
		require.NoError(t, err)
		otlpJSON.bodies = append(otlpJSON.bodies, body{"/v1/traces", "application/json", "", raw})
	}
	return events, proto, otlpJSON
}

func encode(t testing.TB, v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // as clients in Python and JavaScript write it
	require.NoError(t, e.Encode(v))
	return b.Bytes()
}

func zipped(t testing.TB, f form) form {
	out := form{name: f.name + " gzip"}
	for _, one := range f.bodies {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, err := z.Write(one.data)
		require.NoError(t, err)
		require.NoError(t, z.Close())
		out.bodies = append(out.bodies, body{one.path, one.contentType, "gzip", b.Bytes()})
	}
	return out
}

// receive starts the receiver of events in this process.
func receive(t testing.TB) (url string, sink *consumertest.TracesSink) {
	sink = new(consumertest.TracesSink)
	factory := llmeventreceiver.NewFactory()
	cfg := factory.CreateDefaultConfig().(*llmeventreceiver.Config)
	cfg.ServerConfig.NetAddr.Endpoint = address(t)
	set := receivertest.NewNopSettings(factory.Type())
	set.ID = component.NewID(factory.Type())
	r, err := factory.CreateTraces(context.Background(), set, cfg, sink)
	require.NoError(t, err)
	require.NoError(t, r.Start(context.Background(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, r.Shutdown(context.Background())) })
	return "http://" + cfg.ServerConfig.NetAddr.Endpoint, sink
}

func address(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // nothing to cancel
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

func post(t testing.TB, url string, data []byte) {
	resp, err := http.Post(url, "application/json", bytes.NewReader(data)) //nolint:noctx // of a test
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusAccepted, resp.StatusCode)
}
