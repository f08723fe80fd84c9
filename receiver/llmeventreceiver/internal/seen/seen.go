package seen

import (
	"hash/maphash"
	"sync"

	"github.com/watchllm/watchllm/internal/tenancy"
)

// Set remembers the last ids that were put into it, at least as many as its size and at most twice that. It takes some 20 bytes for
// each. Its methods are safe for concurrent use.
type Set struct {
	size int
	// seed is of this process: nobody outside can find two ids that look alike.
	seed maphash.Seed

	mu         sync.RWMutex
	young, old map[uint64]struct{}
}

// New makes a set that remembers so many ids.
func New(size int) *Set {
	return &Set{size: size, seed: maphash.MakeSeed(), young: map[uint64]struct{}{}}
}

// Count tells how many of the ids are remembered.
func (s *Set) Count(owner tenancy.Owner, ids []string) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	n := 0
	for _, id := range ids {
		key := s.key(owner, id)
		if _, ok := s.young[key]; ok {
			n++
		} else if _, ok := s.old[key]; ok {
			n++
		}
	}
	return n
}

// Put remembers the ids, and forgets the oldest where there are too many.
func (s *Set) Put(owner tenancy.Owner, ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if len(s.young) >= s.size {
			s.old, s.young = s.young, make(map[uint64]struct{}, s.size)
		}
		s.young[s.key(owner, id)] = struct{}{}
	}
}

func (s *Set) key(owner tenancy.Owner, id string) uint64 {
	return maphash.Comparable(s.seed, [3]string{owner.Tenant, owner.Project, id})
}
