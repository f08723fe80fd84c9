package vendorjson

import (
	"fmt"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// Parse reads a body that is one JSON value.
func Parse(body []byte) (jsontree.Value, error) {
	v, err := jsontree.Parse(body, jsontree.DefaultLimits)
	if err != nil {
		return jsontree.Value{}, fmt.Errorf("the body is not JSON: %w", err)
	}
	return v, nil
}

// Unexpected says what a field should have been.
func Unexpected(path string, v jsontree.Value, want string) error {
	return fmt.Errorf("%s: is %s, expected %s", path, v.Kind(), want)
}
