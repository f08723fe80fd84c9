package llmqueryextension

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/confignet"
	"go.opentelemetry.io/collector/confmap"

	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/confkeys"
)

// Config of the query API: where it listens, who may ask, which store it reads and how much one answer may cost.
type Config struct {
	// ServerConfig is the listener: endpoint, tls, auth, cors and the timeouts. Without auth every caller
	// is tenant and project "default", which is allowed on a loopback endpoint only.
	ServerConfig confighttp.ServerConfig `mapstructure:",squash"`
	// ClickHouse is the store that is read.
	ClickHouse clickhouse.ClientConfig `mapstructure:"clickhouse"`
	// Prices are files or folders of price files that correct the built-in price book, as in llm_cost: give both the same, so that
	// amounts are explained by the prices that they were made with.
	Prices []string `mapstructure:"prices"`
	// PricesReloadInterval is how often the price files are looked at for changes; 0 reads them once, at start.
	PricesReloadInterval time.Duration `mapstructure:"prices_reload_interval"`
	// Limits bound what one request may cost.
	Limits LimitsConfig `mapstructure:"limits"`
	// prevent unkeyed literal initialization
	_ struct{}
}

// LimitsConfig bounds one request. All values are positive unless said otherwise.
type LimitsConfig struct {
	// MaxExecutionTime ends a statement that runs longer; the client gets 504. At least one second,
	// because ClickHouse counts whole seconds.
	MaxExecutionTime time.Duration `mapstructure:"max_execution_time"`
	// MaxMemoryBytes is the memory a statement may use in the store; above it the client gets 422. 0 leaves
	// the limit to the store's user profile.
	MaxMemoryBytes uint64 `mapstructure:"max_memory_bytes"`
	// MaxRowsToRead is how many rows a statement may scan; above it the client gets 422. 0 means no limit.
	MaxRowsToRead uint64 `mapstructure:"max_rows_to_read"`
	// DefaultWindow is the time range of a request that names none; it ends now.
	DefaultWindow time.Duration `mapstructure:"default_window"`
	// MaxWindow is the longest time range a request may ask for.
	MaxWindow time.Duration `mapstructure:"max_window"`
	// MaxPoints is the largest number of points of a timeseries.
	MaxPoints int `mapstructure:"max_points"`
	// MaxModels is the largest number of rows of /stats/models, /prices/unknown and /prices; the rest is left out and said so.
	MaxModels int `mapstructure:"max_models"`
	// MaxPageSize is the largest `limit` of a list of traces.
	MaxPageSize int `mapstructure:"max_page_size"`
	// MaxSpans is the largest number of spans in the answer for one trace; the rest is left out and said so.
	MaxSpans int `mapstructure:"max_spans"`
	// MaxContentBytes is how much message content the answer for one trace carries; spans past it come
	// without content and say so.
	MaxContentBytes int `mapstructure:"max_content_bytes"`
	// prevent unkeyed literal initialization
	_ struct{}
}

var (
	_                    component.Config  = (*Config)(nil)
	_                    confmap.Validator = (*Config)(nil)
	_                    confmap.Validator = (*LimitsConfig)(nil)
	errEndpointMissing                     = errors.New(`endpoint: must not be empty; use "127.0.0.1:8001" to serve this machine only`)
	errAuthenticatorName                   = errors.New(`auth::authenticator: must name an authenticator extension, for example api_key_auth`)
)

// strictConfig has the keys of Config and nothing that forgives others.
type strictConfig struct {
	Server     strictServerConfig      `mapstructure:",squash"`
	ClickHouse clickhouse.ClientConfig `mapstructure:"clickhouse"`
	Limits     LimitsConfig            `mapstructure:"limits"`

	Prices               []string      `mapstructure:"prices"`
	PricesReloadInterval time.Duration `mapstructure:"prices_reload_interval"`
}

type strictServerConfig confighttp.ServerConfig

// Unmarshal refuses unknown keys. ServerConfig ignores what it does not know, for the whole section it is
// squashed into: a misspelt auth would leave the API open without a word.
func (c *Config) Unmarshal(conf *confmap.Conf) error {
	if err := confkeys.Check(conf.ToStringMap(), c); err != nil {
		return err
	}
	if err := conf.Unmarshal(&strictConfig{}); err != nil {
		return err
	}
	return conf.Unmarshal(c, confmap.WithIgnoreUnused())
}

// Validate checks what can be checked without touching the network.
func (c *Config) Validate() error {
	if err := c.validatePrices(); err != nil {
		return err
	}
	if c.ServerConfig.NetAddr.Endpoint == "" {
		return errEndpointMissing
	}
	if auth := c.ServerConfig.Auth.Get(); auth != nil {
		if auth.Config.AuthenticatorID.Type().String() == "" {
			return errAuthenticatorName
		}
		return nil
	}
	if !isLocal(c.ServerConfig.NetAddr) {
		return fmt.Errorf("auth: must be set when endpoint is %q, which other machines can reach; "+
			"set auth::authenticator (for example api_key_auth) or listen on 127.0.0.1", c.ServerConfig.NetAddr.Endpoint)
	}
	return nil
}

// validatePrices reads no file: that happens at start.
func (c *Config) validatePrices() error {
	var errs []error
	for i, path := range c.Prices {
		if path == "" {
			errs = append(errs, fmt.Errorf("prices[%d]: %q: name a price file or a folder of price files, or remove the entry", i, path))
		}
	}
	if d := c.PricesReloadInterval; d != 0 && d < minReloadInterval {
		errs = append(errs, fmt.Errorf("prices_reload_interval: %v: give at least %v, or 0 to read the price files once", d, minReloadInterval))
	}
	return errors.Join(errs...)
}

// Validate reports every limit that is out of range, by key and value.
func (l *LimitsConfig) Validate() error {
	var errs []error
	atLeast := func(key string, got, low int64, cure string) {
		if got < low {
			errs = append(errs, fmt.Errorf("%s: %d is too small; use %s", key, got, cure))
		}
	}
	if l.MaxExecutionTime < time.Second {
		errs = append(errs, fmt.Errorf("max_execution_time: %s is too short; use 1s or more", l.MaxExecutionTime))
	}
	if l.MaxWindow < time.Minute {
		errs = append(errs, fmt.Errorf("max_window: %s is too short; use 1m or more", l.MaxWindow))
	}
	if l.DefaultWindow < time.Minute || l.DefaultWindow > l.MaxWindow {
		errs = append(errs, fmt.Errorf("default_window: %s is not between 1m and max_window (%s)", l.DefaultWindow, l.MaxWindow))
	}
	atLeast("max_points", int64(l.MaxPoints), 1, "1 or more, for example 1500")
	atLeast("max_models", int64(l.MaxModels), 1, "1 or more, for example 1000")
	atLeast("max_page_size", int64(l.MaxPageSize), 1, "1 or more, for example 200")
	atLeast("max_spans", int64(l.MaxSpans), 1, "1 or more, for example 10000")
	atLeast("max_content_bytes", int64(l.MaxContentBytes), 0, "0 or more, for example 67108864")
	return errors.Join(errs...)
}

// isLocal reports whether only this machine can reach the address. A name other than localhost is not
// looked up (validation never touches the network), so it does not count as local.
func isLocal(addr confignet.AddrConfig) bool {
	if addr.Transport == confignet.TransportTypeUnix {
		return true
	}
	host, _, err := net.SplitHostPort(addr.Endpoint)
	if err != nil {
		return false
	}
	return isLoopbackHost(host)
}

func isLoopbackHost(host string) bool {
	if strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
