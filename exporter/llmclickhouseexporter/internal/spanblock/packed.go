package spanblock

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// A packed block is: two bytes that no protobuf message begins with, a version, the layout's fingerprint, the time it was
// packed, the number of rows; then the values of each column, as Native has them, one behind the other.
const (
	packedVersion = 1
	headSize      = 3 + 8 + 8 + 4
)

var packedMagic = [2]byte{0, 'W'}

// ErrUnknownLayout says that a newer program packed the block.
var ErrUnknownLayout = errors.New("these spans were put into the queue by a newer WatchLLM; start that version again")

// IsPacked tells a packed block from a protobuf message.
func IsPacked(data []byte) bool {
	return len(data) >= headSize && data[0] == packedMagic[0] && data[1] == packedMagic[1]
}

// PackedRows is the number of rows that the head of a packed block says.
func PackedRows(data []byte) int {
	if !IsPacked(data) {
		return 0
	}
	n := int(binary.LittleEndian.Uint32(data[headSize-4:]))
	if n > len(data) {
		return 0 // damaged; Open says so
	}
	return n
}

// AppendPacked appends the block in the form in which it waits, without the time of storing, to dst.
func (b *Block) AppendPacked(dst []byte, now time.Time) []byte {
	own := layouts()[0]
	dst = append(dst, packedMagic[0], packedMagic[1], packedVersion)
	dst = append(dst, own.print[:]...)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(now.UnixNano()))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(b.rows))
	for _, c := range b.columns {
		if c != column(b.named.ingested) {
			dst = c.data(dst)
		}
	}
	return dst
}

// Packed is an opened packed block. It keeps the bytes it was opened with, and is used again for others.
type Packed struct {
	rows    int
	at      int64
	print   fingerprint
	readers []reader
	names   []string
	facts   factReaders
}

// factReaders are those of the columns that say what a row is.
type factReaders struct {
	tenant, project          *dictionaryReader
	name, scope, usageRole   *dictionaryReader
	trace, span              *textReader
	start, end, status, days *fixedReader
	ints                     *arrayReader
}

// Open reads a packed block; data must not change until the next Open. An error means that it can never be read, except
// ErrUnknownLayout.
func (p *Packed) Open(data []byte) error {
	if !IsPacked(data) {
		return errors.New("no packed block")
	}
	if data[2] != packedVersion {
		return ErrUnknownLayout
	}
	print := fingerprint(data[3:])
	if p.readers == nil || p.print != print {
		if err := p.use(print); err != nil {
			return err
		}
	}
	p.at = int64(binary.LittleEndian.Uint64(data[11:]))
	p.rows = int(binary.LittleEndian.Uint32(data[headSize-4:]))
	if p.rows > len(data) {
		return errShort
	}
	rest, err := data[headSize:], error(nil)
	for i, r := range p.readers {
		if rest, err = r.open(rest, p.rows); err != nil {
			return fmt.Errorf("column %s: %w", p.names[i], err)
		}
	}
	if len(rest) > 0 {
		return fmt.Errorf("%d bytes behind the last column", len(rest))
	}
	for i := range p.rows {
		if len(p.facts.trace.get(i)) != 32 || len(p.facts.span.get(i)) != 16 {
			return fmt.Errorf("row %d has no ids", i)
		}
	}
	return nil
}

func (p *Packed) use(print fingerprint) error {
	for _, l := range layouts() {
		if l.print != print {
			continue
		}
		p.readers, p.names = nil, nil
		byName := map[string]reader{}
		for _, c := range l.columns {
			r, err := newReader(c.typ)
			if err != nil {
				return err
			}
			p.readers = append(p.readers, r)
			p.names = append(p.names, c.name)
			byName[c.name] = r
		}
		f := &p.facts
		f.tenant, f.project = byName["tenant_id"].(*dictionaryReader), byName["project_id"].(*dictionaryReader)
		f.name, f.scope, f.usageRole = byName["name"].(*dictionaryReader), byName["scope_name"].(*dictionaryReader), byName["usage_role"].(*dictionaryReader)
		f.trace, f.span = byName["trace_id"].(*textReader), byName["span_id"].(*textReader)
		f.start, f.end = byName["start_time"].(*fixedReader), byName["end_time"].(*fixedReader)
		f.status, f.days = byName["status_code"].(*fixedReader), byName["retention_days"].(*fixedReader)
		f.ints = byName["attributes_int"].(*arrayReader)
		p.print = print
		return nil
	}
	return ErrUnknownLayout
}

