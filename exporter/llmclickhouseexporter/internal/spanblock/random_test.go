package spanblock

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/semconv"
)

// dice makes spans that no instrumentation would.
type dice struct{ *rand.Rand }

func (d dice) text() string {
	all := []string{"", "a", "chat", "\xff\xfe", "a\x00b", "日本", "aGVsbG8=", "null", "{}", `"quoted"`, "12", "0.5", strings.Repeat("long ", 100+d.IntN(200))}
	if d.IntN(3) == 0 {
		return fmt.Sprint("text ", d.IntN(400))
	}
	return all[d.IntN(len(all))]
}

func (d dice) value(to pcommon.Value, depth int) {
	switch n := d.IntN(9 - min(2, depth)); n {
	case 0:
		to.SetInt([]int64{0, 1, -1, 300, math.MaxInt64, math.MinInt64}[d.IntN(6)])
	case 1:
		if depth > 0 {
			to.SetDouble(0.5) // JSON has no infinity, and does not tell 7 from 7.0
			return
		}
		to.SetDouble([]float64{0, 0.5, -3, 1 << 53, math.Inf(1), math.MaxFloat64, 7}[d.IntN(7)])
	case 2:
		to.SetBool(d.IntN(2) == 0)
	case 3:
		if depth > 0 {
			return // JSON does not say which of its strings were bytes
		}
		to.SetEmptyBytes().FromRaw([]byte(d.text()))
	case 4:
		// Nothing: an empty value.
	case 7:
		for range d.IntN(3) {
			d.value(to.SetEmptySlice().AppendEmpty(), depth+1)
		}
	case 8:
		m := to.SetEmptyMap()
		for range d.IntN(3) {
			d.value(m.PutEmpty(strings.ToValidUTF8(d.text(), "")), depth+1)
		}
	default:
		text := d.text()
		if depth > 0 {
			text = strings.ToValidUTF8(text, "") // JSON writes what is not in two ways
		}
		to.SetStr(text)
	}
}

func (d dice) attributes(to pcommon.Map, known bool) {
	for range d.IntN(6) {
		d.value(to.PutEmpty(fmt.Sprint("k", d.IntN(40), d.text())), 0)
	}
	for range d.IntN(8) {
		c := clickhouse.SpanColumns[d.IntN(len(clickhouse.SpanColumns))]
		// What is filled from elsewhere, too, is restored under its own name, over a value of another type there.
		elsewhere := insteads[c.Attribute] + absent[c.Attribute]
		if known && c.Attribute != "" && elsewhere == "" {
			d.value(to.PutEmpty(c.Attribute), 0)
		}
	}
}

func (d dice) id(to []byte) {
	for i := range to {
		to[i] = byte(d.IntN(4) * d.IntN(256))
	}
}

func (d dice) time() pcommon.Timestamp {
	if d.IntN(8) == 0 {
		return pcommon.Timestamp([]uint64{0, 1, math.MaxUint64, math.MaxInt64}[d.IntN(4)])
	}
	return pcommon.NewTimestampFromTime(now.Add(-time.Duration(d.Int64N(int64(48 * time.Hour)))))
}

func (d dice) traces() ptrace.Traces {
	td := ptrace.NewTraces()
	for range 1 + d.IntN(3) {
		rs := td.ResourceSpans().AppendEmpty()
		d.attributes(rs.Resource().Attributes(), false)
		for _, key := range []string{semconv.WatchLLMTenantID, semconv.WatchLLMProjectID, semconv.ServiceName, semconv.ServiceVersion, semconv.DeploymentEnvironmentName, olderEnvironment} {
			if d.IntN(3) == 0 {
				rs.Resource().Attributes().PutStr(key, fmt.Sprint("name", d.IntN(5)))
			}
		}
		ss := rs.ScopeSpans().AppendEmpty()
		ss.Scope().SetName(d.text())
		ss.Scope().SetVersion(d.text())
		d.attributes(ss.Scope().Attributes(), false)
		for range d.IntN(8) {
			d.span(ss.Spans().AppendEmpty())
		}
	}
	return td
}

func (d dice) span(s ptrace.Span) {
	var trace pcommon.TraceID
	var span, parent pcommon.SpanID
	d.id(trace[:])
	d.id(span[:])
	d.id(parent[:])
	s.SetTraceID(trace)
	s.SetSpanID(span)
	s.SetParentSpanID(parent)
	s.TraceState().FromRaw(d.text())
	s.SetFlags(d.Uint32())
	s.SetName(d.text())
	s.SetKind(ptrace.SpanKind(d.IntN(8) - 1))
	s.SetStartTimestamp(d.time())
	s.SetEndTimestamp(d.time())
	s.Status().SetCode(ptrace.StatusCode(d.IntN(4)))
	s.Status().SetMessage(d.text())
	s.SetDroppedAttributesCount(d.Uint32())
	s.SetDroppedEventsCount(d.Uint32())
	s.SetDroppedLinksCount(d.Uint32())
	d.attributes(s.Attributes(), true)
	for range d.IntN(3) {
		e := s.Events().AppendEmpty()
		e.SetName(d.text())
		e.SetTimestamp(d.time())
		d.attributes(e.Attributes(), false)
	}
	for range d.IntN(3) {
		l := s.Links().AppendEmpty()
		d.id(trace[:])
		d.id(span[:])
		l.SetTraceID(trace)
		l.SetSpanID(span)
		d.attributes(l.Attributes(), false)
	}
}

// Spans that nobody would send come out of the queue as the rows that they are without one, however they are merged, cut, packed
// again and made spans again.
func TestRandomSpansAreTheSameRowsOnEveryWay(t *testing.T) {
	for seed := range uint64(400) {
		d := dice{rand.New(rand.NewPCG(seed, 5))}
		direct, merged, cut, repacked, restored := New(), New(), New(), New(), New()
		for range 1 + d.IntN(4) {
			td := d.traces()
			before := ptrace.NewTraces()
			td.CopyTo(before)
			appendAll(direct, td, now)
			data := pack(td)
			require.Equal(t, before, td, "packing changes nothing")
			p := open(t, data)
			merged.AppendRows(p, 0, p.Rows(), now)
			for from := 0; from < p.Rows(); {
				to := from + 1 + d.IntN(p.Rows()-from)
				part := New()
				part.AppendRows(p, from, to, now)
				again := open(t, part.AppendPacked(nil, now))
				require.Equal(t, to-from, again.Rows())
				repacked.AppendRows(again, 0, again.Rows(), now)
				cut.AppendRows(p, from, to, now)
				from = to
			}
			spans := ptrace.NewTraces()
			for i := range p.Rows() {
				p.Restore(i, spans)
			}
			// As the dead-letter folder keeps them.
			b, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(spans)
			require.NoError(t, err)
			spans, err = (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(b)
			require.NoError(t, err)
			again := open(t, pack(spans))
			restored.AppendRows(again, 0, again.Rows(), now)
		}
		for name, b := range map[string]*Block{"merged": merged, "cut": cut, "repacked": repacked, "restored": restored} {
			for i := range direct.columns {
				require.Equal(t, string(direct.AppendColumn(nil, i)), string(b.AppendColumn(nil, i)), "seed %d %s %s", seed, name, columnName(i))
			}
		}
	}
}
