//go:build !((linux || darwin) && (amd64 || arm64))

package chdb

import (
	"errors"
	"runtime"
)

var errUnsupported = errors.New("the embedded engine does not exist for " + runtime.GOOS + "/" + runtime.GOARCH)

// Conn is never made on this platform.
type Conn struct{}

// Load reports that there is no engine for this platform.
func Load(string) error { return errUnsupported }

// Connect reports that there is no engine for this platform.
func Connect(...string) (*Conn, error) { return nil, errUnsupported }

// Version is empty: there is no library.
func Version() string { return "" }

// Shutdown has nothing to do.
func Shutdown() error { return nil }

// Close has nothing to do.
func (*Conn) Close() {}

// Classify knows nothing.
func (*Conn) Classify(string) (Class, bool) { return Class{}, false }

// Exec reports that there is no engine for this platform.
func (*Conn) Exec(string, string, []Param, func([]byte, Stats) error) error { return errUnsupported }

// Stream reports that there is no engine for this platform.
func (*Conn) Stream(string, string, []Param, func([]byte, Stats) error) error { return errUnsupported }

// Insert reports that there is no engine for this platform.
func (*Conn) Insert(string, string, []Param, func() ([]byte, error)) (Stats, error) {
	return Stats{}, errUnsupported
}
