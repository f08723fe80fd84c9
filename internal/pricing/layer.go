package pricing

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/watchllm/watchllm/prices"
)

// A layer is a set of price files, named in errors by prefix and file.
type layer struct {
	prefix   string
	texts    []fileText
	compact  []byte // the files in their compact form, instead of texts
	user     bool   // the user's own
	imported bool   // from other people's tables
}

// A fileText is a price file as it was read.
type fileText struct {
	name string
	text []byte
}

// builtIn are the layers that come with the program: what was imported, corrected by what is kept by hand.
func builtIn() ([]layer, error) {
	curated, err := readFolder(prices.Curated())
	return []layer{
		{prefix: "prices/imported/", compact: prices.Imported, imported: true},
		{prefix: "prices/curated/", texts: curated},
	}, err
}

// LoadPaths is the book that comes with the program, corrected by price files or folders of the user's own, each correcting those
// before it.
func LoadPaths(paths ...string) (*Book, error) {
	files, err := ReadFiles(paths...)
	if err != nil {
		return nil, err
	}
	return files.Book()
}

// LoadFrom is the book of an imported and a curated folder, as they come with the program.
func LoadFrom(imported, curated fs.FS) (*Book, error) {
	i, err := readFolder(imported)
	if err != nil {
		return nil, err
	}
	c, err := readFolder(curated)
	if err != nil {
		return nil, err
	}
	return loadLayers([]layer{{texts: i, prefix: "prices/imported/", imported: true}, {texts: c, prefix: "prices/curated/"}})
}

// Files are price files of the user's own, as they were when they were read.
type Files struct {
	layers []layer
	digest [sha256.Size]byte
}

// ReadFiles reads price files, and the price files of folders, in memory. It does not look at what they say; it fails when a path or
// a file cannot be read.
func ReadFiles(paths ...string) (*Files, error) {
	files := &Files{}
	for _, p := range paths {
		l, err := readPath(p)
		if err != nil {
			return nil, fmt.Errorf("prices: %q: %w; correct the path, or remove it to use the built-in prices", p, err)
		}
		files.layers = append(files.layers, l)
	}
	files.digest = digest(files.layers)
	return files, nil
}

func readPath(p string) (layer, error) {
	info, err := os.Stat(p)
	if err != nil {
		return layer{}, err
	}
	if info.IsDir() {
		texts, err := readFolder(os.DirFS(p))
		return layer{texts: texts, prefix: p + string(filepath.Separator), user: true}, err
	}
	dir, name := filepath.Split(filepath.Clean(p))
	text, err := readPriceFile(os.DirFS(cmp.Or(dir, ".")), name)
	return layer{texts: []fileText{{p, text}}, user: true}, err
}

// maxFileSize is far above any price file, and maxFilesSize above all of them: those that come with the program take less than one MiB. Whoever
// names something else by mistake, such as a log or a home folder, should hear of it.
const (
	maxFileSize  = 4 << 20
	maxFilesSize = 16 << 20
)

func readPriceFile(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: neither a file nor a folder", name)
	case info.Size() > maxFileSize:
		return nil, fmt.Errorf("%s: larger than %d MiB: not a price file", name, maxFileSize>>20)
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()                          // only read
	text, err := io.ReadAll(io.LimitReader(f, maxFileSize+1)) // it may grow meanwhile
	if err == nil && len(text) > maxFileSize {
		err = fmt.Errorf("%s: larger than %d MiB: not a price file", name, maxFileSize>>20)
	}
	return text, err
}

// Digest is the same for the same files with the same content.
func (f *Files) Digest() [sha256.Size]byte { return f.digest }

// Book compiles the book that comes with the program, corrected by the files. Errors name file and line.
func (f *Files) Book() (*Book, error) {
	layers, err := builtIn()
	if err != nil {
		return nil, err
	}
	return loadLayers(append(layers, f.layers...))
}

func digest(layers []layer) (sum [sha256.Size]byte) {
	h := sha256.New()
	var size [8]byte
	write := func(b []byte) {
		binary.BigEndian.PutUint64(size[:], uint64(len(b)))
		h.Write(size[:])
		h.Write(b)
	}
	for _, l := range layers {
		write([]byte(l.prefix))
		binary.BigEndian.PutUint64(size[:], uint64(len(l.texts)))
		h.Write(size[:])
		for _, t := range l.texts {
			write([]byte(t.name))
			write(t.text)
		}
	}
	h.Sum(sum[:0])
	return sum
}

// readFolder reads every *.yaml at any depth, in name order. What begins with a dot is left out: files that editors keep for
// themselves, and the folders behind the links of a mounted ConfigMap, which would show every file twice.
func readFolder(fsys fs.FS) ([]fileText, error) {
	var texts []fileText
	size := 0
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case p != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir() || path.Ext(p) != ".yaml":
			return nil
		}
		text, err := readPriceFile(fsys, p)
		texts = append(texts, fileText{p, text})
		if size += len(text); err == nil && size > maxFilesSize {
			err = fmt.Errorf("%s: the files of this folder are larger than %d MiB together: not a folder of price files", p, maxFilesSize>>20)
		}
		return err
	})
	slices.SortFunc(texts, func(x, y fileText) int { return strings.Compare(x.name, y.name) })
	return texts, err
}
