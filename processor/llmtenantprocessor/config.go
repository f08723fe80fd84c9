package llmtenantprocessor

import (
	"errors"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"

	"github.com/watchllm/watchllm/internal/confkeys"
)

// Config of the llm_tenant processor.
type Config struct {
	// RequireIdentity refuses data of a sender that no authenticator identified. When it is false such
	// data belongs to tenant and project "default".
	RequireIdentity bool `mapstructure:"require_identity"`

	// Admission names an extension that is asked before data goes on and told afterwards whether it
	// arrived (see Admission). Without one, everybody who is identified may send.
	Admission *component.ID `mapstructure:"admission"`

	// prevent unkeyed literal initialization
	_ struct{}
}

var _ confmap.Validator = (*Config)(nil)

// Unmarshal refuses keys that do not exist and names those that do.
func (c *Config) Unmarshal(conf *confmap.Conf) error { return confkeys.Unmarshal(conf, c) }

// Validate checks the configuration.
func (c *Config) Validate() error {
	if c.Admission != nil && *c.Admission == (component.ID{}) {
		return errors.New("admission: is empty; name an extension or remove the line")
	}
	return nil
}
