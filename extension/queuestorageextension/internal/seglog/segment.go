package seglog

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
)

const (
	suffix = ".log"
	// copied is how much of the files may be garbage before what is left of the oldest is copied to the newest: half.
	copied = 2
)

// Open opens the log in a directory, which it makes.
func Open(dir string, opts Options) (*Log, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	unlock, err := lock(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("%s is used by another process: %w", dir, err)
	}
	l := &Log{dir: dir, opts: opts, unlock: unlock, index: map[string]place{}}
	if err := l.load(); err != nil {
		l.unlock()
		return nil, err
	}
	return l, nil
}

func (l *Log) load() error {
	entries, err := os.ReadDir(l.dir)
	if err != nil {
		return err
	}
	var numbers []uint64
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), suffix); ok {
			if n, err := strconv.ParseUint(name, 10, 64); err == nil {
				numbers = append(numbers, n)
			}
		}
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		if err := l.loadSegment(n); err != nil {
			return err
		}
	}
	if len(l.segments) == 0 {
		return l.begin(1)
	}
	l.removeOver()
	return nil
}

func (l *Log) path(number uint64) string {
	return filepath.Join(l.dir, fmt.Sprintf("%012d%s", number, suffix))
}

// loadSegment replays a file up to its last whole record. What follows was being written at a crash, and nobody was told that it was stored.
func (l *Log) loadSegment(number uint64) error {
	f, err := os.OpenFile(l.path(number), os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	s := &segment{number: number, file: f}
	var buf []byte
	for {
		ops, grown, ok := readRecord(f, s.end, info.Size(), buf)
		if buf = grown; !ok {
			break
		}
		eachOp(ops, func(op byte, key string, at int, value []byte) {
			if op == opSet {
				l.put(key, s, s.end+recordHead+int64(at), value)
			} else {
				l.drop(key)
			}
		})
		s.end += int64(recordHead + len(ops))
	}
	if s.end < info.Size() {
		l.opts.Logger.Warn("the end of a file of the queue was not written whole and is left out",
			zap.String("file", f.Name()), zap.Int64("bytes", info.Size()-s.end))
		if err := f.Truncate(s.end); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	l.segments = append(l.segments, s)
	l.size += s.end
	return nil
}

func (l *Log) begin(number uint64) error {
	f, err := os.OpenFile(l.path(number), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return full(err)
	}
	if l.opts.FSync {
		if err := syncDir(l.dir); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	l.segments = append(l.segments, &segment{number: number, file: f})
	return nil
}

// append writes a record at the end; grows says that it is bounded by MaxBytes.
func (l *Log) append(record []byte, grows bool) (*segment, int64, error) {
	n := int64(len(record))
	if l.opts.MaxBytes > 0 && grows && l.size+n > l.opts.MaxBytes {
		return nil, 0, storage.ErrStorageFull
	}
	s := l.segments[len(l.segments)-1]
	if s.end >= l.opts.SegmentBytes {
		if err := l.begin(s.number + 1); err != nil {
			return nil, 0, err
		}
		s = l.segments[len(l.segments)-1]
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
	return s, at, nil
}

// full names the error by which callers know that there is no room.
func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
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
		if err := errors.Join(s.file.Close(), os.Remove(s.file.Name())); err != nil {
			l.opts.Logger.Warn("a file of the queue that is of no use any more cannot be removed", zap.Error(err))
		}
		l.segments = l.segments[1:]
	}
}

// carry copies what is left of the oldest file to the newest, if that gains much room.
func (l *Log) carry(s *segment) bool {
	var left int64
	for _, p := range l.index {
		left += int64(p.size)
	}
	if l.size < copied*left+copied*l.opts.SegmentBytes {
		return false
	}
	for key, p := range l.index {
		if p.in != s {
			continue
		}
		get := storage.GetOperation(key)
		if err := l.read([]*storage.Operation{get}); err != nil {
			l.opts.Logger.Warn("a value of the queue cannot be read", zap.Error(err))
			return false
		}
		set := []*storage.Operation{storage.SetOperation(key, get.Value)}
		record := appendRecord(nil, nil, set)
		to, at, err := l.append(record, false)
		if err != nil {
			return false
		}
		eachOp(record[recordHead:], func(_ byte, _ string, start int, _ []byte) {
			l.put(key, to, at+recordHead+int64(start), get.Value)
		})
	}
	return s.live == 0
}
