package llmeventreceiver

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/confmap"

	"github.com/watchllm/watchllm/internal/confkeys"
	"github.com/watchllm/watchllm/internal/inflight"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
)

const (
	defaultEndpoint       = "127.0.0.1:8000"
	defaultMaxBody        = 20 << 20
	defaultMaxCompressed  = 5 << 20
	defaultReadTimeout    = 30 * time.Second
	defaultMaxEvents      = 1000
	defaultMaxEventSize   = 1 << 20
	defaultMaxContentSize = 256 << 10
	defaultMaxInFlight    = 256 << 20
	minInFlight           = 64 << 20
)

// Config of the llm_event receiver.
type Config struct {
	// ServerConfig is the HTTP server. `auth` asks for a key on /api/v1/ only: health checks need none.
	ServerConfig confighttp.ServerConfig `mapstructure:",squash"`

	// MaxCompressedSize is the size in bytes of a compressed body of events as it is sent; inflated it may have MaxRequestBodySize.
	MaxCompressedSize int64 `mapstructure:"max_compressed_size"`

	// MountOn is an extension with an HTTP server, such as llm_query, on which the paths of events are served too: clients of the
	// original service in JavaScript send to the port of its query API.
	MountOn *component.ID `mapstructure:"mount_on"`

	// MaxEvents is how many events one request may hold. Version 0 of the contract stays at 100.
	MaxEvents int `mapstructure:"max_events"`

	// MaxEventSize is the size in bytes of one event's JSON; a larger one is rejected, others of the request are not.
	MaxEventSize int `mapstructure:"max_event_size"`

	// MaxContentSize is the size in bytes of one text field, such as input_messages; what is longer is cut and marked.
	MaxContentSize int `mapstructure:"max_content_size"`

	// MaxInFlightSize bounds the bytes of all bodies, inflated, that are read and decoded at the same time. What does not fit is
	// answered with 503. One tenant alone gets half of it.
	MaxInFlightSize int64 `mapstructure:"max_in_flight_size"`

	// Merge is about fields that come after the request of their event.
	Merge MergeConfig `mapstructure:"merge"`

	// Foreign is about the wire formats of other vendors.
	Foreign ForeignConfig `mapstructure:"foreign"`

	// prevent unkeyed literal initialization
	_ struct{}
}

var _ confmap.Validator = (*Config)(nil)

// Unmarshal refuses keys that do not exist. The collector does not notice them in a configuration that squashes an HTTP server's,
// and a mistyped limit would silently keep its default.
func (c *Config) Unmarshal(conf *confmap.Conf) error { return confkeys.Unmarshal(conf, c) }

// Validate checks the configuration.
func (c *Config) Validate() error {
	var errs []error
	if c.ServerConfig.NetAddr.Endpoint == "" {
		errs = append(errs, fmt.Errorf("endpoint: is empty; use an address such as %s", defaultEndpoint))
	}
	for _, l := range []struct {
		name         string
		value, least int
	}{{"max_events", c.MaxEvents, 1}, {"max_event_size", c.MaxEventSize, 1024}, {"max_content_size", c.MaxContentSize, 256}} {
		if l.value < l.least {
			errs = append(errs, fmt.Errorf("%s: %d is too small; use %d or more", l.name, l.value, l.least))
		}
	}
	for i, e := range c.ServerConfig.CompressionAlgorithms {
		if !slices.Contains(inflight.Encodings, e) {
			errs = append(errs, fmt.Errorf("compression_algorithms[%d]: %q is not supported; use %s", i, e, inflight.Names(inflight.Encodings)))
		}
	}
	if least := max(minInFlight, bodiesInFlight*c.maxBody()); c.MaxInFlightSize < least {
		errs = append(errs, fmt.Errorf("max_in_flight_size: %d is too small; use %d or more, which is %d times max_request_body_size and at least 64 MiB",
			c.MaxInFlightSize, least, bodiesInFlight))
	}
	if c.MaxCompressedSize < 1024 {
		errs = append(errs, fmt.Errorf("max_compressed_size: %d is too small; use 1024 or more", c.MaxCompressedSize))
	}
	errs = append(errs, c.Merge.validate()...)
	errs = append(errs, c.Foreign.validate()...)
	return errors.Join(errs...)
}

// bodiesInFlight is how many of the largest bodies there must be room for, so that one, which is copied as it grows, always fits.
const bodiesInFlight = 6

// maxBody is the size a body may have, before and after decompression.
func (c *Config) maxBody() int64 {
	if c.ServerConfig.MaxRequestBodySize <= 0 {
		return defaultMaxBody
	}
	return c.ServerConfig.MaxRequestBodySize
}

func (c *Config) limits() event.Limits {
	return event.Limits{EventBytes: c.MaxEventSize, ContentBytes: c.MaxContentSize}
}
