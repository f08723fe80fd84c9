package seglog

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
)

func TestManyAtOnce(t *testing.T) {
	ctx := context.Background()
	l := open(t, t.TempDir(), Options{})
	var work sync.WaitGroup
	for w := range 8 {
		work.Go(func() {
			for i := range 300 {
				key := fmt.Sprint(w, " ", i%7)
				value := []byte(fmt.Sprintf("%01000d", i))
				get := storage.GetOperation(key)
				if err := l.Batch(ctx, storage.SetOperation("state", value[:10]), storage.SetOperation(key, value), get); err != nil || string(get.Value) != string(value) {
					t.Errorf("%v, %d bytes", err, len(get.Value))
					return
				}
				if i%3 == 0 && l.Delete(ctx, key) != nil {
					t.Error("delete")
				}
			}
		})
	}
	work.Wait()
	require.LessOrEqual(t, bytesOf(t, l.dir), int64(512<<10))
	require.NoError(t, l.Close(ctx))
	require.NoError(t, l.Close(ctx))
	_, err := l.Get(ctx, "state")
	require.ErrorIs(t, err, errClosed)
}

func TestKeysAndValuesOfEveryKind(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	want := map[string][]byte{"": {}, "\x00\xff": []byte("x"), "a/../b": {0}, string(make([]byte, 10_000)): make([]byte, smallValue), "large": make([]byte, 20<<20)}
	for range 2 {
		l := open(t, dir, Options{})
		for key, value := range want {
			require.NoError(t, l.Set(ctx, key, value))
		}
		require.NoError(t, l.Close(ctx))
		l = open(t, dir, Options{})
		for key, value := range want {
			got, err := l.Get(ctx, key)
			require.NoError(t, err)
			require.Equal(t, value, got)
		}
		require.NoError(t, l.Close(ctx))
	}
}

// A collector that cannot start is started again and again.
func TestNothingIsLeftOpen(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("counts files in /proc")
	}
	ctx := context.Background()
	dir := t.TempDir()
	opened := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		require.NoError(t, err)
		return len(entries)
	}
	l := open(t, dir, Options{})
	for i := range 100 {
		require.NoError(t, l.Set(ctx, fmt.Sprint(i), make([]byte, 1000)))
	}
	require.NoError(t, l.Close(ctx))
	before := opened()
	for range 20 {
		l = open(t, dir, Options{})
		require.Greater(t, len(l.segments), 10)
		require.NoError(t, l.Close(ctx))
	}
	last := filepath.Join(dir, "999999999999.log")
	require.NoError(t, os.WriteFile(last, appendRecord(nil, nil, []change{{op: 'x'}}), 0o600))
	for range 20 {
		_, err := Open(dir, Options{SegmentBytes: 1, Logger: zap.NewNop()})
		require.ErrorIs(t, err, errNewer)
	}
	require.Equal(t, before, opened())
}

// BenchmarkManySmallKeys: what a batch costs does not grow with what is stored.
func BenchmarkManySmallKeys(b *testing.B) {
	ctx := context.Background()
	l := open(b, b.TempDir(), Options{SegmentBytes: 1 << 20})
	for i := range 300_000 {
		if err := l.Set(ctx, fmt.Sprint("kept", i), []byte("value")); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := l.Set(ctx, fmt.Sprint(i%100), []byte("value")); err != nil {
			b.Fatal(err)
		}
	}
}
