package seglog

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// full makes files that cannot be written stand for a full disk, until the returned function is called.
func noRoom(t *testing.T, l *Log) (again func()) {
	s := l.segments[len(l.segments)-1]
	writable := s.file
	readOnly, err := os.Open(writable.Name())
	require.NoError(t, err)
	s.file = readOnly
	return func() {
		s.file = writable
		require.NoError(t, readOnly.Close())
	}
}

// crashed is the log as it is after a crash now.
func crashed(t *testing.T, l *Log, o Options) *Log {
	dir := t.TempDir()
	for _, f := range files(t, l.dir) {
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(f)), data, 0o600))
	}
	return open(t, dir, o)
}

func values(t *testing.T, l *Log, keys ...string) (out []string) {
	for _, key := range keys {
		value, err := l.Get(context.Background(), key)
		require.NoError(t, err)
		if value == nil {
			out = append(out, "-")
		} else {
			out = append(out, string(value))
		}
	}
	return out
}

// A persistent queue drops a request when the disk has no room to note that it is being sent.
func TestTakingOutNeedsNoRoom(t *testing.T) {
	ctx := context.Background()
	l := open(t, t.TempDir(), Options{})
	for _, key := range []string{"a", "b"} {
		require.NoError(t, l.Batch(ctx, storage.SetOperation("state", []byte("0")), storage.SetOperation(key, []byte(key))))
	}
	again := noRoom(t, l)
	for i := range 3 {
		get := storage.GetOperation("a")
		state := []byte{byte('1' + i)}
		require.NoError(t, l.Batch(ctx, storage.SetOperation("state", state), get))
		require.Equal(t, "a", string(get.Value))
		state[0] = '!' // the caller may use it again
	}
	require.Error(t, l.Batch(ctx, storage.SetOperation("state", []byte("4")), storage.SetOperation("c", []byte("c"))), "new data needs room")
	require.Error(t, l.Batch(ctx, storage.DeleteOperation("b"), storage.SetOperation("b", []byte("new"))))
	require.NoError(t, l.Batch(ctx, storage.SetOperation("state", []byte("5")), storage.DeleteOperation("a")))
	require.Len(t, l.late.changes, 2, "the state is kept once")
	require.Equal(t, []string{"5", "-", "b"}, values(t, l, "state", "a", "b"))
	require.Equal(t, []string{"0", "a", "b"}, values(t, crashed(t, l, Options{}), "state", "a", "b"))

	again()
	require.NoError(t, l.Set(ctx, "d", []byte("d")))
	for _, l := range []*Log{l, crashed(t, l, Options{})} {
		require.Equal(t, []string{"5", "-", "b", "-", "d"}, values(t, l, "state", "a", "b", "c", "d"))
	}
	require.Empty(t, l.late.changes)
}

// A persistent queue that starts deletes what was being sent and then sets it again, one by one.
func TestCrashWhileAQueueStartsCostsNothing(t *testing.T) {
	ctx := context.Background()
	for name, full := range map[string]bool{"room": false, "no room": true} {
		t.Run(name, func(t *testing.T) {
			o := Options{MaxBytes: 10 << 10}
			l := open(t, t.TempDir(), o)
			require.NoError(t, l.Set(ctx, "state", []byte("x")))
			n := 0
			large := func(i int) []byte { return []byte(fmt.Sprintf("%01000d", i)) }
			for ; l.Set(ctx, fmt.Sprint(n), large(n)) == nil; n++ {
			}
			require.Equal(t, 9, n)
			if full {
				defer noRoom(t, l)()
			}
			// whole says that each value is there, under its old key or its new one.
			whole := func(l *Log, moved int) {
				for i := range n {
					old, again := fmt.Sprint(i), fmt.Sprint(i+n)
					got := values(t, l, old, again)
					require.Contains(t, got, string(large(i)), "%d of %d", i, moved)
				}
			}
			var deletes []*storage.Operation
			for i := range n {
				deletes = append(deletes, storage.DeleteOperation(fmt.Sprint(i)))
			}
			require.NoError(t, l.Batch(ctx, deletes...))
			whole(crashed(t, l, o), -1)
			for i := range n {
				require.NoError(t, l.Batch(ctx, storage.SetOperation("state", []byte{byte(i)}), storage.SetOperation(fmt.Sprint(i+n), large(i))))
				whole(crashed(t, l, o), i)
			}
			for i := range n {
				require.Equal(t, []string{"-", string(large(i))}, values(t, l, fmt.Sprint(i), fmt.Sprint(i+n)))
				require.NoError(t, l.Batch(ctx, storage.SetOperation("state", []byte("y")), storage.DeleteOperation(fmt.Sprint(i+n))))
			}
			require.Len(t, l.index, 1)
			require.Empty(t, l.released.places)
			require.LessOrEqual(t, bytesOf(t, l.dir), int64(12<<10))
		})
	}
}

func TestDeletionsAreWrittenInTime(t *testing.T) {
	ctx := context.Background()
	for name, next := range map[string]func(*Log) error{
		"get":   func(l *Log) error { _, err := l.Get(ctx, "x"); return err },
		"sets":  func(l *Log) error { require.NoError(t, l.Set(ctx, "b", nil)); return l.Set(ctx, "c", nil) },
		"close": func(l *Log) error { return l.Close(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			l := open(t, t.TempDir(), Options{})
			require.NoError(t, l.Set(ctx, "a", []byte("1")))
			require.NoError(t, l.Delete(ctx, "a"))
			require.NoError(t, next(l))
			require.Equal(t, []string{"-"}, values(t, crashed(t, l, Options{}), "a"))
		})
	}
	// The same key, and one value for two keys.
	l := open(t, t.TempDir(), Options{})
	require.NoError(t, l.Batch(ctx, storage.SetOperation("a", []byte("1")), storage.SetOperation("b", []byte("2"))))
	require.NoError(t, l.Batch(ctx, storage.DeleteOperation("a"), storage.DeleteOperation("b")))
	require.NoError(t, l.Batch(ctx, storage.SetOperation("a", []byte("1")), storage.SetOperation("c", []byte("2")), storage.SetOperation("d", []byte("2"))))
	for _, l := range []*Log{l, crashed(t, l, Options{})} {
		require.Equal(t, []string{"1", "-", "2", "2"}, values(t, l, "a", "b", "c", "d"))
	}
}
