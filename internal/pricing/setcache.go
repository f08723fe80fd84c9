package pricing

import (
	"sync"
	"sync/atomic"
)

// maxSets is more than calls lead to; the counts that a client makes up could lead to a few thousand.
const maxSets = 4096

// A setCache keeps what sets of bits are called, so that calling them that again allocates nothing. It never holds more than about
// maxSets; the rest is worked out each time.
type setCache[S ~uint32, T any] struct {
	known sync.Map // S -> T
	size  atomic.Int32
}

func (c *setCache[S, T]) get(set S, name func(S) T) T {
	if known, ok := c.known.Load(set); ok {
		return known.(T)
	}
	made := name(set)
	if c.size.Load() < maxSets {
		if _, had := c.known.LoadOrStore(set, made); !had {
			c.size.Add(1)
		}
	}
	return made
}
