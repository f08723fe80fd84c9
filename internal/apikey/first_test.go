package apikey

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/tenancy"
)

func TestEnsureFirst(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "watchllm")
	keys, plain := filepath.Join(dir, "keys.yaml"), filepath.Join(dir, "api-key")
	first, created, err := EnsureFirst(keys, plain, tenancy.Default, tenancy.Default)
	require.NoError(t, err)
	require.True(t, created)
	for _, f := range []string{keys, plain} {
		st, err := os.Stat(f)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), st.Mode().Perm(), f)
	}
	records, err := Load(keys)
	require.NoError(t, err)
	require.Len(t, records, 1)
	require.Equal(t, []tenancy.Role{tenancy.RoleIngest, tenancy.RoleRead, tenancy.RoleAdmin}, records[0].Roles)

	before, err := os.Stat(keys)
	require.NoError(t, err)
	again, created, err := EnsureFirst(keys, plain, tenancy.Default, tenancy.Default)
	require.NoError(t, err)
	require.False(t, created)
	require.Equal(t, first, again)
	after, err := os.Stat(keys)
	require.NoError(t, err)
	require.True(t, os.SameFile(before, after), "a call that changes nothing writes nothing")

	// The record was lost: the key people already use is registered again.
	require.NoError(t, os.Remove(keys))
	again, created, err = EnsureFirst(keys, plain, tenancy.Default, tenancy.Default)
	require.NoError(t, err)
	require.True(t, created)
	require.Equal(t, first, again)

	// The operator revoked it: nothing new is made.
	_, err = Revoke(keys, records[0].ID, time.Now())
	require.NoError(t, err)
	again, created, err = EnsureFirst(keys, plain, tenancy.Default, tenancy.Default)
	require.NoError(t, err)
	require.False(t, created)
	require.Empty(t, again)

	// The operator took the plain file away.
	require.NoError(t, os.Remove(plain))
	again, created, err = EnsureFirst(keys, plain, tenancy.Default, tenancy.Default)
	require.NoError(t, err)
	require.False(t, created)
	require.Empty(t, again)
	require.NoFileExists(t, plain)
}

func TestEnsureFirstSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	keys, plain := filepath.Join(dir, "keys.yaml"), filepath.Join(dir, "api-key")
	require.NoError(t, os.WriteFile(plain, []byte("hello"), 0o600))
	_, _, err := EnsureFirst(keys, plain, tenancy.Default, tenancy.Default)
	require.ErrorContains(t, err, "api-key: not a WatchLLM API key")
	require.ErrorContains(t, err, "remove the file")
	require.NoError(t, os.Remove(plain))
	_, _, err = EnsureFirst(keys, plain, "no spaces please", tenancy.Default)
	require.ErrorContains(t, err, "tenant")
}
