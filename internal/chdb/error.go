package chdb

import (
	"errors"
	"regexp"
	"strconv"
)

// ErrClosed is returned by calls on a connection that was closed.
var ErrClosed = errors.New("the engine connection is closed")

// Error is an exception of the engine.
type Error struct {
	Code int    // ClickHouse's error number, 0 when the text names none
	Name string // its symbolic name, such as UNKNOWN_TABLE
	Text string // the whole text, "Code: 60. DB::Exception: ... (UNKNOWN_TABLE)"
}

func (e *Error) Error() string { return e.Text }

var (
	codePattern = regexp.MustCompile(`Code: (\d+)\. `)
	namePattern = regexp.MustCompile(`\(([A-Z][A-Z0-9_]+)\)`)
)

// NewError reads code and name out of an exception's text.
func NewError(text string) *Error {
	e := &Error{Text: text}
	if m := codePattern.FindStringSubmatch(text); m != nil {
		e.Code, _ = strconv.Atoi(m[1])
	}
	// Texts quote other names in brackets; the exception's own comes last.
	if m := namePattern.FindAllStringSubmatch(text, -1); m != nil {
		e.Name = m[len(m)-1][1]
	}
	return e
}
