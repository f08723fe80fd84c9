package spanblock

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unsafe"
)

// reader walks over one column of a packed block, whose bytes it does not copy.
type reader interface {
	// open takes the n values at the head of data and returns what follows them. It checks all lengths, so that the
	// other methods cannot run over the end.
	open(data []byte, n int) (rest []byte, err error)
	// begin comes before the first copyTo into another column.
	begin()
	// copyTo appends the values from, ..., to-1 to a column of the same type.
	copyTo(dst column, from, to int)
}

var errShort = errors.New("the data ends within a column")

// newReader makes the reader for a ClickHouse type of the column table.
func newReader(typ string) (reader, error) {
	name, args, _ := strings.Cut(strings.TrimSuffix(typ, ")"), "(")
	switch name {
	case "String":
		return &textReader{}, nil
	case "LowCardinality":
		return &dictionaryReader{}, nil
	case "Nullable":
		of, err := newReader(args)
		if err != nil {
			return nil, err
		}
		return &nullableReader{values: *of.(*fixedReader)}, nil
	case "Array":
		of, err := newReader(args)
		return &arrayReader{of: of}, err
	case "Map":
		_, value, _ := strings.Cut(args, ", ")
		of, err := newReader(value)
		return &arrayReader{of: &pairReader{values: of}}, err
	}
	width, ok := widths[name]
	if !ok {
		return nil, fmt.Errorf("unknown type %s", typ)
	}
	return &fixedReader{width: width}, nil
}

// widths are the sizes of numbers in bytes.
var widths = map[string]int{
	"Bool": 1, "Enum8": 1, "UInt8": 1, "UInt16": 2, "UInt32": 4, "UInt64": 8, "Int64": 8, "Float64": 8, "DateTime64": 8, "Decimal": 8,
}

type fixedReader struct {
	width int
	buf   []byte
}

func (r *fixedReader) open(data []byte, n int) ([]byte, error) {
	if n > len(data)/r.width {
		return nil, errShort
	}
	r.buf = data[:n*r.width]
	return data[n*r.width:], nil
}

func (r *fixedReader) begin() {}

func (r *fixedReader) copyTo(dst column, from, to int) {
	d := dst.(*fixed)
	d.buf = append(d.buf, r.buf[from*r.width:to*r.width]...)
}

func (r *fixedReader) u64(i int) uint64 { return binary.LittleEndian.Uint64(r.buf[i*8:]) }

// textReader remembers where each string ends, its length in front included.
type textReader struct {
	buf  []byte
	ends []uint32
}

func (r *textReader) open(data []byte, n int) ([]byte, error) {
	r.ends = r.ends[:0]
	at := 0
	for range n {
		size, k := binary.Uvarint(data[at:])
		if k <= 0 || size > uint64(len(data)-at-k) {
			return nil, errShort
		}
		at += k + int(size)
		r.ends = append(r.ends, uint32(at))
	}
	r.buf = data[:at]
	return data[at:], nil
}

func (r *textReader) begin() {}

func (r *textReader) start(i int) int {
	if i == 0 {
		return 0
	}
	return int(r.ends[i-1])
}

func (r *textReader) copyTo(dst column, from, to int) {
	if from < to {
		d := dst.(*text)
		d.buf = append(d.buf, r.buf[r.start(from):r.ends[to-1]]...)
	}
}

// get returns a string that lives as long as the block's bytes.
func (r *textReader) get(i int) string {
	b := r.buf[r.start(i):r.ends[i]]
	_, k := binary.Uvarint(b)
	return view(b[k:])
}

// view is a string over bytes that do not change while it is used.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

type dictionaryReader struct {
	words textReader
	keys  []uint32
	// there is the number of each word in the column that is filled, plus 1.
	there []uint32
}

