package apikey

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// EnsureFirst gives a fresh installation its first key, with the roles ingest, read and
// admin: the hash goes to keysFile and the key itself, readable by its owner only, to
// plainFile. It may be called at every start:
//
//   - the key in plainFile works: that key, created false;
//   - there are no keys at all: a new key (or, if plainFile holds one whose record was lost,
//     that one again), created true;
//   - there are keys but plainFile has none that works, because someone moved, rotated or
//     revoked it: "", created false. Nothing is made behind the operator's back.
func EnsureFirst(keysFile, plainFile, tenant, project string) (key string, created bool, err error) {
	if err := os.MkdirAll(filepath.Dir(plainFile), 0o700); err != nil {
		return "", false, err
	}
	now := time.Now()
	err = Update(keysFile, func(rs []Record) ([]Record, error) {
		set, err := NewSet(rs...)
		if err != nil {
			return nil, err
		}
		plain, found, err := readPlain(plainFile)
		if err != nil {
			return nil, err
		}
		if found {
			if _, verdict := set.Lookup(plain.Reveal(), now); verdict == VerdictOK {
				key = plain.Reveal()
				return rs, nil
			}
		}
		if len(rs) > 0 {
			return rs, nil
		}
		if !found {
			if plain, err = New(); err != nil {
				return nil, err
			}
			// The key is written before its hash: a crash in between is mended by the next call.
			if err := WriteSecret(plainFile, []byte(plain.Reveal()+"\n")); err != nil {
				return nil, err
			}
		}
		key, created = plain.Reveal(), true
		return append(rs, Record{
			ID: plain.ID(), Hash: plain.Hash(), Tenant: tenant, Project: project,
			Roles: firstRoles, Name: "first key", CreatedAt: now,
		}), nil
	})
	if err != nil {
		return "", false, err
	}
	return key, created, nil
}

// readPlain returns the key in a file, or false if there is no such file.
func readPlain(path string) (Key, bool, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Key{}, false, nil
	}
	if err != nil {
		return Key{}, false, err
	}
	key, err := Parse(string(data))
	if err != nil {
		return Key{}, false, fmt.Errorf("%s: %w; remove the file and start again", path, err)
	}
	return key, true, nil
}
