package introspect

import (
	"container/list"
	"crypto/sha256"
	"sync"
)

// digest stands for a token in memory. It is salted with a secret of the process, so that nobody can choose
// tokens whose digests say something by the time it takes to look them up.
type digest [sha256.Size]byte

// cache is a map that forgets what was not asked for longest.
type cache[V any] struct {
	mu    sync.Mutex
	max   int
	byKey map[digest]*list.Element
	order *list.List
}

type cached[V any] struct {
	key   digest
	value V
}

func newCache[V any](limit int) *cache[V] {
	return &cache[V]{max: limit, byKey: map[digest]*list.Element{}, order: list.New()}
}

func (c *cache[V]) get(key digest) (v V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byKey[key]
	if !ok {
		return v, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*cached[V]).value, true
}

func (c *cache[V]) put(key digest, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.byKey[key]; ok {
		e.Value.(*cached[V]).value = v
		c.order.MoveToFront(e)
		return
	}
	c.byKey[key] = c.order.PushFront(&cached[V]{key, v})
	if c.order.Len() > c.max {
		last := c.order.Back()
		delete(c.byKey, last.Value.(*cached[V]).key)
		c.order.Remove(last)
	}
}

func (c *cache[V]) remove(key digest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.byKey[key]; ok {
		delete(c.byKey, key)
		c.order.Remove(e)
	}
}

func (c *cache[V]) len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.order.Len()
}
