package spanblock

import (
	"encoding/binary"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/testkit"
)

var update = flag.Bool("update", false, "add this program's layout to layouts.txt")

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func pack(td ptrace.Traces) []byte {
	b := New()
	appendAll(b, td, now)
	return b.AppendPacked(nil, now)
}

func open(t testing.TB, data []byte) *Packed {
	var p Packed
	require.NoError(t, p.Open(data))
	return &p
}

// samples are spans of real instrumentation, and made ones.
func samples(t testing.TB) []ptrace.Traces {
	out := []ptrace.Traces{llmSpans(300)}
	for _, c := range testkit.Cases(t) {
		if c.HasTraces() {
			out = append(out, c.Traces(t)...)
		}
	}
	for _, td := range out {
		for _, rs := range td.ResourceSpans().All() {
			for _, ss := range rs.ScopeSpans().All() {
				for _, s := range ss.Spans().All() {
					uniqueKeys(s.Attributes())
				}
			}
		}
	}
	return out
}

// uniqueKeys removes what OTLP forbids, and pdata cannot write: a second value under one key.
func uniqueKeys(m pcommon.Map) {
	seen := map[string]bool{}
	m.RemoveIf(func(k string, _ pcommon.Value) bool {
		again := seen[k]
		seen[k] = true
		return again
	})
}

func TestPackedBlocksMergeIntoTheBlockOfAllRows(t *testing.T) {
	all := samples(t)
	direct, merged, older := New(), New(), New()
	packed := make([]*Packed, len(all))
	for i, td := range all {
		appendAll(direct, td, now)
		packed[i] = open(t, pack(td))
		merged.AppendRows(packed[i], 0, packed[i].Rows(), now)
		older.appendOlder(packed[i], 0, packed[i].Rows())
	}
	want := direct.AppendNative(nil)
	require.Equal(t, want, merged.AppendNative(nil))
	older.rows = direct.rows
	for range older.rows {
		older.named.ingested.i64(now.UnixMilli())
	}
	require.Equal(t, want, older.AppendNative(nil))

	// Row by row, too, and a block that is used again holds nothing of before.
	merged.Reset()
	for _, p := range packed {
		for i := range p.Rows() {
			merged.AppendRows(p, i, i+1, now)
		}
	}
	require.Equal(t, want, merged.AppendNative(nil))
}

func TestRestoredSpansBecomeTheSameRows(t *testing.T) {
	for _, td := range samples(t) {
		first := open(t, pack(td))
		restored := ptrace.NewTraces()
		for i := range first.Rows() {
			first.Restore(i, restored)
		}
		a, b := New(), New()
		a.AppendRows(first, 0, first.Rows(), now)
		days := int(first.Facts(0).RetentionDays)
		require.Equal(t, 30, days)
		again := open(t, pack(restored))
		b.AppendRows(again, 0, again.Rows(), now)
		require.Equal(t, rowsOf(a), rowsOf(b))
	}
}

// rowsOf compares without the order within maps, which pdata does not promise.
func rowsOf(b *Block) []string {
	out := []string{}
	for i := range b.columns {
		data := b.AppendColumn(nil, i)
		sum := 0
		for _, c := range data {
			sum += int(c)
		}
		out = append(out, columnName(i)+" "+string(binary.AppendUvarint(nil, uint64(len(data))))+string(binary.AppendUvarint(nil, uint64(sum))))
	}
	return out
}

func TestFactsAreThoseOfTheSpan(t *testing.T) {
	td := llmSpans(3)
	p := open(t, pack(td))
	require.Equal(t, 3, PackedRows(pack(td)))
	require.Equal(t, now.UnixNano(), p.At().UnixNano())
	for i, s := range td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		require.Equal(t, Facts{
			Tenant: "default", Project: "default", Name: "chat gpt-5.2", Scope: "opentelemetry.instrumentation.openai", UsageRole: "call", TraceID: s.TraceID(), SpanID: s.SpanID(),
			Start: int64(s.StartTimestamp()), End: int64(s.EndTimestamp()), RetentionDays: 30,
		}, p.Facts(i))
	}
}

func TestAttributesWithoutAColumnAreFound(t *testing.T) {
	p := open(t, pack(llmSpans(3)))
	for i := range p.Rows() {
		port, ok := p.AttributeInt(i, "server.port")
		require.True(t, ok)
		require.EqualValues(t, 443, port)
		_, ok = p.AttributeInt(i, "server")
		require.False(t, ok)
	}
}

func TestBrokenBlocksAreRefused(t *testing.T) {
	data := pack(llmSpans(2))
	var p Packed
	for n := range data {
		require.Error(t, p.Open(data[:n]), n)
	}
	require.Error(t, p.Open(append(data, 0)))
	newer := append([]byte(nil), data...)
	newer[5] ^= 1
	require.ErrorIs(t, p.Open(newer), ErrUnknownLayout)
	require.NoError(t, p.Open(data))
}

func FuzzOpen(f *testing.F) {
	f.Add(pack(llmSpans(2)))
	f.Fuzz(func(t *testing.T, data []byte) {
		var p Packed
		if p.Open(data) != nil {
			return
		}
		b := New()
		b.AppendRows(&p, 0, p.Rows(), now)
		b.AppendNative(nil)
		for i := range p.Rows() {
			p.Facts(i)
			p.Restore(i, ptrace.NewTraces())
		}
	})
}

// A queue may hold blocks of every layout that a released program had.
func TestLayoutIsKnownToLaterPrograms(t *testing.T) {
	own := layoutText(layouts()[0].columns)
	if *update && !strings.Contains(layoutsText, own) {
		require.NoError(t, os.WriteFile("layouts.txt", []byte(strings.TrimLeft(strings.TrimRight(layoutsText, "\n")+"\n\n"+own, "\n")), 0o644))
		return
	}
	require.Contains(t, layoutsText, own, "run: go test -update, which adds a layout; never remove one that was released")
	seen := map[string]string{}
	for _, l := range layouts() {
		for _, c := range l.columns {
			if typ, ok := seen[c.name]; ok {
				require.Equal(t, typ, c.typ, "column %s changed its type, so that blocks in a queue could not be stored", c.name)
			}
			seen[c.name] = c.typ
		}
	}
}
