package queuestorageextension

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/extension/queuestorageextension/internal/seglog"
	"github.com/watchllm/watchllm/internal/filelock"
)

// taken is put behind the name of a file of file_storage whose content is here.
const taken = ".taken-over"

// taking is a file in the folder of a component while what file_storage kept is copied there.
const taking = "taking-over"

// takeOver copies what file_storage keeps in a file to an empty log in a folder. A crash in between only makes it begin anew:
// nothing is read from the copy before it is complete.
func (q *queueStorage) takeOver(ctx context.Context, file, folder string, to *seglog.Log) error {
	mark := filepath.Join(folder, taking)
	info, err := os.Stat(file)
	if errors.Is(err, os.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return remove(mark)
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(mark); errors.Is(err, os.ErrNotExist) && to.Len() > 0 {
		// Keys of queues are numbers, so that one would overwrite the other.
		return fmt.Errorf("both %s of file_storage and %s hold data; start once with file_storage until it is empty and remove the file, or move one of them away", file, folder)
	}
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		return err
	}
	n, err := copyAll(ctx, file, to)
	if err != nil {
		return err
	}
	if err := os.Rename(file, file+taken); err != nil {
		return err
	}
	if q.cfg.FSync {
		if err := filelock.SyncDir(q.cfg.Directory); err != nil {
			return err
		}
	}
	q.log.Info("took over what file_storage kept", zap.String("file", file+taken), zap.Int("keys", n))
	return remove(mark)
}

func remove(file string) error {
	if err := os.Remove(file); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func copyAll(ctx context.Context, file string, to *seglog.Log) (n int, err error) {
	// bbolt does not check what it reads.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the file is damaged; move it away to start without it: %v", r)
		}
	}()
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{ReadOnly: true, Timeout: 10 * time.Second})
	if err != nil {
		return 0, err
	}
	err = db.View(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket([]byte("default"))
		if bucket == nil {
			return nil
		}
		return bucket.ForEach(func(k, v []byte) error {
			n++
			return to.Set(ctx, string(k), v)
		})
	})
	return n, errors.Join(err, db.Close())
}
