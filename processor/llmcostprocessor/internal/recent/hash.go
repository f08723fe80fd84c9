package recent

import (
	"encoding/binary"
	"hash/maphash"

	"github.com/watchllm/watchllm/internal/genai"
)

// hasher makes keys. It is seeded: ids come from payloads, and nobody shall choose those that fall together. Two keys that are equal by
// chance put spans into one chain that have nothing in common, which what is compared of them shows. It remembers the owner and the
// service it saw last, as most spans of a request have the same; so each request needs its own.
type hasher struct {
	seed            maphash.Seed
	tenant, project string
	service         string
	owned, called   uint64
}

func newHasher(seed maphash.Seed) hasher {
	h := hasher{seed: seed}
	h.owned = h.hashOwner("", "")
	h.called = h.mix(h.owned, maphash.String(seed, ""), 0)
	return h
}

// keys of a fact in the chains it belongs to. An ordinary span is only found by its id.
func (h *hasher) keys(f *genai.Fact) (k keys) {
	trace := h.traceOf(f)
	k[chainSpan] = key(h.mix(trace, binary.LittleEndian.Uint64(f.SpanID[:]), 0))
	if !genai.Concerns(f) {
		return k
	}
	k[chainTrace] = key(trace)
	if f.ResponseID != "" && len(f.ResponseID) <= MaxText {
		k[chainResponse] = key(h.mix(h.owner(f), maphash.String(h.seed, f.ResponseID), 0))
	}
	if f.Input.Known || f.Output.Known {
		caller := h.caller(f)
		k[chainTokens] = key(h.mix(caller, uint64(f.Input.N), uint64(f.Output.N))) //nolint:gosec // any bits do
		if n, ok := f.Uncached(); ok {
			k[chainUncached] = key(h.mix(caller, uint64(n), uint64(f.Output.N))) //nolint:gosec // any bits do
		}
		if n, ok := f.Unreasoned(); ok {
			k[chainUnreasoned] = key(h.mix(caller, uint64(f.Input.N), uint64(n))) //nolint:gosec // any bits do
		}
	}
	return k
}

// key is never 0, which means no key.
func key(hash uint64) uint32 { return uint32(hash>>32) | 1 } //nolint:gosec // half of the bits

// span is the key of a span in the trace of a fact.
func (h *hasher) span(of *genai.Fact, span [8]byte) uint32 {
	return key(h.mix(h.traceOf(of), binary.LittleEndian.Uint64(span[:]), 0))
}

func (h *hasher) trace(f *genai.Fact) uint32 { return key(h.traceOf(f)) }

func (h *hasher) traceOf(f *genai.Fact) uint64 {
	return h.mix(h.owner(f), binary.LittleEndian.Uint64(f.TraceID[:8]), binary.LittleEndian.Uint64(f.TraceID[8:]))
}

// owner keeps what different tenants, and projects of one, send under the same ids out of each other's chains.
func (h *hasher) owner(f *genai.Fact) uint64 {
	if f.Tenant != h.tenant || f.Project != h.project {
		h.tenant, h.project = f.Tenant, f.Project
		h.owned = h.hashOwner(f.Tenant, f.Project)
		h.called = h.mix(h.owned, maphash.String(h.seed, h.service), 0)
	}
	return h.owned
}

func (h *hasher) hashOwner(tenant, project string) uint64 {
	return h.mix(maphash.String(h.seed, tenant), maphash.String(h.seed, project), 0)
}

// caller is the service of an owner.
func (h *hasher) caller(f *genai.Fact) uint64 {
	if owner := h.owner(f); f.Service != h.service {
		h.service = f.Service
		h.called = h.mix(owner, maphash.String(h.seed, f.Service), 0)
	}
	return h.called
}

func (h *hasher) mix(a, b, c uint64) uint64 {
	var buf [24]byte
	binary.LittleEndian.PutUint64(buf[:8], a)
	binary.LittleEndian.PutUint64(buf[8:16], b)
	binary.LittleEndian.PutUint64(buf[16:], c)
	return maphash.Bytes(h.seed, buf[:])
}
