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
	k[chainSpan] = h.span(f.Tenant, f.TraceID, f.SpanID)
	if !genai.Concerns(f) {
		return k
	}
	k[chainTrace] = h.trace(f.Tenant, f.TraceID)
	if f.ResponseID != "" && len(f.ResponseID) <= MaxText {
		k[chainResponse] = h.mix(maphash.String(h.seed, f.Tenant), maphash.String(h.seed, f.ResponseID), 0)
	}
	if f.Input.Known || f.Output.Known {
		caller := h.mix(maphash.String(h.seed, f.Tenant), maphash.String(h.seed, f.Service), 0)
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

func (h hasher) span(tenant string, trace [16]byte, span [8]byte) uint64 {
	return h.mix(h.trace(tenant, trace), binary.LittleEndian.Uint64(span[:]), 0)
}

func (h hasher) trace(tenant string, trace [16]byte) uint64 {
	return h.mix(maphash.String(h.seed, tenant), binary.LittleEndian.Uint64(trace[:8]), binary.LittleEndian.Uint64(trace[8:]))
}

// mix is never 0, which means no key.
func (h hasher) mix(a, b, c uint64) uint64 {
	var buf [24]byte
	binary.LittleEndian.PutUint64(buf[:8], a)
	binary.LittleEndian.PutUint64(buf[8:16], b)
	binary.LittleEndian.PutUint64(buf[16:], c)
	return maphash.Bytes(h.seed, buf[:]) | 1
}