// Rows is the number of rows.
func (p *Packed) Rows() int { return p.rows }

// At is when the block was packed.
func (p *Packed) At() time.Time { return time.Unix(0, p.at) }

// Facts are what the way into the store depends on.
type Facts struct {
	// Texts live as long as the block's bytes.
	Tenant, Project, Name, Scope, UsageRole string
	TraceID                                 pcommon.TraceID
	SpanID                                  pcommon.SpanID
	// Start and End are in nanoseconds since 1970.
	Start, End    int64
	Status        uint8
	RetentionDays uint16
}

// Facts returns those of row i. Ids that are not hexadecimal are zero.
func (p *Packed) Facts(i int) Facts {
	f := &p.facts
	out := Facts{
		Tenant: f.tenant.get(i), Project: f.project.get(i), Name: f.name.get(i), Scope: f.scope.get(i), UsageRole: f.usageRole.get(i),
		Start: int64(f.start.u64(i)), End: int64(f.end.u64(i)), Status: f.status.buf[i],
		RetentionDays: binary.LittleEndian.Uint16(f.days.buf[2*i:]),
	}
	fromHex(out.TraceID[:], f.trace.get(i))
	fromHex(out.SpanID[:], f.span.get(i))
	return out
}

// AttributeInt returns a whole number among the attributes of row i that have no column.
func (p *Packed) AttributeInt(i int, key string) (value int64, ok bool) {
	pairs := p.facts.ints.of.(*pairReader)
	for k := p.facts.ints.start(i); k < p.facts.ints.start(i+1); k++ {
		if pairs.keys.get(k) == key {
			return int64(pairs.values.(*fixedReader).u64(k)), true
		}
	}
	return 0, false
}

func fromHex(dst []byte, s string) {
	for i := range dst {
		dst[i] = nibble(s[2*i])<<4 | nibble(s[2*i+1])
	}
}

func nibble(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 0
}

// Expired is true for a row whose retention is over: ClickHouse would delete it as soon as it is stored.
func (f Facts) Expired(now int64) bool { return expired(f.Start, f.RetentionDays, now) }

// AppendRows adds the rows from, ..., to-1 of a packed block; now is their ingested_at. The block keeps strings of the packed
// one until it is reset.
func (b *Block) AppendRows(p *Packed, from, to int, now time.Time) {
	own := p.print == layouts()[0].print
	if own {
		i := 0
		for _, c := range b.columns {
			if c == column(b.named.ingested) {
				continue
			}
			p.readers[i].begin()
			p.readers[i].copyTo(c, from, to)
			i++
		}
	} else {
		b.appendOlder(p, from, to)
	}
	for range to - from {
		b.named.ingested.i64(now.UnixMilli())
	}
	b.rows += to - from
}

// appendOlder adds rows of a layout that lacks columns.
func (b *Block) appendOlder(p *Packed, from, to int) {
	for i, c := range b.columns {
		if c == column(b.named.ingested) {
			continue
		}
		if at, ok := p.column(columnName(i)); ok {
			p.readers[at].begin()
			p.readers[at].copyTo(c, from, to)
			continue
		}
		for range to - from {
			c.blank()
		}
	}
}

func (p *Packed) column(name string) (int, bool) {
	for i, n := range p.names {
		if n == name {
			return i, true
		}
	}
	return 0, false
}
