package llmlogsconnector

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/confmap"

	"github.com/watchllm/watchllm/internal/confkeys"
)

// Config of the llm_logs connector.
type Config struct {
	// Sources are the clients whose events become spans. Leave one out when its spans, which say the same, are all you want.
	Sources []string `mapstructure:"sources"`

	// ToolCalls makes spans of tool results as well. They cost nothing and are not counted; a client that also sends spans of its
	// tools shows each tool twice.
	ToolCalls bool `mapstructure:"tool_calls"`

	// prevent unkeyed literal initialization
	_ struct{}
}

var _ confmap.Validator = (*Config)(nil)

// Unmarshal refuses keys that do not exist and names those that do.
func (c *Config) Unmarshal(conf *confmap.Conf) error { return confkeys.Unmarshal(conf, c) }

// Validate checks the configuration.
func (c *Config) Validate() error {
	known := strings.Join(sourceNames(), ", ")
	if len(c.Sources) == 0 {
		return fmt.Errorf("sources: is empty; name one or more of %s, or remove the line for all", known)
	}
	var errs []error
	for i, name := range c.Sources {
		switch {
		case !slices.Contains(sourceNames(), name):
			errs = append(errs, fmt.Errorf("sources[%d]: %q is not known; use one or more of %s", i, name, known))
		case slices.Contains(c.Sources[:i], name):
			errs = append(errs, fmt.Errorf("sources[%d]: %q is there twice; remove one", i, name))
		}
	}
	return errors.Join(errs...)
}
