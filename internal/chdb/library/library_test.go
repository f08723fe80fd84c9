package library

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPlatforms(t *testing.T) {
	p, err := find("linux", "amd64", false)
	require.NoError(t, err)
	assert.Equal(t, "@chdb/lib-linux-x64-gnu@"+Version, p.Spec())
	for _, c := range []struct {
		goos, goarch string
		musl         bool
	}{{"darwin", "arm64", false}, {"linux", "arm64", false}, {"windows", "amd64", false}, {"linux", "amd64", true}} {
		_, err := find(c.goos, c.goarch, c.musl)
		var unsupported *UnsupportedError
		require.ErrorAs(t, err, &unsupported)
		assert.Contains(t, err.Error(), "works on linux/amd64 with glibc, and this is "+c.goos+"/"+c.goarch)
		assert.Contains(t, err.Error(), "run a ClickHouse server")
	}
	for platform, p := range packages {
		assert.True(t, strings.HasPrefix(p.Integrity, "sha512-"), platform)
		assert.Len(t, p.SHA256, 64, platform)
		assert.Positive(t, p.Tarball, platform)
		assert.Greater(t, p.Size, p.Tarball, platform)
	}
}

func TestFind(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("WATCHLLM_CACHE_DIR", cache)
	_, err := Find("")
	var missing *MissingError
	require.ErrorAs(t, err, &missing)
	assert.Len(t, missing.Looked, 2)
	assert.Contains(t, err.Error(), "run `watchllmctl engine install`")

	path := filepath.Join(cache, "libchdb", Version, FileName)
	installed, err := InstalledPath()
	require.NoError(t, err)
	assert.Equal(t, path, installed)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte("x"), 0o755))
	found, err := Find("")
	require.NoError(t, err)
	assert.Equal(t, path, found)

	_, err = Find(filepath.Join(cache, "other.so"))
	require.ErrorContains(t, err, "other.so")
	_, err = Find(cache)
	require.Error(t, err, "a folder is not a library")
	found, err = Find(path)
	require.NoError(t, err)
	assert.Equal(t, path, found)
}
