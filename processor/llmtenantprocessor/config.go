package llmtenantprocessor

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"

	"github.com/watchllm/watchllm/internal/confkeys"
)

// Config of the llm_tenant processor.
type Config struct {
	// RequireIdentity refuses data of a sender that no authenticator identified. When it is false such
	// data belongs to tenant and project "default".
	RequireIdentity bool `mapstructure:"require_identity"`

	// Limits bound what tenants and keys may send.
	Limits LimitsConfig `mapstructure:"limits"`

	// Admission names an extension that is asked before data goes on and told afterwards whether it
	// arrived (see Admission). Without one, everybody who is identified and within the limits may send.
	Admission *component.ID `mapstructure:"admission"`

	// ContentPolicy names an extension that sees stamped data before it goes on (see ContentPolicy).
	ContentPolicy *component.ID `mapstructure:"content_policy"`

	// MetricTenants is how many tenants have metrics of their own; what others send is counted as that of "_other".
	MetricTenants int `mapstructure:"metric_tenants"`

	// prevent unkeyed literal initialization
	_ struct{}
}

var (
	_ confmap.Validator   = (*Config)(nil)
	_ confmap.Unmarshaler = (*Config)(nil)
)

// mostMetricTenants keeps a scrape readable: each tenant has up to thirty series a signal.
const mostMetricTenants = 10_000

// Unmarshal refuses keys that do not exist and names those that do.
func (c *Config) Unmarshal(conf *confmap.Conf) error { return confkeys.Unmarshal(conf, c) }

// Validate checks the configuration.
func (c *Config) Validate() error {
	var errs []error
	if c.Admission != nil && *c.Admission == (component.ID{}) {
		errs = append(errs, errors.New("admission: is empty; name an extension or remove the line"))
	}
	if c.ContentPolicy != nil && *c.ContentPolicy == (component.ID{}) {
		errs = append(errs, errors.New("content_policy: is empty; name an extension or remove the line"))
	}
	if c.MetricTenants < 0 || c.MetricTenants > mostMetricTenants {
		errs = append(errs, fmt.Errorf("metric_tenants: %d is not between 0 and %d", c.MetricTenants, mostMetricTenants))
	}
	return errors.Join(errs...)
}
