package pricing

import (
	"cmp"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"slices"
	"time"
)

// Book is an immutable set of price records, compiled for lookup. It is safe for concurrent use.
type Book struct {
	providers map[string]*provider
	spellings map[string]*provider
	own       map[string]*provider // the user's spellings, which decide before anything else
	routes    map[string]*provider
	hosts     []hostRule
	vendors   []*provider
	tenants   map[string]*tenantRules
	asOf      int64
	readOn    int64
	cache     *resolveCache
}

// Default is the book that comes with the program.
func Default() (*Book, error) { return LoadPaths() }

// Load compiles the price files (*.yaml, in any folder) of one or more file systems. Each layer corrects those before it: a model
// replaces the one of the same provider and name, and a name that two layers use means the later one's model. Errors name file and
// line.
func Load(layers ...fs.FS) (*Book, error) {
	ls := make([]layer, len(layers))
	for i, fsys := range layers {
		texts, err := readFolder(fsys)
		if err != nil {
			return nil, err
		}
		ls[i].texts, ls[i].user = texts, i > 0
	}
	return loadLayers(ls)
}

func loadLayers(layers []layer) (*Book, error) {
	var files []*sourceFile
	for i, l := range layers {
		read := readFiles
		if l.compact != nil {
			read = readCompact
		}
		more, err := read(l, i)
		if err != nil {
			return nil, err
		}
		files = append(files, more...)
	}
	if len(files) == 0 {
		return nil, errors.New("no price files: expected *.yaml")
	}
	c, err := compile(files)
	if err != nil {
		return nil, err
	}
	b := &Book{
		providers: c.providers,
		spellings: c.spellings,
		own:       c.own,
		routes:    map[string]*provider{},
		hosts:     c.hosts,
		asOf:      c.asOf,
		readOn:    c.readOn,
		cache:     &resolveCache{seed: maphash.MakeSeed()},
	}
	// The user's own come first, and the longest pattern says most: eu.api.example before {region}.example.
	slices.SortStableFunc(b.hosts, func(x, y hostRule) int {
		return cmp.Or(cmp.Compare(y.layer, x.layer), cmp.Compare(len(y.prefix)+len(y.suffix), len(x.prefix)+len(x.suffix)))
	})
	for _, route := range c.routes {
		if b.routes[route] = b.providerNamed(route); b.routes[route] == nil {
			return nil, fmt.Errorf("routes: %q: no provider has this spelling", route)
		}
	}
	for _, p := range c.providers {
		if p.vendor {
			b.vendors = append(b.vendors, p)
		}
		slices.SortFunc(p.prefixes, func(x, y string) int { return cmp.Compare(len(y), len(x)) })
	}
	slices.SortFunc(b.vendors, func(x, y *provider) int { return cmp.Compare(x.name, y.name) })
	b.tenants, err = b.compileTenants(files)
	return b, err
}

// AsOf is the newest day on which any price of the book was read.
func (b *Book) AsOf() time.Time { return time.Unix(b.asOf, 0).UTC() }

// ReadOn is the newest day on which a price that comes with the program was read. A user's own files do not count: a price added
// today says nothing of the thousands that were there.
func (b *Book) ReadOn() time.Time { return time.Unix(b.readOn, 0).UTC() }

// Age is how long ago the prices that come with the program were read; 0 when that was later than now.
func (b *Book) Age(now time.Time) time.Duration { return max(0, now.Sub(b.ReadOn())) }
