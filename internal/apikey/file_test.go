package apikey

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/tenancy"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func describe(tenant string, roles ...tenancy.Role) Record {
	return Record{Tenant: tenant, Project: "shop", Roles: roles, Plan: "pro", Name: "checkout service"}
}

func TestCreateStoresAHashOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "keys.yaml")
	key, rec, err := Create(path, describe("acme", tenancy.RoleIngest), noon)
	require.NoError(t, err)
	require.Equal(t, key.ID(), rec.ID)

	st, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), st.Mode().Perm())
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotContains(t, string(data), key.Reveal()[18:])

	records, err := Load(path)
	require.NoError(t, err)
	require.Equal(t, []Record{rec}, records)
	set, err := NewSet(records...)
	require.NoError(t, err)
	found, verdict := set.Lookup(key.Reveal(), noon)
	require.Equal(t, VerdictOK, verdict)
	id := found.Caller.Identity
	require.Equal(t, tenancy.Identity{Tenant: "acme", Project: "shop", KeyID: key.ID(), Roles: []tenancy.Role{tenancy.RoleIngest}, Plan: "pro"}, id)
}

func TestCreateRefusesBadRecords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	_, _, err := Create(path, Record{Tenant: "a/b", Roles: []tenancy.Role{"owner"}, Plan: "-", ExpiresAt: noon.Add(-time.Hour)}, noon)
	require.ErrorContains(t, err, `tenant: "a/b" has characters`)
	require.ErrorContains(t, err, "project: is missing")
	require.ErrorContains(t, err, `roles[0]: "owner" is not a role; use ingest, read, admin or billing`)
	require.ErrorContains(t, err, "plan:")
	require.ErrorContains(t, err, "expires_at: lies before created_at")
	require.NoFileExists(t, path)
}

func TestDecodeNamesLineFieldAndCure(t *testing.T) {
	_, err := Decode("keys.yaml", []byte(strings.Join([]string{
		"owner: me",
		"keys:",
		"  - id: abc",
		"    hash: sha256:00",
		"    tenant: acme",
		"    color: red",
		"  - id: aaaaaaaaaaaa",
		"    hash: sha256:" + strings.Repeat("ab", 32),
		"    tenant: acme",
		"    project: shop",
		"    roles: [ingest, writer]",
		"    expires_at: tomorrow",
		"  - id: aaaaaaaaaaaa",
		"    hash: sha256:" + strings.Repeat("ab", 32),
		"    tenant: [acme]",
		"    roles: ingest",
		"  - just text",
		"  - id: bbbbbbbbbbbb",
		"    hash: sha256:" + strings.Repeat("ab", 32),
		"    tenant: acme",
		"    roles: [ingest, writer]",
	}, "\n")))
	for _, want := range []string{
		"keys.yaml:1: owner: is not a field of a keys file",
		"keys.yaml:6: keys[0].color: is not a field of a key; use id, hash, ",
		`keys.yaml:12: keys[1].expires_at: "tomorrow" is not a time; write it as 2026-`,
		"keys.yaml:15: keys[2].tenant: must be text; put it in quotes",
		"keys.yaml:16: keys[2].roles: must be a list of ingest, read, admin or billing",
		"keys.yaml:17: keys[3]: must be a mapping",
		`keys.yaml:21: keys[4].roles[1]: "writer" is not a role`,
		"keys.yaml:18: keys[4].project: is missing",
	} {
		require.ErrorContains(t, err, want)
	}
}

