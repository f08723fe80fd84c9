package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/watchllm/watchllm/internal/chdb/engineproc"
)

// readPassword reads the password file, and makes it with a random password
// when it is absent.
func readPassword(path string) (string, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makePassword(path)
	}
	if err != nil {
		return "", failed(engineproc.ExitFolder, "the password file %s cannot be read (give this user the right to, or name another one): %w", path, err)
	}
	password := strings.TrimSpace(string(content))
	if password == "" {
		return "", failed(engineproc.ExitFolder, "the password file %s is empty: write a password into it, or delete it to get a random one", path)
	}
	return password, nil
}

func makePassword(path string) (string, error) {
	cannot := func(err error) (string, error) {
		return "", failed(engineproc.ExitFolder, "the password file %s cannot be made: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return cannot(err)
	}
	password := rand.Text()
	// Written under another name and linked, it is there whole or not at all,
	// and of two that start at once one wins.
	temporary := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := os.WriteFile(temporary, []byte(password+"\n"), 0o600); err != nil {
		return cannot(err)
	}
	defer func() { _ = os.Remove(temporary) }()
	if err := os.Link(temporary, path); errors.Is(err, fs.ErrExist) {
		return readPassword(path)
	} else if err != nil {
		return cannot(err)
	}
	return password, nil
}
