package spanblock

import (
	"crypto/sha256"
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"github.com/watchllm/watchllm/internal/clickhouse"
)

// layout is the columns of a packed block in their order. Blocks outlive the program that packed them, so every layout
// that ever was is kept in layouts.txt, and a block names its own by a fingerprint.
type layout struct {
	print   fingerprint
	columns []layoutColumn
}

type layoutColumn struct{ name, typ string }

type fingerprint [8]byte

// stamped is the column that is left out of packed blocks: when a row is stored is not known before.
const stamped = "ingested_at"

//go:embed layouts.txt
var layoutsText string

// layouts are all known ones; the first is this program's.
var layouts = sync.OnceValue(func() []layout {
	own := layout{}
	for _, c := range clickhouse.SpanColumns {
		if c.Name != stamped {
			own.columns = append(own.columns, layoutColumn{c.Name, c.Type})
		}
	}
	own.print = fingerprintOf(own.columns)
	out := []layout{own}
	for text := range strings.SplitSeq(strings.TrimSpace(layoutsText), "\n\n") {
		var l layout
		for line := range strings.Lines(text) {
			name, typ, _ := strings.Cut(strings.TrimSpace(line), " ")
			l.columns = append(l.columns, layoutColumn{name, typ})
		}
		if l.print = fingerprintOf(l.columns); l.print != own.print {
			out = append(out, l)
		}
	}
	return out
})

func fingerprintOf(columns []layoutColumn) (f fingerprint) {
	sum := sha256.Sum256([]byte(layoutText(columns)))
	copy(f[:], sum[:])
	return f
}

func layoutText(columns []layoutColumn) string {
	var b strings.Builder
	for _, c := range columns {
		fmt.Fprintf(&b, "%s %s\n", c.name, c.typ)
	}
	return b.String()
}
