package queuestorageextension

import (
	"context"
	"errors"
	"os"
	"time"

	"go.etcd.io/bbolt"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
)

// taken is put behind the name of a file of file_storage whose content is here.
const taken = ".taken-over"

// takeOver copies what file_storage keeps in a file of that name. A crash in between only makes it begin anew: nothing is read from
// the copy before it is complete.
func (q *queueStorage) takeOver(ctx context.Context, file string, to storage.Client) error {
	info, err := os.Stat(file)
	if errors.Is(err, os.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil
	}
	if err != nil {
		return err
	}
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{ReadOnly: true, Timeout: 10 * time.Second})
	if err != nil {
		return err
	}
	n := 0
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
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := os.Rename(file, file+taken); err != nil {
		return err
	}
	q.log.Info("took over what file_storage kept", zap.String("file", file+taken), zap.Int("keys", n))
	return nil
}
