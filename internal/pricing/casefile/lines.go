package casefile

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
)

// LineError is a line that is no case.
type LineError struct {
	Line int // from 1
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

func (e *LineError) Unwrap() error { return e.Err }

// Lines yields the case of every line that is not empty. A line that is no case yields a *LineError and the next ones go on; any other
// error is of reading, and the last. A case without an id is called after its line ("line-3").
func Lines(r io.Reader) iter.Seq2[*Case, error] {
	return func(yield func(*Case, error) bool) {
		lines := bufio.NewReader(r)
		for n := 1; ; n++ {
			line, err := lines.ReadBytes('\n')
			if n == 1 {
				line = bytes.TrimPrefix(line, []byte("\ufeff"))
			}
			if line = bytes.TrimSpace(line); len(line) > 0 {
				c, bad := decode(line)
				if bad != nil {
					if !yield(nil, &LineError{n, bad}) {
						return
					}
				} else {
					if c.ID == "" {
						c.ID = fmt.Sprintf("line-%d", n)
					}
					if !yield(c, nil) {
						return
					}
				}
			}
			if err != nil {
				if !errors.Is(err, io.EOF) {
					yield(nil, err)
				}
				return
			}
		}
	}
}

func decode(line []byte) (*Case, error) {
	if line[0] != '{' {
		return nil, fmt.Errorf("starts with %q: a case is one JSON object on one line", line[0])
	}
	var c Case
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if err := d.Decode(&c); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("the JSON object ends before it is closed: a case is one object on one line")
		}
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON object: one case a line")
	}
	return &c, nil
}
