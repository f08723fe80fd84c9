package main

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whoever moved the ports for the collector easily forgets them in another terminal.
func TestAnUnreachableStoreSaysWhatToDo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())
	for _, scheme := range []string{"http", "clickhouse"} {
		config := filepath.Join(t.TempDir(), "collector.yaml")
		require.NoError(t, os.WriteFile(config, []byte("exporters: {llm_clickhouse: {endpoint: '"+scheme+"://"+address+"'}}\nprocessors: {llm_cost: }\n"), 0o600))
		_, _, err = (&storeFlags{config: config, exporter: "llm_clickhouse"}).open(t.Context())
		require.EqualError(t, err, "the store at "+scheme+"://"+address+" cannot be reached: dial tcp "+address+": connect: connection refused; "+
			"start WatchLLM, or give this command the same --config and WATCHLLM_* variables as the collector")
	}
}
