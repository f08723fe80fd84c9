package llmcostprocessor

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/confmap"

	"github.com/watchllm/watchllm/internal/confkeys"
	"github.com/watchllm/watchllm/processor/llmcostprocessor/internal/recent"
)

// Config of the llm_cost processor.
type Config struct {
	// DropOriginals removes the client's own attribute names once their fact stands under its canonical name.
	// Off by default: everything the client sent stays.
	DropOriginals bool `mapstructure:"drop_originals"`

	// Prices are files or folders of price files that correct the built-in price book, the later ones the earlier.
	// A folder is searched for *.yaml at any depth.
	Prices []string `mapstructure:"prices"`

	// PricesReloadInterval is how often these files are looked at for changes; 0 reads them once, at start.
	PricesReloadInterval time.Duration `mapstructure:"prices_reload_interval"`

	// TrustBills takes what a span says the provider billed for the amount of the call. On by default. Off, the price book decides about
	// every call, and the bill is kept beside it.
	TrustBills bool `mapstructure:"trust_bills"`

	// Content says whether message content is kept, cut or dropped, for all and per tenant. Kept by default: nothing is lost.
	Content ContentConfig `mapstructure:"content"`

	// Recent bounds the memory of recent spans, by which the spans of one call are recognised that come in different requests.
	Recent RecentConfig `mapstructure:"recent"`

	// Estimate says whether tokens are estimated where the client sent no counts. Off by default.
	Estimate EstimateConfig `mapstructure:"estimate"`

	_ struct{}
}

// RecentConfig bounds what is remembered of earlier requests.
type RecentConfig struct {
	// MaxAge is how long a span is remembered after it, or another of its call or trace, came.
	MaxAge time.Duration `mapstructure:"max_age"`
	// MaxSpansPerTenant is the most spans remembered for one tenant; its oldest make room.
	MaxSpansPerTenant int `mapstructure:"max_spans_per_tenant"`
	// MaxSpans is the most spans remembered for all tenants together; 0 remembers none.
	MaxSpans int `mapstructure:"max_spans"`

	_ struct{}
}

func defaultRecent() RecentConfig {
	return RecentConfig{MaxAge: 15 * time.Minute, MaxSpansPerTenant: 50_000, MaxSpans: 200_000}
}

// Price files are read whole at each look.
const (
	defaultReloadInterval = 5 * time.Second
	minReloadInterval     = time.Second
)

// maxRecentSpans keeps a slip of the finger from asking for more memory than machines have: ten million spans are 7 GB.
const maxRecentSpans = 10_000_000

func (c *RecentConfig) limits() recent.Limits {
	return recent.Limits{MaxAge: c.MaxAge, MaxSpans: c.MaxSpans, MaxSpansPerTenant: c.MaxSpansPerTenant}
}

func (c *RecentConfig) validate() error {
	if c.MaxSpans == 0 {
		return nil
	}
	var errs []error
	if c.MaxSpans < 0 || c.MaxSpans > maxRecentSpans {
		errs = append(errs, fmt.Errorf("recent::max_spans: %d: give a number of spans up to %d, or 0 to remember none", c.MaxSpans, maxRecentSpans))
	}
	if c.MaxSpansPerTenant < 1 {
		errs = append(errs, fmt.Errorf("recent::max_spans_per_tenant: %d: give a number of spans above 0, or set recent::max_spans to 0 to remember none", c.MaxSpansPerTenant))
	}
	if c.MaxAge < time.Second {
		errs = append(errs, fmt.Errorf("recent::max_age: %v: give at least 1s, longer than traces stay open (15m), or set recent::max_spans to 0 to remember none", c.MaxAge))
	}
	return errors.Join(errs...)
}

// Unmarshal refuses keys that do not exist and names those that do.
func (c *Config) Unmarshal(conf *confmap.Conf) error { return confkeys.Unmarshal(conf, c) }

// Validate names the key, the value and the cure. It reads no file: that happens at start.
func (c *Config) Validate() error {
	var errs []error
	for i, path := range c.Prices {
		if path == "" {
			errs = append(errs, fmt.Errorf("prices[%d]: %q: name a price file or a folder of price files, or remove the entry", i, path))
		}
	}
	if d := c.PricesReloadInterval; d < 0 || d > 0 && d < minReloadInterval {
		errs = append(errs, fmt.Errorf("prices_reload_interval: %v: give at least %v (%v is the default), or 0 to read the price files once", d, minReloadInterval, defaultReloadInterval))
	}
	errs = append(errs, c.Content.validate())
	errs = append(errs, c.Recent.validate(), c.Estimate.validate())
	return errors.Join(errs...)
}
