package limits

import "time"

// How many tenants and keys are remembered. A tenant is about 250 bytes; keys of one tenant are counted apart from it.
const (
	maxTenants = 10_000
	maxKeys    = 50_000
)

// retryInFlight is when to come back if too much is in flight: requests are under way for milliseconds.
const retryInFlight = time.Second

// Limiter holds the accounts of all tenants. Clock is monotonic and may begin anywhere.
type Limiter struct {
	clock   func() time.Duration
	tenants *table[string]
	keys    *table[keyID]
	share   share
}

type keyID struct{ tenant, key string }

// New returns a limiter. inFlight is how many bytes may be in flight in total; 0 is no bound.
func New(inFlight int64, clock func() time.Duration) *Limiter {
	l := &Limiter{clock: clock, share: share{capacity: inFlight}}
	l.tenants = newTable[string](maxTenants, l.now)
	l.keys = newTable[keyID](maxKeys, l.now)
	return l
}

func (l *Limiter) now() int64 { return int64(l.clock()) }

// Measured tells that a decision by this policy needs the bytes of a request.
func (l *Limiter) Measured(p *Policy) bool {
	return l.share.capacity > 0 || p.Tenant.PerSecond[Bytes] > 0 || p.Key.PerSecond[Bytes] > 0
}

// Remembered is how many tenants and keys there are accounts of.
func (l *Limiter) Remembered() (tenants, keys int) { return l.tenants.len(), l.keys.len() }

// Cause is what a refusal is about.
type Cause int

// Causes.
const (
	TenantRate Cause = iota
	KeyRate
	TenantShare // the tenant has its part of what may be in flight
	Saturated   // others have all of it
)

// Refusal says why a request has to wait and how long.
type Refusal struct {
	Cause     Cause
	Unit      Unit
	PerSecond int64
	// Wait is after how long the same request passes if nothing else comes, at least.
	Wait time.Duration
}

// Grant is what an admitted request has taken.
type Grant struct {
	limiter     *Limiter
	policy      *Policy
	demand      Demand
	tenant, key *account
	// What the accounts had given out with this request.
	tenantMark, keyMark mark
	charge              int64
}

// Admit takes all that a request needs, or nothing.
func (l *Limiter) Admit(tenant, key string, p *Policy, d Demand) (Grant, *Refusal) {
	g := Grant{limiter: l, policy: p, demand: d}
	if p.Tenant.any() || l.share.capacity > 0 {
		g.tenant = l.tenants.get(tenant)
	}
	if p.Key.any() && key != "" {
		g.key = l.keys.get(keyID{tenant, key})
	}
	if g.tenant != nil {
		g.tenant.mu.Lock()
		defer g.tenant.mu.Unlock()
	}
	if g.key != nil {
		g.key.mu.Lock()
		defer g.key.mu.Unlock()
	}
	if g.tenant == nil && g.key == nil {
		return g, nil
	}
	now := l.now() // under the locks, so that an account sees the clock in order
	if refusal := g.refusal(now); refusal != nil {
		return Grant{}, refusal
	}
	if l.share.capacity > 0 {
		g.charge = l.share.charge(d.Bytes)
		switch l.share.take(g.tenant.inFlight, g.charge, p.Weight) {
		case shareSpent:
			return Grant{}, &Refusal{Cause: TenantShare, Unit: Bytes, Wait: retryInFlight}
		case shareFull:
			return Grant{}, &Refusal{Cause: Saturated, Unit: Bytes, Wait: retryInFlight}
		}
		g.tenant.inFlight += g.charge
	}
	if g.tenant != nil {
		g.tenantMark = g.tenant.take(now, &p.Tenant, d)
	}
	if g.key != nil {
		g.keyMark = g.key.take(now, &p.Key, d)
	}
	return g, nil
}

// refusal looks at the buckets without taking anything.
func (g *Grant) refusal(now int64) *Refusal {
	var out *Refusal
	if g.tenant != nil {
		if u, wait := g.tenant.lacks(now, &g.policy.Tenant, g.demand); wait > 0 {
			out = &Refusal{Cause: TenantRate, Unit: u, PerSecond: g.policy.Tenant.PerSecond[u], Wait: wait}
		}
	}
	if g.key != nil {
		if u, wait := g.key.lacks(now, &g.policy.Key, g.demand); wait > 0 && (out == nil || wait > out.Wait) {
			out = &Refusal{Cause: KeyRate, Unit: u, PerSecond: g.policy.Key.PerSecond[u], Wait: wait}
		}
	}
	return out
}

// Charged is how many bytes the request counts for among those in flight.
func (g *Grant) Charged() int64 { return g.charge }

// Done ends a request. What did not arrive is given back, because the same data will come again.
func (g *Grant) Done(arrived bool) {
	if g.charge > 0 {
		g.limiter.share.release(g.charge)
		g.tenant.mu.Lock()
		g.tenant.inFlight -= g.charge
		g.tenant.mu.Unlock()
	}
	if arrived {
		return
	}
	if g.tenant != nil {
		g.tenant.giveBack(g.limiter.now, g.tenantMark, &g.policy.Tenant, g.demand)
	}
	if g.key != nil {
		g.key.giveBack(g.limiter.now, g.keyMark, &g.policy.Key, g.demand)
	}
}
