package filelock

import (
	"errors"
	"syscall"
	"time"
)

const (
	retryEvery       = 50 * time.Millisecond
	sharingViolation = syscall.Errno(32)
)

// Lock waits for an exclusive lock that ends with the process.
func Lock(path string) (unlock func(), err error) {
	for {
		unlock, err = TryLock(path)
		if !errors.Is(err, sharingViolation) {
			return unlock, err
		}
		time.Sleep(retryEvery)
	}
}

// TryLock opens a file that nobody else may open meanwhile, or fails at once where another has it.
func TryLock(path string) (unlock func(), err error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	const shared = 0
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, shared, nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, err
	}
	return func() { _ = syscall.CloseHandle(h) }, nil
}

// SyncDir does nothing: a folder cannot be synced here, and renames are journalled.
func SyncDir(string) error { return nil }
