package foreign

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Much said of a trace by many records is no more work for each of its spans than one record, and what is long stays on the root.
func TestMuchIsSaidOfATrace(t *testing.T) {
	b := newBench(t, nil)
	const n = 4000
	parts := []Part{part("root", func(p *Part) { p.Opens, p.Closes, p.AwaitsTrace = true, true, true })}
	for i := range n {
		parts = append(parts,
			part("", func(p *Part) {
				p.WholeTrace = true
				for j := range 8 {
					p.Attributes.PutInt(fmt.Sprint("n", i, ".", j), int64(i))
				}
				p.Attributes.PutStr("long", strings.Repeat("x", handedBytes))
				p.Attributes.PutStr("zz.user", "u")
			}),
			part(fmt.Sprint(i), func(p *Part) {
				p.Opens, p.Closes, p.AwaitsTrace, p.ParentID = true, true, true, "root"
			}))
	}
	b.take("a", parts...)
	require.Len(t, b.out, n+1)
	for _, s := range b.out {
		_, long := s.span.Attributes().Get("long")
		_, user := s.span.Attributes().Get("zz.user")
		if s.span.ParentSpanID().IsEmpty() {
			require.True(t, long && user)
			require.LessOrEqual(t, s.span.Attributes().Len(), maxAttributes+3)
			continue
		}
		require.False(t, long)
		require.LessOrEqual(t, s.span.Attributes().Len(), handedMost+3, "and its three ids")
	}
}

// Parts of a span have room for so many attributes together, and the span says that some are missing.
func TestMergedAttributesAreBounded(t *testing.T) {
	b := newBench(t, nil)
	halves := []Part{opening("s"), closing("s")}
	for h := range halves {
		for i := range maxAttributes {
			halves[h].Attributes.PutInt(fmt.Sprint(h, ".", i), 1)
		}
	}
	b.take("a", halves...)
	got := b.out[0].span
	assert.LessOrEqual(t, got.Attributes().Len(), maxAttributes+2)
	assert.InDelta(t, maxAttributes, got.DroppedAttributesCount(), 8)
}

// One request may bring more than may be held at all: what is too much leaves again at once.
func TestOneRequestIsMoreThanMayBeHeld(t *testing.T) {
	b := newBench(t, func(s *Settings) { s.MaxBytes, s.MaxTenantBytes = 20_000, 10_000 })
	var parts []Part
	for i := range 1000 {
		parts = append(parts, opening(fmt.Sprint(i)))
	}
	b.take("a", parts...)
	_, bytes := b.Held()
	assert.LessOrEqual(t, bytes, int64(10_000))
	spans, _ := b.Held()
	assert.Equal(t, 1000, spans+len(b.out))
}

func TestCheckSize(t *testing.T) {
	parts := make([]Part, 100)
	for i := range parts {
		parts[i] = part(fmt.Sprint(i), func(p *Part) { p.Resource.PutStr("said of all", strings.Repeat("x", 100)) })
	}
	require.NoError(t, CheckSize(parts, 20_000))
	require.ErrorIs(t, CheckSize(parts, 10_000), ErrTooLarge)
}
