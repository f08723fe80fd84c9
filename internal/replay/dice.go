package replay

import (
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// dice is the one source of chance: the same seed plays the same conversations with the same ids.
type dice struct{ *rand.Rand }

func newDice(seed, stream uint64) dice { return dice{rand.New(rand.NewPCG(seed, stream))} }

// duration draws from a range with a lean towards its lower end, as latencies do.
func (d dice) duration(r spread) time.Duration {
	if r[1] <= r[0] {
		return r[0]
	}
	x := d.Float64()
	return r[0] + time.Duration(x*x*float64(r[1]-r[0]))
}

func (d dice) count(r between) int64 {
	if r[1] <= r[0] {
		return r[0]
	}
	return r[0] + d.Int64N(r[1]-r[0]+1)
}

func (d dice) traceID() (id pcommon.TraceID) {
	d.fill(id[:])
	return id
}

func (d dice) spanID() (id pcommon.SpanID) {
	d.fill(id[:])
	return id
}

func (d dice) fill(b []byte) {
	for i := range b {
		b[i] = byte(d.UintN(256))
	}
}

func (d dice) hex(n int) string {
	b := make([]byte, (n+1)/2)
	d.fill(b)
	return hex.EncodeToString(b)[:n]
}

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// responseID looks like the provider's own.
func (d dice) responseID(provider string) string {
	prefix, n := "", 24
	switch provider {
	case "openai":
		prefix, n = "chatcmpl-", 29
	case "anthropic":
		prefix = "msg_01"
	case "gcp.gemini":
		n = 22
	}
	var b strings.Builder
	b.WriteString(prefix)
	for range n {
		b.WriteByte(base62[d.IntN(len(base62))])
	}
	return b.String()
}
