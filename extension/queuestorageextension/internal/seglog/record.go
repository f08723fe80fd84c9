package seglog

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"slices"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// A record is one batch, which a crash leaves whole or not at all: a checksum of what follows, its length, and the
// operations. An operation is a letter, the key and, for set, the value, each behind its length.
const (
	recordHead = 4 + 8
	opSet      = 's'
	opDelete   = 'd'
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func appendOp(b []byte, op byte, key string, value []byte) []byte {
	b = append(b, op)
	b = binary.AppendUvarint(b, uint64(len(key)))
	b = append(b, key...)
	if op == opSet {
		b = binary.AppendUvarint(b, uint64(len(value)))
		b = append(b, value...)
	}
	return b
}

// appendRecord begins with room for the head.
func appendRecord(b []byte, late []string, ops []*storage.Operation) []byte {
	b = append(b, make([]byte, recordHead)...)
	for _, key := range late {
		b = appendOp(b, opDelete, key, nil)
	}
	for _, op := range ops {
		switch op.Type {
		case storage.Set:
			b = appendOp(b, opSet, op.Key, op.Value)
		case storage.Delete:
			b = appendOp(b, opDelete, op.Key, nil)
		}
	}
	binary.LittleEndian.PutUint64(b[4:], uint64(len(b)-recordHead))
	binary.LittleEndian.PutUint32(b, crc32.Checksum(b[4:], castagnoli))
	return b
}

// readRecord reads the record at that place of a file into buf and returns its operations, or ok false where there is no whole one.
func readRecord(f io.ReaderAt, at, size int64, buf []byte) (ops, grown []byte, ok bool) {
	if size-at < recordHead {
		return nil, buf, false
	}
	var head [recordHead]byte
	if _, err := f.ReadAt(head[:], at); err != nil {
		return nil, buf, false
	}
	n := binary.LittleEndian.Uint64(head[4:])
	if n > uint64(size-at-recordHead) {
		return nil, buf, false
	}
	buf = slices.Grow(buf[:0], int(n))[:n]
	if _, err := f.ReadAt(buf, at+recordHead); err != nil {
		return nil, buf, false
	}
	sum := crc32.Update(crc32.Checksum(head[4:], castagnoli), castagnoli, buf)
	return buf, buf, sum == binary.LittleEndian.Uint32(head[:])
}

// eachOp calls f for the operations of a record; at is where the value begins in ops.
func eachOp(ops []byte, f func(op byte, key string, at int, value []byte)) {
	text := func(from int) (start, end int, ok bool) {
		n, k := binary.Uvarint(ops[from:])
		if k <= 0 || n > uint64(len(ops)-from-k) {
			return 0, 0, false
		}
		return from + k, from + k + int(n), true
	}
	for i := 0; i < len(ops); {
		op := ops[i]
		start, end, ok := text(i + 1)
		if !ok {
			return
		}
		key := string(ops[start:end])
		i = end
		if op == opSet {
			if start, end, ok = text(i); !ok {
				return
			}
			i = end
		}
		f(op, key, start, ops[start:end])
	}
}
