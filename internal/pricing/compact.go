package pricing

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
)

// Thousands of imported records take long to read as YAML, at every start of the program. It carries them in a compact form, which a
// test holds to the files that are reviewed.

// A compactFile is a document with where it was written.
type compactFile struct {
	File string      `json:"file"`
	Doc  *sourceFile `json:"doc"`
}

// Compact is the compact form of the price files of a folder.
func Compact(fsys fs.FS) ([]byte, error) {
	texts, err := readFolder(fsys)
	if err != nil {
		return nil, err
	}
	files, err := readFiles(layer{texts: texts}, 0)
	if err != nil {
		return nil, err
	}
	docs := make([]compactFile, len(files))
	for i, f := range files {
		docs[i] = compactFile{f.file, f}
	}
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if err := json.NewEncoder(z).Encode(docs); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// maxCompact bounds what the compact form may unpack to.
const maxCompact = 64 << 20

func readCompact(l layer, number int) ([]*sourceFile, error) {
	z, err := gzip.NewReader(bytes.NewReader(l.compact))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", l.prefix, err)
	}
	var docs []compactFile
	if err := json.NewDecoder(io.LimitReader(z, maxCompact)).Decode(&docs); err != nil {
		return nil, fmt.Errorf("%s: %w", l.prefix, err)
	}
	files := make([]*sourceFile, len(docs))
	for i, d := range docs {
		f := d.Doc
		f.file, f.layer, f.user, f.imported = l.prefix+d.File, number, l.user, l.imported
		files[i] = f
	}
	return files, nil
}

// LoadCurated is the book without the imported layer.
func LoadCurated() (*Book, error) {
	layers, err := builtIn()
	if err != nil {
		return nil, err
	}
	return loadLayers(layers[1:])
}
