package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/chdb/library"
)

func runEngineCommand(args ...string) (string, error) {
	cmd := newEngineCommand()
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(args)
	err := cmd.Execute()
	return out.String(), err
}

func TestEngineStatus(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("WATCHLLM_CACHE_DIR", cache)
	out, err := runEngineCommand("status")
	require.ErrorContains(t, err, "watchllmctl engine install")
	assert.Contains(t, out, "library:  missing, looked for "+cache)

	path := filepath.Join(cache, "libchdb", library.Version, library.FileName)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte("not it"), 0o755))
	out, err = runEngineCommand("status")
	require.NoError(t, err)
	assert.Contains(t, out, "version:  "+library.Version)
	assert.Contains(t, out, "library:  "+path)
	_, err = runEngineCommand("status", "--verify")
	require.Error(t, err)
}

func TestProgressBar(t *testing.T) {
	var out bytes.Buffer
	bar := &progressBar{out: &out}
	for i := range 100 {
		bar.show(library.Progress{Phase: library.PhaseDownload, Done: int64(i) * 1e6, Total: 100e6})
	}
	bar.show(library.Progress{Phase: library.PhaseVerify, Total: 100e6, Elapsed: 3 * time.Second})
	bar.end()
	assert.Equal(t, "fetching libchdb "+library.Version+"  100 MB  0s\nverifying the checksum  100 MB  3s\n", out.String())

	out.Reset()
	bar = &progressBar{out: &out, terminal: true}
	bar.show(library.Progress{Phase: library.PhaseDownload, Done: 5e6, Total: 100e6})
	bar.show(library.Progress{Phase: library.PhaseUnpack, Done: 7e6, Total: 100e6})
	bar.end()
	assert.Equal(t, 2, strings.Count(out.String(), "\r"))
	assert.True(t, strings.HasSuffix(out.String(), "unpacking the library  7 of 100 MB  0s\n"))
}
