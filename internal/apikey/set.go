package apikey

import (
	"fmt"
	"time"

	"github.com/watchllm/watchllm/internal/tenancy"
)

// Verdict says why a presented key is accepted or not. The values are metric labels.
type Verdict string

// Verdicts of Set.Verify.
const (
	VerdictOK        Verdict = "ok"
	VerdictMalformed Verdict = "malformed"
	VerdictUnknown   Verdict = "unknown"
	VerdictExpired   Verdict = "expired"
	VerdictRevoked   Verdict = "revoked"
)

// Set answers which record a presented key belongs to. It never changes, so it may be
// shared between goroutines and swapped as a whole.
type Set struct {
	entries map[string]entry
}

type entry struct {
	record   Record
	identity tenancy.Identity
}

// NewSet indexes the records; two records with one id are an error.
func NewSet(records ...Record) (*Set, error) {
	s := &Set{entries: make(map[string]entry, len(records))}
	for _, r := range records {
		if _, twice := s.entries[r.ID]; twice {
			return nil, fmt.Errorf("two keys have the id %q; remove one of them", r.ID)
		}
		s.entries[r.ID] = entry{r, r.Identity()}
	}
	return s, nil
}

// Len is the number of records, whatever their state.
func (s *Set) Len() int { return len(s.entries) }

// Count returns how many records are in the state at now.
func (s *Set) Count(state State, now time.Time) int {
	n := 0
	for _, e := range s.entries {
		if e.record.State(now) == state {
			n++
		}
	}
	return n
}

// Verify looks a presented key up. The state of a key is told only to who holds the whole
// secret: a guessed secret is unknown, whether its id exists or not, and both take the same time.
func (s *Set) Verify(presented string, now time.Time) (tenancy.Identity, Verdict) {
	key, err := Parse(presented)
	if err != nil {
		return tenancy.Identity{}, VerdictMalformed
	}
	e, known := s.entries[key.ID()]
	if !e.record.Hash.Equal(key.Hash()) || !known {
		return tenancy.Identity{}, VerdictUnknown
	}
	switch e.record.State(now) {
	case StateRevoked:
		return tenancy.Identity{}, VerdictRevoked
	case StateExpired:
		return tenancy.Identity{}, VerdictExpired
	}
	return e.identity, VerdictOK
}
