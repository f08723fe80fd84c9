package settling

import (
	"encoding/binary"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// BenchmarkNotes is what settling adds to a delivery of 1,000 spans in 200 traces: spans with usage, whose traces are remembered and
// looked at, and ordinary ones while 10,000 other traces are remembered.
func BenchmarkNotes(b *testing.B) {
	for name, usage := range map[string]bool{"usage": true, "ordinary": false} {
		b.Run(name, func(b *testing.B) {
			p := NewPending(Limits{Traces: 100_000, TenantTraces: 20_000, Delay: time.Second, MaxAge: time.Minute}, func(bool) {})
			var trace pcommon.TraceID
			now := time.Now()
			for i := range 10_000 {
				binary.BigEndian.PutUint64(trace[:], uint64(i))
				p.Add(Look{Trace: Trace{"acme", trace}}, now.Add(time.Hour))
			}
			b.ReportAllocs()
			for round := uint64(1); b.Loop(); round++ {
				notes := p.Begin(now, now)
				for i := range 1000 {
					binary.BigEndian.PutUint64(trace[:], round<<32)
					binary.BigEndian.PutUint64(trace[8:], uint64(i/5))
					notes.Span("acme", trace, 1, 2, usage)
				}
				notes.End()
				for _, l := range p.Take(1000, now.Add(2*time.Second)) {
					p.Finish(l.Trace, Settled, now)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/span")
		})
	}
}
