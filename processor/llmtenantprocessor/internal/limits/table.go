package limits

import (
	"container/list"
	"hash/maphash"
	"sync"
)

const (
	// shards keep one sender's requests from waiting for the lock of another's.
	shards = 16
	// looks is how many of the longest unused entries are asked before one that still matters is forgotten.
	looks = 8
)

// table remembers a bounded number of accounts. Who was not heard of longest is forgotten first, and sooner if that changes nothing.
type table[K comparable] struct {
	seed   maphash.Seed
	now    func() int64
	shards [shards]shard[K]
}

type shard[K comparable] struct {
	mu      sync.Mutex
	room    int
	entries map[K]*list.Element
	order   *list.List
}

type entry[K comparable] struct {
	key     K
	account account
}

func newTable[K comparable](room int, now func() int64) *table[K] {
	t := &table[K]{seed: maphash.MakeSeed(), now: now}
	for i := range t.shards {
		t.shards[i] = shard[K]{room: max(1, room/shards), entries: map[K]*list.Element{}, order: list.New()}
	}
	return t
}

// get returns the account of a key, a new one if there is none.
func (t *table[K]) get(key K) *account {
	s := &t.shards[maphash.Comparable(t.seed, key)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.entries[key]; ok {
		s.order.MoveToFront(e)
		return &e.Value.(*entry[K]).account
	}
	if s.order.Len() >= s.room {
		s.forget(t.now())
	}
	e := &entry[K]{key: key}
	s.entries[key] = s.order.PushFront(e)
	return &e.account
}

// forget makes room for one.
func (s *shard[K]) forget(now int64) {
	gone := s.order.Back()
	for e, n := gone, 0; e != nil && n < looks; e, n = e.Prev(), n+1 {
		if !e.Value.(*entry[K]).account.busy(now) {
			gone = e
			break
		}
	}
	delete(s.entries, gone.Value.(*entry[K]).key)
	s.order.Remove(gone)
}

// len is how many accounts there are.
func (t *table[K]) len() int {
	n := 0
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		n += s.order.Len()
		s.mu.Unlock()
	}
	return n
}
