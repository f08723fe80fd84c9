package seglog

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/internal/filelock"
)

const (
	suffix = ".log"
	// copied is how much of the files may be garbage before what is left of the oldest is copied to the newest: half.
	copied = 2
)

// fileName holds the marker, which has to be known when the file is damaged.
func fileName(number uint64, m marker) string {
	return fmt.Sprintf("%012d-%x%s", number, []byte(m), suffix)
}

// parseName also knows the names of before markers.
func parseName(name string) (number uint64, m marker, ok bool) {
	base, ok := strings.CutSuffix(name, suffix)
	if !ok {
		return 0, nil, false
	}
	digits, mark, _ := strings.Cut(base, "-")
	number, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return 0, nil, false
	}
	m, err = hex.DecodeString(mark)
	return number, m, err == nil && (len(m) == markerSize || len(m) == 0)
}

func (l *Log) begin(number uint64) error {
	m := make(marker, markerSize)
	if _, err := rand.Read(m); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(l.dir, fileName(number, m)), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return full(err)
	}
	if l.opts.FSync {
		if err := filelock.SyncDir(l.dir); err != nil {
			return errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}
	l.segments = append(l.segments, &segment{number: number, file: f, marker: m})
	return nil
}

// append writes a record of the changes at the end; grows says that it is bounded by MaxBytes.
func (l *Log) append(changes []change, grows bool) (*segment, int64, error) {
	s := l.segments[len(l.segments)-1]
	if s.end >= l.opts.SegmentBytes || s.sealed {
		if err := l.begin(s.number + 1); err != nil {
			return nil, 0, err
		}
		s = l.segments[len(l.segments)-1]
	}
	l.buf = appendRecord(l.buf[:0], s.marker, changes)
	record := l.buf
	if cap(l.buf) > keptBuffer {
		l.buf = nil
	}
	n := int64(len(record))
	if l.opts.MaxBytes > 0 && grows && l.size+n > l.opts.MaxBytes {
		return nil, 0, storage.ErrStorageFull
	}
	at := s.end
	_, err := s.file.WriteAt(record, at)
	if err == nil && l.opts.FSync {
		err = s.file.Sync()
	}
	if err != nil {
		// Half a record must not lie between whole ones.
		return nil, 0, errors.Join(full(err), s.file.Truncate(at))
	}
	s.end += n
	l.size += n
	return s, at + s.marker.head(), nil
}

// full names the error by which callers know that there is no room.
func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		return fmt.Errorf("%w: %w", storage.ErrStorageFull, err)
	}
	return err
}

// removeOver deletes the oldest files while nothing in them is of use, and copies the rest of the oldest when most of all is of
// none. Only the oldest, because a younger one may say that what an older one holds was deleted.
func (l *Log) removeOver() {
	for len(l.segments) > 1 {
		s := l.segments[0]
		if s.live > 0 && !l.carry(s) {
			return
		}
		l.size -= s.end
		// Emptied first: a file that cannot be removed must not bring back what younger ones say was deleted.
		err := errors.Join(s.file.Truncate(0), s.file.Close(), os.Remove(s.file.Name()))
		if err != nil {
			l.opts.Logger.Warn("a file of the queue that is of no use any more cannot be removed", zap.Error(err))
		}
		l.segments = l.segments[1:]
	}
}

// carry copies what is left of the oldest file to the newest, if that gains much room.
func (l *Log) carry(s *segment) bool {
	if l.size < copied*l.left+copied*l.opts.SegmentBytes {
		return false
	}
	for key, p := range l.index {
		if p.in != s {
			continue
		}
		value, err := p.read()
		if err != nil {
			l.opts.Logger.Warn("a value of the queue cannot be read", zap.String("key", key), zap.Error(err))
			return false
		}
		set := []change{{op: opSet, key: key, value: value}}
		to, at, err := l.append(set, false)
		if err != nil {
			return false
		}
		l.change(set[0], to, at)
	}
	return s.live == 0
}
