package seglog

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.uber.org/zap"

	"github.com/watchllm/watchllm/internal/filelock"
)

// Open opens the log in a directory, which it makes.
func Open(dir string, opts Options) (*Log, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if opts.FSync {
		if err := filelock.SyncDir(filepath.Dir(dir)); err != nil {
			return nil, err
		}
	}
	unlock, err := filelock.TryLock(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("%s is used by another process: %w", dir, err)
	}
	l := &Log{
		dir: dir, opts: opts, unlock: unlock, index: map[string]place{},
		released: released{places: map[string]place{}}, late: late{set: map[string]int{}},
	}
	if err := l.load(); err != nil {
		err = errors.Join(err, l.closeFiles())
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
	// Names begin with numbers of one length, so that they are in the order of the files.
	for _, e := range entries {
		if number, m, ok := parseName(e.Name()); ok {
			if err := l.loadSegment(e.Name(), number, m); err != nil {
				return err
			}
		}
	}
	if len(l.segments) == 0 {
		return l.begin(1)
	}
	l.removeOver()
	return nil
}

// errNewer is about a record that is whole and yet not understood.
var errNewer = errors.New("was written by a newer WatchLLM; start that version again")

// loadSegment replays the whole records of a file. What follows the last was being written at a crash, and nobody was told that
// it was stored. What lies between others was damaged on the disk: that is lost, and what is behind it is not.
func (l *Log) loadSegment(name string, number uint64, m marker) error {
	f, err := os.OpenFile(filepath.Join(l.dir, name), os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	s := &segment{number: number, file: f, marker: m, sealed: len(m) == 0}
	l.segments = append(l.segments, s)
	info, err := f.Stat()
	if err != nil {
		return err
	}
	var buf []byte
	for size := info.Size(); s.end < size; {
		record, grown, ok := readRecord(f, m, s.end, size, buf)
		if buf = grown; ok {
			at := s.end + m.head()
			if !eachChange(record, func(c change) { l.change(c, s, at) }) {
				return fmt.Errorf("%s %w", f.Name(), errNewer)
			}
			s.end += m.head() + int64(len(record))
			continue
		}
		next := nextRecord(f, m, s.end+1, size)
		if next == size {
			l.opts.Logger.Warn("the end of a file of the queue was not written whole and is left out",
				zap.String("file", f.Name()), zap.Int64("bytes", size-s.end))
			if err := f.Truncate(s.end); err != nil {
				return err
			}
			break
		}
		s.sealed = true
		l.setAside(f, s.end, next)
		s.end = next
	}
	l.size += s.end
	return nil
}

// setAside keeps the bytes of a damaged part of a file for those who can make sense of them.
func (l *Log) setAside(f *os.File, from, to int64) {
	aside := fmt.Sprintf("%s.%d.damaged", f.Name(), from)
	err := func() error {
		out, err := os.OpenFile(aside, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		_, err = io.Copy(out, io.NewSectionReader(f, from, to-from))
		return errors.Join(err, out.Close())
	}()
	l.opts.Logger.Error("a part of a file of the queue was damaged on the disk: what was stored there is lost, all else is not; its bytes are set aside",
		zap.String("file", f.Name()), zap.Int64("offset", from), zap.Int64("bytes", to-from), zap.String("set_aside", aside), zap.Error(err))
}
