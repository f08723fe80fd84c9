//go:build unix

package main

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/chdb/engineproc"
	"github.com/watchllm/watchllm/internal/chdb/library"
	"github.com/watchllm/watchllm/internal/testkit"
)

// fails starts the program and returns how it ended before it served.
func fails(t *testing.T, o engineproc.Options) *engineproc.ExitError {
	t.Helper()
	binary, err := testkit.EngineBinary()
	require.NoError(t, err)
	dir := t.TempDir()
	if o.Path == "" {
		o.Path = filepath.Join(dir, "clickhouse")
	}
	if o.PasswordFile == "" {
		o.PasswordFile = filepath.Join(dir, "password")
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	p, err := engineproc.Start(binary, o, nil)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err = p.Wait(ctx)
	if err == nil {
		_ = p.Kill()
		t.Fatal("it serves")
	}
	var exit *engineproc.ExitError
	require.ErrorAs(t, err, &exit)
	return exit
}

func TestMissingLibraryNamesTheCommand(t *testing.T) {
	exit := fails(t, engineproc.Options{Library: "/nowhere/libchdb.so"})
	assert.Equal(t, engineproc.ExitLibrary, exit.Code)
	assert.Contains(t, exit.Reason, "(looked for /nowhere/libchdb.so): run `watchllmctl engine install`")
}

func TestWrongLibrary(t *testing.T) {
	wrong := filepath.Join(t.TempDir(), library.FileName)
	require.NoError(t, os.WriteFile(wrong, []byte("not a library"), 0o600))
	exit := fails(t, engineproc.Options{Library: wrong})
	assert.Equal(t, engineproc.ExitLibrary, exit.Code)
	assert.Contains(t, exit.Reason, "watchllmctl engine install --force")
}

func TestLockedDirectory(t *testing.T) {
	e := testkit.StartPrivateEngine(t)
	exit := fails(t, engineproc.Options{Path: e.Path()})
	assert.Equal(t, engineproc.ExitLocked, exit.Code)
	assert.Contains(t, exit.Reason, "uses the data directory "+e.Path()+": stop it, or choose another path")
	_, err := e.Query("SELECT 1")
	require.NoError(t, err, "the other one is not disturbed")
	e.Kill()
	require.NoError(t, e.Restart(), "a lock does not outlive its holder")
}

func TestPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	testkit.StartEngine(t)
	exit := fails(t, engineproc.Options{Listen: l.Addr().String()})
	assert.Equal(t, engineproc.ExitListen, exit.Code)
	assert.Contains(t, exit.Reason, "choose another with --listen")
}

func TestUnusableFolders(t *testing.T) {
	testkit.StartEngine(t)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	exit := fails(t, engineproc.Options{Path: filepath.Join(file, "clickhouse")})
	assert.Equal(t, engineproc.ExitFolder, exit.Code)
	assert.Contains(t, exit.Reason, "choose another path")
	exit = fails(t, engineproc.Options{PasswordFile: filepath.Dir(file)})
	assert.Equal(t, engineproc.ExitFolder, exit.Code)
	assert.Contains(t, exit.Reason, "the password file")
}

func TestCorruptDirectory(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, data string){
		"database": func(t *testing.T, data string) {
			require.NoError(t, os.WriteFile(filepath.Join(data, "metadata", "watchllm.sql"), []byte("garbage"), 0o600))
		},
		"table": func(t *testing.T, data string) {
			found, err := filepath.Glob(filepath.Join(data, "store", "*", "*", "t.sql"))
			require.NoError(t, err)
			require.Len(t, found, 1)
			require.NoError(t, os.WriteFile(found[0], []byte("garbage"), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := testkit.StartPrivateEngine(t)
			_, err := e.Query("CREATE TABLE watchllm.t (a UInt8) ENGINE = MergeTree ORDER BY a")
			require.NoError(t, err)
			require.NoError(t, e.Stop())
			damage(t, filepath.Join(e.Path(), "data"))
			exit := fails(t, engineproc.Options{Path: e.Path()})
			assert.Equal(t, engineproc.ExitData, exit.Code)
			assert.Contains(t, exit.Reason, "Restore the directory from a backup, or move it away")
			assert.Contains(t, exit.Reason, "Code: 62.", "the engine's own reason comes with it")
		})
	}
}

func TestBrokenPartIsTold(t *testing.T) {
	e := testkit.StartPrivateEngine(t)
	for _, query := range []string{
		"CREATE TABLE watchllm.t (a UInt64) ENGINE = MergeTree ORDER BY a", "SYSTEM STOP MERGES watchllm.t",
		"INSERT INTO watchllm.t SELECT number FROM numbers(100)", "INSERT INTO watchllm.t SELECT number FROM numbers(10)",
	} {
		_, err := e.Query(query)
		require.NoError(t, err, query)
	}
	require.NoError(t, e.Stop())
	found, err := filepath.Glob(filepath.Join(e.Path(), "data", "store", "*", "*", "all_1_1_0", "checksums.txt"))
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.NoError(t, os.WriteFile(found[0], nil, 0o600))
	require.NoError(t, e.Restart())
	out, err := e.Query("SELECT count() FROM watchllm.t")
	require.NoError(t, err)
	assert.Equal(t, "10\n", out, "the rest is served")
	require.Eventually(t, func() bool { return strings.Contains(e.Log(), "set aside") }, 5*time.Second, 10*time.Millisecond)
}

func TestSandboxRequired(t *testing.T) {
	e := testkit.StartEngine(t)
	if strings.Contains(e.Log(), "without a sandbox") {
		exit := fails(t, engineproc.Options{Sandbox: engineproc.SandboxRequired})
		assert.Equal(t, engineproc.ExitSandbox, exit.Code)
		return
	}
	private := testkit.StartPrivateEngine(t, engineproc.Options{Sandbox: engineproc.SandboxRequired})
	_, err := private.Query("SELECT 1")
	require.NoError(t, err)
}

func TestDataOnAnotherDisk(t *testing.T) {
	elsewhere, dir := t.TempDir(), t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "ch"), 0o700))
	require.NoError(t, os.Symlink(elsewhere, filepath.Join(dir, "ch", "data")))
	e := testkit.StartPrivateEngine(t, engineproc.Options{Path: filepath.Join(dir, "ch")})
	_, err := e.Query("CREATE TABLE watchllm.t (a UInt8) ENGINE = MergeTree ORDER BY a")
	require.NoError(t, err)
	_, err = e.Query("INSERT INTO watchllm.t VALUES (1)")
	require.NoError(t, err)
	assert.DirExists(t, filepath.Join(elsewhere, "store"))
}

func TestFailureKeepsItsCause(t *testing.T) {
	cause := errors.New("cause")
	require.ErrorIs(t, failed(engineproc.ExitData, "what: %w", cause), cause)
}

// A statement that runs when the order to stop comes is cancelled in the end.
func TestStopCancelsWhatStillRuns(t *testing.T) {
	e := testkit.StartPrivateEngine(t)
	failed := make(chan error, 1)
	go func() {
		_, err := e.Query("SELECT sum(sleepEachRow(0.1)) FROM numbers(3000) SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0")
		failed <- err
	}()
	require.Eventually(t, func() bool {
		out, err := e.Query("SELECT count() FROM system.processes WHERE query LIKE 'SELECT sum(sleep%'")
		return err == nil && out == "1\n"
	}, 10*time.Second, 20*time.Millisecond)
	began := time.Now()
	require.NoError(t, e.Stop())
	require.Error(t, <-failed)
	assert.Less(t, time.Since(began), closing+cancelling)
	assert.Contains(t, e.Log(), "ClickHouse engine closed")
}
