package otlpdepth

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

type marshaler interface {
	MarshalProto() ([]byte, error)
	MarshalJSON() ([]byte, error)
}

// places are everywhere in OTLP where a value can be.
func places() map[string]func(func() pcommon.Value) marshaler {
	at := map[string]func(func() pcommon.Value) marshaler{}
	traces := func(name string, put func(rs ptrace.ResourceSpans, ss ptrace.ScopeSpans, s ptrace.Span) pcommon.Map) {
		at["traces "+name] = func(v func() pcommon.Value) marshaler {
			td := ptrace.NewTraces()
			rs := td.ResourceSpans().AppendEmpty()
			ss := rs.ScopeSpans().AppendEmpty()
			v().CopyTo(put(rs, ss, ss.Spans().AppendEmpty()).PutEmpty("a"))
			return ptraceotlp.NewExportRequestFromTraces(td)
		}
	}
	traces("resource", func(rs ptrace.ResourceSpans, _ ptrace.ScopeSpans, _ ptrace.Span) pcommon.Map {
		return rs.Resource().Attributes()
	})
	traces("scope", func(_ ptrace.ResourceSpans, ss ptrace.ScopeSpans, _ ptrace.Span) pcommon.Map {
		return ss.Scope().Attributes()
	})
	traces("span", func(_ ptrace.ResourceSpans, _ ptrace.ScopeSpans, s ptrace.Span) pcommon.Map { return s.Attributes() })
	traces("event", func(_ ptrace.ResourceSpans, _ ptrace.ScopeSpans, s ptrace.Span) pcommon.Map {
		return s.Events().AppendEmpty().Attributes()
	})
	traces("link", func(_ ptrace.ResourceSpans, _ ptrace.ScopeSpans, s ptrace.Span) pcommon.Map {
		return s.Links().AppendEmpty().Attributes()
	})
	logs := func(name string, put func(l plog.LogRecord) pcommon.Value) {
		at["logs "+name] = func(v func() pcommon.Value) marshaler {
			ld := plog.NewLogs()
			v().CopyTo(put(ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()))
			return plogotlp.NewExportRequestFromLogs(ld)
		}
	}
	logs("body", func(l plog.LogRecord) pcommon.Value { return l.Body() })
	logs("record", func(l plog.LogRecord) pcommon.Value { return l.Attributes().PutEmpty("a") })
	metrics := func(name string, put func(m pmetric.Metric) pcommon.Map) {
		at["metrics "+name] = func(v func() pcommon.Value) marshaler {
			md := pmetric.NewMetrics()
			v().CopyTo(put(md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()).PutEmpty("a"))
			return pmetricotlp.NewExportRequestFromMetrics(md)
		}
	}
	metrics("metadata", func(m pmetric.Metric) pcommon.Map { return m.Metadata() })
	metrics("gauge", func(m pmetric.Metric) pcommon.Map { return m.SetEmptyGauge().DataPoints().AppendEmpty().Attributes() })
	metrics("sum", func(m pmetric.Metric) pcommon.Map { return m.SetEmptySum().DataPoints().AppendEmpty().Attributes() })
	metrics("histogram", func(m pmetric.Metric) pcommon.Map {
		return m.SetEmptyHistogram().DataPoints().AppendEmpty().Attributes()
	})
	metrics("exponential", func(m pmetric.Metric) pcommon.Map {
		return m.SetEmptyExponentialHistogram().DataPoints().AppendEmpty().Attributes()
	})
	metrics("summary", func(m pmetric.Metric) pcommon.Map { return m.SetEmptySummary().DataPoints().AppendEmpty().Attributes() })
	metrics("exemplar", func(m pmetric.Metric) pcommon.Map {
		return m.SetEmptyGauge().DataPoints().AppendEmpty().Exemplars().AppendEmpty().FilteredAttributes()
	})
	metrics("histogram's exemplar", func(m pmetric.Metric) pcommon.Map {
		return m.SetEmptyHistogram().DataPoints().AppendEmpty().Exemplars().AppendEmpty().FilteredAttributes()
	})
	metrics("exponential's exemplar", func(m pmetric.Metric) pcommon.Map {
		return m.SetEmptyExponentialHistogram().DataPoints().AppendEmpty().Exemplars().AppendEmpty().FilteredAttributes()
	})
	return at
}

func nested(levels int, maps bool) func() pcommon.Value {
	return func() pcommon.Value {
		root := pcommon.NewValueEmpty()
		v := root
		for range levels {
			if maps {
				v = v.SetEmptyMap().PutEmpty("k")
			} else {
				v = v.SetEmptySlice().AppendEmpty()
			}
		}
		v.SetStr("x")
		return root
	}
}

func TestEveryPlaceOfAValue(t *testing.T) {
	for name, with := range places() {
		t.Run(name, func(t *testing.T) {
			for _, maps := range []bool{false, true} {
				for _, c := range []struct {
					levels int
					deep   bool
				}{{0, false}, {60, false}, {150, true}, {5000, true}} {
					m := with(nested(c.levels, maps))
					raw, err := m.MarshalProto()
					require.NoError(t, err)
					signal := map[byte]Signal{'t': Traces, 'l': Logs, 'm': Metrics}[name[0]]
					for _, s := range []Signal{signal, Unknown} {
						if err := Proto(raw, s); c.deep {
							require.ErrorIs(t, err, ErrTooDeep, "%d levels", c.levels)
						} else {
							require.NoError(t, err, "%d levels", c.levels)
						}
					}
					raw, err = m.MarshalJSON()
					require.NoError(t, err)
					require.Equal(t, c.deep, JSON(raw) != nil, "%d levels in JSON", c.levels)
				}
			}
		})
	}
}

