package pricing

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/watchllm/watchllm/prices"
)

// A layer is a set of price files, named in errors by prefix and file.
type layer struct {
	fs.FS
	prefix   string
	compact  []byte // the files in their compact form, instead of FS
	user     bool   // the user's own
	imported bool   // from other people's tables
}

// builtIn are the layers that come with the program: what was imported, corrected by what is kept by hand.
func builtIn() []layer {
	return []layer{
		{prefix: "prices/imported/", compact: prices.Imported, imported: true},
		{FS: prices.Curated(), prefix: "prices/curated/"},
	}
}

// LoadPaths is the book that comes with the program, corrected by price files or folders of the user's own, each correcting those
// before it.
func LoadPaths(paths ...string) (*Book, error) {
	layers := builtIn()
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, fmt.Errorf("prices: %w", err)
		}
		l := layer{FS: os.DirFS(p), prefix: p + string(filepath.Separator), user: true}
		if !info.IsDir() {
			dir, name := filepath.Split(p)
			if dir == "" {
				dir = "."
			}
			l = layer{FS: oneFile{os.DirFS(dir), name}, prefix: dir, user: true}
			if dir == "." {
				l.prefix = ""
			}
		}
		layers = append(layers, l)
	}
	return loadLayers(layers)
}

// LoadFrom is the book of an imported and a curated folder, as they come with the program.
func LoadFrom(imported, curated fs.FS) (*Book, error) {
	return loadLayers([]layer{{FS: imported, prefix: "prices/imported/", imported: true}, {FS: curated, prefix: "prices/curated/"}})
}

// oneFile shows one file of a folder and nothing else of it, whatever its extension.
type oneFile struct {
	fs.FS
	name string
}

// ReadDir implements fs.ReadDirFS.
func (f oneFile) ReadDir(name string) ([]fs.DirEntry, error) {
	if name != "." {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	info, err := fs.Stat(f.FS, f.name)
	if err != nil {
		return nil, err
	}
	return []fs.DirEntry{fs.FileInfoToDirEntry(info)}, nil
}
