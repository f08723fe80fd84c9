//go:build unix

package engineproc

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// script is a program that behaves as an engine does, at a test's word.
func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "engine")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o755))
	return path
}

func TestProcessServesAndStops(t *testing.T) {
	var mu sync.Mutex
	var lines []string
	p, err := Start(script(t, "echo hello >&2; echo noise; echo ready 127.0.0.1:7 engine=1; read x; echo bye >&2"), Options{}, func(line string) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, line)
	})
	require.NoError(t, err)
	r, err := p.Wait(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:7", r.Addr)
	require.NoError(t, p.Stop(10*time.Second))
	mu.Lock()
	defer mu.Unlock()
	assert.Equal(t, []string{"hello", "bye"}, lines)
}

func TestProcessTellsWhyItEnded(t *testing.T) {
	p, err := Start(script(t, "echo 'Code: 62. DB::Exception: broken' >&2; echo 'watchllm-engine: the data does not open' >&2; exit 14"), Options{}, nil)
	require.NoError(t, err)
	_, err = p.Wait(t.Context())
	var exit *ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, ExitData, exit.Code)
	assert.EqualError(t, err, "the ClickHouse engine cannot open the data in its directory: the data does not open: Code: 62. DB::Exception: broken")
}

func TestProcessEndedBySignal(t *testing.T) {
	p, err := Start(script(t, "echo ready x; exec sleep 1000"), Options{}, nil)
	require.NoError(t, err)
	_, err = p.Wait(t.Context())
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(p.Pid(), syscall.SIGKILL))
	<-p.Done()
	require.EqualError(t, p.Err(), "the ClickHouse engine ended: signal: killed")
	require.NoError(t, p.Kill(), "killing what is gone is no error")
}

func TestProcessThatDoesNotStopIsKilled(t *testing.T) {
	p, err := Start(script(t, "echo ready x; exec sleep 1000"), Options{}, nil)
	require.NoError(t, err)
	_, err = p.Wait(t.Context())
	require.NoError(t, err)
	require.ErrorContains(t, p.Stop(10*time.Millisecond), "was killed")
}

func TestWaitGivesUpWithItsContext(t *testing.T) {
	p, err := Start(script(t, "exec sleep 1000"), Options{}, nil)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err = p.Wait(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NoError(t, p.Kill())
}

// A process whose stderr nobody reads stands still.
func TestProcessMayTalkMuch(t *testing.T) {
	long := strings.Repeat("x", 200000)
	path := script(t, "i=0; while [ $i -lt 50 ]; do cat long >&2; i=$((i+1)); done; exit 0")
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(path), "long"), []byte(long+"\n"), 0o600))
	t.Chdir(filepath.Dir(path))
	n := 0
	p, err := Start(path, Options{}, func(string) { n++ })
	require.NoError(t, err)
	<-p.Done()
	require.NoError(t, p.Err())
	assert.Equal(t, 50, n)
}

func TestStartOfNothing(t *testing.T) {
	_, err := Start(filepath.Join(t.TempDir(), "nothing"), Options{}, nil)
	require.ErrorContains(t, err, "start the ClickHouse engine")
}
