package jsontree

import (
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Value is one value of a parsed document. The zero Value is of kind Missing and has nothing in it.
type Value struct {
	doc   *document
	index uint32
}

func (v Value) node() node { return v.doc.nodes[v.index] }

// Kind of the value.
func (v Value) Kind() Kind {
	if v.doc == nil {
		return Missing
	}
	return v.node().kind
}

// IsNothing is true for a value that is missing or null.
func (v Value) IsNothing() bool { k := v.Kind(); return k == Missing || k == Null }

// Raw is the value's source text.
func (v Value) Raw() []byte {
	if v.doc == nil {
		return nil
	}
	n := v.node()
	return v.doc.data[n.start:n.end]
}

// Size is the length of the source text in bytes.
func (v Value) Size() int {
	if v.doc == nil {
		return 0
	}
	n := v.node()
	return int(n.end - n.start)
}

// TooDeep is true for a value in which something was passed over because it nests too deep. That part was not read: it looks like an
// empty list, and as JSON is a text that says so.
func (v Value) TooDeep() bool {
	if v.doc == nil || len(v.doc.deep) == 0 {
		return false
	}
	i, _ := slices.BinarySearch(v.doc.deep, v.index)
	return i < len(v.doc.deep) && v.doc.deep[i] < v.node().next
}

// Elements yields what a list holds with its index; of other kinds nothing.
func (v Value) Elements() iter.Seq2[int, Value] {
	return func(yield func(int, Value) bool) {
		if v.Kind() != Array {
			return
		}
		for i, at := 0, v.index+1; at < v.node().next; i++ {
			if !yield(i, Value{v.doc, at}) {
				return
			}
			at = v.doc.nodes[at].next
		}
	}
}

// Members yields the fields of an object in their order, also those that are there twice; of other kinds nothing.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		if v.Kind() != Object {
			return
		}
		for at := v.index + 1; at < v.node().next; {
			if !yield(Value{v.doc, at}.Text(), Value{v.doc, at + 1}) {
				return
			}
			at = v.doc.nodes[at+1].next
		}
	}
}

// Fields is Members without making a string of every name: key is only valid until the next one.
func (v Value) Fields() iter.Seq2[[]byte, Value] {
	return func(yield func([]byte, Value) bool) {
		if v.Kind() != Object {
			return
		}
		for at := v.index + 1; at < v.node().next; {
			n := v.doc.nodes[at]
			key := v.doc.data[n.start+1 : n.end-1]
			if n.flags != 0 {
				key = []byte(Value{v.doc, at}.Text())
			}
			if !yield(key, Value{v.doc, at + 1}) {
				return
			}
			at = v.doc.nodes[at+1].next
		}
	}
}

// Get returns the field of one of the names, or the zero Value. Of a field that is there twice the last counts.
func (v Value) Get(names ...string) Value {
	var found Value
	for key, member := range v.Fields() {
		for _, name := range names {
			if string(key) == name {
				found = member
			}
		}
	}
	return found
}

// Len is the number of elements or fields.
func (v Value) Len() int {
	n := 0
	switch v.Kind() {
	case Array:
		for range v.Elements() {
			n++
		}
	case Object:
		for range v.Members() {
			n++
		}
	}
	return n
}

// Bool of a boolean; false for other kinds.
func (v Value) Bool() bool { return v.Kind() == Bool && v.Raw()[0] == 't' }

// Text of a string, always valid UTF-8: what is not becomes U+FFFD. Of other kinds it is "".
func (v Value) Text() string {
	if v.Kind() != String {
		return ""
	}
	n := v.node()
	body := v.doc.data[n.start+1 : n.end-1]
	if n.flags&escaped != 0 {
		return unescape(body)
	}
	if n.flags&foreign != 0 && !utf8.Valid(body) {
		return valid(body)
	}
	return string(body)
}

// Float of a number; ok is false for other kinds, NaN, infinities and numbers beyond the range of a double.
func (v Value) Float() (f float64, ok bool) {
	if v.Kind() != Number || v.node().flags&nonFinite != 0 {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(v.Raw()), 64)
	return f, err == nil && !math.IsInf(f, 0)
}

// Int of a number that is written as an integer and fits int64.
func (v Value) Int() (n int64, ok bool) {
	if v.Kind() != Number || v.node().flags&nonFinite != 0 {
		return 0, false
	}
	n, err := strconv.ParseInt(string(v.Raw()), 10, 64)
	return n, err == nil
}

// AppendCompact appends the value as valid JSON without white space; numbers that JSON does not have become null.
func (v Value) AppendCompact(dst []byte) []byte {
	if v.doc == nil {
		return append(dst, "null"...)
	}
	switch n := v.node(); n.kind {
	case Object:
		dst = append(dst, '{')
		for at := v.index + 1; at < n.next; at = v.doc.nodes[at+1].next {
			if at > v.index+1 {
				dst = append(dst, ',')
			}
			dst = Value{v.doc, at}.AppendCompact(dst)
			dst = append(dst, ':')
			dst = Value{v.doc, at + 1}.AppendCompact(dst)
		}
		return append(dst, '}')
	case Array:
		if n.flags&passedOver != 0 {
			return append(dst, `"(nested too deep)"`...)
		}
		dst = append(dst, '[')
		for i, e := range v.Elements() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = e.AppendCompact(dst)
		}
		return append(dst, ']')
	case String:
		if n.flags&foreign != 0 && !utf8.Valid(v.Raw()) {
			return append(dst, valid(v.Raw())...)
		}
	case Number:
		if n.flags&nonFinite != 0 {
			return append(dst, "null"...)
		}
	}
	return append(dst, v.Raw()...)
}

// Compact is AppendCompact as a string.
func (v Value) Compact() string { return string(v.AppendCompact(make([]byte, 0, v.Size()))) }

func unescape(body []byte) string {
	var b strings.Builder
	b.Grow(len(body))
	for i := 0; i < len(body); {
		c := body[i]
		if c != '\\' {
			if c < utf8.RuneSelf {
				b.WriteByte(c)
				i++
				continue
			}
			r, size := utf8.DecodeRune(body[i:])
			b.WriteRune(r) // an invalid byte decodes to U+FFFD
			i += size
			continue
		}
		if body[i+1] != 'u' {
			b.WriteByte(unescapeByte(body[i+1]))
			i += 2
			continue
		}
		r, _ := hex4(body[i+2 : i+6])
		i += 6
		if utf16.IsSurrogate(r) {
			low := rune(-1)
			if i+6 <= len(body) && body[i] == '\\' && body[i+1] == 'u' {
				low, _ = hex4(body[i+2 : i+6])
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				i += 6
			}
		}
		b.WriteRune(r)
	}
	return b.String()
}

// valid replaces every invalid byte with U+FFFD.
func valid(s []byte) string {
	var b strings.Builder
	for _, r := range string(s) {
		b.WriteRune(r)
	}
	return b.String()
}

func unescapeByte(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

func hex4(s []byte) (rune, bool) {
	var r rune
	for _, c := range s[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
