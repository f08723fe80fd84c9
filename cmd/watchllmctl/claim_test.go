//go:build unix

package main

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOneRunPerDataDirectory(t *testing.T) {
	dir := t.TempDir()
	release, err := claim(dir)
	require.NoError(t, err)
	_, err = claim(dir)
	require.ErrorContains(t, err, "already runs on")
	release()
	release, err = claim(dir)
	require.NoError(t, err)
	release()
}

func TestTakenPortIsNamed(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // no patience
	err = checkPorts(ctx, layout{clickhouse: taken.Addr().String()})
	require.ErrorContains(t, err, taken.Addr().String()+", the address of ClickHouse HTTP")
	require.ErrorContains(t, err, "set WATCHLLM_CLICKHOUSE_ENDPOINT")
	require.NoError(t, taken.Close())
	require.NoError(t, checkPorts(t.Context(), layout{clickhouse: taken.Addr().String()}))
}

func TestLayoutOfTheShippedConfiguration(t *testing.T) {
	t.Setenv("WATCHLLM_DATA_DIR", "/data")
	t.Setenv("WATCHLLM_QUERY_ENDPOINT", "127.0.0.1:9001")
	l, err := readLayout(t.Context(), "../../collector.yaml")
	require.NoError(t, err)
	require.Equal(t, layout{
		grpc: "127.0.0.1:4317", http: "127.0.0.1:4318", events: "127.0.0.1:8000", query: "127.0.0.1:9001",
		clickhouse: "127.0.0.1:8123", health: "127.0.0.1:13133", metrics: "127.0.0.1:8888",
		keysFile: "/data/keys.yaml", embedded: true,
	}, l)
	require.Len(t, l.listeners(), 7)
}
