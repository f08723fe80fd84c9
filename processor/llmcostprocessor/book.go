package llmcostprocessor

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/prices"
)

// Pricer says what a call cost. *pricing.Book is one.
type Pricer interface {
	Price(c *pricing.Call) pricing.Result
}

// loadBook compiles the built-in price book, corrected by the files and folders of the paths.
func loadBook(paths []string) (Pricer, error) {
	layers := []fs.FS{prices.Curated()}
	for _, path := range paths {
		layer, err := priceLayer(path)
		if err != nil {
			return nil, fmt.Errorf("prices: %q: %w; correct the path, or remove it to use the built-in prices", path, err)
		}
		layers = append(layers, layer)
	}
	book, err := pricing.Load(layers...)
	if err != nil {
		return nil, fmt.Errorf("prices: %w", err)
	}
	return book, nil
}

func priceLayer(path string) (fs.FS, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return os.DirFS(path), nil
	}
	return lone{os.DirFS(filepath.Dir(path)), filepath.Base(path)}, nil
}

// lone shows one file of a folder and nothing else of it.
type lone struct {
	fs.FS
	name string
}

// ReadDir implements fs.ReadDirFS.
func (l lone) ReadDir(name string) ([]fs.DirEntry, error) {
	if name != "." {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	info, err := fs.Stat(l.FS, l.name)
	if err != nil {
		return nil, err
	}
	return []fs.DirEntry{fs.FileInfoToDirEntry(info)}, nil
}
