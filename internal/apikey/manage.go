package apikey

import (
	"errors"
	"fmt"
	"time"

	"github.com/watchllm/watchllm/internal/tenancy"
)

// Create makes a key for the described record and stores its hash; ID, Hash and CreatedAt are filled in.
func Create(path string, r Record, now time.Time) (Key, Record, error) {
	key, err := New()
	if err != nil {
		return Key{}, Record{}, err
	}
	r.ID, r.Hash, r.CreatedAt = key.ID(), key.Hash(), now.UTC().Truncate(time.Second)
	r.ExpiresAt = r.ExpiresAt.Truncate(time.Second) // as the file keeps it
	if err := joinFieldErrors(r.Validate()); err != nil {
		return Key{}, Record{}, err
	}
	err = Update(path, func(rs []Record) ([]Record, error) { return append(rs, r), nil })
	return key, r, err
}

// Revoke ends a key at once. Revoking a revoked key changes nothing.
func Revoke(path, id string, now time.Time) (Record, error) {
	var out Record
	err := Update(path, func(rs []Record) ([]Record, error) {
		r, err := find(path, rs, id)
		if err != nil {
			return nil, err
		}
		if r.State(now) != StateRevoked {
			r.RevokedAt = now.UTC().Truncate(time.Second)
		}
		out = *r
		return rs, nil
	})
	return out, err
}

// Rotate makes a key with the same rights and lets the old one live for overlap, so that
// clients can be changed one by one. An expiry of the old key that comes sooner stays. A key is rotated once.
func Rotate(path, id string, overlap time.Duration, now time.Time) (key Key, fresh, old Record, err error) {
	if key, err = New(); err != nil {
		return Key{}, Record{}, Record{}, err
	}
	now = now.UTC().Truncate(time.Second)
	err = Update(path, func(rs []Record) ([]Record, error) {
		r, err := find(path, rs, id)
		if err != nil {
			return nil, err
		}
		if s := r.State(now); s != StateActive {
			return nil, fmt.Errorf("key %s is %s and cannot be rotated; make a new one with `watchllmctl keys create`", id, s)
		}
		if r.ReplacedBy != "" { // its expiry is the end of the overlap, and no measure of a life
			return nil, fmt.Errorf("key %s was replaced by %s already; rotate that one, or make another with `watchllmctl keys create`", id, r.ReplacedBy)
		}
		fresh = *r
		fresh.ID, fresh.Hash, fresh.CreatedAt, fresh.ExpiresAt = key.ID(), key.Hash(), now, extend(*r, now)
		r.ReplacedBy = key.ID()
		if end := now.Add(overlap); r.ExpiresAt.IsZero() || end.Before(r.ExpiresAt) {
			r.ExpiresAt = end
			if !r.ExpiresAt.After(r.CreatedAt) { // made and rotated within one second
				r.RevokedAt, r.ExpiresAt = now, time.Time{}
			}
		}
		old = *r
		return append(rs, fresh), nil
	})
	return key, fresh, old, err
}

// extend gives the new key as long a life as the old one was given.
func extend(r Record, now time.Time) time.Time {
	if r.ExpiresAt.IsZero() || r.CreatedAt.IsZero() {
		return r.ExpiresAt
	}
	return now.Add(r.ExpiresAt.Sub(r.CreatedAt))
}

func find(path string, rs []Record, id string) (*Record, error) {
	for i := range rs {
		if rs[i].ID == id {
			return &rs[i], nil
		}
	}
	return nil, fmt.Errorf("no key with the id %q in %s; `watchllmctl keys list` shows them", id, path)
}

func joinFieldErrors(list []FieldError) error {
	var errs []error
	for _, e := range list {
		errs = append(errs, e)
	}
	return errors.Join(errs...)
}

// firstRoles lets the only key of a fresh installation send, read and manage.
var firstRoles = []tenancy.Role{tenancy.RoleIngest, tenancy.RoleRead, tenancy.RoleAdmin}
