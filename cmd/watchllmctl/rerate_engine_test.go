package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/testkit"
)

// onceWritten runs a check when the first byte arrives.
type onceWritten struct {
	check func()
	done  bool
}

func (w *onceWritten) Write(p []byte) (int, error) {
	if !w.done {
		w.done = true
		w.check()
	}
	return len(p), nil
}

// A reader that goes away, as head does, ends the program at its first word: nobody else may be kept out for that.
func TestRerateGivesTheLeaseBackBeforeItSpeaks(t *testing.T) {
	engine := testkit.StartEngine(t)
	store := clickhouse.NewDefaultClientConfig()
	store.Endpoint, store.Username, store.Password = engine.Endpoint, engine.Username, configopaque.String(engine.Password)
	store.Database = engine.Database(t)
	_, err := clickhouse.Migrate(t.Context(), store, t.Name())
	require.NoError(t, err)
	config := filepath.Join(t.TempDir(), "collector.yaml")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, "exporters: {llm_clickhouse: {endpoint: %q, username: %q, password: %q, database: %q}}\nprocessors: {llm_cost: }\n",
		engine.Endpoint, engine.Username, engine.Password, store.Database), 0o600))
	for _, format := range [][]string{nil, {"--json"}} {
		out := &onceWritten{check: func() {
			n, err := engine.Query("SELECT count() FROM system.tables WHERE database = '" + store.Database + "' AND name = '" + rerateLease + "'")
			require.NoError(t, err)
			require.Equal(t, "0\n", n, "the lease is still held")
		}}
		root := newRootCommand()
		root.SetArgs(append([]string{"rerate", "--from", "2026-01-01", "--yes", "--config", config}, format...))
		root.SetOut(out)
		require.NoError(t, root.ExecuteContext(t.Context()))
		require.True(t, out.done)
	}
}
