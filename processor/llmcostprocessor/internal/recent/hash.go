package recent

import (
	"encoding/binary"
	"hash/maphash"

	"github.com/watchllm/watchllm/internal/genai"
)

// hasher makes keys. It is seeded: ids come from payloads, and nobody shall choose those that fall together.
type hasher struct{ seed maphash.Seed }

func newHasher() hasher { return hasher{maphash.MakeSeed()} }

// keys of a fact in the chains it belongs to. An ordinary span is only found by its id.
func (h hasher) keys(f *genai.Fact) (k keys) {
	k[chainSpan] = h.span(f, f.SpanID)
	if !genai.Concerns(f) {
		return k
	}
	k[chainTrace] = h.trace(f)
	if f.ResponseID != "" && len(f.ResponseID) <= MaxText {
		k[chainResponse] = h.mix(h.owner(f), maphash.String(h.seed, f.ResponseID), 0)
	}
	if f.Input.Known || f.Output.Known {
		caller := h.mix(h.owner(f), maphash.String(h.seed, f.Service), 0)
		k[chainTokens] = h.mix(caller, uint64(f.Input.N), uint64(f.Output.N)) //nolint:gosec // any bits do
		if n, ok := f.Uncached(); ok {
			k[chainUncached] = h.mix(caller, uint64(n), uint64(f.Output.N)) //nolint:gosec // any bits do
		}
		if n, ok := f.Unreasoned(); ok {
			k[chainUnreasoned] = h.mix(caller, uint64(f.Input.N), uint64(n)) //nolint:gosec // any bits do
		}
	}
	return k
}

// span is the key of a span in the trace of a fact.
func (h hasher) span(of *genai.Fact, span [8]byte) uint64 {
	return h.mix(h.trace(of), binary.LittleEndian.Uint64(span[:]), 0)
}

func (h hasher) trace(f *genai.Fact) uint64 {
	return h.mix(h.owner(f), binary.LittleEndian.Uint64(f.TraceID[:8]), binary.LittleEndian.Uint64(f.TraceID[8:]))
}

// owner keeps what different tenants, and projects of one, send under the same ids out of each other's chains.
func (h hasher) owner(f *genai.Fact) uint64 {
	return h.mix(maphash.String(h.seed, f.Tenant), maphash.String(h.seed, f.Project), 0)
}

// mix is never 0, which means no key.
func (h hasher) mix(a, b, c uint64) uint64 {
	var buf [24]byte
	binary.LittleEndian.PutUint64(buf[:8], a)
	binary.LittleEndian.PutUint64(buf[8:16], b)
	binary.LittleEndian.PutUint64(buf[16:], c)
	return maphash.Bytes(h.seed, buf[:]) | 1
}
