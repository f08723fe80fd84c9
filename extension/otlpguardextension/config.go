package otlpguardextension

import (
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"

	"github.com/watchllm/watchllm/internal/confkeys"
)

const (
	defaultMaxInFlight = 256 << 20
	defaultMaxBody     = 32 << 20
	minInFlight        = 64 << 20
	// bodiesInFlight is how many of the largest bodies there must be room for, so that one, which is copied as it grows, always fits.
	bodiesInFlight = 6
)

// Config of the extension.
type Config struct {
	// MaxInFlightSize bounds the bytes of all HTTP bodies, inflated, that are read and decoded at the same time. What does not fit is
	// answered with 503. One tenant alone gets half of it.
	MaxInFlightSize int64 `mapstructure:"max_in_flight_size"`

	// MaxRequestBodySize is the size in bytes of one HTTP body, inflated.
	MaxRequestBodySize int64 `mapstructure:"max_request_body_size"`

	// prevent unkeyed literal initialization
	_ struct{}
}

var _ confmap.Validator = (*Config)(nil)

func createDefaultConfig() component.Config {
	return &Config{MaxInFlightSize: defaultMaxInFlight, MaxRequestBodySize: defaultMaxBody}
}

// Unmarshal refuses keys that do not exist: a mistyped limit would silently keep its default.
func (c *Config) Unmarshal(conf *confmap.Conf) error { return confkeys.Unmarshal(conf, c) }

// Validate checks the configuration.
func (c *Config) Validate() error {
	if c.MaxRequestBodySize < 1 {
		return fmt.Errorf("max_request_body_size: %d is too small; use 1 or more", c.MaxRequestBodySize)
	}
	if least := max(minInFlight, bodiesInFlight*c.MaxRequestBodySize); c.MaxInFlightSize < least {
		return fmt.Errorf("max_in_flight_size: %d is too small; use %d or more, which is %d times max_request_body_size and at least 64 MiB",
			c.MaxInFlightSize, least, bodiesInFlight)
	}
	return nil
}
