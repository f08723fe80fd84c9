// Package contracttest holds events of tests against the published JSON Schemas.
package contracttest

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/watchllm/watchllm/sdk-conventions/schema"
)

var (
	mu       sync.Mutex
	compiled = map[int]*jsonschema.Schema{}
)

// Conforms says what is wrong with a body by the schema of a major version; nil if nothing is. A body that is no JSON conforms to none.
func Conforms(t testing.TB, major int, body string) error {
	t.Helper()
	if err := json.Unmarshal([]byte(body), new(json.RawMessage)); err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		return err
	}
	return of(t, major).Validate(doc)
}

func of(t testing.TB, major int) *jsonschema.Schema {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	if s := compiled[major]; s != nil {
		return s
	}
	text, ok := schema.Events(major)
	if !ok {
		t.Fatalf("there is no schema of version %d", major)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	const id = "urn:watchllm:test"
	if err := c.AddResource(id, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(id)
	if err != nil {
		t.Fatal(err)
	}
	compiled[major] = s
	return s
}
