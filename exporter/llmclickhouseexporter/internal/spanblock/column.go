package spanblock

import (
	"encoding/binary"
	"encoding/hex"
	"math"
)

// column is one column of a block, held in the form in which it is sent. All columns of a block get one
// value per row; reset keeps the memory for the next block.
type column interface {
	// prefix writes what goes before the data of the whole column.
	prefix(dst []byte) []byte
	// data writes the values.
	data(dst []byte) []byte
	// blank adds the value of a row that knows nothing of the column.
	blank()
	reset()
}

// fixed holds numbers as little-endian bytes, all of the same width.
type fixed struct {
	buf   []byte
	width int
}

func (c *fixed) u8(v uint8)     { c.buf = append(c.buf, v) }
func (c *fixed) u16(v uint16)   { c.buf = binary.LittleEndian.AppendUint16(c.buf, v) }
func (c *fixed) u32(v uint32)   { c.buf = binary.LittleEndian.AppendUint32(c.buf, v) }
func (c *fixed) u64(v uint64)   { c.buf = binary.LittleEndian.AppendUint64(c.buf, v) }
func (c *fixed) i64(v int64)    { c.u64(uint64(v)) }
func (c *fixed) f64(v float64)  { c.u64(math.Float64bits(v)) }
func (c *fixed) boolean(v bool) { c.u8(bit(v)) }

func (c *fixed) blank() { c.buf = append(c.buf, make([]byte, c.width)...) }

func (c *fixed) prefix(dst []byte) []byte { return dst }
func (c *fixed) data(dst []byte) []byte   { return append(dst, c.buf...) }
func (c *fixed) reset()                   { c.buf = c.buf[:0] }

func bit(v bool) uint8 {
	if v {
		return 1
	}
	return 0
}

// text holds strings, each behind its length.
type text struct{ buf []byte }

func (c *text) add(s string) {
	c.buf = binary.AppendUvarint(c.buf, uint64(len(s)))
	c.buf = append(c.buf, s...)
}

func (c *text) addHex(b []byte) {
	c.buf = binary.AppendUvarint(c.buf, uint64(hex.EncodedLen(len(b))))
	c.buf = hex.AppendEncode(c.buf, b)
}

func (c *text) blank() { c.add("") }

func (c *text) prefix(dst []byte) []byte { return dst }
func (c *text) data(dst []byte) []byte   { return append(dst, c.buf...) }
func (c *text) reset()                   { c.buf = c.buf[:0] }

// Flags of a LowCardinality column whose whole dictionary comes with the block.
const (
	lowCardinalityVersion = 1
	hasAdditionalKeys     = 1 << 9
	needUpdateDictionary  = 1 << 10
)

// dictionary holds a LowCardinality(String) column: each distinct string once, and a number per row.
type dictionary struct {
	words text
	index map[string]uint32
	keys  []uint32
	// last spares the lookup for runs of one value, the usual case within a batch.
	last    string
	lastKey uint32
}

func (c *dictionary) add(s string) {
	if len(c.keys) > 0 && s == c.last {
		c.keys = append(c.keys, c.lastKey)
		return
	}
	k := c.number(s)
	c.last, c.lastKey = s, k
	c.keys = append(c.keys, k)
}

// number is the number of a word, which is added when it is new.
func (c *dictionary) number(s string) uint32 {
	k, ok := c.index[s]
	if !ok {
		if c.index == nil {
			c.index = make(map[string]uint32)
		}
		k = uint32(len(c.index))
		c.index[s] = k
		c.words.add(s)
	}
	return k
}

func (c *dictionary) blank() { c.add("") }

func (c *dictionary) prefix(dst []byte) []byte {
	return binary.LittleEndian.AppendUint64(dst, lowCardinalityVersion)
}

func (c *dictionary) data(dst []byte) []byte {
	if len(c.keys) == 0 {
		return dst
	}
	width := uint64(0)
	switch n := len(c.index); {
	case n > math.MaxUint16+1:
		width = 2
	case n > math.MaxUint8+1:
		width = 1
	}
	dst = binary.LittleEndian.AppendUint64(dst, hasAdditionalKeys|needUpdateDictionary|width)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(len(c.index)))
	dst = c.words.data(dst)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(len(c.keys)))
	for _, k := range c.keys {
		switch width {
		case 0:
			dst = append(dst, byte(k))
		case 1:
			dst = binary.LittleEndian.AppendUint16(dst, uint16(k))
		default:
			dst = binary.LittleEndian.AppendUint32(dst, k)
		}
	}
	return dst
}

// reset also lets go of the strings, which belong to the data that was converted.
func (c *dictionary) reset() {
	c.words.reset()
	clear(c.index)
	c.keys = c.keys[:0]
	c.last, c.lastKey = "", 0
}

// nullable holds 8-byte or 1-byte numbers of which some are unknown.
type nullable struct {
	nulls  []byte
	values fixed
}

func (c *nullable) u64(v uint64, known bool) {
	c.nulls = append(c.nulls, bit(!known))
	if !known {
		v = 0
	}
	c.values.u64(v)
}

func (c *nullable) boolean(v, known bool) {
	c.nulls = append(c.nulls, bit(!known))
	c.values.boolean(v && known)
}

func (c *nullable) blank() {
	c.nulls = append(c.nulls, 1)
	c.values.blank()
}

func (c *nullable) prefix(dst []byte) []byte { return dst }
func (c *nullable) data(dst []byte) []byte   { return c.values.data(append(dst, c.nulls...)) }
func (c *nullable) reset() {
	c.nulls = c.nulls[:0]
	c.values.reset()
}

// array holds lists: the running total of elements after each row, then all elements.
type array struct {
	offsets fixed
	total   uint64
	of      column
}

// close ends a row of n elements.
func (c *array) close(n int) {
	c.total += uint64(n)
	c.offsets.u64(c.total)
}

func (c *array) blank() { c.close(0) }

func (c *array) prefix(dst []byte) []byte { return c.of.prefix(dst) }
func (c *array) data(dst []byte) []byte   { return c.of.data(c.offsets.data(dst)) }
func (c *array) reset() {
	c.offsets.reset()
	c.total = 0
	c.of.reset()
}

// pair is the two columns of a map's keys and values, which a map holds as an array of pairs.
type pair struct {
	keys   *dictionary
	values column
}

func (c *pair) blank() {}

func (c *pair) prefix(dst []byte) []byte { return c.values.prefix(c.keys.prefix(dst)) }
func (c *pair) data(dst []byte) []byte   { return c.values.data(c.keys.data(dst)) }
func (c *pair) reset() {
	c.keys.reset()
	c.values.reset()
}
