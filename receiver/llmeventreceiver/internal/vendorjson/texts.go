package vendorjson

import (
	"strconv"
	"strings"
	"time"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// ID is a text, or a number as it was written: clients disagree about which of the two an id is.
func ID(v jsontree.Value) string {
	switch v.Kind() {
	case jsontree.String:
		return v.Text()
	case jsontree.Number:
		return string(v.Raw())
	default:
		return ""
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

// maxShared is how long a text may be that a request says once and that every span in it has.
const maxShared = 1 << 10

// Shared is a text or an id, cut, that belongs to all records of a request. Read it once: each reading is a copy.
func Shared(v jsontree.Value) string { return cut(ID(v), maxShared) }

// Duration is a number of units; what is negative or longer than a year is none.
func Duration(v jsontree.Value, unit time.Duration) time.Duration {
	f, ok := v.Float()
	if !ok {
		parsed, err := strconv.ParseFloat(v.Text(), 64)
		if err != nil {
			return 0
		}
		f = parsed
	}
	const year = float64(366 * 24 * time.Hour)
	if f *= float64(unit); !(f >= 0) || f > year {
		return 0
	}
	return time.Duration(f)
}

// maxMessage is how much of an error a status message holds; the whole of it is in an attribute.
const maxMessage = 1 << 10

// Message is an error as one status message: of an object its message, of a text its beginning without the stack behind it. Some
// clients send the object as JSON text.
func Message(v jsontree.Value) string {
	if text := v.Text(); strings.HasPrefix(text, "{") {
		if inner, err := foreign.Parse([]byte(text)); err == nil {
			v = inner
		}
	}
	for v.Kind() == jsontree.Object {
		inner := v.Get("message", "error", "detail")
		if inner.IsNothing() {
			break
		}
		v = inner
	}
	text := v.Text()
	if text == "" && !v.IsNothing() {
		text = v.Compact()
	}
	text, _, _ = strings.Cut(text, "\n")
	return cut(text, maxMessage)
}

// cut is at most n bytes of s, never half a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
