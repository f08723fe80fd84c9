package queuestorageextension

import (
	"context"
	"os"
	"path/filepath"
	"strings"
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
	c, err := getClient(t, f, cfg, component.MustNewID("llm_clickhouse"))
	require.NoError(t, err)
	return c
}

func getClient(t *testing.T, f extension.Factory, cfg component.Config, id component.ID) (storage.Client, error) {
	x, err := f.Create(context.Background(), extensiontest.NewNopSettings(f.Type()), cfg)
	require.NoError(t, err)
	require.NoError(t, x.Start(context.Background(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, x.Shutdown(context.Background())) })
	return x.(storage.Extension).GetClient(context.Background(), component.KindExporter, id, "traces")
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

// storedByFileStorage is a directory with the file that file_storage makes for a component.
func storedByFileStorage(t *testing.T, dir string, id component.ID, values map[string]string) {
	f := filestorage.NewFactory()
	cfg := f.CreateDefaultConfig().(*filestorage.Config)
	cfg.Directory, cfg.Compaction.Directory = dir, dir
	c, err := getClient(t, f, cfg, id)
	require.NoError(t, err)
	for k, v := range values {
		require.NoError(t, c.Set(context.Background(), k, []byte(v)))
	}
	require.NoError(t, c.Close(context.Background()))
}

// taker is the configuration of an extension in the directory.
func taker(dir string) *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.Directory, cfg.FSync = dir, true
	return cfg
}

func TestNamesAreThoseOfFileStorage(t *testing.T) {
	for i, name := range []string{"", "a/b", "../../x", "ä~ü %2F", "日本", "a_b.c-d", `c:\d`} {
		dir := t.TempDir()
		id := component.MustNewID("llm_clickhouse")
		if name != "" {
			id = component.MustNewIDWithName("llm_clickhouse", name)
		}
		storedByFileStorage(t, dir, id, map[string]string{"k": "v"})
		c, err := getClient(t, NewFactory(), taker(dir), id)
		require.NoError(t, err)
		value, err := c.Get(context.Background(), "k")
		require.NoError(t, err)
		require.Equal(t, "v", string(value), "%d %s", i, name)
		require.NoError(t, c.Close(context.Background()))
		inside, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, inside, 2, name)
	}
}

func TestTakingOverBeginsAnewAfterACrash(t *testing.T) {
	ctx := context.Background()
	id := component.MustNewID("llm_clickhouse")
	dir := t.TempDir()
	file := filepath.Join(dir, "exporter_llm_clickhouse__traces")
	storedByFileStorage(t, dir, id, map[string]string{"0": "zero", "1": "one"})
	whole, err := os.ReadFile(file)
	require.NoError(t, err)
	c, err := getClient(t, NewFactory(), taker(dir), id)
	require.NoError(t, err)
	require.NoError(t, c.Batch(ctx, storage.SetOperation("1", []byte("half")), storage.DeleteOperation("0")))
	require.NoError(t, c.Close(ctx))
	require.NoError(t, os.Remove(file+taken))
	require.NoError(t, os.WriteFile(file, whole, 0o600))
	mark := filepath.Join(file+".queue", taking)

	// A file that file_storage made later: its keys mean something else.
	_, err = getClient(t, NewFactory(), taker(dir), id)
	require.ErrorContains(t, err, "both")
	require.FileExists(t, file)

	require.NoError(t, os.WriteFile(mark, nil, 0o600))
	for range 2 {
		c, err = getClient(t, NewFactory(), taker(dir), id)
		require.NoError(t, err)
		for key, want := range map[string]string{"0": "zero", "1": "one"} {
			value, err := c.Get(ctx, key)
			require.NoError(t, err)
			require.Equal(t, want, string(value))
		}
		require.NoError(t, c.Close(ctx))
		require.NoFileExists(t, mark)
		require.NoFileExists(t, file)
	}
}

func TestADamagedFileOfFileStorageIsLeftAlone(t *testing.T) {
	id := component.MustNewID("llm_clickhouse")
	dir := t.TempDir()
	file := filepath.Join(dir, "exporter_llm_clickhouse__traces")
	storedByFileStorage(t, dir, id, map[string]string{"0": strings.Repeat("zero", 10_000)})
	whole, err := os.ReadFile(file)
	require.NoError(t, err)
	for i := 2 * os.Getpagesize(); i < len(whole); i++ {
		whole[i] = 0xff
	}
	require.NoError(t, os.WriteFile(file, whole, 0o600))
	for range 2 {
		_, err = getClient(t, NewFactory(), taker(dir), id)
		require.ErrorContains(t, err, "take over")
	}
	require.FileExists(t, file)
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
