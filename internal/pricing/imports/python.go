package imports

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// The table of genai-prices is a Python module that consists of constructor calls. Reading those needs no interpreter, and keeps every
// number as it is written.

// A pyValue is a string, a pyNumber, a []pyValue, a *pyCall, a pyName, or a map for a dict with keys that are strings.
type pyValue any

type (
	pyNumber string
	pyName   string
)

// A pyCall is a constructor with its arguments.
type pyCall struct {
	name  string
	args  []pyValue
	named map[string]pyValue
}

const pyDepth = 64

type pyReader struct {
	text string
	pos  int
}

// readAssigned reads the value that a module assigns to a name.
func readAssigned(text, name string) (pyValue, error) {
	for start := 0; ; {
		i := strings.Index(text[start:], "\n"+name)
		if i < 0 {
			return nil, fmt.Errorf("no assignment to %s", name)
		}
		start += i + 1 + len(name)
		line, _, _ := strings.Cut(text[start:], "\n")
		eq := strings.IndexByte(line, '=')
		if eq < 0 || line[0] != ':' && line[0] != ' ' && line[0] != '=' {
			continue
		}
		r := &pyReader{text: text, pos: start + eq + 1}
		v, err := r.value(0)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", 1+strings.Count(text[:r.pos], "\n"), err)
		}
		return v, nil
	}
}

func (r *pyReader) space() {
	for r.pos < len(r.text) {
		switch r.text[r.pos] {
		case ' ', '\n', '\t', '\r', '\\':
			r.pos++
		case '#':
			for r.pos < len(r.text) && r.text[r.pos] != '\n' {
				r.pos++
			}
		default:
			return
		}
	}
}

func (r *pyReader) peek() byte {
	r.space()
	if r.pos >= len(r.text) {
		return 0
	}
	return r.text[r.pos]
}

func (r *pyReader) take(c byte) bool {
	if r.peek() != c {
		return false
	}
	r.pos++
	return true
}

func (r *pyReader) value(depth int) (pyValue, error) {
	if depth > pyDepth {
		return nil, errors.New("nested too deeply")
	}
	switch c := r.peek(); {
	case c == '\'' || c == '"':
		return r.str()
	case c == '-' || c == '.' || c >= '0' && c <= '9':
		start := r.pos
		for r.pos < len(r.text) && strings.IndexByte("+-.0123456789_eE", r.text[r.pos]) >= 0 {
			r.pos++
		}
		return pyNumber(strings.ReplaceAll(r.text[start:r.pos], "_", "")), nil
	case c == '[' || c == '(' || c == '{':
		return r.collection(depth)
	case isNameByte(c):
		return r.nameOrCall(depth)
	case c == 0:
		return nil, errors.New("ends inside a value")
	default:
		return nil, fmt.Errorf("unexpected %q", c)
	}
}

func isNameByte(c byte) bool {
	return c == '_' || c == '.' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func (r *pyReader) nameOrCall(depth int) (pyValue, error) {
	start := r.pos
	for r.pos < len(r.text) && isNameByte(r.text[r.pos]) {
		r.pos++
	}
	name := r.text[start:r.pos]
	if !r.take('(') {
		return pyName(name), nil
	}
	call := &pyCall{name: name[strings.LastIndexByte(name, '.')+1:], named: map[string]pyValue{}}
	for !r.take(')') {
		v, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if key, ok := v.(pyName); ok && r.take('=') {
			if call.named[string(key)], err = r.value(depth + 1); err != nil {
				return nil, err
			}
		} else {
			call.args = append(call.args, v)
		}
		if !r.take(',') && r.peek() != ')' {
			return nil, fmt.Errorf("%s(: expected , or )", call.name)
		}
	}
	return call, nil
}

func (r *pyReader) collection(depth int) (pyValue, error) {
	open := r.text[r.pos]
	r.pos++
	end := map[byte]byte{'[': ']', '(': ')', '{': '}'}[open]
	list := []pyValue{}
	dict := map[string]pyValue{}
	for !r.take(end) {
		v, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if open == '{' && r.take(':') {
			key, ok := v.(string)
			if !ok {
				return nil, errors.New("a key that is not a string")
			}
			if dict[key], err = r.value(depth + 1); err != nil {
				return nil, err
			}
		} else {
			list = append(list, v)
		}
		if !r.take(',') && r.peek() != end {
			return nil, fmt.Errorf("expected , or %c", end)
		}
	}
	if open == '{' && len(list) == 0 {
		return dict, nil
	}
	return list, nil
}

// str reads a string, and the strings written right after it, which Python joins.
func (r *pyReader) str() (pyValue, error) {
	var out strings.Builder
	for {
		quote := r.peek()
		if quote != '\'' && quote != '"' {
			return out.String(), nil
		}
		r.pos++
		for {
			if r.pos >= len(r.text) || r.text[r.pos] == '\n' {
				return nil, errors.New("a string without an end")
			}
			c := r.text[r.pos]
			r.pos++
			if c == quote {
				break
			}
			if c != '\\' {
				out.WriteByte(c)
				continue
			}
			if err := r.escape(&out); err != nil {
				return nil, err
			}
		}
	}
}

func (r *pyReader) escape(out *strings.Builder) error {
	if r.pos >= len(r.text) {
		return errors.New("a string without an end")
	}
	c := r.text[r.pos]
	r.pos++
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
	switch {
	case digits > 0:
		if r.pos+digits > len(r.text) {
			return errors.New("a string without an end")
		}
		var code rune
		if _, err := fmt.Sscanf(r.text[r.pos:r.pos+digits], "%x", &code); err != nil || !utf8.ValidRune(code) {
			return fmt.Errorf("\\%c: not a character", c)
		}
		r.pos += digits
		out.WriteRune(code)
	case c == 'n':
		out.WriteByte('\n')
	case c == 't':
		out.WriteByte('\t')
	case c == '\\' || c == '\'' || c == '"':
		out.WriteByte(c)
	default:
		out.WriteByte('\\')
		out.WriteByte(c)
	}
	return nil
}
