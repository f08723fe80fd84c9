//go:build unix

package main

import (
	"errors"
	"os"
	"syscall"
)

var errLocked error = syscall.EWOULDBLOCK

// lockFile takes the lock that the kernel gives back when this process ends, however it ends.
func lockFile(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
