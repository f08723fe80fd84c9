package llmclickhouseexporter

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/settling"
)

// The statements of settling hold thousands of values. As parameters they would go into the URL, which proxies cut off at a few
// thousand bytes; so they stand in the text, all of them as digits or hexadecimal, which nothing a sender wrote can break out of.

// ids writes trace or span ids as a list of strings.
func ids[T interface{ String() string }](b *strings.Builder, all []T) {
	commas(b, len(all), func(i int) {
		b.WriteByte('\'')
		// Hexadecimal, and nothing for an empty id.
		b.WriteString(all[i].String())
		b.WriteByte('\'')
	})
}

// texts writes strings as an array expression.
func texts(b *strings.Builder, all []string) {
	b.WriteString("arrayMap(x -> unhex(x), [")
	commas(b, len(all), func(i int) {
		b.WriteByte('\'')
		b.WriteString(hex.EncodeToString([]byte(all[i])))
		b.WriteByte('\'')
	})
	b.WriteString("])")
}

// integers writes whole numbers as a list.
func integers(b *strings.Builder, all []int64) {
	commas(b, len(all), func(i int) { b.WriteString(strconv.FormatInt(all[i], 10)) })
}

func commas(b *strings.Builder, n int, item func(i int)) {
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		item(i)
	}
}

// among writes a condition that a text column is one of the values.
func among(b *strings.Builder, column string, values []string) {
	b.WriteString(column)
	b.WriteString(" IN (SELECT arrayJoin(")
	texts(b, values)
	b.WriteString("))")
}

// within writes the condition that a row lies in one of the windows; there is at least one.
func within(b *strings.Builder, windows []settling.Window) {
	b.WriteByte('(')
	for i, w := range windows {
		if i > 0 {
			b.WriteString(" OR ")
		}
		b.WriteString("start_time BETWEEN ")
		moment(b, w.First)
		b.WriteString(" AND ")
		moment(b, w.Last)
	}
	b.WriteByte(')')
}

// moment writes a time as the start_time column reads it.
func moment(b *strings.Builder, ns int64) {
	b.WriteByte('\'')
	b.WriteString(time.Unix(0, ns).UTC().Format("2006-01-02 15:04:05.000000000"))
	b.WriteByte('\'')
}
