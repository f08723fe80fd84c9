package apikey

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/tenancy"
)

func usedSet(t *testing.T, usage *Usage) (*Set, Key) {
	t.Helper()
	key, err := New()
	require.NoError(t, err)
	set, err := NewSet(Record{ID: key.ID(), Hash: key.Hash(), Tenant: "acme", Project: "shop", Roles: []tenancy.Role{tenancy.RoleRead}})
	require.NoError(t, err)
	set.Observe(usage, nil)
	return set, key
}

func use(t *testing.T, set *Set, key Key, at time.Time) {
	t.Helper()
	e, verdict := set.Lookup(key.Reveal(), at)
	require.Equal(t, VerdictOK, verdict)
	e.Used(at)
}

func TestLastUseSurvives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "used")
	usage := &Usage{}
	set, key := usedSet(t, usage)
	require.NoError(t, usage.Flush(path, noon))
	require.NoFileExists(t, path, "nothing happened, nothing is written")

	use(t, set, key, noon.Add(time.Second/2))
	use(t, set, key, noon.Add(-time.Hour)) // a late request does not turn the clock back
	require.NoError(t, usage.Flush(path, noon))
	read, err := LoadUsage(path)
	require.NoError(t, err)
	require.Equal(t, map[string]time.Time{key.ID(): noon}, read)
	before, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), before.Mode().Perm())

	use(t, set, key, noon) // the same second again
	require.NoError(t, usage.Flush(path, noon))
	after, err := os.Stat(path)
	require.NoError(t, err)
	require.True(t, os.SameFile(before, after), "without news the file is not written")

	// A new process and another key: both are in the file, and a set that is read anew goes on with the same memory.
	next := &Usage{}
	other, otherKey := usedSet(t, next)
	use(t, other, otherKey, noon.Add(time.Minute))
	require.NoError(t, next.Flush(path, noon))
	read, err = LoadUsage(path)
	require.NoError(t, err)
	require.Equal(t, map[string]time.Time{key.ID(): noon, otherKey.ID(): noon.Add(time.Minute)}, read)

	// What nobody used for more than a year is forgotten.
	use(t, other, otherKey, noon.Add(keptUnused+time.Hour))
	require.NoError(t, next.Flush(path, noon.Add(keptUnused+time.Hour)))
	read, err = LoadUsage(path)
	require.NoError(t, err)
	require.Len(t, read, 1)
}

func TestFlushMendsAndTriesAgain(t *testing.T) {
	dir := t.TempDir()
	usage := &Usage{}
	set, key := usedSet(t, usage)
	use(t, set, key, noon)
	blocked := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(blocked, nil, 0o600))
	require.Error(t, usage.Flush(filepath.Join(blocked, "used"), noon))

	path := filepath.Join(dir, "used")
	require.NoError(t, os.WriteFile(path, []byte(`{"half`), 0o600))
	_, err := LoadUsage(path)
	require.ErrorContains(t, err, "remove the file")
	require.NoError(t, usage.Flush(path, noon), "what could not be written is written by the next call")
	read, err := LoadUsage(path)
	require.NoError(t, err)
	require.Equal(t, noon, read[key.ID()])
}

func TestCollectorsShareAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "used")
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			usage := &Usage{}
			for i := range 5 {
				usage.of(fmt.Sprintf("%p-%d", usage, i)).note(noon.Unix())
				if err := usage.Flush(path, noon); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	read, err := LoadUsage(path)
	require.NoError(t, err)
	require.Len(t, read, 30)
}

// A hundred thousand keys, written and read in a time an operator does not notice.
func BenchmarkFile100k(b *testing.B) {
	records := make([]Record, 100_000)
	for i := range records {
		key, err := New()
		require.NoError(b, err)
		records[i] = Record{ID: key.ID(), Hash: key.Hash(), Tenant: fmt.Sprintf("tenant-%d", i), Project: "shop",
			Roles: []tenancy.Role{tenancy.RoleIngest}, Name: "checkout service", CreatedAt: noon}
	}
	data, err := Encode(records)
	require.NoError(b, err)
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			if _, err := Encode(records); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			if _, err := Decode("keys.yaml", data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("lookup", func(b *testing.B) {
		b.ReportAllocs()
		set, err := NewSet(records...)
		require.NoError(b, err)
		key, err := New()
		require.NoError(b, err)
		for b.Loop() {
			if _, v := set.Lookup(key.Reveal(), noon); v != VerdictUnknown {
				b.Fatal(v)
			}
		}
	})
}
