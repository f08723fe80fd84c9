package semconv

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The constants and the registry are the same facts: a drift fails here before CI.
func TestGeneratedIsCurrent(t *testing.T) {
	out := filepath.Join(t.TempDir(), "got.go")
	cmd := exec.Command("go", "run", "./generate", "../../sdk-conventions/registry", out)
	msg, err := cmd.CombinedOutput()
	require.NoError(t, err, string(msg))
	got, err := os.ReadFile(out)
	require.NoError(t, err)
	want, err := os.ReadFile("generated_attributes.go")
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "run: make generate")
}