func TestDecodeOtherErrors(t *testing.T) {
	record := "  - id: aaaaaaaaaaaa\n    hash: sha256:" + strings.Repeat("ab", 32) + "\n    tenant: a\n    project: b\n    roles: [read]\n"
	for name, c := range map[string]struct{ text, want string }{
		"not YAML":   {"keys: [", "not YAML"},
		"a list":     {"- a", "keys.yaml:1: keys: the file must be a mapping"},
		"no list":    {"keys: 7", "keys.yaml:1: keys: must be a list"},
		"same id":    {"keys:\n" + record + record, `keys.yaml:7: keys[1].id: "aaaaaaaaaaaa" is used by the key in line 2 too`},
		"same field": {"keys:\n" + record + "    tenant: c\n", "keys.yaml:7: keys[0].tenant: stands in line 4 too"},
		"two lists":  {"keys:\n" + record + "keys: []\n", "keys.yaml:7: keys: stands in line 1 too"},
		"whole key":  {"keys:\n" + strings.Replace(record, "aaaaaaaaaaaa", "wllm_aaaaaaaaaaaa_secret", 1), "keys.yaml:2: keys[0].id: holds more than the id"},
		"bad hash":   {"keys:\n" + strings.Replace(record, "sha256:ab", "sha256:xx", 1), "keys.yaml:3: keys[0].hash: a hash is sha256:"},
		"no hash":    {"keys:\n  - id: aaaaaaaaaaaa", "keys[0].hash: is missing"},
		"too large":  {strings.Repeat("#", MaxFileSize+1), "larger than 64 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Decode("keys.yaml", []byte(c.text))
			require.ErrorContains(t, err, c.want)
		})
	}
	for name, text := range map[string]string{"empty": "", "comment": "# none\n", "null": "null", "null list": "keys:\n", "empty list": "keys: []"} {
		t.Run(name, func(t *testing.T) {
			records, err := Decode("keys.yaml", []byte(text))
			require.NoError(t, err)
			require.Empty(t, records)
		})
	}
}

func TestLookup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	good, _, err := Create(path, describe("acme", tenancy.RoleRead), noon)
	require.NoError(t, err)
	short := describe("acme", tenancy.RoleRead)
	short.ExpiresAt = noon.Add(time.Hour)
	expiring, _, err := Create(path, short, noon)
	require.NoError(t, err)
	revoked, _, err := Create(path, describe("acme", tenancy.RoleRead), noon)
	require.NoError(t, err)
	_, err = Revoke(path, revoked.ID(), noon)
	require.NoError(t, err)
	stranger, err := New()
	require.NoError(t, err)

	records, err := Load(path)
	require.NoError(t, err)
	set, err := NewSet(records...)
	require.NoError(t, err)
	require.Equal(t, 3, set.Len())
	require.Equal(t, map[State]int{StateActive: 2, StateExpired: 0, StateRevoked: 1}, set.Count(noon))
	require.Equal(t, map[State]int{StateActive: 1, StateExpired: 1, StateRevoked: 1}, set.Count(noon.Add(time.Hour)))

	body := Prefix + good.ID() + stranger.Reveal()[17:61]
	for name, c := range map[string]struct {
		text string
		at   time.Time
		want Verdict
	}{
		"good":                   {good.Reveal(), noon, VerdictOK},
		"malformed":              {"hello", noon, VerdictMalformed},
		"mistyped":               {good.Reveal()[:66] + flip(good.Reveal()[66]), noon, VerdictChecksum},
		"unknown":                {stranger.Reveal(), noon, VerdictUnknown},
		"right id, other secret": {withChecksum(body), noon, VerdictUnknown},
		"not yet expired":        {expiring.Reveal(), noon.Add(time.Hour - 1), VerdictOK},
		"expired":                {expiring.Reveal(), noon.Add(time.Hour), VerdictExpired},
		"revoked":                {revoked.Reveal(), noon, VerdictRevoked},
	} {
		t.Run(name, func(t *testing.T) {
			found, verdict := set.Lookup(c.text, c.at)
			require.Equal(t, c.want, verdict)
			require.Equal(t, verdict == VerdictOK, found != nil)
		})
	}
	_, err = NewSet(records[0], records[0])
	require.ErrorContains(t, err, "two keys have the id")
}

