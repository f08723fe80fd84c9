package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

func keysCommand(t *testing.T, file string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	cmd := newKeysCommand()
	var out, notes bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&notes)
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetArgs(append(args, "--keys-file", file))
	err = cmd.Execute()
	return out.String(), notes.String(), err
}

func TestKeysLifeCycle(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys.yaml")
	_, _, err := keysCommand(t, file, "list")
	require.ErrorContains(t, err, "`watchllmctl keys create` makes the first")

	out, notes, err := keysCommand(t, file, "create", "--tenant", "acme", "--project", "shop", "--roles", "ingest", "--name", "till", "--expires", "90d")
	require.NoError(t, err)
	key, err := apikey.Parse(out)
	require.NoError(t, err, "standard output is the key and nothing else")
	require.NotContains(t, notes, key.Reveal())
	require.Contains(t, notes, "tenant acme, project shop, may ingest, expires 20")

	out, _, err = keysCommand(t, file, "rotate", key.ID(), "--overlap", "7d")
	require.NoError(t, err)
	fresh, err := apikey.Parse(out)
	require.NoError(t, err)

	out, _, err = keysCommand(t, file, "revoke", fresh.Reveal())
	require.NoError(t, err)
	require.Contains(t, out, "Key "+fresh.ID()+" of tenant acme is revoked since")

	out, _, err = keysCommand(t, file, "list")
	require.NoError(t, err)
	require.Contains(t, out, key.ID()+"  active ")
	require.Contains(t, out, fresh.ID()+"  revoked ")
	require.NotContains(t, out, key.Reveal()[18:30])
	require.NotContains(t, out, "sha256")

	out, _, err = keysCommand(t, file, "list", "--json")
	require.NoError(t, err)
	var listed []shownKey
	require.NoError(t, json.Unmarshal([]byte(out), &listed))
	require.Len(t, listed, 2)
	require.Equal(t, apikey.StateActive, listed[0].State)
	require.WithinDuration(t, time.Now().Add(7*oneDay), listed[0].ExpiresAt, time.Minute)
	require.Equal(t, []tenancy.Role{tenancy.RoleIngest}, listed[1].Roles)
	require.NotContains(t, out, "sha256")
}

func TestKeysCreateToAFile(t *testing.T) {
	dir := t.TempDir()
	file, out := filepath.Join(dir, "keys.yaml"), filepath.Join(dir, "shop.key")
	stdout, notes, err := keysCommand(t, file, "create", "--out", out)
	require.NoError(t, err)
	require.Empty(t, stdout)
	data, err := os.ReadFile(out)
	require.NoError(t, err)
	require.NotContains(t, notes, strings.TrimSpace(string(data)))
	st, err := os.Stat(out)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), st.Mode().Perm())
	records, err := apikey.Load(file)
	require.NoError(t, err)
	set, err := apikey.NewSet(records...)
	require.NoError(t, err)
	found, verdict := set.Lookup(string(data), time.Now())
	require.Equal(t, apikey.VerdictOK, verdict)
	require.Equal(t, tenancy.Default, found.Caller.Tenant)

	_, _, err = keysCommand(t, file, "create", "--out", out)
	require.ErrorContains(t, err, "exists already")
	records, err = apikey.Load(file)
	require.NoError(t, err)
	require.Len(t, records, 1, "no key is made that nobody gets")
}

func TestKeysRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys.yaml")
	for want, args := range map[string][]string{
		"ingest, read, admin or billing":                 {"create", "--roles", "root"},
		"tenant: \"a b\" has characters":                 {"create", "--tenant", "a b"},
		"neither a time span nor a date":                 {"create", "--expires", "soon"},
		"lies in the past":                               {"create", "--expires", "2020-01-01"},
		"is not a key id":                                {"revoke", "all"},
		"no key with the id":                             {"revoke", "aaaaaaaaaaaa"},
		"--overlap: \"1y\" is not a time span":           {"rotate", "aaaaaaaaaaaa", "--overlap", "1y"},
		"--overlap: \"-1h\" is not a time span; write 2": {"rotate", "aaaaaaaaaaaa", "--overlap", "-1h"},
	} {
		_, _, err := keysCommand(t, file, args...)
		require.ErrorContains(t, err, want, args)
	}
}

func TestParseExpiry(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"never":                     {},
		"90d":                       now.Add(90 * oneDay),
		"36h":                       now.Add(36 * time.Hour),
		"2027-01-31":                time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC),
		"2027-01-31T12:00:00+01:00": time.Date(2027, 1, 31, 11, 0, 0, 0, time.UTC),
	} {
		got, err := parseExpiry(text, now)
		require.NoError(t, err)
		require.True(t, want.Equal(got), text)
	}
}
