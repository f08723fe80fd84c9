package vendorjson

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// Text is a text, or a number as it was written: clients disagree about which of the two an id is.
func Text(v jsontree.Value) string {
	switch v.Kind() {
	case jsontree.String:
		return v.Text()
	case jsontree.Number:
		return string(v.Raw())
	default:
		return ""
	}
}

// True understands true, "true" and 1.
func True(v jsontree.Value) bool {
	switch v.Kind() {
	case jsontree.Bool:
		return v.Bool()
	case jsontree.String:
		return strings.EqualFold(v.Text(), "true")
	case jsontree.Number:
		n, ok := v.Int()
		return ok && n != 0
	default:
		return false
	}
}

// First is the first of the texts that is not empty.
func First(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// Hash is an id for a record that has none: the same record sent again has the same.
func Hash(record []byte) string {
	sum := sha256.Sum256(record)
	return hex.EncodeToString(sum[:16])
}

// maxMessage is how much of an error a status message holds; the whole of it is in an attribute.
const maxMessage = 1 << 10

// Message is an error as one status message: of an object its message, of a text its beginning without the stack behind it.
func Message(v jsontree.Value) string {
	text := v.Text()
	switch v.Kind() {
	case jsontree.Object:
		if inner := v.Get("message", "error", "detail"); !inner.IsNothing() {
			return Message(inner)
		}
		text = v.Compact()
	case jsontree.Array, jsontree.Number, jsontree.Bool:
		text = v.Compact()
	case jsontree.String:
		// Some clients send the error object as JSON text.
		if strings.HasPrefix(text, "{") {
			if inner, err := jsontree.Parse([]byte(text), jsontree.DefaultLimits); err == nil {
				if message := inner.Get("message"); message.Kind() == jsontree.String {
					text = message.Text()
				}
			}
		}
	}
	text, _, _ = strings.Cut(text, "\n")
	return Cut(text, maxMessage)
}

// Cut is at most n bytes of s, never half a character.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
