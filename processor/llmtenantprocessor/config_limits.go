package llmtenantprocessor

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/confmap"

	"github.com/watchllm/watchllm/processor/llmtenantprocessor/internal/limits"
	"github.com/watchllm/watchllm/processor/llmtenantprocessor/internal/sizes"
)

// LimitsConfig is what tenants and keys may send. Everywhere 0 is no limit.
type LimitsConfig struct {
	// Default is for each tenant that is not named.
	Default TenantLimits `mapstructure:"default"`
	// Tenants are by name. What is not set for one is as in Default.
	Tenants map[string]TenantLimits `mapstructure:"tenants"`
	// InFlightBytes is how much may be between the receiver and the queue, of all tenants together. A tenant may have as much as is
	// free, times its weight.
	InFlightBytes int64 `mapstructure:"in_flight_bytes"`

	_ struct{}
}

// TenantLimits are those of one tenant.
type TenantLimits struct {
	// Rate is for all keys of the tenant together.
	Rate RateConfig `mapstructure:"rate"`
	// RatePerKey is for each of its keys.
	RatePerKey RateConfig `mapstructure:"rate_per_key"`
	// Request bounds a single request. A larger one is refused for good.
	Request RequestConfig `mapstructure:"request"`
	// Size bounds what is in a request.
	Size SizeConfig `mapstructure:"size"`
	// Weight is the tenant's part of InFlightBytes, relative to others.
	Weight int `mapstructure:"weight"`

	_ struct{}
}

// RateConfig is how much may come in a second.
type RateConfig struct {
	Spans      int64 `mapstructure:"spans"`
	LogRecords int64 `mapstructure:"log_records"`
	DataPoints int64 `mapstructure:"data_points"`
	Bytes      int64 `mapstructure:"bytes"`
	// Burst is how long a sender may have been quiet and make up for it at once.
	Burst time.Duration `mapstructure:"burst"`

	_ struct{}
}

// RequestConfig is how much may be in one request. Bytes are those of OTLP protobuf.
type RequestConfig struct {
	Spans      int `mapstructure:"spans"`
	LogRecords int `mapstructure:"log_records"`
	DataPoints int `mapstructure:"data_points"`
	Bytes      int `mapstructure:"bytes"`

	_ struct{}
}

// SizeConfig is how large, in bytes, things in a request may be.
type SizeConfig struct {
	Attribute int `mapstructure:"attribute"`
	Span      int `mapstructure:"span"`
	LogRecord int `mapstructure:"log_record"`
	// Oversized is what happens to what is larger.
	Oversized Oversized `mapstructure:"oversized"`

	_ struct{}
}

// Oversized is what happens to what is larger than it may be.
type Oversized string

const (
	// OversizedTruncate cuts it, marks it and counts it. Nothing beside it is touched.
	OversizedTruncate Oversized = "truncate"
	// OversizedRefuse refuses the whole request for good.
	OversizedRefuse Oversized = "refuse"
)

const (
	defaultBurst = 10 * time.Second
	// smallestSize leaves room for ids, times and names, without which a span is none.
	smallestSize = 1024
	// smallestAttribute leaves room for names of models and ids of answers.
	smallestAttribute = 256
	// largestRate is a number that nobody needs and arithmetic can hold.
	largestRate   = 1_000_000_000_000
	largestWeight = 1000
	// smallestInFlight is four requests of a size that clients send.
	smallestInFlight = 4 << 20
	longestBurst     = 24 * time.Hour
)

func defaultLimits() LimitsConfig {
	return LimitsConfig{Default: TenantLimits{
		Rate: RateConfig{Burst: defaultBurst}, RatePerKey: RateConfig{Burst: defaultBurst},
		Size: SizeConfig{Oversized: OversizedTruncate}, Weight: 1,
	}}
}

var (
	_ confmap.Unmarshaler = (*LimitsConfig)(nil)
	_ confmap.Validator   = (*LimitsConfig)(nil)
)

