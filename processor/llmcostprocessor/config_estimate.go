package llmcostprocessor

import "fmt"

// EstimateConfig says whether tokens are estimated where the client sent no counts.
type EstimateConfig struct {
	// Enabled estimates them from the recorded messages. Off by default: an estimate is no count.
	Enabled bool `mapstructure:"enabled"`

	// MaxBytes is the most message content of one call that a tokenizer reads. Up to 16 times as much is measured, which is less exact and
	// much faster; a call with more gets no estimate.
	MaxBytes int `mapstructure:"max_bytes"`

	_ struct{}
}

// The bounds of estimate::max_bytes: a tokenizer reads about a megabyte a second, and a call must not hold up the others for long.
const (
	defaultEstimateBytes = 65_536
	minEstimateBytes     = 1024
	maxEstimateBytes     = 1 << 20
)

func defaultEstimate() EstimateConfig { return EstimateConfig{MaxBytes: defaultEstimateBytes} }

// validate names the key, the value and the cure.
func (c *EstimateConfig) validate() error {
	if c.Enabled && (c.MaxBytes < minEstimateBytes || c.MaxBytes > maxEstimateBytes) {
		return fmt.Errorf("estimate::max_bytes: %d: give a number of bytes from %d to %d, for example %d, or set estimate::enabled to false",
			c.MaxBytes, minEstimateBytes, maxEstimateBytes, defaultEstimateBytes)
	}
	return nil
}
