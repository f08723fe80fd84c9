package posthog

import (
	"bytes"
	"encoding/json"
)

// bodyKey is the project's key, which PostHog's clients send in the body: of a batch or an event as api_key or token, or among an
// event's properties as token. A list of events has that of its first.
func bodyKey(body []byte) string {
	d := json.NewDecoder(bytes.NewReader(body))
	t, err := d.Token()
	if err == nil && t == json.Delim('[') {
		t, err = d.Token()
	}
	if err != nil || t != json.Delim('{') {
		return ""
	}
	return keyOf(d, true)
}

// keyOf looks through an object whose beginning has been read.
func keyOf(d *json.Decoder, outer bool) string {
	inProperties := ""
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return ""
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return ""
		}
		switch name {
		case "api_key", "token":
			var key string
			if json.Unmarshal(value, &key) == nil && key != "" {
				return key
			}
		case "properties":
			inner := json.NewDecoder(bytes.NewReader(value))
			if t, err := inner.Token(); outer && err == nil && t == json.Delim('{') {
				inProperties = keyOf(inner, false)
			}
		}
	}
	return inProperties
}
