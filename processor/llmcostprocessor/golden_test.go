package llmcostprocessor

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/testkit"
)

// goldenSpan is what a golden file shows of a span.
type goldenSpan struct {
	Name       string         `json:"name"`
	Attributes map[string]any `json:"attributes"`
}

func goldenOf(t *testing.T, td ptrace.Traces) string {
	t.Helper()
	var spans []goldenSpan
	for _, span := range allSpans(td) {
		spans = append(spans, goldenSpan{span.Name(), testkit.Raw(span.Attributes())})
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	require.NoError(t, enc.Encode(spans))
	return buf.String()
}

// TestGolden shows what becomes of one span of each generation and of each awkward client. UPDATE_GOLDEN=1 rewrites the expectation;
// read the difference before you commit it.
func TestGolden(t *testing.T) {
	inputs, err := filepath.Glob("testdata/golden/*.input.json")
	require.NoError(t, err)
	require.NotEmpty(t, inputs)
	for _, input := range inputs {
		name := strings.TrimSuffix(filepath.Base(input), ".input.json")
		t.Run(name, func(t *testing.T) {
			p, _ := newTestProcessor(t, &Config{TrustBills: true})
			td := process(t, p, loadJSON(t, input))
			got := goldenOf(t, td)
			file := strings.TrimSuffix(input, ".input.json") + ".golden.json"
			if os.Getenv("UPDATE_GOLDEN") != "" {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err, "UPDATE_GOLDEN=1 go test makes it")
			assert.Equal(t, string(want), got)
			assert.Equal(t, got, goldenOf(t, process(t, p, td)), "a second WatchLLM behind the first changes nothing")
		})
	}
}

func loadJSON(t *testing.T, path string) ptrace.Traces {
	t.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(raw)
	require.NoError(t, err)
	return td
}
