package imports

import (
	"archive/zip"
	"fmt"
	"io"
	"path/filepath"
)

// Where the packages keep their tables.
var tableFiles = map[string]string{
	packageLiteLLM: "litellm/model_prices_and_context_window_backup.json",
	packageGenAI:   "genai_prices/data.py",
}

// maxTable is far above any table so far; it keeps a hostile archive from filling the memory.
const maxTable = 64 << 20

// table takes the price table out of a pinned package.
func (pin *Pin) table(dir string) ([]byte, error) {
	z, err := zip.OpenReader(filepath.Join(dir, pin.File))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", pin.File, err)
	}
	defer func() { _ = z.Close() }()
	f, err := z.Open(tableFiles[pin.Package])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", pin.File, err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxTable+1))
	if err == nil && len(text) > maxTable {
		err = fmt.Errorf("%s is larger than %d bytes", tableFiles[pin.Package], maxTable)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", pin.File, err)
	}
	return text, nil
}