// open: a column without values is nothing at all, as it is written.
func (r *dictionaryReader) open(data []byte, n int) (rest []byte, err error) {
	r.keys = r.keys[:0]
	if n == 0 {
		return r.words.open(data, 0)
	}
	if len(data) < 16 {
		return nil, errShort
	}
	flags, words := binary.LittleEndian.Uint64(data), binary.LittleEndian.Uint64(data[8:])
	if data = data[16:]; words > uint64(len(data)) {
		return nil, errShort
	}
	if data, err = r.words.open(data, int(words)); err != nil {
		return nil, err
	}
	width := 1 << (flags & 0xff)
	if len(data) < 8 || flags&0xff > 2 || binary.LittleEndian.Uint64(data) != uint64(n) || n > (len(data)-8)/width {
		return nil, errShort
	}
	data = data[8:]
	for i := range n {
		var k uint32
		switch width {
		case 1:
			k = uint32(data[i])
		case 2:
			k = uint32(binary.LittleEndian.Uint16(data[2*i:]))
		default:
			k = binary.LittleEndian.Uint32(data[4*i:])
		}
		if uint64(k) >= words {
			return nil, fmt.Errorf("word %d of %d", k, words)
		}
		r.keys = append(r.keys, k)
	}
	return data[n*width:], nil
}

func (r *dictionaryReader) begin() {
	r.there = append(r.there[:0], make([]uint32, len(r.words.ends))...)
}

func (r *dictionaryReader) copyTo(dst column, from, to int) {
	d := dst.(*dictionary)
	for _, k := range r.keys[from:to] {
		if r.there[k] == 0 {
			r.there[k] = d.number(r.words.get(int(k))) + 1
		}
		d.keys = append(d.keys, r.there[k]-1)
	}
	if from < to {
		k := r.keys[to-1]
		d.last, d.lastKey = r.words.get(int(k)), r.there[k]-1
	}
}

func (r *dictionaryReader) get(i int) string { return r.words.get(int(r.keys[i])) }

type nullableReader struct {
	nulls  []byte
	values fixedReader
}

func (r *nullableReader) open(data []byte, n int) ([]byte, error) {
	if n > len(data) {
		return nil, errShort
	}
	r.nulls = data[:n]
	return r.values.open(data[n:], n)
}

func (r *nullableReader) begin() {}

func (r *nullableReader) copyTo(dst column, from, to int) {
	d := dst.(*nullable)
	d.nulls = append(d.nulls, r.nulls[from:to]...)
	r.values.copyTo(&d.values, from, to)
}

type arrayReader struct {
	offsets fixedReader
	of      reader
}

func (r *arrayReader) open(data []byte, n int) (rest []byte, err error) {
	r.offsets.width = 8
	if rest, err = r.offsets.open(data, n); err != nil {
		return nil, err
	}
	last := uint64(0)
	for i := range n {
		next := r.offsets.u64(i)
		// Every element takes at least a byte.
		if next < last || next > uint64(len(rest)) {
			return nil, errShort
		}
		last = next
	}
	return r.of.open(rest, int(last))
}

func (r *arrayReader) begin() { r.of.begin() }

func (r *arrayReader) start(i int) int {
	if i == 0 {
		return 0
	}
	return int(r.offsets.u64(i - 1))
}

func (r *arrayReader) copyTo(dst column, from, to int) {
	d := dst.(*array)
	for i := from; i < to; i++ {
		d.close(r.start(i+1) - r.start(i))
	}
	r.of.copyTo(d.of, r.start(from), r.start(to))
}

type pairReader struct {
	keys   dictionaryReader
	values reader
}

func (r *pairReader) open(data []byte, n int) (rest []byte, err error) {
	if rest, err = r.keys.open(data, n); err != nil {
		return nil, err
	}
	return r.values.open(rest, n)
}

func (r *pairReader) begin() {
	r.keys.begin()
	r.values.begin()
}

func (r *pairReader) copyTo(dst column, from, to int) {
	d := dst.(*pair)
	r.keys.copyTo(d.keys, from, to)
	r.values.copyTo(d.values, from, to)
}
