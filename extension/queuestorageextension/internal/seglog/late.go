package seglog

import (
	"bytes"
	"slices"

	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
)

// released are the values of keys that a batch deleted which did nothing else. A persistent queue that is started deletes the
// requests that were being sent, and then sets each under another key: a crash in between, or a disk without room, must not
// cost them. So they stay in the files until another batch shows that this is over, and setting such a value again is a
// change of its key.
type released struct {
	places map[string]place
	// order is that of the deletions, in which values are mostly set again.
	order []string
	// patience is how many batches may still come that only set.
	patience int
}

// release takes keys out of the index, but not yet out of the files.
func (l *Log) release(ops []*storage.Operation) {
	for _, op := range ops {
		if p, ok := l.index[op.Key]; ok {
			l.released.places[op.Key] = p
			l.released.order = append(l.released.order, op.Key)
			l.released.patience++
			delete(l.index, op.Key)
		}
	}
}

// due tells whether it is time to write what was deleted, before a batch with that many operations that are not set.
func (r *released) due(others int) bool {
	if len(r.places) == 0 {
		r.order, r.patience = nil, 0
		return false
	}
	if others == 0 && r.patience > 0 {
		r.patience--
		return false
	}
	r.patience = 0
	return true
}

// deletes appends what makes the deletions last.
func (r *released) deletes(to []change) []change {
	for key := range r.places {
		to = append(to, change{op: opDelete, key: key})
	}
	return to
}

// sameReleased finds the key under which the value was until it was deleted, and which no other of the changes takes.
func (l *Log) sameReleased(op *storage.Operation, changes []change) (key string, ok bool) {
	for i, key := range l.released.order {
		p, ok := l.released.places[key]
		if !ok || p.size != len(op.Value) || key == op.Key {
			continue
		}
		if slices.ContainsFunc(changes, func(c change) bool { return c.key == key || c.from == key }) {
			continue
		}
		if value, err := p.read(); err == nil && bytes.Equal(value, op.Value) {
			if i == 0 {
				l.released.order = l.released.order[1:]
			}
			return key, true
		}
	}
	return "", false
}

// late are changes for which there was no room. They are in the index, and are written in front of the next batch.
type late struct {
	changes []change
	// set is where the last change of a key is that may be replaced, so that the state of a queue is here once.
	set map[string]int
}

// postpone keeps changes of which the first may be late already. None of them is new data.
func (l *Log) postpone(changes []change, err error) {
	if len(l.late.changes) == 0 {
		l.opts.Logger.Warn("the queue cannot be written to; its state is kept in memory until it can be", zap.Error(err))
	}
	for _, c := range changes[len(l.late.changes):] {
		switch c.op {
		case opSet:
			c.value = slices.Clone(c.value)
			if i, ok := l.late.set[c.key]; ok {
				l.late.changes[i] = c
				continue
			}
			l.late.set[c.key] = len(l.late.changes)
		case opDelete:
			delete(l.late.set, c.key)
			// A deletion that was only put off is over.
			if p, ok := l.released.places[c.key]; ok {
				l.forget(p)
				delete(l.released.places, c.key)
			}
		case opMove:
			clear(l.late.set)
		}
		l.late.changes = append(l.late.changes, c)
	}
}

// caughtUp takes note that late changes, and deletions that were put off, are written.
func (l *Log) caughtUp(seg *segment, at int64, changes []change) {
	if len(l.late.changes) > 0 {
		l.opts.Logger.Info("the queue can be written to again")
	}
	for _, c := range changes {
		switch c.op {
		case opSet:
			if p, ok := l.index[c.key]; ok && p.late {
				l.put(c.key, seg, at+int64(c.at), c.value)
			}
		case opDelete:
			if p, ok := l.released.places[c.key]; ok {
				l.forget(p)
				delete(l.released.places, c.key)
			}
		}
	}
	l.late.changes = nil
	clear(l.late.set)
}
