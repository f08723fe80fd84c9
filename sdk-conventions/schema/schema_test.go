package schema_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/sdk-conventions/schema"
)

// The schemas and the registry are the same facts: a drift fails here before CI.
func TestGeneratedIsCurrent(t *testing.T) {
	dir := t.TempDir()
	msg, err := exec.Command("go", "run", "./generate", "../registry/contracts", dir).CombinedOutput()
	require.NoError(t, err, string(msg))
	files, err := filepath.Glob(filepath.Join(dir, "*.schema.json"))
	require.NoError(t, err)
	require.Len(t, files, 2)
	for _, f := range files {
		want, err := os.ReadFile(f)
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Base(f))
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "run: make generate")
	}
}

func TestSchemasAreSchemas(t *testing.T) {
	for major, id := range map[int]string{0: "urn:watchllm:events:0", 1: "urn:watchllm:events:1"} {
		text, ok := schema.Events(major)
		require.True(t, ok)
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		require.NoError(t, err)
		require.Equal(t, "https://json-schema.org/draft/2020-12/schema", doc.(map[string]any)["$schema"])
		c := jsonschema.NewCompiler()
		require.NoError(t, c.AddResource(id, doc)) // checked against the draft's own schema when it is compiled
		_, err = c.Compile(id)
		require.NoError(t, err)
	}
	_, ok := schema.Events(2)
	require.False(t, ok)
}
