package seglog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
)

func open(t testing.TB, dir string, o Options) *Log {
	o.Logger = zap.NewNop()
	if o.SegmentBytes == 0 {
		o.SegmentBytes = 4 << 10
	}
	l, err := Open(dir, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close(context.Background())) })
	return l
}

func files(t testing.TB, dir string) []string {
	found, err := filepath.Glob(filepath.Join(dir, "*"+suffix))
	require.NoError(t, err)
	return found
}

func bytesOf(t testing.TB, dir string) (n int64) {
	for _, f := range files(t, dir) {
		info, err := os.Stat(f)
		require.NoError(t, err)
		n += info.Size()
	}
	return n
}

// Thousands of random batches, with restarts between them, are what a map would be.
func TestIsAMapThatSurvives(t *testing.T) {
	ctx := context.Background()
	for _, sync := range []bool{false, true} {
		dir := t.TempDir()
		random := rand.New(rand.NewPCG(7, 9))
		want := map[string][]byte{}
		l := open(t, dir, Options{FSync: sync})
		rounds := 3000
		if sync {
			rounds = 100
		}
		for range rounds {
			var ops []*storage.Operation
			for range 1 + random.IntN(4) {
				key := fmt.Sprint(random.IntN(40))
				switch random.IntN(4) {
				case 0:
					ops = append(ops, storage.GetOperation(key))
				case 1:
					ops = append(ops, storage.DeleteOperation(key))
				default:
					ops = append(ops, storage.SetOperation(key, bytes.Repeat([]byte{byte(random.IntN(256))}, random.IntN(2*smallValue))))
				}
			}
			require.NoError(t, l.Batch(ctx, ops...))
			for _, op := range ops {
				switch op.Type {
				case storage.Get:
					require.Equal(t, want[op.Key], op.Value)
				case storage.Set:
					want[op.Key] = op.Value
				default:
					delete(want, op.Key)
				}
			}
			if random.IntN(50) == 0 {
				require.NoError(t, l.Close(ctx))
				l = open(t, dir, Options{FSync: sync})
			}
			live := 0
			for _, s := range l.segments {
				live += s.live
			}
			require.Equal(t, len(want)+len(l.released.places), live)
		}
		for i := range 40 {
			got, err := l.Get(ctx, fmt.Sprint(i))
			require.NoError(t, err)
			require.Equal(t, want[fmt.Sprint(i)], got)
		}
	}
}

func TestFilesEndWithWhatIsInThem(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	l := open(t, dir, Options{})
	// One key stays for long, as a batch that cannot be stored; the others pass.
	require.NoError(t, l.Set(ctx, "stays", make([]byte, 1000)))
	for i := range 1000 {
		require.NoError(t, l.Batch(ctx, storage.SetOperation("state", []byte{byte(i)}), storage.SetOperation(fmt.Sprint(i), make([]byte, 1000))))
		if i >= 3 {
			require.NoError(t, l.Batch(ctx, storage.SetOperation("state", []byte{byte(i)}), storage.DeleteOperation(fmt.Sprint(i-3))))
		}
		require.LessOrEqual(t, bytesOf(t, dir), int64(32<<10))
	}
	require.NoError(t, l.Close(ctx))
	l = open(t, dir, Options{})
	for _, key := range []string{"stays", "997", "998", "999"} {
		value, err := l.Get(ctx, key)
		require.NoError(t, err)
		require.Len(t, value, 1000, key)
	}
	for _, key := range []string{"0", "500", "996"} {
		value, err := l.Get(ctx, key)
		require.NoError(t, err)
		require.Nil(t, value, key)
	}
}

