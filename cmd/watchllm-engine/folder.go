package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/watchllm/watchllm/internal/chdb/engineproc"
)

// folder is the data directory: what ClickHouse stores is kept apart from what
// this program writes for it.
type folder struct{ root string }

func (f folder) data() string   { return filepath.Join(f.root, "data") }
func (f folder) config() string { return filepath.Join(f.root, "config") }
func (f folder) logs() string   { return filepath.Join(f.root, "log") }
func (f folder) spool() string  { return filepath.Join(f.root, "spool") }

// empty is the working directory: the engine's database "default" shows the
// files of the working directory as tables.
func (f folder) empty() string { return filepath.Join(f.root, "empty") }

// own are the folders the engine may write to; each may be a link to another
// disk.
func (f folder) own() []string {
	return []string{f.root, f.data(), f.config(), f.logs(), f.spool(), f.empty()}
}

func makeFolder(path string) (folder, error) {
	root, err := filepath.Abs(path)
	if err != nil {
		return folder{}, failed(engineproc.ExitFolder, "data directory %s: %w", path, err)
	}
	f := folder{root}
	for _, dir := range f.own() {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return f, f.unusable(err)
		}
	}
	return f, nil
}

func (f folder) unusable(err error) error {
	return failed(engineproc.ExitFolder, "the data directory %s cannot be used (make it writable for this user, or choose another path): %w", f.root, err)
}

// lock keeps other engines out; the kernel gives it back however this process
// ends.
func (f folder) lock() (*os.File, error) {
	lock, err := lockFile(filepath.Join(f.root, "engine.lock"))
	var held *heldError
	switch {
	case errors.As(err, &held):
		return nil, failed(engineproc.ExitLocked, "another engine%s uses the data directory %s: stop it, or choose another path", held, f.root)
	case err != nil:
		return nil, f.unusable(err)
	}
	return lock, nil
}

// heldError says who holds a lock.
type heldError struct{ pid string }

func (e *heldError) Error() string {
	if e.pid == "" {
		return ""
	}
	return fmt.Sprintf(" (process %s)", e.pid)
}

// writeFile replaces a file as a whole, so that an engine killed at its start
// leaves the old one.
func writeFile(path string, content []byte, mode fs.FileMode) error {
	temporary := path + ".new"
	if err := os.WriteFile(temporary, content, mode); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
