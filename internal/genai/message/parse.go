package message

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// parse reads JSON. Text that ends too early is read as far as it goes and the tree is marked torn; false means that the text is not
// JSON at all, or beyond the bounds.
func (t *tree) parse(s string) bool {
	p := parser{t: t, s: s}
	p.space()
	if !p.value("", 0) {
		return t.torn && !p.bad && len(t.nodes) > 0
	}
	p.space()
	return p.pos == len(s)
}

type parser struct {
	t   *tree
	s   string
	pos int
	bad bool
}

func (p *parser) space() {
	for p.pos < len(p.s) && (p.s[p.pos] == ' ' || p.s[p.pos] == '\n' || p.s[p.pos] == '\t' || p.s[p.pos] == '\r') {
		p.pos++
	}
}

// end notes that the document is over before it is complete.
func (p *parser) end() bool {
	p.t.torn = true
	return false
}

// value reads one value; false means stop, because of an error or because the document is torn.
func (p *parser) value(key string, depth int) bool {
	if p.pos >= len(p.s) {
		return p.end()
	}
	if len(p.t.nodes) >= maxNodes {
		return p.fail()
	}
	switch c := p.s[p.pos]; {
	case c == '"':
		raw, flags, ok := p.text()
		if ok || flags&torn != 0 {
			p.t.add(node{kind: text, flags: flags, key: key, text: raw})
		}
		return ok
	case c == '{', c == '[':
		if depth >= maxDepth {
			return p.fail()
		}
		k := array
		if c == '{' {
			k = object
		}
		self := p.t.add(node{kind: k, key: key})
		p.pos++
		ok := p.members(k, depth+1)
		p.t.close(self)
		return ok
	case c == '-' || c >= '0' && c <= '9':
		return p.number(key)
	default:
		return p.word(key)
	}
}

// fail makes sure that text which is no JSON is not taken for a torn document.
func (p *parser) fail() bool {
	p.bad = true
	return false
}

func (p *parser) members(k kind, depth int) bool {
	closing := byte(']')
	if k == object {
		closing = '}'
	}
	for first := true; ; first = false {
		p.space()
		if p.pos >= len(p.s) {
			return p.end()
		}
		if p.s[p.pos] == closing && first {
			p.pos++
			return true
		}
		key := ""
		if k == object {
			if p.s[p.pos] != '"' {
				return p.fail()
			}
			raw, flags, ok := p.text()
			if !ok {
				return false
			}
			if key = raw; flags&escaped != 0 {
				key = unescape(raw)
			}
			p.space()
			if p.pos >= len(p.s) {
				return p.end()
			}
			if p.s[p.pos] != ':' {
				return p.fail()
			}
			p.pos++
			p.space()
		}
		if !p.value(key, depth) {
			return false
		}
		p.space()
		switch {
		case p.pos >= len(p.s):
			return p.end()
		case p.s[p.pos] == ',':
			p.pos++
		case p.s[p.pos] == closing:
			p.pos++
			return true
		default:
			return p.fail()
		}
	}
}

// easy are the bytes of a text that need no thought.
var easy = func() (t [256]bool) {
	for c := ' '; c < 0x80; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// text reads a text whose quote is next. A text that the end of the document cuts is torn: ok is false, and what there is of it ends
// with a whole character.
func (p *parser) text() (raw string, flags uint8, ok bool) {
	s, start := p.s, p.pos+1
	i := start
	for {
		i += easyLength(s[i:])
		if i >= len(s) {
			break
		}
		switch c := s[i]; {
		case c == '"':
			p.pos = i + 1
			return s[start:i], flags, true
		case c == '\\':
			flags |= escaped
			n, state := escapeLength(s[i:])
			if state == escapeTorn {
				p.end()
				p.pos = len(s)
				return s[start:i], flags | torn, false
			}
			if state == escapeBad {
				p.fail()
				return "", 0, false
			}
			i += n
		case c < ' ':
			flags |= control
			p.t.loose = true
			i++
		default:
			flags |= foreign
			i++
		}
	}
	p.end()
	p.pos = len(s)
	return trimRune(s[start:]), flags | torn, false
}

// easyLength is how many bytes s begins with that mean themselves, eight of which are looked at together: most content is long text.
func easyLength(s string) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; len(s)-i >= 8; i += 8 {
		b := s[i : i+8]
		v := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		quote, slash := v^ones*'"', v^ones*'\\'
		// A byte below n leaves its highest bit set when n is taken off, and had it unset.
		if (v|(v-ones*' ')&^v|(quote-ones)&^quote|(slash-ones)&^slash)&tops != 0 {
			break
		}
	}
	for i < len(s) && easy[s[i]] {
		i++
	}
	return i
}

