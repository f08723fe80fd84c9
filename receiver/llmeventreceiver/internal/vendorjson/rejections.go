package vendorjson

import (
	"encoding/json"
	"fmt"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// Unexpected says what a field should have been.
func Unexpected(path string, v jsontree.Value, want string) error {
	return fmt.Errorf("%s: is %s, expected %s", path, v.Kind(), want)
}

// MaxRecords is how many records one request may hold. Clients send up to a thousand; a record of a few bytes becomes a span of a
// thousand, so that a body's size alone bounds nothing.
const MaxRecords = 10_000

// TooMany refuses a request with more records than one may hold; nil means that there is room for another.
func TooMany(records int) error {
	if records < MaxRecords {
		return nil
	}
	return fmt.Errorf("more than %d records in one request: %w", MaxRecords, foreign.ErrTooLarge)
}

// maxNamed is how many rejected records an answer names; the others are only counted.
const maxNamed = 20

// Rejections are the records of a request that could not be read, each named by the path of the field that was wrong.
type Rejections struct {
	Count int
	named []string
}

// Add takes an error that begins with the field's path.
func (r *Rejections) Add(err error) {
	r.Count++
	if len(r.named) < maxNamed {
		r.named = append(r.named, err.Error())
	}
}

// Answer is the body for a client: the vendor's own members and, where something was rejected, the list `rejected`.
func (r *Rejections) Answer(own map[string]any) []byte {
	all := make(map[string]any, len(own)+1)
	for k, v := range own {
		all[k] = v
	}
	if r.Count > 0 {
		all["rejected"] = r.named
	}
	body, err := json.Marshal(all)
	if err != nil {
		return nil // texts and numbers always marshal
	}
	return body
}
