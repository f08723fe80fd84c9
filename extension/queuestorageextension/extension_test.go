package queuestorageextension

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

func clientOf(t *testing.T, f extension.Factory, cfg component.Config) storage.Client {
	x, err := f.Create(context.Background(), extensiontest.NewNopSettings(f.Type()), cfg)
	require.NoError(t, err)
	require.NoError(t, x.Start(context.Background(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, x.Shutdown(context.Background())) })
	c, err := x.(storage.Extension).GetClient(context.Background(), component.KindExporter, component.MustNewID("llm_clickhouse"), "traces")
	require.NoError(t, err)
	return c
}

func TestTakesOverWhatFileStorageKept(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	old := filestorage.NewFactory()
	oldConfig := old.CreateDefaultConfig().(*filestorage.Config)
	oldConfig.Directory, oldConfig.Compaction.Directory = dir, dir
	c := clientOf(t, old, oldConfig)
	require.NoError(t, c.Set(ctx, "0", make([]byte, 100_000)))
	require.NoError(t, c.Set(ctx, "qmv0", []byte("state")))
	require.NoError(t, c.Close(ctx))

	cfg := createDefaultConfig().(*Config)
	cfg.Directory = dir
	for range 2 {
		c = clientOf(t, NewFactory(), cfg)
		value, err := c.Get(ctx, "0")
		require.NoError(t, err)
		require.Len(t, value, 100_000)
		value, err = c.Get(ctx, "qmv0")
		require.NoError(t, err)
		require.Equal(t, "state", string(value))
		require.NoError(t, c.Close(ctx))
	}
	_, err := os.Stat(filepath.Join(dir, "exporter_llm_clickhouse__traces"+taken))
	require.NoError(t, err)
}

func TestConfigNamesMistakesAndCures(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"directory: must not be empty":      func(c *Config) { c.Directory = "" },
		"segment_mib: 0 must be at least 1": func(c *Config) { c.SegmentMiB = 0 },
		"max_size_mib: 63 must be 0":        func(c *Config) { c.MaxSizeMiB = 63 },
	} {
		cfg := createDefaultConfig().(*Config)
		cfg.Directory = "queue"
		require.NoError(t, confmap.Validate(cfg))
		change(cfg)
		require.ErrorContains(t, confmap.Validate(cfg), want)
	}
	err := confmap.NewFromStringMap(map[string]any{"dir": "x"}).Unmarshal(createDefaultConfig())
	require.ErrorContains(t, err, "directory")
}
