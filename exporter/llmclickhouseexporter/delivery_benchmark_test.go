package llmclickhouseexporter

import (
	"context"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/spanblock"
	"github.com/watchllm/watchllm/internal/semconv"
)

// discardStore encodes as the real store does over loopback, and throws the bytes away.
type discardStore struct {
	fakeStore
	buf []byte
}

func (s *discardStore) Insert(_ context.Context, b *spanblock.Block, _ string) (int, error) {
	s.buf = b.AppendNative(s.buf[:0])
	return len(s.buf), nil
}

// BenchmarkDelivery is all that the exporter does for a batch of 1,000 calls of about 4 KB: columns, packing, reading,
// identities, window, token, encoding.
func BenchmarkDelivery(b *testing.B) {
	const n = 1000
	td := spansOf("acme", numbers(0, n)...)
	for _, s := range td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		a := s.Attributes()
		for _, k := range []string{semconv.GenAIProviderName, semconv.GenAIRequestModel, semconv.GenAIResponseModel, semconv.GenAIOperationName,
			semconv.WatchLLMRole, semconv.WatchLLMDialect, semconv.WatchLLMCostStatus, semconv.WatchLLMPriceID, "vendor.a", "vendor.b"} {
			a.PutStr(k, "a value of "+k)
		}
		a.PutStr(semconv.GenAIInputMessages, strings.Repeat("the question and its history ", 80))
		a.PutStr(semconv.GenAIOutputMessages, strings.Repeat("the answer ", 90))
	}
	e, err := newExporter(testSettings(b), createDefaultConfig().(*Config))
	if err != nil {
		b.Fatal(err)
	}
	defer e.telemetry.Shutdown()
	e.store, e.health.host = &discardStore{}, nopHost{}
	e.gate.open()
	b.ReportAllocs()
	for round := uint64(0); b.Loop(); round++ {
		for _, s := range td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
			id := s.TraceID()
			binary.BigEndian.PutUint64(id[:], round+1)
			s.SetTraceID(id)
		}
		if err := e.push(context.Background(), td); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/span")
}
