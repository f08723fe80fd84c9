package llmeventreceiver

import "sync"

// room bounds the memory of all bodies that are read and decoded at the same time.
type room struct {
	size int64

	mu   sync.Mutex
	used int64
	by   map[string]int64
}

func newRoom(size int64) *room { return &room{size: size, by: map[string]int64{}} }

// take reserves n bytes for a sender. Nobody may have more than is then left for others, so that one sender alone gets half of the
// room, and who sends little always finds some.
func (r *room) take(sender string, n int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by[sender]+n > r.size-r.used-n {
		return false
	}
	r.used += n
	r.by[sender] += n
	return true
}

func (r *room) give(sender string, n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.used -= n
	if r.by[sender] -= n; r.by[sender] == 0 {
		delete(r.by, sender)
	}
}

// taken is how many bytes are reserved.
func (r *room) taken() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.used
}
