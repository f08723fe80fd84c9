package llmcostprocessor

import (
	"errors"
	"fmt"
)

// Config of the llm_cost processor.
type Config struct {
	// DropOriginals removes the client's own attribute names once their fact stands under its canonical name.
	// Off by default: everything the client sent stays.
	DropOriginals bool `mapstructure:"drop_originals"`

	// Prices are files or folders of price files that correct the built-in price book, the later ones the earlier.
	// A folder is searched for *.yaml at any depth. They are read once, at start.
	Prices []string `mapstructure:"prices"`

	// Content says whether message content is kept, cut or dropped, for all and per tenant. Kept by default: nothing is lost.
	Content ContentConfig `mapstructure:"content"`

	_ struct{}
}

// Validate names the key, the value and the cure. It reads no file: that happens at start.
func (c *Config) Validate() error {
	var errs []error
	for i, path := range c.Prices {
		if path == "" {
			errs = append(errs, fmt.Errorf("prices[%d]: %q: name a price file or a folder of price files, or remove the entry", i, path))
		}
	}
	errs = append(errs, c.Content.validate())
	return errors.Join(errs...)
}
