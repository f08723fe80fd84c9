package settling

import (
	"strings"
	"time"
)

// Range is a time of arrival whose traces have to be found in the store, because they did not fit into memory or came before it.
type Range struct {
	// Tenant is empty for all.
	Tenant   string
	From, To time.Time
	// After is where the reading stopped.
	After Found
}

// Found is a trace with usage in a range, and when a row of it was prepared.
type Found struct {
	Look
	At time.Time
}

// ranges by tenant, "" for all of them.
type ranges map[string]*Range

// maxRanges bounds the tenants with a range of their own.
const maxRanges = 1000

func (r ranges) add(tenant string, from, to time.Time) {
	if r[tenant] == nil && len(r) >= maxRanges {
		tenant = ""
	}
	old := r[tenant]
	if old == nil {
		tenant = strings.Clone(tenant)
		r[tenant] = &Range{Tenant: tenant, From: from, To: to}
		return
	}
	if from.Before(old.From) {
		old.From, old.After = from, Found{}
	}
	// Rows are prepared before they are stored: what is added now may lie in a part that was read without it.
	if from.Before(old.After.At) {
		old.After = Found{At: from}
	}
	if to.After(old.To) {
		old.To = to
	}
}

// Rescan asks for the traces that arrived in a time to be looked at, of one tenant or, with "", of all.
func (p *Pending) Rescan(tenant string, from, to time.Time) {
	p.mu.Lock()
	p.ranges.add(tenant, from, to)
	p.mu.Unlock()
	p.signal()
}

// NextRange is a range to read and how many traces there is room for.
func (p *Pending) NextRange() (r Range, room int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	room = p.limits.Traces - p.unready
	for _, r := range p.ranges {
		free := room
		if r.Tenant != "" {
			free = min(free, p.limits.TenantTraces)
			if c := p.tenants[r.Tenant]; c != nil {
				free = min(free, p.limits.TenantTraces-c.n+c.open.Len())
			}
		}
		if free > 0 {
			return *r, free
		}
	}
	return Range{}, 0
}

// RangeRead notes how far a range was read; done says that nothing came after.
func (p *Pending) RangeRead(read Range, after Found, done bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.ranges[read.Tenant]
	if r == nil || r.From.Before(read.From) || r.After != read.After {
		return // it begins elsewhere meanwhile
	}
	if done && !r.To.After(read.To) {
		delete(p.ranges, read.Tenant)
		return
	}
	r.After = after
}

func (p *Pending) hasRanges() bool { return p.count(func() int { return len(p.ranges) }) > 0 }
