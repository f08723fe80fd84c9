package seglog

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// copyOf is a directory with the file of another one, changed.
func copyOf(t *testing.T, file string, change func([]byte) []byte) string {
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(file)), change(data), 0o600))
	return dir
}

// Whatever byte the disk gives back wrong: the batch it was in is lost, which is said and set aside, and no other is.
func TestDamageCostsOneBatch(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	l := open(t, dir, Options{})
	const batches = 5
	var ends []int64
	for i := range batches {
		require.NoError(t, l.Set(ctx, fmt.Sprint(i), fmt.Appendf(nil, "value %d", i)))
		ends = append(ends, l.segments[0].end)
	}
	require.NoError(t, l.Close(ctx))
	file := files(t, dir)[0]
	for at := range ends[batches-1] {
		hit := 0
		for ends[hit] <= at {
			hit++
		}
		core, logs := observer.New(zap.WarnLevel)
		cut := copyOf(t, file, func(b []byte) []byte { b[at] ^= 0x55; return b })
		for round := range 2 {
			c, err := Open(cut, Options{SegmentBytes: 4 << 10, Logger: zap.New(core)})
			require.NoError(t, err)
			if round == 0 {
				require.Equal(t, 1, logs.Len())
			}
			for i := range batches {
				value, err := c.Get(ctx, fmt.Sprint(i))
				require.NoError(t, err)
				if i == hit {
					require.Nil(t, value, "byte %d", at)
				} else {
					require.Equal(t, fmt.Sprintf("value %d", i), string(value), "byte %d", at)
				}
			}
			require.NoError(t, c.Set(ctx, "after", nil))
			require.NoError(t, c.Close(ctx))
		}
		aside, err := filepath.Glob(filepath.Join(cut, "*.damaged"))
		require.NoError(t, err)
		require.Len(t, aside, min(1, batches-1-hit), "what ends a file was perhaps never written whole")
	}
}

// What somebody sends must not be taken for a record, when the record that holds it was cut off by a crash.
func TestDataIsNeverTakenForARecord(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	l := open(t, dir, Options{})
	require.NoError(t, l.Set(ctx, "state", []byte("1")))
	var forged []byte
	for _, m := range []marker{nil, make(marker, markerSize)} {
		forged = appendRecord(forged, m, []change{{op: opDelete, key: "state"}})
	}
	require.NoError(t, l.Set(ctx, "a", append(forged, make([]byte, 1000)...)))
	require.NoError(t, l.Close(ctx))
	c := open(t, copyOf(t, files(t, dir)[0], func(b []byte) []byte { return b[:len(b)-1] }), Options{})
	value, err := c.Get(ctx, "state")
	require.NoError(t, err)
	require.Equal(t, "1", string(value))
}

func TestRecordsOfANewerProgramAreNotDropped(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	l := open(t, dir, Options{})
	_, _, err := l.append([]change{{op: 'x', key: "a"}}, false)
	require.NoError(t, err)
	require.NoError(t, l.Close(ctx))
	_, err = Open(dir, Options{SegmentBytes: 1, Logger: zap.NewNop()})
	require.ErrorIs(t, err, errNewer)
	_, err = Open(dir, Options{SegmentBytes: 1, Logger: zap.NewNop()})
	require.ErrorIs(t, err, errNewer, "nothing holds the lock")
}

func TestFilesOfBeforeMarkersAreRead(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	old := appendRecord(nil, nil, []change{{op: opSet, key: "a", value: []byte("1")}})
	require.NoError(t, os.WriteFile(filepath.Join(dir, "000000000007.log"), old, 0o600))
	for range 2 {
		l := open(t, dir, Options{})
		value, err := l.Get(ctx, "a")
		require.NoError(t, err)
		require.Equal(t, "1", string(value))
		require.NoError(t, l.Set(ctx, "b", []byte("2")))
		require.NoError(t, l.Close(ctx))
	}
	require.Len(t, files(t, dir), 2)
}
