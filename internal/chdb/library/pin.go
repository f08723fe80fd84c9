package library

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// Version of libchdb that is pinned. An older one has no streaming insert and
// breaks Go's signal handlers; a newer one has not been measured.
const Version = "26.7.3-stable.1"

// FileName of the library inside its package and in the cache folder.
const FileName = "libchdb.so"

// InstallCommand brings the library; errors about a missing one name it.
const InstallCommand = "watchllmctl engine install"

// Package is one platform's build of the library in the npm registry.
type Package struct {
	Name      string // npm package
	Tarball   int64  // bytes of the packed package
	Integrity string // npm's integrity of the tarball: "sha512-" + base64
	Size      int64  // bytes of the library in it
	SHA256    string // hex digest of the library
}

// Spec is the package as an npm client wants it.
func (p Package) Spec() string { return p.Name + "@" + Version }

// packages by GOOS/GOARCH. Another platform is one more line: its package, and
// what `npm view` and sha256sum say of it.
var packages = map[string]Package{
	"linux/amd64": {
		Name:      "@chdb/lib-linux-x64-gnu",
		Tarball:   177817999,
		Integrity: "sha512-XP97mMqnc5tZpKQywR8N7cLTsHNiTmHr30pC5mzo3jWmukjKn2IBa60c2B/gWUNcuFjOMjWoorQICCqBVj5wpw==",
		Size:      566330096,
		SHA256:    "36ad4e999882821ef13cf2d0f52c93f48e6ee1b4498b35a201c23ce4b8d15bf5",
	},
}

// UnsupportedError says on which platforms the embedded engine works.
type UnsupportedError struct{ Platform string }

func (e *UnsupportedError) Error() string {
	works := make([]string, 0, len(packages))
	for platform := range packages {
		works = append(works, platform)
	}
	slices.Sort(works)
	return fmt.Sprintf("the embedded ClickHouse engine works on %s with glibc, and this is %s: run a ClickHouse server and set its endpoint instead",
		strings.Join(works, ", "), e.Platform)
}

// ForThisMachine is the package of the running platform, or an
// *UnsupportedError.
func ForThisMachine() (Package, error) { return find(runtime.GOOS, runtime.GOARCH, usesMusl()) }

func find(goos, goarch string, musl bool) (Package, error) {
	p, ok := packages[goos+"/"+goarch]
	switch {
	case !ok:
		return Package{}, &UnsupportedError{goos + "/" + goarch}
	case musl:
		return Package{}, &UnsupportedError{goos + "/" + goarch + " with musl"}
	}
	return p, nil
}
