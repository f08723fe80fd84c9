package dedup

import (
	"encoding/binary"
	"hash/maphash"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// Key is the identity of a span as it is spelled in the store.
type Key struct {
	Tenant, Project string
	Trace           pcommon.TraceID
	Span            pcommon.SpanID
	// Start is the span's start_time in nanoseconds; it is not part of the identity, but of the
	// question where to look for it.
	Start int64
	// Revision counts the versions of a span that is completed after it was stored, from 1. Each takes the place of those before it.
	Revision uint32
}

// ID stands for the identity in memory. It is keyed by the process, so that no sender can construct
// two identities with one ID, and has 128 bits, so that none meet by chance.
type ID [16]byte

// Print tells two versions of one span apart: 0 means unknown. Its upper half is of the start alone, which no version changes.
type Print uint64

// elsewhere reports whether the prints are of spans that began at different times: of two spans with the same ids.
func (p Print) elsewhere(o Print) bool { return p != 0 && o != 0 && p>>32 != o>>32 }

// Hasher makes IDs and Prints. Those of two Hashers cannot be compared.
type Hasher struct{ a, b maphash.Seed }

// NewHasher makes a Hasher with a key of its own.
func NewHasher() Hasher { return Hasher{maphash.MakeSeed(), maphash.MakeSeed()} }

// ID returns the ID of an identity.
func (h Hasher) ID(k Key) ID {
	var buf [256]byte
	b := append(buf[:0], k.Trace[:]...)
	b = append(b, k.Span[:]...)
	b = append(b, k.Tenant...)
	b = append(b, 0) // in no name: the keys of other projects cannot make this one's
	b = append(b, k.Project...)
	var id ID
	binary.LittleEndian.PutUint64(id[:8], maphash.Bytes(h.a, b))
	binary.LittleEndian.PutUint64(id[8:], maphash.Bytes(h.b, b))
	return id
}

// Print returns the print of a span's version from facts that the store can tell too.
func (h Hasher) Print(start, end int64, status uint8, name string) Print {
	var buf [256]byte
	b := binary.LittleEndian.AppendUint64(buf[:0], uint64(start))
	began := maphash.Bytes(h.a, b) << 32
	b = binary.LittleEndian.AppendUint64(b, uint64(end))
	b = append(b, status)
	b = append(b, name...)
	return Print(began | maphash.Bytes(h.a, b)>>32 | 1)
}
