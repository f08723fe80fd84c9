package apikeyauthextension

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

// KeyConfig is one inline key; the fields are those of the keys file, and Key.
type KeyConfig struct {
	// Key is the key itself, in place of ID and Hash. It should come from outside the file: ${env:WATCHLLM_API_KEY}.
	Key       configopaque.String `mapstructure:"key"`
	ID        string              `mapstructure:"id"`
	Hash      configopaque.String `mapstructure:"hash"`
	Tenant    string              `mapstructure:"tenant"`
	Project   string              `mapstructure:"project"`
	Roles     []string            `mapstructure:"roles"`
	Plan      string              `mapstructure:"plan"`
	Name      string              `mapstructure:"name"`
	CreatedAt time.Time           `mapstructure:"created_at"`
	ExpiresAt time.Time           `mapstructure:"expires_at"`
	RevokedAt time.Time           `mapstructure:"revoked_at"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// requiredRole is empty where the doors behind decide.
func (c *Config) requiredRole() (tenancy.Role, error) {
	if c.Role == "" {
		return "", nil
	}
	roles, err := apikey.ParseRoles([]string{c.Role})
	if err != nil {
		return "", fmt.Errorf("role: %w, or leave it out", err)
	}
	return roles[0], nil
}

func (c *Config) inlineRecords() ([]apikey.Record, error) {
	var errs []error
	records := make([]apikey.Record, 0, len(c.Keys))
	for i, k := range c.Keys {
		r, err := k.record()
		if err != nil {
			errs = append(errs, prefix(fmt.Sprintf("keys[%d].", i), err)...)
			continue
		}
		records = append(records, r)
	}
	if len(errs) == 0 {
		if _, err := apikey.NewSet(records...); err != nil {
			errs = append(errs, fmt.Errorf("keys: %w", err))
		}
	}
	return records, errors.Join(errs...)
}

func (k KeyConfig) record() (apikey.Record, error) {
	r := apikey.Record{
		ID: k.ID, Tenant: k.Tenant, Project: k.Project, Plan: k.Plan, Name: k.Name,
		CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt, RevokedAt: k.RevokedAt,
	}
	if err := k.secret(&r); err != nil {
		return r, err
	}
	var err error
	if r.Roles, err = apikey.ParseRoles(k.Roles); err != nil {
		return r, apikey.FieldError{Field: "roles", Message: err.Error()}
	}
	var errs []error
	for _, e := range r.Validate() {
		errs = append(errs, e)
	}
	return r, errors.Join(errs...)
}

// secret fills in ID and Hash. No error of it contains the key.
func (k KeyConfig) secret(r *apikey.Record) (err error) {
	if k.Key == "" && k.Hash == "" {
		return apikey.FieldError{Field: "hash", Message: "is empty and so is key; copy the hash from a file that `watchllmctl keys create` writes, or set key to ${env:NAME} and the variable NAME to a key"}
	}
	if k.Key == "" {
		if r.Hash, err = apikey.ParseHash(string(k.Hash)); err != nil {
			return apikey.FieldError{Field: "hash", Message: err.Error()}
		}
		return nil
	}
	if k.Hash != "" || k.ID != "" {
		return apikey.FieldError{Field: "key", Message: "stands beside id or hash, which follow from it; leave those out"}
	}
	key, err := apikey.Parse(string(k.Key))
	if err != nil {
		return apikey.FieldError{Field: "key", Message: err.Error() + "; set it to a key that `watchllmctl keys create` made"}
	}
	r.ID, r.Hash = key.ID(), key.Hash()
	return nil
}

// prefix puts the place in front of every joined error.
func prefix(at string, err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{fmt.Errorf("%s%w", at, err)}
	}
	var out []error
	for _, e := range joined.Unwrap() {
		out = append(out, fmt.Errorf("%s%w", at, e))
	}
	return out
}