const (
	escapeWhole = iota
	escapeTorn
	escapeBad
)

func escapeLength(s string) (n, state int) {
	if len(s) < 2 {
		return 0, escapeTorn
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, escapeWhole
	case 'u':
		for i := 2; i < 6; i++ {
			if i >= len(s) {
				return 0, escapeTorn
			}
			if hex(s[i]) < 0 {
				return 0, escapeBad
			}
		}
		return 6, escapeWhole
	default:
		return 0, escapeBad
	}
}

func (p *parser) number(key string) bool {
	start := p.pos
	i := start + 1
	for i < len(p.s) && (p.s[i] >= '0' && p.s[i] <= '9' || strings.IndexByte("+-.eE", p.s[i]) >= 0) {
		i++
	}
	if i == len(p.s) && start > 0 {
		return p.end() // more digits may have followed
	}
	raw := p.s[start:i]
	if !validNumber(raw) {
		if strings.HasPrefix(p.s[start:], "-Infinity") {
			p.pos = start + len("-Infinity")
			p.t.loose = true
			p.t.add(node{kind: null, key: key})
			return true
		}
		return p.fail()
	}
	p.pos = i
	p.t.add(node{kind: number, key: key, text: raw})
	return true
}

func validNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	digits := func() (n int) {
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		return n
	}
	n := digits()
	if n == 0 || n > 1 && s[0] == '0' {
		return false
	}
	s = s[n:]
	if rest, ok := strings.CutPrefix(s, "."); ok {
		s = rest
		if n = digits(); n == 0 {
			return false
		}
		s = s[n:]
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if n = digits(); n == 0 {
			return false
		}
		s = s[n:]
	}
	return s == ""
}

// words are the values without quotes; NaN and the infinities are what Python writes although JSON has no such numbers.
var words = [...]struct {
	text string
	kind kind
}{{"true", boolean}, {"false", boolean}, {"null", null}, {"NaN", null}, {"Infinity", null}}

func (p *parser) word(key string) bool {
	rest := p.s[p.pos:]
	for _, w := range words {
		if strings.HasPrefix(rest, w.text) {
			p.pos += len(w.text)
			p.t.loose = p.t.loose || w.text[0] < 'a'
			p.t.add(node{kind: w.kind, key: key, text: w.text})
			return true
		}
		if p.pos > 0 && strings.HasPrefix(w.text, rest) {
			return p.end()
		}
	}
	return p.fail()
}

// trimRune takes off an incomplete character at the end.
func trimRune(s string) string {
	for i := 1; i <= utf8.UTFMax && i <= len(s); i++ {
		if c := s[len(s)-i]; utf8.RuneStart(c) {
			if !utf8.FullRuneInString(s[len(s)-i:]) {
				return s[:len(s)-i]
			}
			break
		}
	}
	return s
}

// unescape decodes what stands between the quotes of a JSON text.
func unescape(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		at := strings.IndexByte(s[i:], '\\')
		if at < 0 || i+at+1 >= len(s) {
			b.WriteString(s[i:])
			break
		}
		b.WriteString(s[i : i+at])
		i += at
		if s[i+1] != 'u' {
			b.WriteByte(unescapeByte(s[i+1]))
			i += 2
			continue
		}
		r := hex4(s[i+2:])
		i += 6
		if utf16.IsSurrogate(r) {
			low := rune(-1)
			if strings.HasPrefix(s[i:], `\u`) && len(s) >= i+6 {
				low = hex4(s[i+2:])
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				i += 6
			}
		}
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

func hex4(s string) rune {
	var r rune
	for i := range 4 {
		r = r<<4 | rune(hex(s[i]))
	}
	return r
}

func hex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
