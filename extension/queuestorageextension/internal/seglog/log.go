package seglog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
)

// Options of a Log.
type Options struct {
	// FSync makes every batch survive a power loss.
	FSync bool
	// MaxBytes bounds the files; 0 is no bound.
	MaxBytes int64
	// SegmentBytes is the size from which on a new file is begun.
	SegmentBytes int64
	Logger       *zap.Logger
}

// Log is a storage.Client. What is set and deleted in the order in which it came, as in a queue, is never copied.
type Log struct {
	dir    string
	opts   Options
	unlock func()

	mu       sync.Mutex
	segments []*segment // oldest first; the last is written to
	index    map[string]place
	// late are keys that were deleted when the disk had no room to say so.
	late   []string
	buf    []byte
	size   int64
	closed bool
}

// segment is one file.
type segment struct {
	number uint64
	file   *os.File
	end    int64
	// live is how many values here are the newest of their keys.
	live int
}

// place is where a value is: in a file, or in memory where it is small.
type place struct {
	in    *segment
	at    int64
	size  int
	small []byte
}

// smallValue is kept in memory, and stored when there is no room for others: such as the state of a queue, without which
// nothing could leave it.
const smallValue = 512

// keptBuffer is the largest buffer that is used again.
const keptBuffer = 4 << 20

var _ storage.Client = (*Log)(nil)

// Get returns the value of a key, nil where there is none.
func (l *Log) Get(ctx context.Context, key string) ([]byte, error) {
	op := storage.GetOperation(key)
	err := l.Batch(ctx, op)
	return op.Value, err
}

// Set stores a value.
func (l *Log) Set(ctx context.Context, key string, value []byte) error {
	return l.Batch(ctx, storage.SetOperation(key, value))
}

// Delete removes a key. It does not fail for want of room.
func (l *Log) Delete(ctx context.Context, key string) error {
	return l.Batch(ctx, storage.DeleteOperation(key))
}

var errClosed = errors.New("the storage is closed")

// Batch executes the operations in their order; what it changes is there as a whole after a crash, or not at all.
func (l *Log) Batch(_ context.Context, ops ...*storage.Operation) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errClosed
	}
	if changes(ops) == 0 {
		return l.read(ops)
	}
	sets, grows := 0, false
	for _, op := range ops {
		if op.Type == storage.Set {
			sets++
			grows = grows || len(op.Value) > smallValue
		}
	}
	l.buf = appendRecord(l.buf[:0], l.late, ops)
	defer func() {
		if cap(l.buf) > keptBuffer {
			l.buf = nil
		}
	}()
	seg, at, err := l.append(l.buf, grows)
	if err != nil && sets > 0 {
		return err
	}
	if err != nil {
		for _, op := range ops {
			if op.Type == storage.Delete {
				l.late = append(l.late, op.Key)
			}
		}
	} else {
		l.late = l.late[:0]
	}
	return l.apply(ops, seg, at)
}

// apply makes the index say what the record does, whose place in the file is given; there is none for late deletions. Reads see
// what was changed before them.
func (l *Log) apply(ops []*storage.Operation, seg *segment, at int64) error {
	var starts []int
	if seg != nil {
		eachOp(l.buf[recordHead:], func(_ byte, _ string, start int, _ []byte) { starts = append(starts, start) })
		// Late deletions stand in front.
		starts = starts[len(starts)-changes(ops):]
	}
	for i, op := range ops {
		switch op.Type {
		case storage.Get:
			if err := l.read(ops[i : i+1]); err != nil {
				return err
			}
			continue
		case storage.Set:
			l.put(op.Key, seg, at+recordHead+int64(starts[0]), op.Value)
		default:
			l.drop(op.Key)
		}
		if seg != nil {
			starts = starts[1:]
		}
	}
	l.removeOver()
	return nil
}

func changes(ops []*storage.Operation) int {
	n := 0
	for _, op := range ops {
		if op.Type != storage.Get {
			n++
		}
	}
	return n
}

func (l *Log) put(key string, seg *segment, at int64, value []byte) {
	l.drop(key)
	p := place{in: seg, at: at, size: len(value)}
	if len(value) <= smallValue {
		p.small = append([]byte{}, value...)
	}
	l.index[key] = p
	seg.live++
}

func (l *Log) drop(key string) {
	if p, ok := l.index[key]; ok {
		p.in.live--
		delete(l.index, key)
	}
}

func (l *Log) read(ops []*storage.Operation) error {
	for _, op := range ops {
		if op.Type != storage.Get {
			continue
		}
		op.Value = nil
		p, ok := l.index[op.Key]
		if !ok {
			continue
		}
		value := make([]byte, p.size)
		if p.small != nil {
			copy(value, p.small)
		} else if _, err := p.in.file.ReadAt(value, p.at); err != nil {
			return fmt.Errorf("read %s: %w", op.Key, err)
		}
		op.Value = value
	}
	return nil
}

// Close ends the client. It may be called twice.
func (l *Log) Close(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	var errs []error
	for _, s := range l.segments {
		errs = append(errs, s.file.Close())
	}
	l.unlock()
	return errors.Join(errs...)
}
