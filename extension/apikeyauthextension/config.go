package apikeyauthextension

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/confmap"

	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/confkeys"
)

const (
	defaultReloadInterval = 2 * time.Second
	minReloadInterval     = 10 * time.Millisecond
)

// Config of the api_key_auth extension.
type Config struct {
	// KeysFile is a file made by `watchllmctl keys`. It is read again whenever it changes, and it may
	// appear later: until then every request is refused.
	KeysFile string `mapstructure:"keys_file"`

	// ReloadInterval is how often the file is looked at.
	ReloadInterval time.Duration `mapstructure:"reload_interval"`

	// Keys are written in the configuration itself, as hashes. They are valid beside those of the file.
	Keys []KeyConfig `mapstructure:"keys"`

	// Schemes are the ways in which a key may be sent, in the order they are tried.
	Schemes []string `mapstructure:"schemes"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// KeyConfig is one inline key; the fields are those of the keys file.
type KeyConfig struct {
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

var _ confmap.Validator = (*Config)(nil)

// Unmarshal refuses keys that do not exist and names those that do.
func (c *Config) Unmarshal(conf *confmap.Conf) error { return confkeys.Unmarshal(conf, c) }

// Validate checks the configuration without touching the keys file.
func (c *Config) Validate() error {
	var errs []error
	if c.KeysFile == "" && len(c.Keys) == 0 {
		errs = append(errs, errors.New("keys_file: is empty and keys: is empty; name a file that `watchllmctl keys create` writes, or nobody could send"))
	}
	if c.ReloadInterval < minReloadInterval {
		errs = append(errs, fmt.Errorf("reload_interval: %s is too short; use %s or more, such as %s", c.ReloadInterval, minReloadInterval, defaultReloadInterval))
	}
	if len(c.Schemes) == 0 {
		errs = append(errs, fmt.Errorf("schemes: is empty; use one or more of %s", strings.Join(schemeNames(), ", ")))
	}
	for i, name := range c.Schemes {
		if !slices.Contains(schemeNames(), name) {
			errs = append(errs, fmt.Errorf("schemes[%d]: %q is not known; use %s", i, name, strings.Join(schemeNames(), ", ")))
		}
	}
	if _, err := c.inlineRecords(); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
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
	var errs []error
	var err error
	if r.Hash, err = apikey.ParseHash(string(k.Hash)); err != nil {
		return r, apikey.FieldError{Field: "hash", Message: err.Error()}
	}
	if r.Roles, err = apikey.ParseRoles(k.Roles); err != nil {
		return r, apikey.FieldError{Field: "roles", Message: err.Error()}
	}
	for _, e := range r.Validate() {
		errs = append(errs, e)
	}
	return r, errors.Join(errs...)
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
