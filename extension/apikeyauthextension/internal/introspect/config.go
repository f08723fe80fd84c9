package introspect

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/confmap"

	"github.com/watchllm/watchllm/internal/confkeys"
)

// Config of the introspection of keys.
type Config struct {
	// HTTP is the client; `endpoint` is the URL that keys are posted to, `timeout` how long an answer may take.
	HTTP confighttp.ClientConfig `mapstructure:",squash"`

	// ForeignTokens also asks about tokens that are no WatchLLM keys. Without it only texts with the right prefix and
	// checksum leave the collector.
	ForeignTokens bool `mapstructure:"foreign_tokens"`

	// MaxInFlight is how many questions may be under way at once.
	MaxInFlight int `mapstructure:"max_in_flight"`

	// Cache of answers.
	Cache CacheConfig `mapstructure:"cache"`

	// Breaker stops asking a server that does not answer.
	Breaker BreakerConfig `mapstructure:"breaker"`

	// Claims name the members of an answer that say who the key is.
	Claims ClaimsConfig `mapstructure:"claims"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// CacheConfig of answers about keys.
type CacheConfig struct {
	// MaxEntries bounds the keys that are remembered as valid and, apart from them, those remembered as unknown.
	MaxEntries int `mapstructure:"max_entries"`
	// TTL is how long a valid key is not asked about again; a revocation takes that long.
	TTL time.Duration `mapstructure:"ttl"`
	// NegativeTTL is how long an unknown key is not asked about again.
	NegativeTTL time.Duration `mapstructure:"negative_ttl"`
	// Grace is how much longer than TTL a valid key works while the server cannot be asked.
	Grace time.Duration `mapstructure:"grace"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// BreakerConfig says when a server that does not answer is left alone.
type BreakerConfig struct {
	// Failures in a row after which it is left alone.
	Failures int `mapstructure:"failures"`
	// CoolDown is how long, until one question tries again.
	CoolDown time.Duration `mapstructure:"cool_down"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// ClaimsConfig names members of the answer.
type ClaimsConfig struct {
	Tenant  string `mapstructure:"tenant"`
	Project string `mapstructure:"project"`
	// Roles is a text of words, as RFC 7662's scope, or a list of texts. Words that are no roles are ignored.
	Roles string `mapstructure:"roles"`
	// KeyID is what the key is called in metering and lists.
	KeyID string `mapstructure:"key_id"`
	// Plan is the tenant's plan, for metering. What is no name is as if it were not there.
	Plan string `mapstructure:"plan"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// NewDefaultConfig has everything but an endpoint.
func NewDefaultConfig() Config {
	client := confighttp.NewDefaultClientConfig()
	client.Timeout = 2 * time.Second
	return Config{
		HTTP:        client,
		MaxInFlight: 64,
		Cache:       CacheConfig{MaxEntries: 10_000, TTL: time.Minute, NegativeTTL: 10 * time.Second, Grace: 10 * time.Minute},
		Breaker:     BreakerConfig{Failures: 5, CoolDown: 5 * time.Second},
		Claims:      ClaimsConfig{Tenant: "tenant", Project: "project", Roles: "scope", KeyID: "jti", Plan: "plan"},
	}
}

var _ confmap.Validator = (*Config)(nil)

// Unmarshal refuses keys that do not exist and names those that do.
func (c *Config) Unmarshal(conf *confmap.Conf) error { return confkeys.Unmarshal(conf, c) }

// Validate checks the configuration without asking the server.
func (c *Config) Validate() error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if err := c.checkEndpoint(); err != nil {
		errs = append(errs, err)
	}
	for _, d := range []struct {
		name         string
		value, least time.Duration
	}{
		{"timeout", c.HTTP.Timeout, time.Millisecond}, {"cache::ttl", c.Cache.TTL, time.Second}, {"cache::negative_ttl", c.Cache.NegativeTTL, time.Second},
		{"cache::grace", c.Cache.Grace, 0}, {"breaker::cool_down", c.Breaker.CoolDown, time.Millisecond},
	} {
		if d.value < d.least {
			fail("%s: %s is too short; use %s or more", d.name, d.value, d.least)
		}
	}
	for _, n := range []struct {
		name  string
		value int
	}{{"max_in_flight", c.MaxInFlight}, {"cache::max_entries", c.Cache.MaxEntries}, {"breaker::failures", c.Breaker.Failures}} {
		if n.value < 1 {
			fail("%s: %d is too small; use 1 or more", n.name, n.value)
		}
	}
	for name, claim := range map[string]string{"claims::tenant": c.Claims.Tenant, "claims::roles": c.Claims.Roles} {
		if claim == "" {
			fail("%s: is empty; name the member of the answer, or leave the line out", name)
		}
	}
	return errors.Join(errs...)
}

// checkEndpoint refuses to send keys where others can read them.
func (c *Config) checkEndpoint() error {
	u, err := url.Parse(c.HTTP.Endpoint)
	switch {
	case c.HTTP.Endpoint == "":
		return errors.New("endpoint: is empty; set the URL that keys are posted to, such as https://login.example/oauth2/introspect")
	case err != nil:
		return errors.New("endpoint: is not a URL; write it as https://login.example/oauth2/introspect")
	case u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return fmt.Errorf("endpoint: %q is not a URL with a host; write it as https://login.example/oauth2/introspect", u.Redacted())
	case u.Scheme == "http" && !c.HTTP.TLS.Insecure && !loopback(u.Hostname()):
		return fmt.Errorf("endpoint: %q would send keys in clear text; use https, or set tls::insecure to true where the network is trusted", u.Redacted())
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || (ip != nil && ip.IsLoopback())
}
