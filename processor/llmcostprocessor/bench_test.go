package llmcostprocessor

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/testkit"
)

const spansPerDelivery = 100

// benchmarkDelivery measures a delivery of 100 spans as it comes off the wire, and reports per span. Decoding is not measured.
func benchmarkDelivery(b *testing.B, cfg *Config, attrs map[string]any) {
	p, _ := newTestProcessor(b, cfg)
	book, err := pricing.Default()
	require.NoError(b, err)
	p.pricer = book
	spans := make([]map[string]any, spansPerDelivery)
	for i := range spans {
		spans[i] = attrs
	}
	wire, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(delivery(b, "shop", spans...))
	require.NoError(b, err)
	decoder := &ptrace.ProtoUnmarshaler{}
	next := uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		td, err := decoder.UnmarshalTraces(wire)
		require.NoError(b, err)
		for _, span := range allSpans(td) { // each of another trace, with an answer of its own
			next++
			id := pcommon.TraceID{15: 1}
			binary.BigEndian.PutUint64(id[:], next)
			span.SetTraceID(id)
			span.SetParentSpanID(pcommon.SpanID{9})
			began := pcommon.Timestamp(1_795_400_000_000_000_000 + next*10_000_000)
			span.SetStartTimestamp(began)
			span.SetEndTimestamp(began + 2_000_000_000)
			if answer, ok := span.Attributes().Get("gen_ai.response.id"); ok {
				answer.SetStr(fmt.Sprintf("msg_%024d", next))
				span.Attributes().PutInt("gen_ai.usage.output_tokens", int64(next%5000)) //nolint:gosec // below 5000
			}
		}
		b.StartTimer()
		if _, err := p.processTraces(context.Background(), td); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/spansPerDelivery, "ns/span")
}

func BenchmarkOrdinarySpan(b *testing.B) {
	benchmarkDelivery(b, createDefaultConfig().(*Config), map[string]any{
		"http.request.method": "GET", "url.scheme": "https", "url.path": "/api/orders/42", "http.route": "/api/orders/{id}",
		"http.response.status_code": 200, "server.address": "shop.example", "server.port": 443, "client.address": "203.0.113.7",
		"network.protocol.version": "1.1", "user_agent.original": "Mozilla/5.0", "session.id": "s-1", "user.id": "u-1",
		"thread.name": "worker-3", "thread.id": 3,
	})
}

// BenchmarkLLMSpan25 is a model call of 25 attributes, read, converted, settled with what is remembered, priced and written.
func BenchmarkLLMSpan25(b *testing.B) {
	benchmarkDelivery(b, createDefaultConfig().(*Config), llmSpan25())
}

// BenchmarkLLMSpan25Forgetful is the same without the memory of earlier requests.
func BenchmarkLLMSpan25Forgetful(b *testing.B) {
	benchmarkDelivery(b, &Config{TrustBills: true}, llmSpan25())
}

// BenchmarkLLMSpan25NoContent is a model call of 25 attributes none of which is a message: what a client with content capture off sends.
func BenchmarkLLMSpan25NoContent(b *testing.B) {
	attrs := llmSpan25()
	for _, key := range []string{"gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions"} {
		delete(attrs, key)
	}
	attrs["gen_ai.output.type"], attrs["gen_ai.request.seed"], attrs["gen_ai.usage.reasoning.output_tokens"] = "text", 7, 64
	require.Len(b, attrs, 25)
	benchmarkDelivery(b, createDefaultConfig().(*Config), attrs)
}

func llmSpan25() map[string]any {
	return map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic", "gen_ai.request.model": "claude-sonnet-4-5",
		"gen_ai.response.model": "claude-sonnet-4-5", "gen_ai.response.id": "msg_01", "gen_ai.request.max_tokens": 1024,
		"gen_ai.request.temperature": 0.2, "gen_ai.request.top_p": 0.9, "gen_ai.request.stream": true,
		"gen_ai.response.time_to_first_chunk": 0.41, "gen_ai.response.finish_reasons": []any{"end_turn"},
		"gen_ai.usage.input_tokens": 397, "gen_ai.usage.output_tokens": 211, "gen_ai.usage.cache_read.input_tokens": 512,
		"gen_ai.usage.cache_creation.input_tokens": 128, "gen_ai.conversation.id": "conv-42", "gen_ai.agent.name": "support",
		"user.id": "user-7", "server.address": "api.anthropic.com", "server.port": 443,
		"gen_ai.input.messages":      `[{"role":"user","parts":[{"type":"text","content":"Weather in Paris?"}]}]`,
		"gen_ai.output.messages":     `[{"role":"assistant","parts":[{"type":"text","content":"It is sunny in Paris."}]}]`,
		"gen_ai.system_instructions": `[{"type":"text","content":"Be brief."}]`,
		"thread.name":                "worker-3", "thread.id": 3,
	}
}

// BenchmarkCaptures is every recorded case once.
func BenchmarkCaptures(b *testing.B) {
	p, _ := newTestProcessor(b, &Config{TrustBills: true})
	var wires [][]byte
	for _, c := range testkit.Cases(b) {
		for _, td := range c.Traces(b) {
			wire, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
			require.NoError(b, err)
			wires = append(wires, wire)
		}
	}
	decoder := &ptrace.ProtoUnmarshaler{}
	b.ReportAllocs()
	for b.Loop() {
		for _, wire := range wires {
			b.StopTimer()
			td, err := decoder.UnmarshalTraces(wire)
			require.NoError(b, err)
			b.StartTimer()
			if _, err := p.processTraces(context.Background(), td); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkMixedDelivery is a gateway's batch: 400 requests of an application, each a trace of 20 spans, of which one in ten asked a
// model. It reports per span.
func BenchmarkMixedDelivery(b *testing.B) {
	p, _ := newTestProcessor(b, createDefaultConfig().(*Config))
	sent := ptrace.NewTraces()
	const traces, spans = 400, 20
	for i := range traces {
		one := delivery(b, "shop", make([]map[string]any, spans)...)
		for k, span := range allSpans(one) {
			attrs := map[string]any{"http.request.method": "GET", "url.path": "/api/orders/42", "http.route": "/api/orders/{id}"}
			if k == spans/2 && i%10 == 0 {
				attrs = llmSpan25()
			}
			require.NoError(b, span.Attributes().FromRaw(attrs))
			span.SetTraceID(pcommon.TraceID{byte(i >> 8), byte(i), 1})
			span.SetParentSpanID(pcommon.SpanID{byte(k)})
		}
		one.ResourceSpans().MoveAndAppendTo(sent.ResourceSpans())
	}
	wire, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(sent)
	require.NoError(b, err)
	decoder := &ptrace.ProtoUnmarshaler{}
	for b.Loop() {
		b.StopTimer()
		td, err := decoder.UnmarshalTraces(wire)
		require.NoError(b, err)
		b.StartTimer()
		if _, err := p.processTraces(context.Background(), td); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/traces/spans, "ns/span")
}
