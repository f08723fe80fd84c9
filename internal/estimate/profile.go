package estimate

import (
	"unicode"
	"unicode/utf8"
)

// Profile is what a text is made of, as far as it decides how many tokens a tokenizer makes of it. The zero value is that of no text.
// Profiles add up.
type Profile struct {
	Bytes int64 `json:"bytes"`

	Words   int64 `json:"words,omitempty"`   // runs of ASCII letters, an inner capital begins another
	Long    int64 `json:"long,omitempty"`    // letters of words beyond the sixth
	Digits  int64 `json:"digits,omitempty"`  // ASCII digits
	Numbers int64 `json:"numbers,omitempty"` // groups of up to three digits
	Marks   int64 `json:"marks,omitempty"`   // punctuation
	Clauses int64 `json:"clauses,omitempty"` // runs of it
	Breaks  int64 `json:"breaks,omitempty"`  // white space that is more than one blank
	Letters int64 `json:"letters,omitempty"` // letters of words that have some beyond ASCII, in Latin or Cyrillic
	Han     int64 `json:"han,omitempty"`
	Kana    int64 `json:"kana,omitempty"`
	Hangul  int64 `json:"hangul,omitempty"`
	Other   int64 `json:"other,omitempty"`   // letters of other scripts, with their marks
	Symbols int64 `json:"symbols,omitempty"` // bytes of whatever else there is: emoji, arrows, what is no text
}

// knownLetters is where a word may grow before it takes another token.
const knownLetters = 6

// Add makes the profile that of both texts.
func (p *Profile) Add(o *Profile) {
	p.Bytes += o.Bytes
	p.Words += o.Words
	p.Long += o.Long
	p.Digits += o.Digits
	p.Numbers += o.Numbers
	p.Marks += o.Marks
	p.Clauses += o.Clauses
	p.Breaks += o.Breaks
	p.Letters += o.Letters
	p.Han += o.Han
	p.Kana += o.Kana
	p.Hangul += o.Hangul
	p.Other += o.Other
	p.Symbols += o.Symbols
}

// class is what a rune is to a tokenizer.
type class uint8

const (
	classNone class = iota
	classLetter
	classDigit
	classMark
	classSpace
	classOther
)

// Measure reads a text once.
func Measure(text string) Profile {
	p := Profile{Bytes: int64(len(text))}
	m := meter{p: &p}
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			m.ascii(c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		m.rune(r, n)
		i += n
	}
	m.end()
	return p
}

// meter is the state between two runes: the run they belong to.
type meter struct {
	p        *Profile
	class    class
	run      int64 // runes of the run, of a word those since its last inner capital
	word     int64 // letters of a word
	pieces   int64 // words that a word counts for
	long     int64 // letters beyond the known ones, of the pieces that are complete
	accented bool
	lower    bool
	broken   bool // the white space has a line break
}

func (m *meter) ascii(c byte) {
	switch {
	case 'a' <= c && c <= 'z':
		m.letter(false)
		m.lower = true
	case 'A' <= c && c <= 'Z':
		m.letter(m.lower)
		m.lower = false
	case '0' <= c && c <= '9':
		m.in(classDigit)
		m.p.Digits++
		if m.run%3 == 1 {
			m.p.Numbers++
		}
	case c == ' ' || c == '\n' || c == '\t' || c == '\r':
		m.in(classSpace)
		m.broken = m.broken || c != ' '
	default:
		m.in(classMark)
		m.p.Marks++
	}
}

func (m *meter) letter(capital bool) {
	m.in(classLetter)
	m.word++
	if capital {
		m.piece()
		m.run = 1
	}
}

func (m *meter) piece() {
	m.pieces++
	m.long += max(0, m.run-1-knownLetters)
}

func (m *meter) rune(r rune, size int) {
	switch {
	case '‐' <= r && r <= '…': // dashes, quotation marks, dots
		m.in(classMark)
		m.p.Marks++
	case unicode.In(r, unicode.Latin, unicode.Cyrillic):
		m.in(classLetter)
		m.word++
		m.accented = true
	case unicode.Is(unicode.Han, r):
		m.in(classOther)
		m.p.Han++
	case unicode.In(r, unicode.Hiragana, unicode.Katakana):
		m.in(classOther)
		m.p.Kana++
	case unicode.Is(unicode.Hangul, r):
		m.in(classOther)
		m.p.Hangul++
	case unicode.In(r, unicode.L, unicode.M):
		m.in(classOther)
		m.p.Other++
	default:
		m.in(classOther)
		m.p.Symbols += int64(size)
	}
}

// in moves to the run of a class.
func (m *meter) in(c class) {
	if m.class != c {
		m.end()
		m.class = c
	}
	m.run++
}

// end counts the run that is over.
func (m *meter) end() {
	switch m.class {
	case classLetter:
		if m.accented {
			m.p.Letters += m.word
			break
		}
		m.p.Words += m.pieces + 1
		m.p.Long += m.long + max(0, m.run-knownLetters)
	case classMark:
		m.p.Clauses++
	case classSpace:
		if m.run > 1 || m.broken {
			m.p.Breaks++
		}
	}
	*m = meter{p: m.p}
}
