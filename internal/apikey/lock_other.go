//go:build !unix

package apikey

import (
	"errors"
	"io/fs"
	"os"
	"time"
)

const (
	lockStale = 30 * time.Second
	lockRetry = 50 * time.Millisecond
)

// lock creates a file that must not exist; one older than any change takes was left by a dead process.
func lock(path string) (unlock func(), err error) {
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			return func() { _ = errors.Join(f.Close(), os.Remove(path)) }, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		if st, statErr := os.Stat(path); statErr == nil && time.Since(st.ModTime()) > lockStale {
			_ = os.Remove(path)
			continue
		}
		time.Sleep(lockRetry)
	}
}

// syncDir is not needed where renames are journalled.
func syncDir(string) error { return nil }
