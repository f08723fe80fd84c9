package message

import (
	"strings"
	"unicode/utf8"
)

// Marker ends a text that was cut, by whomever, and stands in for what cannot be cut.
const Marker = "…[truncated]"

// emitter writes JSON. Members are written in a fixed order, so that equal content is equal text.
type emitter struct {
	buf []byte
	// marked is set once a torn text was written with its marker.
	marked bool
}

func (e *emitter) raw(s string) { e.buf = append(e.buf, s...) }

// comma separates from what stands before, unless that opens a list or an object.
func (e *emitter) comma() {
	if n := len(e.buf); n > 0 && e.buf[n-1] != '[' && e.buf[n-1] != '{' && e.buf[n-1] != ':' {
		e.buf = append(e.buf, ',')
	}
}

func (e *emitter) key(name string) {
	e.comma()
	e.quote(name)
	e.buf = append(e.buf, ':')
}

func (e *emitter) member(name, s string) {
	e.key(name)
	e.quote(s)
}

// memberOf writes a member unless the value is missing.
func (e *emitter) memberOf(name string, v value) {
	if !v.isNothing() {
		e.key(name)
		e.value(v)
	}
}

// quote writes a text.
func (e *emitter) quote(s string) {
	e.buf = append(e.buf, '"')
	e.escape(s)
	e.buf = append(e.buf, '"')
}

const hexDigits = "0123456789abcdef"

func (e *emitter) escape(s string) {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if easy[c] {
			i += easyLength(s[i:])
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				e.raw(s[start:i])
				e.raw("\ufffd")
				start = i + 1
			}
			i += size
			continue
		}
		e.raw(s[start:i])
		switch c {
		case '"', '\\':
			e.buf = append(e.buf, '\\', c)
		case '\n':
			e.raw(`\n`)
		case '\r':
			e.raw(`\r`)
		case '\t':
			e.raw(`\t`)
		default:
			e.buf = append(e.buf, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	e.raw(s[start:])
}

// text writes a text node as it stands, with the marker if it is torn.
func (e *emitter) text(n *node) {
	e.buf = append(e.buf, '"')
	switch {
	case n.flags&plain != 0:
		e.escape(n.text)
	case n.flags&control != 0:
		e.escape(unescape(n.text))
	case n.flags&foreign != 0 && !utf8.ValidString(n.text):
		e.raw(strings.ToValidUTF8(n.text, "\ufffd"))
	default:
		e.raw(n.text)
	}
	if n.flags&torn != 0 {
		e.raw(Marker)
		e.marked = true
	}
	e.buf = append(e.buf, '"')
}

// value writes a value as it stands, without white space.
func (e *emitter) value(v value) {
	if v.t == nil {
		e.raw("null")
		return
	}
	n := v.node()
	switch n.kind {
	case text:
		e.text(n)
	case number, boolean:
		e.raw(n.text)
	case array:
		e.raw("[")
		v.each(func(_ string, m value) bool {
			e.comma()
			e.value(m)
			return true
		})
		e.raw("]")
	case object:
		e.raw("{")
		v.each(func(name string, m value) bool {
			e.key(name)
			e.value(m)
			return true
		})
		e.raw("}")
	default:
		e.raw("null")
	}
}