func TestMalformed(t *testing.T) {
	for _, raw := range []string{"\x0b", "\x0a", "\x0a\x05", "\x08", "\x0d1", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"} {
		require.ErrorIs(t, Proto([]byte(raw), Traces), ErrMalformed, "%q", raw)
	}
	require.NoError(t, Proto(nil, Unknown))
	require.NoError(t, JSON([]byte(`{"a":"[[\"[[`)))
	require.NoError(t, JSON([]byte(`"\`)))
	require.NoError(t, JSON([]byte(`"`+strings.Repeat(`\"[`, 1000)+`"`)))
	require.NoError(t, JSON([]byte(`"`+strings.Repeat(`[`, 1000)+`\\"`)))
	require.ErrorIs(t, JSON([]byte(`"\\"`+strings.Repeat(`[`, 1000))), ErrTooDeep)
	require.ErrorIs(t, JSON([]byte(`"","\\\""`+strings.Repeat(`[`, 1000))), ErrTooDeep)
	require.ErrorIs(t, Proto([]byte("\x0b"), Unknown), ErrMalformed)
	text := strings.Repeat("\n\n", 100_000) // reads like messages in messages, and ends as soon as their sizes do not fit
	td, ld, md := ptrace.NewTraces(), plog.NewLogs(), pmetric.NewMetrics()
	td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty().SetName(text)
	ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty().Body().SetStr(text)
	m := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics()
	m.AppendEmpty().SetDescription(text)
	for i := range 1000 {
		if i == 0 {
			m.AppendEmpty().SetEmptyHistogram().DataPoints().AppendEmpty()
			m.AppendEmpty().SetEmptyExponentialHistogram().DataPoints().AppendEmpty()
		}
		m.At(1).Histogram().DataPoints().At(0).ExplicitBounds().Append(float64(i))
		m.At(1).Histogram().DataPoints().At(0).BucketCounts().Append(uint64(i))                       //nolint:gosec // never negative
		m.At(2).ExponentialHistogram().DataPoints().At(0).Positive().BucketCounts().Append(uint64(i)) //nolint:gosec // never negative
	}
	for signal, req := range map[Signal]marshaler{
		Traces: ptraceotlp.NewExportRequestFromTraces(td), Logs: plogotlp.NewExportRequestFromLogs(ld), Metrics: pmetricotlp.NewExportRequestFromMetrics(md),
	} {
		raw, err := req.MarshalProto()
		require.NoError(t, err)
		require.NoError(t, Proto(raw, signal))
		require.NoError(t, Proto(raw, Unknown))
	}
}

// Whatever passes can be decoded: the decoder's own recursion is bounded by what passed.
func FuzzProto(f *testing.F) {
	for _, with := range places() {
		for _, levels := range []int{1, 100} {
			raw, err := with(nested(levels, levels == 1)).MarshalProto()
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		err := Proto(raw, Traces)
		td := ptraceotlp.NewExportRequest()
		if decoded := td.UnmarshalProto(raw); decoded == nil && err == nil {
			for _, rs := range td.Traces().ResourceSpans().All() {
				if d := deepest(rs.Resource().Attributes()); d > maxMessages {
					t.Fatalf("%d levels have passed", d)
				}
				for _, ss := range rs.ScopeSpans().All() {
					for _, s := range ss.Spans().All() {
						if d := deepest(s.Attributes()); d > maxMessages {
							t.Fatalf("%d levels have passed", d)
						}
					}
				}
			}
		}
	})
}

func deepest(m pcommon.Map) int {
	v := pcommon.NewValueMap()
	m.CopyTo(v.Map())
	return depthOf(v)
}

func depthOf(v pcommon.Value) (most int) {
	switch v.Type() {
	case pcommon.ValueTypeMap:
		for _, e := range v.Map().All() {
			most = max(most, 1+depthOf(e))
		}
	case pcommon.ValueTypeSlice:
		for _, e := range v.Slice().All() {
			most = max(most, 1+depthOf(e))
		}
	}
	return most
}

func BenchmarkCheck(b *testing.B) {
	td := ptrace.NewTraces()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for range 100 {
		s := spans.AppendEmpty()
		for i := range 25 {
			s.Attributes().PutStr("gen_ai.attribute."+string(rune('a'+i)), "value")
		}
		s.Attributes().PutStr("gen_ai.input.messages", string(bytes.Repeat([]byte("How large is the parcel? "), 80)))
	}
	req := ptraceotlp.NewExportRequestFromTraces(td)
	for name, c := range map[string]struct {
		marshal func() ([]byte, error)
		check   func([]byte) error
	}{"proto": {req.MarshalProto, func(raw []byte) error { return Proto(raw, Traces) }}, "json": {req.MarshalJSON, JSON}} {
		raw, err := c.marshal()
		require.NoError(b, err)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				if err := c.check(raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
