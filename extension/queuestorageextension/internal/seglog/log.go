package seglog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
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
	released released
	late     late
	buf      []byte
	// size is that of the files, left what of it is still needed.
	size, left int64
	closed     bool
}

// segment is one file.
type segment struct {
	number uint64
	file   *os.File
	end    int64
	// live is how many values here are the newest of their keys.
	live   int
	marker marker
	// sealed is a file to which nothing is added, because something in it cannot be read.
	sealed bool
}

// place is where a value is: in a file, or in memory where it is small, or where there was no room to write it.
type place struct {
	in   *segment
	at   int64
	size int
	// weight is what a record of it alone takes.
	weight int64
	memory []byte
	// late says that the file holds an older value.
	late bool
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

// Batch executes the operations in their order; what it changes is there as a whole after a crash, or not at all. A batch
// that only deletes is written with a later one, and so is one that only replaces values and deletes when there is no room.
func (l *Log) Batch(_ context.Context, ops ...*storage.Operation) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errClosed
	}
	gets, sets, deletes := count(ops)
	if deletes == len(ops) {
		l.release(ops)
		return nil
	}
	changes := slices.Clip(l.late.changes)
	due := l.released.due(gets + deletes)
	if due {
		changes = l.released.deletes(changes)
	}
	if sets+deletes == 0 && !due {
		return l.read(ops)
	}
	before := len(changes)
	grows, fresh := false, false
	for _, op := range ops {
		switch op.Type {
		case storage.Set:
			c := change{op: opSet, key: op.Key, value: op.Value}
			if from, ok := l.sameReleased(op, changes[before:]); ok && !due {
				c = change{op: opMove, key: op.Key, from: from}
			} else if !l.has(op.Key, changes[before:]) {
				fresh = true
				// What is put again while a queue starts is no growth.
				grows = grows || len(op.Value) > smallValue && len(l.released.places) == 0
			}
			changes = append(changes, c)
		case storage.Delete:
			changes = append(changes, change{op: opDelete, key: op.Key})
		}
	}
	seg, at, err := l.append(changes, grows)
	if err != nil && fresh {
		return err
	}
	if err != nil {
		l.postpone(changes, err)
	} else {
		l.caughtUp(seg, at, changes[:before])
	}
	return l.apply(ops, changes[before:], seg, at)
}

func count(ops []*storage.Operation) (gets, sets, deletes int) {
	for _, op := range ops {
		switch op.Type {
		case storage.Get:
			gets++
		case storage.Set:
			sets++
		default:
			deletes++
		}
	}
	return gets, sets, deletes
}

// has tells whether a value of the key is in a file, and stays there during the changes.
func (l *Log) has(key string, changes []change) bool {
	_, ok := l.index[key]
	return ok && !slices.ContainsFunc(changes, func(c change) bool { return c.op != opSet && c.key == key })
}

// apply makes the index say what the changes do, which begin there in a file; there is none for late ones. Reads see what was
// changed before them.
func (l *Log) apply(ops []*storage.Operation, changes []change, seg *segment, at int64) error {
	var errs []error
	for i, op := range ops {
		if op.Type == storage.Get {
			errs = append(errs, l.read(ops[i:i+1]))
			continue
		}
		l.change(changes[0], seg, at)
		changes = changes[1:]
	}
	l.removeOver()
	return errors.Join(errs...)
}

func (l *Log) change(c change, seg *segment, at int64) {
	switch c.op {
	case opSet:
		l.put(c.key, seg, at+int64(c.at), c.value)
	case opDelete:
		l.drop(c.key)
	case opMove:
		l.move(c.from, c.key)
	}
}

func (l *Log) put(key string, seg *segment, at int64, value []byte) {
	p := place{in: seg, at: at, size: len(value), weight: weight(key, value)}
	if late := seg == nil; late || len(value) <= smallValue {
		p.memory, p.late = append([]byte{}, value...), late
	}
	if p.late {
		// The file with the older value has to stay: it is what there is after a crash.
		p.in = l.index[key].in
	}
	p.in.live++
	l.left += p.weight
	l.drop(key)
	l.index[key] = p
}

func (l *Log) drop(key string) {
	if p, ok := l.index[key]; ok {
		l.forget(p)
		delete(l.index, key)
	}
	if p, ok := l.released.places[key]; ok {
		l.forget(p)
		delete(l.released.places, key)
	}
}

func (l *Log) forget(p place) {
	p.in.live--
	l.left -= p.weight
}

// move gives a value another key.
func (l *Log) move(from, to string) {
	places := l.released.places
	p, ok := places[from]
	if !ok {
		places = l.index
		if p, ok = places[from]; !ok {
			return
		}
	}
	delete(places, from)
	l.drop(to)
	l.index[to] = p
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
		value, err := p.read()
		if err != nil {
			return fmt.Errorf("read %s: %w", op.Key, err)
		}
		op.Value = value
	}
	return nil
}

func (p place) read() ([]byte, error) {
	value := make([]byte, p.size)
	if p.memory != nil {
		copy(value, p.memory)
		return value, nil
	}
	_, err := p.in.file.ReadAt(value, p.at)
	return value, err
}

// Len is the number of keys.
func (l *Log) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.index)
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
	if changes := l.released.deletes(l.late.changes); len(changes) > 0 {
		if _, _, err := l.append(changes, false); err != nil {
			l.opts.Logger.Warn("the last changes of the queue cannot be written; what was deleted will be there again", zap.Error(err))
		}
	}
	errs = append(errs, l.closeFiles())
	l.unlock()
	return errors.Join(errs...)
}

func (l *Log) closeFiles() error {
	var errs []error
	for _, s := range l.segments {
		errs = append(errs, s.file.Close())
	}
	return errors.Join(errs...)
}
