package library

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// MissingError says where the library was looked for and how to bring it.
type MissingError struct{ Looked []string }

func (e *MissingError) Error() string {
	return fmt.Sprintf("the ClickHouse library libchdb %s is not there (looked for %s): run `%s`",
		Version, strings.Join(e.Looked, " and "), InstallCommand)
}

// CacheDir is the folder of things that can be fetched again:
// $WATCHLLM_CACHE_DIR, else watchllm in the user's cache folder.
func CacheDir() (string, error) {
	if dir := os.Getenv("WATCHLLM_CACHE_DIR"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache folder (set WATCHLLM_CACHE_DIR): %w", err)
	}
	return filepath.Join(dir, "watchllm"), nil
}

// InstalledPath is where Install puts the library.
func InstalledPath() (string, error) {
	dir, err := CacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "libchdb", Version, FileName), nil
}

// Find gives the library's path: the explicit one when it is not empty, else
// the cache folder's, else the one next to the running program. The error is a
// *MissingError when there is none.
func Find(explicit string) (string, error) {
	if explicit != "" {
		if isFile(explicit) {
			return explicit, nil
		}
		return "", &MissingError{[]string{explicit}}
	}
	var looked []string
	if path, err := InstalledPath(); err == nil {
		looked = append(looked, path)
	}
	if program, err := os.Executable(); err == nil {
		looked = append(looked, filepath.Join(filepath.Dir(program), FileName))
	}
	for _, path := range looked {
		if isFile(path) {
			return path, nil
		}
	}
	return "", &MissingError{looked}
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// usesMusl reports a system whose C library is musl: the library is built
// against glibc.
func usesMusl() bool {
	musl, _ := filepath.Glob("/lib/ld-musl-*")
	glibc, _ := filepath.Glob("/lib*/ld-linux-*")
	return len(musl) > 0 && len(glibc) == 0
}
