package sentry

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// maxItems bounds how many items of one envelope are looked at; clients send a handful.
const maxItems = 1000

// item is one payload of an envelope with the header in front of it.
type item struct {
	kind    string
	payload []byte
}

// envelope is a line with a header, then items: a line with a header and a payload each. The payload is as long as the header says,
// or ends with the line.
func envelope(body []byte) (header jsontree.Value, items []item, err error) {
	line, rest, _ := bytes.Cut(body, []byte("\n"))
	header, err = foreign.Parse(line)
	if err != nil {
		return header, nil, fmt.Errorf("the envelope's header is not JSON: %w", err)
	}
	if header.Kind() != jsontree.Object {
		return header, nil, errors.New("the envelope's header is not an object")
	}
	for len(rest) > 0 {
		if line, rest, _ = bytes.Cut(rest, []byte("\n")); len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if len(items) == maxItems {
			return header, items, fmt.Errorf("items[%d]: an envelope may hold %d items", len(items), maxItems)
		}
		h, err := foreign.Parse(line)
		if err != nil {
			// Without a header nobody knows where the next item begins.
			return header, items, fmt.Errorf("items[%d]: its header is not JSON: %w", len(items), err)
		}
		next := item{kind: h.Get("type").Text()}
		length, given := h.Get("length").Int()
		switch {
		case !given:
			next.payload, rest, _ = bytes.Cut(rest, []byte("\n"))
		case length < 0 || length > int64(len(rest)):
			return header, items, fmt.Errorf("items[%d].length: is %d, and %d bytes follow", len(items), length, len(rest))
		default:
			next.payload, rest = rest[:length], rest[length:]
			rest = bytes.TrimPrefix(rest, []byte("\n"))
		}
		items = append(items, next)
	}
	return header, items, nil
}
