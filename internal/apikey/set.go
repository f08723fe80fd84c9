package apikey

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/watchllm/watchllm/internal/tenancy"
)

// Verdict says why a presented key is accepted or not. The values are metric labels.
type Verdict string

// Verdicts of Set.Lookup.
const (
	VerdictOK        Verdict = "ok"
	VerdictMalformed Verdict = "malformed"
	VerdictChecksum  Verdict = "checksum"
	VerdictUnknown   Verdict = "unknown"
	VerdictExpired   Verdict = "expired"
	VerdictRevoked   Verdict = "revoked"
)

// Set answers which record a presented key belongs to. It never changes once it is shared between
// goroutines, so it is swapped as a whole.
type Set struct {
	// index has no pointers, so that the garbage collector does not look at a hundred thousand keys.
	index   map[[idLength]byte]int32
	entries []Entry
}

// Entry is what a Set knows of one key.
type Entry struct {
	Record Record
	// Caller is shared by all requests with this key and ready to be put on their context.
	Caller tenancy.Caller
	used   *lastUse
}

// Used notes that the key was accepted at now. It writes to memory at most once a second.
func (e *Entry) Used(now time.Time) {
	if e.used != nil {
		e.used.note(now.Unix())
	}
}

// NewSet indexes the records; two records with one id are an error.
func NewSet(records ...Record) (*Set, error) {
	s := &Set{index: make(map[[idLength]byte]int32, len(records)), entries: make([]Entry, len(records))}
	for i, r := range records {
		id := idBytes(r.ID)
		if _, twice := s.index[id]; twice {
			return nil, fmt.Errorf("two keys have the id %q; remove one of them", r.ID)
		}
		s.index[id] = int32(i)
		s.entries[i] = Entry{Record: r, Caller: tenancy.Caller{Identity: r.Identity()}}
	}
	return s, nil
}

// Observe makes the set note uses in usage and report missing roles to wrongRole; either may be nil. It must
// be called before the set is shared.
func (s *Set) Observe(usage *Usage, wrongRole func(context.Context, tenancy.Role)) {
	for i := range s.entries {
		e := &s.entries[i]
		e.Caller.WrongRole = wrongRole
		if usage != nil {
			e.used = usage.of(e.Record.ID)
		}
	}
}

// Len is the number of records, whatever their state.
func (s *Set) Len() int { return len(s.entries) }

// Count returns how many records are in each state at now.
func (s *Set) Count(now time.Time) map[State]int {
	n := map[State]int{StateActive: 0, StateExpired: 0, StateRevoked: 0}
	for i := range s.entries {
		n[s.entries[i].Record.State(now)]++
	}
	return n
}

// Lookup finds a presented key. The state of a key is told only to who holds the whole secret: a guessed
// secret is unknown, whether its id exists or not, and both take the same time. The entry is nil unless the verdict is ok.
func (s *Set) Lookup(presented string, now time.Time) (*Entry, Verdict) {
	key, err := Parse(presented)
	switch {
	case errors.Is(err, ErrChecksum):
		return nil, VerdictChecksum
	case err != nil:
		return nil, VerdictMalformed
	}
	e := &nobody
	i, known := s.index[idBytes(key.id)]
	if known {
		e = &s.entries[i]
	}
	if !e.Record.Hash.Equal(key.Hash()) || !known {
		return nil, VerdictUnknown
	}
	switch e.Record.State(now) {
	case StateRevoked:
		return nil, VerdictRevoked
	case StateExpired:
		return nil, VerdictExpired
	}
	return e, VerdictOK
}

// nobody stands in for a key that is not there, so that looking takes as long.
var nobody Entry

func idBytes(id string) (b [idLength]byte) {
	copy(b[:], id)
	return b
}
