package recent

// table finds the newest slot of each key of a chain. It holds no pointers, and less than a map.
type table struct {
	entries []entry // a power of two; those of one key's place follow it without a gap
	count   int
}

// entry is empty where its key is 0.
type entry struct {
	key  uint32
	head int32
}

const leastEntries = 64

// place is where an entry of the key belongs, in the best case. The lowest bit of a key is set in all of them.
func (t *table) place(key uint32) uint32 { return key >> 1 & (uint32(len(t.entries)) - 1) } //nolint:gosec // far below

// find is the entry of a key, or the free place for it.
func (t *table) find(key uint32) *entry {
	for at := t.place(key); ; at = (at + 1) & (uint32(len(t.entries)) - 1) { //nolint:gosec // far below
		if e := &t.entries[at]; e.key == key || e.key == 0 {
			return e
		}
	}
}

// head is the newest slot of a key.
func (t *table) head(key uint32) int32 {
	if t.count == 0 {
		return nowhere
	}
	if e := t.find(key); e.key != 0 {
		return e.head
	}
	return nowhere
}

// set makes a slot the newest of a key and returns the one that was.
func (t *table) set(key uint32, head int32) (before int32) {
	if 4*(t.count+1) > 3*len(t.entries) {
		t.grow()
	}
	e := t.find(key)
	before = e.head
	if e.key == 0 {
		before = nowhere
		t.count++
	}
	*e = entry{key, head}
	return before
}

func (t *table) grow() {
	old := t.entries
	t.entries = make([]entry, max(leastEntries, 2*len(old)))
	for _, e := range old {
		if e.key != 0 {
			*t.find(e.key) = e
		}
	}
}

// remove takes a key out and closes the gap, so that what stands behind it is still found.
func (t *table) remove(key uint32) {
	mask := uint32(len(t.entries)) - 1 //nolint:gosec // far below
	gap := t.place(key)
	for t.entries[gap].key != key {
		gap = (gap + 1) & mask
	}
	for at := (gap + 1) & mask; t.entries[at].key != 0; at = (at + 1) & mask {
		if (at-t.place(t.entries[at].key))&mask >= (at-gap)&mask {
			t.entries[gap] = t.entries[at]
			gap = at
		}
	}
	t.entries[gap] = entry{}
	t.count--
}
