package seglog

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"slices"
)

// A record is one batch, which a crash leaves whole or not at all: the marker of its file, a checksum of what follows, its
// length, and the changes. A change is a letter, the key and, for set, the value, for move, the key under which the value was,
// each behind its length.
//
// The marker is random, so that nobody can send data in which a record is found when a file is damaged.
const (
	opSet    = 's'
	opDelete = 'd'
	opMove   = 'm'
)

const (
	markerSize = 8
	sumSize    = 4
	lengthSize = 8
)

type marker []byte

// head is how much of a record comes before the changes.
func (m marker) head() int64 { return int64(len(m) + sumSize + lengthSize) }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// change is one of a batch.
type change struct {
	op  byte
	key string
	// value is that of set.
	value []byte
	// from is where move finds the value, whose key ends.
	from string
	// at is where the value begins behind the head of the record.
	at int
}

func appendText[T string | []byte](b []byte, text T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// weight is what a record takes that sets a value alone, at most.
func weight(key string, value []byte) int64 {
	return int64(markerSize + sumSize + lengthSize + 1 + 2*binary.MaxVarintLen32 + len(key) + len(value))
}

// appendRecord sets where the values are, too.
func appendRecord(b []byte, m marker, changes []change) []byte {
	head := int(m.head())
	size := head
	for _, c := range changes {
		size += 1 + 2*binary.MaxVarintLen64 + len(c.key) + len(c.value) + len(c.from)
	}
	b = slices.Grow(b, size)
	b = append(append(b, m...), make([]byte, sumSize+lengthSize)...)
	for i := range changes {
		c := &changes[i]
		b = appendText(append(b, c.op), c.key)
		switch c.op {
		case opSet:
			b = appendText(b, c.value)
			c.at = len(b) - len(c.value) - head
		case opMove:
			b = appendText(b, c.from)
		}
	}
	binary.LittleEndian.PutUint64(b[len(m)+sumSize:], uint64(len(b)-head))
	binary.LittleEndian.PutUint32(b[len(m):], crc32.Checksum(b[len(m)+sumSize:], castagnoli))
	return b
}

// readRecord reads the record at that place of a file into buf and returns its changes, or ok false where there is no whole one.
func readRecord(f io.ReaderAt, m marker, at, size int64, buf []byte) (changes, grown []byte, ok bool) {
	if size-at < m.head() {
		return nil, buf, false
	}
	head := make([]byte, m.head())
	if _, err := f.ReadAt(head, at); err != nil || !bytes.HasPrefix(head, m) {
		return nil, buf, false
	}
	head = head[len(m):]
	n := binary.LittleEndian.Uint64(head[sumSize:])
	if n > uint64(size-at-m.head()) {
		return nil, buf, false
	}
	buf = slices.Grow(buf[:0], int(n))[:n]
	if _, err := f.ReadAt(buf, at+m.head()); err != nil {
		return nil, buf, false
	}
	sum := crc32.Update(crc32.Checksum(head[sumSize:], castagnoli), castagnoli, buf)
	return buf, buf, sum == binary.LittleEndian.Uint32(head)
}

// nextRecord finds the next whole record at or behind a place, and is size where there is none.
func nextRecord(f io.ReaderAt, m marker, from, size int64) int64 {
	if len(m) == 0 {
		return size
	}
	const chunk = 1 << 20
	window := make([]byte, chunk+markerSize)
	for ; from < size; from += chunk {
		n, err := f.ReadAt(window, from)
		if err != nil && n == 0 {
			return size
		}
		for at := 0; ; at++ {
			i := bytes.Index(window[at:n], m)
			if i < 0 {
				break
			}
			at += i
			if _, _, ok := readRecord(f, m, from+int64(at), size, nil); ok {
				return from + int64(at)
			}
		}
	}
	return size
}

// eachChange calls f for the changes of a record until one is not understood, which it reports. Values are parts of the record.
func eachChange(record []byte, f func(change)) (understood bool) {
	text := func(from int) (start, end int, ok bool) {
		n, k := binary.Uvarint(record[from:])
		if k <= 0 || n > uint64(len(record)-from-k) {
			return 0, 0, false
		}
		return from + k, from + k + int(n), true
	}
	for i := 0; i < len(record); {
		c := change{op: record[i]}
		start, end, ok := text(i + 1)
		if !ok {
			return false
		}
		c.key = string(record[start:end])
		switch c.op {
		case opDelete:
		case opSet, opMove:
			if start, end, ok = text(end); !ok {
				return false
			}
			if c.op == opSet {
				c.at, c.value = start, record[start:end]
			} else {
				c.from = string(record[start:end])
			}
		default:
			return false
		}
		i = end
		f(c)
	}
	return true
}
