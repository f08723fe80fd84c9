package llmeventreceiver

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
)

const (
	defaultMergeWait            = 30 * time.Second
	defaultOpenWait             = time.Hour
	defaultMaxHeldSize          = 256 << 20
	defaultMaxHeldSizePerTenant = 64 << 20
)

// ForeignConfig is about the wire formats of other vendors. Their clients report the beginning and the end of a span apart, so that
// halves have to be held.
type ForeignConfig struct {
	// Vendors are the formats that are understood; none unless listed.
	Vendors []string `mapstructure:"vendors"`

	// Storage is the storage extension that keeps held halves over a restart. Without it they are in memory only, and what was
	// acknowledged but not complete is lost when the process is killed.
	Storage *component.ID `mapstructure:"storage"`

	// MergeWait is how long a span that has ended waits for its beginning, or for what its trace says of user and session.
	MergeWait time.Duration `mapstructure:"merge_wait"`

	// OpenWait is how long a span that has begun may stay open before it is handed on without its end.
	OpenWait time.Duration `mapstructure:"open_wait"`

	// MaxHeldSize bounds the size in bytes of what is held; the oldest is handed on first.
	MaxHeldSize int64 `mapstructure:"max_held_size"`

	// MaxHeldSizePerTenant is the part of it that one tenant may have.
	MaxHeldSizePerTenant int64 `mapstructure:"max_held_size_per_tenant"`

	// prevent unkeyed literal initialization
	_ struct{}
}

const minHeldSize = 1 << 16

func (c *ForeignConfig) validate() (errs []error) {
	known := vendorNames()
	for i, name := range c.Vendors {
		if !slices.Contains(known, name) {
			errs = append(errs, fmt.Errorf("foreign::vendors[%d]: %q is not known; use %s", i, name, strings.Join(known, ", ")))
		} else if slices.Contains(c.Vendors[:i], name) {
			errs = append(errs, fmt.Errorf("foreign::vendors[%d]: %q is listed twice; remove one", i, name))
		}
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{{"merge_wait", c.MergeWait}, {"open_wait", c.OpenWait}} {
		if d.value < time.Second {
			errs = append(errs, fmt.Errorf("foreign::%s: %s is too short; use 1s or more", d.name, d.value))
		}
	}
	for _, n := range []struct {
		name  string
		value int64
	}{{"max_held_size", c.MaxHeldSize}, {"max_held_size_per_tenant", c.MaxHeldSizePerTenant}} {
		if n.value < minHeldSize {
			errs = append(errs, fmt.Errorf("foreign::%s: %d is too small; use %d or more", n.name, n.value, minHeldSize))
		}
	}
	return errs
}
