package llmeventreceiver

import (
	"fmt"
	"time"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/late"
)

const (
	defaultMergeWindow           = 15 * time.Minute
	defaultMergeMaxSize          = 64 << 20
	defaultMergeMaxSizePerTenant = 16 << 20
)

// MergeConfig is about fields that come after the request of their event: the end of a stream, tokens that are known later.
type MergeConfig struct {
	// Window is how long an event can be completed after it was taken.
	Window time.Duration `mapstructure:"window"`

	// MaxSize bounds the size in bytes of the events that are remembered for it; the oldest are forgotten first. With 0 none is.
	MaxSize int64 `mapstructure:"max_size"`

	// MaxSizePerTenant is the part of it that one tenant may have.
	MaxSizePerTenant int64 `mapstructure:"max_size_per_tenant"`

	// prevent unkeyed literal initialization
	_ struct{}
}

func (c *MergeConfig) validate() (errs []error) {
	if c.Window < time.Second {
		errs = append(errs, fmt.Errorf("merge::window: %s is too short; use 1s or more", c.Window))
	}
	for _, n := range []struct {
		name  string
		value int64
	}{{"max_size", c.MaxSize}, {"max_size_per_tenant", c.MaxSizePerTenant}} {
		if n.value != 0 && n.value < minHeldSize {
			errs = append(errs, fmt.Errorf("merge::%s: %d is too small; use %d or more, or 0 to remember nothing", n.name, n.value, minHeldSize))
		}
	}
	return errs
}

func (c *MergeConfig) limits() late.Limits {
	return late.Limits{Bytes: c.MaxSize, TenantBytes: c.MaxSizePerTenant, Window: c.Window}
}