// Whatever a crash left of the last batch: it is there as a whole, or not at all, and what was before is.
func TestABatchIsThereWholeOrNotAtAll(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	l := open(t, dir, Options{})
	require.NoError(t, l.Set(ctx, "before", []byte("kept")))
	require.NoError(t, l.Batch(ctx, storage.SetOperation("a", []byte("1")), storage.SetOperation("b", []byte("2")), storage.DeleteOperation("before")))
	require.NoError(t, l.Close(ctx))
	whole, err := os.ReadFile(files(t, dir)[0])
	require.NoError(t, err)
	first := 0
	for n := range whole {
		cut := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(cut, filepath.Base(files(t, dir)[0])), whole[:n], 0o600))
		c := open(t, cut, Options{})
		before, err := c.Get(ctx, "before")
		require.NoError(t, err)
		a, err := c.Get(ctx, "a")
		require.NoError(t, err)
		require.Nil(t, a)
		if before != nil && first == 0 {
			first = n
		}
		require.Equal(t, first > 0, before != nil)
		// It goes on from there.
		require.NoError(t, c.Set(ctx, "after", []byte("x")))
		require.NoError(t, c.Close(ctx))
		c = open(t, cut, Options{})
		after, err := c.Get(ctx, "after")
		require.NoError(t, err)
		require.Equal(t, "x", string(after))
	}
	require.Positive(t, first)
}

func TestNoRoom(t *testing.T) {
	ctx := context.Background()
	l := open(t, t.TempDir(), Options{MaxBytes: 8 << 10, SegmentBytes: 2 << 10})
	n := 0
	for ; ; n++ {
		err := l.Batch(ctx, storage.SetOperation("state", []byte("x")), storage.SetOperation(fmt.Sprint(n), make([]byte, 1000)))
		if err != nil {
			require.ErrorIs(t, err, storage.ErrStorageFull)
			break
		}
	}
	require.Equal(t, 7, n)
	// What is there can be taken out, and then there is room again.
	for i := range n {
		get := storage.GetOperation(fmt.Sprint(i))
		require.NoError(t, l.Batch(ctx, storage.SetOperation("state", []byte("y")), get))
		require.Len(t, get.Value, 1000)
		require.NoError(t, l.Batch(ctx, storage.SetOperation("state", []byte("z")), storage.DeleteOperation(fmt.Sprint(i))))
	}
	require.NoError(t, l.Set(ctx, "again", make([]byte, 1000)))
}

func TestDeletingNeedsNoRoom(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	l := open(t, dir, Options{})
	require.NoError(t, l.Set(ctx, "a", []byte("1")))
	require.NoError(t, l.Set(ctx, "b", []byte("2")))
	// A file that cannot be written stands for a full disk.
	s := l.segments[0]
	writable := s.file
	readOnly, err := os.Open(writable.Name())
	require.NoError(t, err)
	s.file = readOnly
	require.Error(t, l.Set(ctx, "c", []byte("3")))
	require.NoError(t, l.Delete(ctx, "a"))
	value, err := l.Get(ctx, "a")
	require.NoError(t, err)
	require.Nil(t, value)
	s.file = writable
	require.NoError(t, readOnly.Close())
	require.NoError(t, l.Set(ctx, "d", []byte("4")))
	require.NoError(t, l.Close(ctx))

	l = open(t, dir, Options{})
	for key, want := range map[string][]byte{"a": nil, "b": []byte("2"), "c": nil, "d": []byte("4")} {
		value, err := l.Get(ctx, key)
		require.NoError(t, err)
		require.Equal(t, want, value, key)
	}
}

func TestOneProcessAtATime(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{})
	_, err := Open(dir, Options{Logger: zap.NewNop(), SegmentBytes: 1})
	require.ErrorContains(t, err, "used by another process")
	require.NoError(t, l.Close(context.Background()))
	require.True(t, errors.Is(l.Set(context.Background(), "a", nil), errClosed))
	open(t, dir, Options{})
}

// BenchmarkQueue is what a persistent queue does for a batch of 400 KB.
func BenchmarkQueue(b *testing.B) {
	ctx := context.Background()
	l := open(b, b.TempDir(), Options{SegmentBytes: 32 << 20})
	value, state := make([]byte, 400<<10), make([]byte, 60)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		key := fmt.Sprint(i)
		for _, op := range []*storage.Operation{storage.SetOperation(key, value), storage.GetOperation(key), storage.DeleteOperation(key)} {
			if err := l.Batch(ctx, storage.SetOperation("state", state), op); err != nil {
				b.Fatal(err)
			}
		}
	}
}
