package apikey

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/watchllm/watchllm/internal/filelock"
)

// Update changes a keys file under a lock, so that two writers lose nothing: change gets the
// records (none if there is no file yet) and returns those to store. The file appears
// complete or not at all, readable by its owner only; a change that would not load is refused.
func Update(path string, change func([]Record) ([]Record, error)) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	unlock, err := filelock.Lock(path + ".lock")
	if err != nil {
		return fmt.Errorf("lock %s: %w", path, err)
	}
	defer unlock()

	records, err := Load(path)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return err
	}
	before, err := Encode(records)
	if err != nil {
		return err
	}
	if records, err = change(records); err != nil {
		return err
	}
	data, err := Encode(records)
	if err != nil {
		return err
	}
	if !missing && bytes.Equal(before, data) {
		return nil // a file that says the same keeps its comments and its time
	}
	if _, err := Decode(path, data); err != nil {
		return err
	}
	return WriteSecret(path, data)
}

// WriteSecret replaces a file at once, with mode 0600, and returns when it is on disk.
func WriteSecret(path string, data []byte) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // CreateTemp makes it 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(tmp.Name()))
		}
	}()
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err = os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return filelock.SyncDir(filepath.Dir(path))
}
