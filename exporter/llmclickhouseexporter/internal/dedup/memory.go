package dedup

import "time"

// generations is into how many maps the memory is cut; the oldest is dropped whole.
const generations = 4

// memory remembers the newest IDs: at most size of them, none for longer than age, and at least three
// quarters of both. Dropping a whole map costs nothing per ID.
type memory struct {
	size int
	age  time.Duration
	gens [generations]generation
	// since is when all that was stored from then on is remembered.
	since time.Time
}

type generation struct {
	ids map[ID]Print
	// revisions of the few that are not the first version of their span.
	revisions map[ID]uint32
	began     time.Time
}

func (m *memory) get(id ID) (Print, uint32, bool) {
	for i := range m.gens {
		if p, ok := m.gens[i].ids[id]; ok {
			return p, m.gens[i].revisions[id], true
		}
	}
	return 0, 0, false
}

// put remembers an identity, unless a later version of it is known.
func (m *memory) put(id ID, p Print, revision uint32, now time.Time) {
	if m.size == 0 {
		m.since = now
		return
	}
	for i := range m.gens {
		if m.gens[i].revisions[id] > revision {
			return
		}
	}
	g := &m.gens[0]
	if g.ids == nil || len(g.ids) >= max(1, m.size/generations) || now.Sub(g.began) >= m.age/generations {
		if m.gens[generations-1].ids != nil {
			m.forgotten(m.gens[generations-2].began)
		}
		copy(m.gens[1:], m.gens[:generations-1])
		m.gens[0] = generation{ids: make(map[ID]Print), began: now}
		g = &m.gens[0]
	}
	g.ids[id] = p
	if revision > 0 {
		if g.revisions == nil {
			g.revisions = map[ID]uint32{}
		}
		g.revisions[id] = revision
	}
}

// expire drops what is too old, for a store into which nothing is written any more.
func (m *memory) expire(now time.Time) {
	for i := range m.gens {
		if m.gens[i].ids != nil && now.Sub(m.gens[i].began) >= m.age {
			m.gens[i] = generation{}
			if i > 0 {
				m.forgotten(m.gens[i-1].began)
			} else {
				m.forgotten(now)
			}
		}
	}
}

// forgotten notes that what was stored before then is not remembered any more.
func (m *memory) forgotten(before time.Time) {
	if before.After(m.since) {
		m.since = before
	}
}

func (m *memory) len() int {
	n := 0
	for i := range m.gens {
		n += len(m.gens[i].ids)
	}
	return n
}
