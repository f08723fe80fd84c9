package event

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// Reader fills a Record from JSON. The first wrong field ends the event: later calls do nothing.
type Reader struct {
	Record *Record
	limits Limits
	path   []string
	err    *Rejection
}

// NewReader reads into rec.
func NewReader(rec *Record, limits Limits) *Reader { return &Reader{Record: rec, limits: limits} }

// Rejection is the first thing that was wrong, or nil.
func (r *Reader) Rejection() *Rejection { return r.err }

// Reject ends the event because of the field being read.
func (r *Reader) Reject(code, format string, args ...any) {
	if r.err != nil {
		return
	}
	r.err = &Rejection{
		Index: r.Record.Index, ID: r.Record.ID, Code: code,
		Field: strings.Join(r.path, "."), Message: fmt.Sprintf(format, args...),
	}
}

// RejectField ends the event because of a field beside or below the one being read.
func (r *Reader) RejectField(field, code, format string, args ...any) {
	r.In(field, func() { r.Reject(code, format, args...) })
}

// In reads something below the field name, so that what is wrong with it is reported there.
func (r *Reader) In(field string, read func()) {
	r.path = append(r.path, field)
	read()
	r.path = r.path[:len(r.path)-1]
}

// Field reads one field of an object.
type Field func(r *Reader, v jsontree.Value)

// Row gives a field its names; of each the camelCase spelling is known too.
type Row struct {
	Names []string
	Read  Field
}

// F is a row: names separated by |, the contract's own first.
func F(names string, read Field) Row { return Row{strings.Split(names, "|"), read} }

// Apart are rows of fields that are read apart from the others, in their own order.
func Apart(names ...string) []Row {
	rows := make([]Row, 0, len(names))
	for _, name := range names {
		rows = append(rows, F(name, func(*Reader, jsontree.Value) {}))
	}
	return rows
}

// Table reads the fields of an object by name.
type Table map[string]entry

// entry keeps the name beside its field, so that looking it up costs no new string.
type entry struct {
	name string
	// field is the contract's own name, the same for all spellings of a row.
	field string
	// row counts the rows of a table, so that one bit tells whether a field was there in another spelling.
	row  int
	read Field
}

// maxRows is the number of bits there are for rows.
const maxRows = 64

// NewTable joins rows and other tables; a row of a later argument wins.
func NewTable(base Table, rows ...Row) Table {
	t := make(Table, len(base)+2*len(rows))
	next := 0
	for name, f := range base {
		t[name] = f
		next = max(next, f.row+1)
	}
	for _, row := range rows {
		for _, name := range row.Names {
			for _, spelling := range []string{name, camel(name)} {
				t[spelling] = entry{name: spelling, field: row.Names[0], row: next, read: row.Read}
			}
		}
		next++
	}
	if next > maxRows {
		panic("event: a table has more rows than there are bits for")
	}
	return t
}

// Spellings are the names the table knows, each with the contract's own name of the field.
func (t Table) Spellings() map[string]string {
	out := make(map[string]string, len(t))
	for name, f := range t {
		out[name] = f.field
	}
	return out
}

// also is put before the name of a field that is there in two spellings: the first is the field, the second is kept as unknown.
const also = "also."

// Read reads every field of an object. Fields that are null count as absent. unknown gets those that are not in the table.
func (t Table) Read(r *Reader, object jsontree.Value, unknown func(r *Reader, name string, v jsontree.Value)) {
	if object.Kind() != jsontree.Object {
		r.Reject(CodeInvalidType, "must be an object, is %s", object.Kind())
		return
	}
	fields, seen := 0, uint64(0)
	for key, v := range object.Fields() {
		if r.err != nil {
			return
		}
		if fields++; fields > maxAttributes {
			r.Reject(CodeTooManyFields, "has more than %d fields", maxAttributes)
			return
		}
		if v.IsNothing() {
			continue
		}
		if len(key) > maxNameLength {
			r.Reject(CodeTooLarge, "has a field name of %d bytes; use at most %d", len(key), maxNameLength)
			return
		}
		f, known := t[string(key)]
		again := known && seen&(1<<f.row) != 0 && t.first(object, f.row) != f.name
		if known && !again {
			seen |= 1 << f.row
			r.path = append(r.path, f.name)
			f.read(r, v)
		} else {
			name := string(key)
			r.path = append(r.path, name)
			if again || len(t) > 0 && strings.HasPrefix(name, also) {
				name = also + name
			}
			unknown(r, name, v)
		}
		r.path = r.path[:len(r.path)-1]
	}
}

// first is the spelling of a row that comes first in the object.
func (t Table) first(object jsontree.Value, row int) string {
	for key, v := range object.Fields() {
		if f, known := t[string(key)]; known && f.row == row && !v.IsNothing() {
			return f.name
		}
	}
	return ""
}

// Each reads the elements of a list one by one.
func (r *Reader) Each(list jsontree.Value, read Field) {
	if list.Kind() != jsontree.Array {
		r.Reject(CodeInvalidType, "must be a list, is %s", list.Kind())
		return
	}
	for i, v := range list.Elements() {
		if r.err != nil {
			return
		}
		r.path = append(r.path, strconv.Itoa(i))
		read(r, v)
		r.path = r.path[:len(r.path)-1]
	}
}

func camel(snake string) string {
	var b strings.Builder
	up := false
	for _, c := range snake {
		switch {
		case c == '_':
			up = true
		case up && c >= 'a' && c <= 'z':
			b.WriteRune(c - 'a' + 'A')
			up = false
		default:
			b.WriteRune(c)
			up = false
		}
	}
	return b.String()
}

// StatusMessage sets what the status says.
func (r *Reader) StatusMessage(s string) { r.Record.StatusMessage = r.cut("status.message", s) }