// Unmarshal reads each tenant's section over the default.
func (c *LimitsConfig) Unmarshal(conf *confmap.Conf) error {
	if err := conf.Unmarshal(c); err != nil {
		return err
	}
	tenants, err := conf.Sub("tenants")
	if err != nil {
		return err
	}
	for name, section := range tenants.ToStringMap() {
		one := c.Default
		if settings, ok := section.(map[string]any); ok {
			if err := confmap.NewFromStringMap(settings).Unmarshal(&one); err != nil {
				return fmt.Errorf("tenants::%s: %w", name, err)
			}
		}
		c.Tenants[name] = one
	}
	return nil
}

// Validate checks what concerns all tenants; the rest is checked by its own sections.
func (c *LimitsConfig) Validate() error {
	if c.InFlightBytes < 0 || c.InFlightBytes > 0 && c.InFlightBytes < smallestInFlight {
		return fmt.Errorf("in_flight_bytes: %d is too little; use at least %d (several of the largest requests), or 0 for no limit", c.InFlightBytes, smallestInFlight)
	}
	return nil
}

// Validate checks the tenant's own settings.
func (c *TenantLimits) Validate() error {
	if c.Weight < 1 || c.Weight > largestWeight {
		return fmt.Errorf("weight: %d is not between 1 and %d", c.Weight, largestWeight)
	}
	return nil
}

// Validate checks the rates.
func (c *RateConfig) Validate() error {
	var errs []error
	for key, value := range map[string]int64{"spans": c.Spans, "log_records": c.LogRecords, "data_points": c.DataPoints, "bytes": c.Bytes} {
		if value < 0 || value > largestRate {
			errs = append(errs, fmt.Errorf("%s: %d is not between 0 (no limit) and %d a second", key, value, int64(largestRate)))
		}
	}
	if c.Burst <= 0 || c.Burst > longestBurst {
		errs = append(errs, fmt.Errorf("burst: %s is not between 1ns and %s; a time such as 10s", c.Burst, longestBurst))
	}
	return errors.Join(errs...)
}

// Validate checks the limits of a request.
func (c *RequestConfig) Validate() error {
	var errs []error
	for key, value := range map[string]int{"spans": c.Spans, "log_records": c.LogRecords, "data_points": c.DataPoints, "bytes": c.Bytes} {
		if value < 0 {
			errs = append(errs, fmt.Errorf("%s: %d is less than 0; use 0 for no limit", key, value))
		}
	}
	return errors.Join(errs...)
}

// Validate checks the sizes.
func (c *SizeConfig) Validate() error {
	var errs []error
	for _, s := range []struct {
		key          string
		value, least int
	}{{"attribute", c.Attribute, smallestAttribute}, {"span", c.Span, smallestSize}, {"log_record", c.LogRecord, smallestSize}} {
		if s.value != 0 && s.value < s.least {
			errs = append(errs, fmt.Errorf("%s: %d bytes are too few; use at least %d, or 0 for no limit", s.key, s.value, s.least))
		}
	}
	if c.Oversized != OversizedTruncate && c.Oversized != OversizedRefuse {
		errs = append(errs, fmt.Errorf("oversized: %q is neither %s nor %s", c.Oversized, OversizedTruncate, OversizedRefuse))
	}
	return errors.Join(errs...)
}

func (c *RateConfig) rates() limits.Rates {
	r := limits.Rates{Burst: c.Burst}
	r.PerSecond[limits.Spans], r.PerSecond[limits.LogRecords] = c.Spans, c.LogRecords
	r.PerSecond[limits.DataPoints], r.PerSecond[limits.Bytes] = c.DataPoints, c.Bytes
	return r
}

func (c *RequestConfig) items(u limits.Unit) int {
	switch u {
	case limits.Spans:
		return c.Spans
	case limits.LogRecords:
		return c.LogRecords
	default:
		return c.DataPoints
	}
}

func (c *SizeConfig) limits() sizes.Limits {
	return sizes.Limits{Attribute: c.Attribute, Span: c.Span, LogRecord: c.LogRecord}
}
