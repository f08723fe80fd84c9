package split

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
)

// datadogSpans cuts a list of events, or one, with a list of spans each.
func datadogSpans(contentType string, body []byte) (out []Piece, err error) {
	events := []json.RawMessage{body}
	isList := bytes.HasPrefix(bytes.TrimSpace(body), []byte("["))
	if isList {
		if err := json.Unmarshal(body, &events); err != nil {
			return nil, err
		}
	}
	for _, event := range events {
		pieces, err := list("spans")(contentType, event)
		if err != nil {
			return nil, err
		}
		for _, p := range pieces {
			if isList {
				p.Body = append(append([]byte{'['}, p.Body...), ']')
			}
			out = append(out, p)
		}
	}
	return out, nil
}

// sentrySpans cuts the containers of spans in an envelope; other items stay whole, each in an envelope of its own.
func sentrySpans(contentType string, body []byte) (out []Piece, err error) {
	header, rest, _ := bytes.Cut(body, []byte{'\n'})
	for len(bytes.TrimSpace(rest)) > 0 {
		var line, payload []byte
		line, rest, _ = bytes.Cut(rest, []byte{'\n'})
		var about map[string]json.RawMessage
		if err := json.Unmarshal(line, &about); err != nil {
			return nil, fmt.Errorf("an item's header: %w", err)
		}
		if raw, ok := about["length"]; ok {
			var length int
			if err := json.Unmarshal(raw, &length); err != nil || length < 0 || length > len(rest) {
				return nil, errors.New("an item's length is not that of what follows")
			}
			payload, rest = rest[:length], bytes.TrimPrefix(rest[length:], []byte{'\n'})
		} else {
			payload, rest, _ = bytes.Cut(rest, []byte{'\n'})
		}
		payloads := []Piece{{Body: payload}}
		if spans, err := list("items")(contentType, payload); string(about["type"]) == `"span"` && err == nil && len(spans) > 0 {
			payloads = spans
		}
		for _, p := range payloads {
			about := maps.Clone(about)
			if _, ok := about["item_count"]; ok {
				about["item_count"] = json.RawMessage("1")
			}
			about["length"] = json.RawMessage(fmt.Sprint(len(p.Body)))
			item, err := json.Marshal(about)
			if err != nil {
				return nil, err
			}
			one := bytes.Join([][]byte{header, item, p.Body, nil}, []byte{'\n'})
			out = append(out, Piece{ContentType: contentType, Body: one})
		}
	}
	return out, nil
}
