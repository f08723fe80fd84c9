package chhttp

import (
	"strings"
	"unicode/utf8"
)

type tokenKind byte

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenQuoted // string, quoted identifier or heredoc
	tokenPunct
)

type token struct {
	kind       tokenKind
	text       string
	start, end int
	depth      int // brackets open before the token; a closing one counts as closed
}

func (t token) is(word string) bool { return t.kind == tokenWord && strings.EqualFold(t.text, word) }

// lexer cuts ClickHouse SQL into tokens. It must see strings, heredocs and
// comments exactly as the engine does: what it takes for a string the engine
// must not take for a clause.
type lexer struct {
	sql     string
	pos     int
	depth   int
	unended int // heredocs that were not closed
}

// maxUnended keeps a text of nothing but opening tags, each looked for to the
// end, from taking for ever. What stands in the way of INTO OUTFILE then is the
// engine's own parser and hidesInfile.
const maxUnended = 1000

func (l *lexer) next() token {
	l.skipBlank()
	if l.pos >= len(l.sql) {
		return token{kind: tokenEnd, start: len(l.sql), end: len(l.sql), depth: l.depth}
	}
	start := l.pos
	kind := l.advance()
	return token{kind: kind, text: l.sql[start:l.pos], start: start, end: l.pos, depth: l.depth}
}

func (l *lexer) advance() tokenKind {
	c := l.sql[l.pos]
	switch {
	case c == '\'' || c == '"' || c == '`':
		l.quoted(c)
		return tokenQuoted
	case c == '$' && l.heredoc():
		return tokenQuoted
	case l.unicodeQuoted():
		return tokenQuoted
	case isWordByte(c) || c == '$':
		// A dollar goes on a word but not a number, after which it may begin a
		// heredoc.
		number := c >= '0' && c <= '9'
		for l.pos++; l.pos < len(l.sql); l.pos++ {
			if b := l.sql[l.pos]; !isWordByte(b) && (b != '$' || number) {
				break
			}
		}
		return tokenWord
	}
	_, size := utf8.DecodeRuneInString(l.sql[l.pos:])
	l.pos += size
	switch c {
	case '(', '[', '{':
		l.depth++
	case ')', ']', '}':
		l.depth--
	}
	return tokenPunct
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// skipBlank passes over white space and comments: "--", "//", "#" followed by
// a blank or "!", and block comments, which nest.
func (l *lexer) skipBlank() {
	for l.pos < len(l.sql) {
		rest := l.sql[l.pos:]
		switch c := rest[0]; {
		case c == ' ' || c >= '\t' && c <= '\r':
			l.pos++
		case strings.HasPrefix(rest, "--"), strings.HasPrefix(rest, "//"),
			strings.HasPrefix(rest, "# "), strings.HasPrefix(rest, "#!"):
			if n := strings.IndexByte(rest, '\n'); n >= 0 {
				l.pos += n + 1
			} else {
				l.pos = len(l.sql)
			}
		case strings.HasPrefix(rest, "/*"):
			l.blockComment()
		default:
			r, size := utf8.DecodeRuneInString(rest)
			if !isUnicodeSpace(r) {
				return
			}
			l.pos += size
		}
	}
}

// isUnicodeSpace knows the white space the engine skips beyond ASCII.
func isUnicodeSpace(r rune) bool {
	switch r {
	case '\u00a0', '\u1680', '\u180e', '\u2028', '\u2029', '\u202f', '\u205f', '\u2060', '\u3000', '\ufeff':
		return true
	}
	return r >= '\u2000' && r <= '\u200d'
}

func (l *lexer) blockComment() {
	depth := 0
	for l.pos < len(l.sql) {
		switch rest := l.sql[l.pos:]; {
		case strings.HasPrefix(rest, "/*"):
			depth++
			l.pos += 2
		case strings.HasPrefix(rest, "*/"):
			depth--
			l.pos += 2
			if depth == 0 {
				return
			}
		default:
			l.pos++
		}
	}
}

// quoted passes over a quoted token; a doubled quote reads as two tokens, which
// changes nothing for what the tokens are used for.
func (l *lexer) quoted(quote byte) {
	l.pos++
	for l.pos < len(l.sql) && l.sql[l.pos] != quote {
		if l.sql[l.pos] == '\\' {
			l.pos++
		}
		l.pos++
	}
	l.pos = min(l.pos+1, len(l.sql))
}

// heredoc passes over $tag$ ... $tag$, where the tag may be empty.
func (l *lexer) heredoc() bool {
	rest := l.sql[l.pos:]
	n := 1
	for n < len(rest) && isWordByte(rest[n]) {
		n++
	}
	if n == len(rest) || rest[n] != '$' || l.unended >= maxUnended {
		return false
	}
	tag := rest[:n+1]
	end := strings.Index(rest[len(tag):], tag)
	if end < 0 {
		l.unended++
		return false
	}
	l.pos += 2*len(tag) + end
	return true
}

// unicodeQuoted passes over ‘text’ and “identifier”.
func (l *lexer) unicodeQuoted() bool {
	rest := l.sql[l.pos:]
	var closing string
	switch {
	case strings.HasPrefix(rest, "‘"):
		closing = "’"
	case strings.HasPrefix(rest, "“"):
		closing = "”"
	default:
		return false
	}
	end := strings.Index(rest[len(closing):], closing)
	if end < 0 {
		l.pos = len(l.sql)
		return true
	}
	l.pos += 2*len(closing) + end
	return true
}
