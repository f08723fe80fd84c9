package llmcostprocessor

import (
	"fmt"
	"os"

	"github.com/watchllm/watchllm/internal/costing"
	"github.com/watchllm/watchllm/internal/pricing"
)

// loadBook compiles the built-in price book, corrected by the files and folders of the paths.
func loadBook(paths []string) (costing.Pricer, error) {
	for _, path := range paths {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("prices: %q: %w; correct the path, or remove it to use the built-in prices", path, err)
		}
	}
	book, err := pricing.LoadPaths(paths...)
	if err != nil {
		return nil, fmt.Errorf("prices: %w", err)
	}
	return book, nil
}
