package spanblock

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
)

// llmSpans makes n calls of about 4 KB each, as llm_cost hands them on: 24 canonical attributes, a few
// of the instrumentation's own, and the conversation.
func llmSpans(n int) ptrace.Traces {
	words := strings.Fields("the model answers with a list of steps and explains why each of them is needed before the tool is called again")
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	for i := range 8 {
		rs.Resource().Attributes().PutStr(fmt.Sprintf("resource.key.%d", i), "value")
	}
	rs.Resource().Attributes().PutStr(semconv.ServiceName, "assistant")
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName("opentelemetry.instrumentation.openai")
	var text strings.Builder
	for i := range n {
		s := ss.Spans().AppendEmpty()
		var trace pcommon.TraceID
		var span pcommon.SpanID
		binary.BigEndian.PutUint64(trace[8:], uint64(i/6+1))
		binary.BigEndian.PutUint64(span[:], uint64(i+1))
		s.SetTraceID(trace)
		s.SetSpanID(span)
		s.SetName("chat gpt-5.2")
		s.SetKind(ptrace.SpanKindClient)
		s.SetStartTimestamp(pcommon.Timestamp(1_763_000_000_000_000_000 + i*1_000_000))
		s.SetEndTimestamp(s.StartTimestamp() + 2_000_000_000)
		a := s.Attributes()
		for k, v := range map[string]string{
			semconv.WatchLLMRole: "llm", semconv.WatchLLMUsageRole: "call", semconv.WatchLLMDialect: "otel", semconv.GenAIOperationName: "chat",
			semconv.GenAIProviderName: "openai", semconv.GenAIRequestModel: "gpt-5.2", semconv.GenAIResponseModel: "gpt-5.2-2026-01-01",
			semconv.GenAIResponseID: fmt.Sprintf("resp_%032d", i), semconv.WatchLLMUsageSource: "reported", semconv.WatchLLMCostAmount: "0.001234567891",
			semconv.WatchLLMCostInput: "0.001", semconv.WatchLLMCostOutput: "0.000234567891", semconv.WatchLLMCostStatus: "exact",
			semconv.GenAIUsageCostCurrency: "USD", semconv.WatchLLMPriceID: "openai/gpt-5.2@2026-01-01", semconv.GenAIConversationID: fmt.Sprintf("c%d", i/6),
			semconv.ServerAddress: "api.openai.com", "llm.vendor": "x", "traceloop.entity.path": "agent.step",
		} {
			a.PutStr(k, v)
		}
		a.PutInt(semconv.GenAIUsageInputTokens, int64(1000+i))
		a.PutInt(semconv.GenAIUsageOutputTokens, int64(100+i))
		a.PutInt("server.port", 443)
		a.PutDouble(semconv.GenAIRequestTemperature, 0.7)
		a.PutBool(semconv.GenAIRequestStream, true)
		for _, k := range []string{semconv.GenAIInputMessages, semconv.GenAIOutputMessages} {
			text.Reset()
			for j := 0; text.Len() < 1600; j++ {
				fmt.Fprintf(&text, "%s %d ", words[(i*7+j*j)%len(words)], i*j)
			}
			a.PutStr(k, text.String())
		}
	}
	return td
}

func appendAll(b *Block, td ptrace.Traces, now time.Time) {
	for _, rs := range td.ResourceSpans().All() {
		resource := NewResource(rs.Resource())
		for _, ss := range rs.ScopeSpans().All() {
			scope := NewScope(ss.Scope())
			for _, s := range ss.Spans().All() {
				r := Row{Resource: resource, Scope: scope, Span: s, RetentionDays: 30}
				r.TraceID, r.SpanID = Identity(s)
				r.Start, r.End = Times(s, now.UnixNano())
				b.Append(r, now)
			}
		}
	}
}

// BenchmarkBlock is one insert of 1,000 spans of about 4 KB: conversion, encoding, and compression as
// it goes over the wire.
func BenchmarkBlock(b *testing.B) {
	const n = 1000
	td := llmSpans(n)
	now := time.Now()
	for name, method := range map[string]compress.Method{"none": compress.None, "lz4": compress.LZ4, "zstd": compress.ZSTD} {
		b.Run(name, func(b *testing.B) {
			block, w := New(), compress.NewWriter(compress.LevelZero, method)
			var buf []byte
			packed := 0
			b.ReportAllocs()
			for b.Loop() {
				block.Reset()
				appendAll(block, td, now)
				buf = block.AppendNative(buf[:0])
				if method == compress.None {
					continue
				}
				packed = 0
				for rest := buf; len(rest) > 0; {
					k := min(1<<20, len(rest))
					require.NoError(b, w.Compress(rest[:k]))
					packed += len(w.Data)
					rest = rest[k:]
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/span")
			b.ReportMetric(float64(len(buf))/n, "B/span")
			b.ReportMetric(float64(packed)/n, "packed-B/span")
		})
	}
}
