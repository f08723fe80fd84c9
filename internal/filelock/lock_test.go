package filelock

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOneHasIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := TryLock(path)
	require.NoError(t, err)
	_, err = TryLock(path)
	require.Error(t, err)

	got := make(chan error)
	go func() {
		unlock, err := Lock(path)
		if err == nil {
			unlock()
		}
		got <- err
	}()
	select {
	case <-got:
		t.Fatal("two have it")
	case <-time.After(20 * time.Millisecond):
	}
	unlock()
	require.NoError(t, <-got)
	unlock, err = TryLock(path)
	require.NoError(t, err)
	unlock()
	require.NoError(t, SyncDir(filepath.Dir(path)))
}

func TestWhatCannotBeOpened(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing", "lock")
	for _, lock := range []func(string) (func(), error){Lock, TryLock} {
		_, err := lock(missing)
		require.Error(t, err)
	}
}