func TestRotateOverlaps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	rec := describe("acme", tenancy.RoleIngest, tenancy.RoleRead)
	rec.ExpiresAt = noon.Add(90 * 24 * time.Hour)
	old, _, err := Create(path, rec, noon)
	require.NoError(t, err)

	later := noon.Add(80 * 24 * time.Hour)
	fresh, freshRec, oldRec, err := Rotate(path, old.ID(), 24*time.Hour, later)
	require.NoError(t, err)
	require.Equal(t, later.Add(24*time.Hour), oldRec.ExpiresAt)
	require.Equal(t, later.Add(90*24*time.Hour), freshRec.ExpiresAt, "as long a life as the old one was given")
	require.Equal(t, rec.Roles, freshRec.Roles)

	records, err := Load(path)
	require.NoError(t, err)
	set, err := NewSet(records...)
	require.NoError(t, err)
	for _, c := range []struct {
		key  Key
		at   time.Time
		want Verdict
	}{{old, later, VerdictOK}, {fresh, later, VerdictOK}, {old, later.Add(24 * time.Hour), VerdictExpired}, {fresh, later.Add(48 * time.Hour), VerdictOK}} {
		_, v := set.Lookup(c.key.Reveal(), c.at)
		require.Equal(t, c.want, v)
	}

	_, _, _, err = Rotate(path, old.ID(), 24*time.Hour, later.Add(time.Hour))
	require.EqualError(t, err, "key "+old.ID()+" was replaced by "+fresh.ID()+" already; rotate that one, or make another with `watchllmctl keys create`",
		"else the new key would live as long as the old one's overlap")

	_, _, sooner, err := Rotate(path, fresh.ID(), 365*24*time.Hour, later)
	require.NoError(t, err)
	require.Equal(t, freshRec.ExpiresAt, sooner.ExpiresAt, "an overlap never lengthens a life")
	_, _, _, err = Rotate(path, "zzzzzzzzzzzz", time.Hour, later)
	require.ErrorContains(t, err, "no key with the id")
	_, _, _, err = Rotate(path, old.ID(), time.Hour, later.Add(48*time.Hour))
	require.ErrorContains(t, err, "is expired and cannot be rotated")
}

func TestRotateAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	key, _, err := Create(path, describe("acme", tenancy.RoleRead), noon)
	require.NoError(t, err)
	_, _, old, err := Rotate(path, key.ID(), 0, noon)
	require.NoError(t, err)
	require.Equal(t, StateRevoked, old.State(noon))
}

func TestRevokeTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	key, _, err := Create(path, describe("acme", tenancy.RoleRead), noon)
	require.NoError(t, err)
	first, err := Revoke(path, key.ID(), noon)
	require.NoError(t, err)
	again, err := Revoke(path, key.ID(), noon.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, first, again)
	_, err = Revoke(path, "zzzzzzzzzzzz", noon)
	require.ErrorContains(t, err, "watchllmctl keys list")
}

func TestConcurrentWritersLoseNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				if _, _, err := Create(path, describe("acme", tenancy.RoleRead), noon); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	records, err := Load(path)
	require.NoError(t, err)
	require.Len(t, records, 40)
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".keys.yaml.*"))
	require.NoError(t, err)
	require.Empty(t, left, "no temporary files stay behind")
}

func TestUpdateNeverDestroysAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	require.NoError(t, os.WriteFile(path, []byte("keys: [oops]\n"), 0o600))
	_, _, err := Create(path, describe("acme", tenancy.RoleRead), noon)
	require.ErrorContains(t, err, "keys.yaml:1")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "keys: [oops]\n", string(data))
}

func TestParseRoles(t *testing.T) {
	roles, err := ParseRoles([]string{" Ingest", "read", "read"})
	require.NoError(t, err)
	require.Equal(t, []tenancy.Role{tenancy.RoleIngest, tenancy.RoleRead}, roles)
	_, err = ParseRoles([]string{"root"})
	require.ErrorContains(t, err, "ingest, read, admin or billing")
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("keys:\n  - id: aaaaaaaaaaaa\n    roles: [read]\n"))
	f.Add([]byte("keys: &a [*a]"))
	f.Add([]byte("{keys: {a: b}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		records, err := Decode("f", data)
		if err != nil {
			return
		}
		out, err := Encode(records)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode("g", out)
		if err != nil || len(again) != len(records) {
			t.Fatalf("%v\n%s", err, out)
		}
		for i := range records {
			want := records[i]
			for _, at := range []*time.Time{&want.CreatedAt, &want.ExpiresAt, &want.RevokedAt} {
				*at = at.Truncate(time.Second)
			}
			if !reflect.DeepEqual(want, again[i]) {
				t.Fatalf("%+v\n%+v\n%s", want, again[i], out)
			}
		}
	})
}
