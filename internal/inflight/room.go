package inflight

import "sync"

// Room is so many bytes for all bodies together.
type Room struct {
	size int64

	mu   sync.Mutex
	used int64
	by   map[string]int64
}

// NewRoom makes a room of a size in bytes.
func NewRoom(size int64) *Room { return &Room{size: size, by: map[string]int64{}} }

// Take reserves n bytes for a sender, or tells that they do not fit. Nobody may have more than is then left for others, so that one
// sender alone gets half of the room, and who sends little always finds some.
func (r *Room) Take(sender string, n int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by[sender]+n > r.size-r.used-n {
		return false
	}
	r.used += n
	r.by[sender] += n
	return true
}

// Give gives bytes back that were taken.
func (r *Room) Give(sender string, n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.used -= n
	if r.by[sender] -= n; r.by[sender] == 0 {
		delete(r.by, sender)
	}
}

// Taken is how many bytes are reserved.
func (r *Room) Taken() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.used
}

// MaxHeaderBytes is for http.Server: what a connection may fill with headers before anybody knows whose it is. Go's own default is 1 MiB,
// and a thousand connections are cheap.
const MaxHeaderBytes = 64 << 10
