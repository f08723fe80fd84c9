package foreign

import "time"

const (
	// goneFor is how long it is at least remembered that a span was handed on.
	goneFor = 10 * time.Minute
	// goneMost bounds the memory of it: some ten megabytes.
	goneMost = 50_000
)

// gone remembers spans that were put together and handed on, by the hashes of their parts. It forgets by halves, the older one at a
// time, so that it needs no list of what is due.
type gone struct {
	young, old map[string][]uint64
	since      time.Time
}

func (g *gone) put(tenant, key string, hashes []uint64, now time.Time) {
	if g.young == nil || len(g.young) >= goneMost || now.Sub(g.since) > goneFor {
		g.old, g.young, g.since = g.young, map[string][]uint64{}, now
	}
	g.young[tenant+"\x00"+key] = hashes
}

func (g *gone) get(tenant, key string) ([]uint64, bool) {
	k := tenant + "\x00" + key
	if h, ok := g.young[k]; ok {
		return h, true
	}
	h, ok := g.old[k]
	return h, ok
}
