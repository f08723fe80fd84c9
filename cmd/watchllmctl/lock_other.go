//go:build !unix

package main

import (
	"errors"
	"os"
)

var errLocked = errors.New("locked")

// lockFile does nothing where there is no flock: the engine's own lock still keeps a second one off the data.
func lockFile(*os.File) error { return nil }
