package jsontree

import (
	"bytes"
	"fmt"
	"math"
)

// Limits of one document. They bound memory: a value costs 16 bytes beside its text.
type Limits struct {
	// Depth is how deep arrays and objects may nest.
	Depth int
	// Values is how many values, keys included, there may be.
	Values int
	// SkipDeep passes over what nests deeper instead of failing: see Value.TooDeep.
	SkipDeep bool
}

// DefaultLimits fit what language models are sent: nested tool schemas, and embeddings of some thousand numbers.
var DefaultLimits = Limits{Depth: 128, Values: 2_000_000}

// SyntaxError says what is wrong and where.
type SyntaxError struct {
	Offset       int
	Line, Column int
	Message      string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// Kind of a value.
type Kind uint8

// Kinds. The zero Value is Missing.
const (
	Missing Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

func (k Kind) String() string {
	return [...]string{"nothing", "null", "a boolean", "a number", "text", "a list", "an object"}[k]
}

// flags of a node.
const (
	escaped    uint8 = 1 << iota // a string with backslashes
	foreign                      // a string with bytes beyond ASCII, which may be invalid UTF-8
	passedOver                   // a list or an object that nests too deep
	nonFinite                    // NaN or an infinity, which Python writes although JSON has no such numbers
)

type node struct {
	kind  Kind
	flags uint8
	// start and end delimit the text; next is the node behind this one and everything in it.
	start, end, next uint32
}

type document struct {
	data  []byte
	nodes []node
	// deep are the nodes that were passed over, in their order.
	deep []uint32
}

type parser struct {
	document
	pos    int
	limits Limits
}

// Parse reads exactly one value. data must not be changed while the value is in use.
func Parse(data []byte, limits Limits) (Value, error) {
	if len(data) > math.MaxUint32 {
		return Value{}, &SyntaxError{Message: "the document is larger than 4 GiB"}
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) // some editors and clients put a mark first
	p := parser{document: document{data: data, nodes: make([]node, 0, min(len(data)/24+8, limits.Values))}, limits: limits}
	p.space()
	if p.pos == len(data) {
		return Value{}, p.fail(p.pos, "there is no JSON here")
	}
	if err := p.value(0); err != nil {
		return Value{}, err
	}
	p.space()
	if p.pos < len(data) {
		return Value{}, p.fail(p.pos, "there is more text behind the end of the JSON value")
	}
	return Value{doc: &p.document}, nil
}

func (p *parser) fail(at int, format string, args ...any) error {
	before := p.data[:min(at, len(p.data))]
	return &SyntaxError{
		Offset:  at,
		Line:    1 + bytes.Count(before, []byte("\n")),
		Column:  at - bytes.LastIndexByte(before, '\n'),
		Message: fmt.Sprintf(format, args...),
	}
}

func (p *parser) space() {
	for p.pos < len(p.data) {
		switch p.data[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

// begin reserves a node; finish completes it once its text and content are known.
func (p *parser) begin(kind Kind) (int, error) {
	if len(p.nodes) >= p.limits.Values {
		return 0, p.fail(p.pos, "more than %d values", p.limits.Values)
	}
	p.nodes = append(p.nodes, node{kind: kind, start: uint32(p.pos)})
	return len(p.nodes) - 1, nil
}

func (p *parser) finish(i int) {
	p.nodes[i].end, p.nodes[i].next = uint32(p.pos), uint32(len(p.nodes))
}

func (p *parser) value(depth int) error {
	if p.pos >= len(p.data) {
		return p.fail(p.pos, "the JSON ends too early")
	}
	switch c := p.data[p.pos]; {
	case c == '"':
		return p.text()
	case c == '{' || c == '[':
		if depth >= p.limits.Depth && p.limits.SkipDeep {
			return p.skip()
		}
		if depth >= p.limits.Depth {
			return p.fail(p.pos, "nested deeper than %d levels", p.limits.Depth)
		}
		if c == '{' {
			return p.object(depth + 1)
		}
		return p.array(depth + 1)
	case c == '-' || (c >= '0' && c <= '9'):
		return p.number()
	default:
		return p.word()
	}
}

// skip passes over a list or an object to the bracket that closes it, as a value without anything in it.
func (p *parser) skip() error {
	self, err := p.begin(Array)
	if err != nil {
		return err
	}
	open := 0
	for ; p.pos < len(p.data); p.pos++ {
		switch p.data[p.pos] {
		case '[', '{':
			open++
		case ']', '}':
			open--
		case '"':
			for p.pos++; p.pos < len(p.data) && p.data[p.pos] != '"'; p.pos++ {
				if p.data[p.pos] == '\\' {
					p.pos++
				}
			}
		}
		if open == 0 {
			p.pos++
			p.nodes[self].flags = passedOver
			p.finish(self)
			p.deep = append(p.deep, uint32(self))
			return nil
		}
	}
	return p.fail(len(p.data), "the JSON ends too early")
}

func (p *parser) object(depth int) error {
	self, err := p.begin(Object)
	if err != nil {
		return err
	}
	p.pos++
	for p.space(); ; p.space() {
		if p.pos < len(p.data) && p.data[p.pos] == '}' && len(p.nodes) == self+1 {
			break // empty
		}
		if p.pos >= len(p.data) || p.data[p.pos] != '"' {
			return p.fail(p.pos, "expected a field name in double quotes")
		}
		if err := p.text(); err != nil {
			return err
		}
		p.space()
		if p.pos >= len(p.data) || p.data[p.pos] != ':' {
			return p.fail(p.pos, "expected ':' behind the field name")
		}
		p.pos++
		p.space()
		if err := p.value(depth); err != nil {
			return err
		}
		p.space()
		if p.pos < len(p.data) && p.data[p.pos] == ',' {
			p.pos++
			continue
		}
		if p.pos < len(p.data) && p.data[p.pos] == '}' {
			break
		}
		return p.fail(p.pos, "expected ',' or '}' in the object")
	}
	p.pos++
	p.finish(self)
	return nil
}

func (p *parser) array(depth int) error {
	self, err := p.begin(Array)
	if err != nil {
		return err
	}
	p.pos++
	for p.space(); ; p.space() {
		if p.pos < len(p.data) && p.data[p.pos] == ']' && len(p.nodes) == self+1 {
			break // empty
		}
		if err := p.value(depth); err != nil {
			return err
		}
		p.space()
		if p.pos < len(p.data) && p.data[p.pos] == ',' {
			p.pos++
			continue
		}
		if p.pos < len(p.data) && p.data[p.pos] == ']' {
			break
		}
		return p.fail(p.pos, "expected ',' or ']' in the list")
	}
	p.pos++
	p.finish(self)
	return nil
}

// plain are the bytes of text that need no thought: ASCII without quote, backslash and control characters.
var plain = func() (t [256]bool) {
	for c := ' '; c < 0x80; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

func (p *parser) text() error {
	self, err := p.begin(String)
	if err != nil {
		return err
	}
	var flags uint8
	for p.pos++; p.pos < len(p.data); p.pos++ {
		for p.pos < len(p.data) && plain[p.data[p.pos]] { // most bytes of most documents pass here
			p.pos++
		}
		if p.pos == len(p.data) {
			break
		}
		switch c := p.data[p.pos]; {
		case c == '"':
			p.pos++
			p.nodes[self].flags = flags
			p.finish(self)
			return nil
		case c == '\\':
			flags |= escaped
			n, ok := escapeLength(p.data[p.pos:])
			if !ok {
				return p.fail(p.pos, `a backslash in text must be followed by one of "\/bfnrtu`)
			}
			p.pos += n - 1
		case c < ' ':
			return p.fail(p.pos, "text holds a control character; write it as \\u%04x", c)
		case c >= 0x80:
			flags |= foreign
		}
	}
	return p.fail(p.pos, "text without a closing quote")
}

// escapeLength checks the escape sequence at the start of s.
func escapeLength(s []byte) (int, bool) {
	if len(s) < 2 {
		return 0, false
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, true
	case 'u':
		if len(s) < 6 {
			return 0, false
		}
		_, ok := hex4(s[2:6])
		return 6, ok
	}
	return 0, false
}

func (p *parser) number() error {
	if bytes.HasPrefix(p.data[p.pos:], []byte("-Infinity")) {
		return p.notFinite("-Infinity")
	}
	self, err := p.begin(Number)
	if err != nil {
		return err
	}
	start := p.pos
	if p.data[p.pos] == '-' {
		p.pos++
	}
	whole := p.pos
	if p.digits() == 0 {
		return p.fail(start, "not a number")
	}
	if p.data[whole] == '0' && p.pos-whole > 1 {
		return p.fail(start, "a number must not start with 0")
	}
	if p.at('.') {
		p.pos++
		if p.digits() == 0 {
			return p.fail(start, "a number needs digits behind its point")
		}
	}
	if p.at('e') || p.at('E') {
		p.pos++
		if p.at('+') || p.at('-') {
			p.pos++
		}
		if p.digits() == 0 {
			return p.fail(start, "a number needs digits in its exponent")
		}
	}
	p.finish(self)
	return nil
}

func (p *parser) at(c byte) bool { return p.pos < len(p.data) && p.data[p.pos] == c }

func (p *parser) digits() int {
	start := p.pos
	for p.pos < len(p.data) && p.data[p.pos] >= '0' && p.data[p.pos] <= '9' {
		p.pos++
	}
	return p.pos - start
}

func (p *parser) word() error {
	for _, w := range [...]struct {
		text string
		kind Kind
	}{{"true", Bool}, {"false", Bool}, {"null", Null}} {
		if bytes.HasPrefix(p.data[p.pos:], []byte(w.text)) {
			self, err := p.begin(w.kind)
			if err != nil {
				return err
			}
			p.pos += len(w.text)
			p.finish(self)
			return nil
		}
	}
	for _, w := range [...]string{"NaN", "Infinity"} {
		if bytes.HasPrefix(p.data[p.pos:], []byte(w)) {
			return p.notFinite(w)
		}
	}
	return p.fail(p.pos, "expected a value, found %q", rune(p.data[p.pos]))
}

func (p *parser) notFinite(word string) error {
	self, err := p.begin(Number)
	if err != nil {
		return err
	}
	p.pos += len(word)
	p.nodes[self].flags = nonFinite
	p.finish(self)
	return nil
}
