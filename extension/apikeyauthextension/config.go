package apikeyauthextension

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/confmap"

	"github.com/watchllm/watchllm/extension/apikeyauthextension/internal/introspect"
	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/confkeys"
)

const (
	defaultReloadInterval = 2 * time.Second
	minReloadInterval     = 10 * time.Millisecond
	defaultFlushInterval  = time.Minute
	minFlushInterval      = 10 * time.Millisecond
	defaultRefusals       = 100
	defaultRefusalsWindow = time.Minute
)

// Config of the api_key_auth extension.
type Config struct {
	// KeysFile is a file made by `watchllmctl keys`. It is read again whenever it changes, and it may
	// appear later: until then every request is refused.
	KeysFile string `mapstructure:"keys_file"`

	// ReloadInterval is how often the file is looked at.
	ReloadInterval time.Duration `mapstructure:"reload_interval"`

	// Keys are written in the configuration itself. They are valid beside those of the file.
	Keys []KeyConfig `mapstructure:"keys"`

	// Introspection asks another server about keys that are in neither place.
	Introspection configoptional.Optional[introspect.Config] `mapstructure:"introspection"`

	// Schemes are the ways in which a key may be sent, in the order they are tried.
	Schemes []string `mapstructure:"schemes"`

	// Role, unless empty, is what a key must be allowed to do to get in at all. Without it the components
	// behind the door ask for the role they need.
	Role string `mapstructure:"role"`

	// LastUsed is about remembering when each key was last used.
	LastUsed LastUsedConfig `mapstructure:"last_used"`

	// RefusedAttempts bounds what one address may try.
	RefusedAttempts RefusedAttemptsConfig `mapstructure:"refused_attempts"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// LastUsedConfig says where the times of last use are kept.
type LastUsedConfig struct {
	// File is written at Interval if a key was used. Empty means beside keys_file, `off` means nowhere.
	File string `mapstructure:"file"`
	// Interval is how much of the memory a crash may cost.
	Interval time.Duration `mapstructure:"interval"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// RefusedAttemptsConfig bounds how often one address may try keys that do not exist. Keys that do are never held up.
type RefusedAttemptsConfig struct {
	// Limit is how many attempts may be refused within Window; 0 means any number.
	Limit int `mapstructure:"limit"`
	// Window is how long it takes until the whole limit is free again.
	Window time.Duration `mapstructure:"window"`

	// prevent unkeyed literal initialization
	_ struct{}
}

const lastUsedOff = "off"

// lastUsedFile is empty where nothing is kept.
func (c *Config) lastUsedFile() string {
	switch {
	case c.LastUsed.File == lastUsedOff || (c.LastUsed.File == "" && c.KeysFile == ""):
		return ""
	case c.LastUsed.File == "":
		return apikey.UsageFile(c.KeysFile)
	}
	return c.LastUsed.File
}

var _ confmap.Validator = (*Config)(nil)

// Unmarshal refuses keys that do not exist and names those that do.
func (c *Config) Unmarshal(conf *confmap.Conf) error { return confkeys.Unmarshal(conf, c) }

// Validate checks the configuration without touching the keys file or the network.
func (c *Config) Validate() error {
	var errs []error
	if c.KeysFile == "" && len(c.Keys) == 0 && !c.Introspection.HasValue() {
		errs = append(errs, errors.New("keys_file: is empty, keys: is empty and there is no introspection; name a file that `watchllmctl keys create` writes, or nobody could send"))
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
	if _, err := c.requiredRole(); err != nil {
		errs = append(errs, err)
	}
	if c.LastUsed.Interval < minFlushInterval {
		errs = append(errs, fmt.Errorf("last_used::interval: %s is too short; use %s or more, such as %s", c.LastUsed.Interval, minFlushInterval, defaultFlushInterval))
	}
	if c.RefusedAttempts.Limit < 0 {
		errs = append(errs, fmt.Errorf("refused_attempts::limit: %d is negative; use 0 for no limit, or %d", c.RefusedAttempts.Limit, defaultRefusals))
	}
	if c.RefusedAttempts.Limit > 0 && c.RefusedAttempts.Window < time.Second {
		errs = append(errs, fmt.Errorf("refused_attempts::window: %s is too short; use 1s or more, such as %s", c.RefusedAttempts.Window, defaultRefusalsWindow))
	}
	if _, err := c.inlineRecords(); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
