package pricing

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// resolution is what the names of a call lead to, without anything that changes from call to call.
type resolution struct {
	provider, server, request, response string // the names, to compare

	biller  *provider // nil when nobody knows who bills
	model   *model    // nil when unknown or local
	local   bool
	region  string
	assumed assumption
}

// cacheSlots bounds the memory that names from clients can take: at worst this many resolutions of four names of maxCached bytes.
// A name that falls on a taken slot evicts it, so hostile names cost time but never memory.
const cacheSlots = 4096

// maxCached keeps absurdly long names out of the cache; they are resolved each time.
const maxCached = 1024

type resolveCache struct {
	seed  maphash.Seed
	slots [cacheSlots]atomic.Pointer[resolution]
}

// resolve is the cached answer to lookup.
func (b *Book) resolve(c *Call) *resolution {
	h := maphash.String(b.cache.seed, c.ResponseModel)
	h = h*31 + maphash.String(b.cache.seed, c.RequestModel)
	h = h*31 + maphash.String(b.cache.seed, c.Provider)
	if c.ServerAddress != "" {
		h = h*31 + maphash.String(b.cache.seed, c.ServerAddress)
	}
	slot := &b.cache.slots[(h^h>>32)%cacheSlots]
	if r := slot.Load(); r != nil && r.response == c.ResponseModel && r.request == c.RequestModel &&
		r.provider == c.Provider && r.server == c.ServerAddress {
		return r
	}
	r := b.lookup(c)
	if len(c.Provider)+len(c.ServerAddress)+len(c.RequestModel)+len(c.ResponseModel) <= maxCached {
		// The caller's strings may be slices of a whole request body: keep copies.
		r.provider, r.server = strings.Clone(c.Provider), strings.Clone(c.ServerAddress)
		r.request, r.response = strings.Clone(c.RequestModel), strings.Clone(c.ResponseModel)
		r.region = strings.Clone(r.region)
		slot.Store(r)
	}
	return r
}

// lookup answers who bills for a call and by which price history: by the user's own hosts and spellings, then by host, then by
// provider name, then by a model name that only one vendor uses; by the model that answered, then by the one that was asked for.
func (b *Book) lookup(c *Call) *resolution {
	r := &resolution{}
	host := hostName(c.ServerAddress)
	p, byHost := b.billerOf(c, host, r)
	speaksForNobody := p != nil && p.name == compatible && !byHost
	if p == nil && c.Provider == "" || p != nil && p.gateway || speaksForNobody {
		if b.lookupRouted(c, r) {
			return r
		}
	}
	switch {
	case p == nil && c.Provider != "":
		// A provider nobody here knows bills by rules nobody here knows, except that one's own machine sends no bill.
	case p == nil:
		b.lookupVendor(r, c)
	case p.local:
		r.local = !p.away(c)
		return r
	default:
		r.biller = p
		b.lookupAt(p, r, c)
		if r.model == nil && p.gateway {
			r.biller = nil
			b.lookupVendor(r, c)
		}
	}
	if r.model == nil && localHost(host) && (p == nil || speaksForNobody || p.name == hub) && !b.vendorName(c) {
		l := b.providerNamed(localProvider)
		r.local = l == nil || !l.away(c)
	}
	return r
}

// compatible is the provider that a client library names when it speaks OpenAI's protocol to anything at all.
const compatible = "openai"

// billerOf finds who bills without looking at the model, and where the call was processed if the host says so.
func (b *Book) billerOf(c *Call, host string, r *resolution) (p *provider, byHost bool) {
	p = namedIn(b.own, c.Provider)
	for i := range b.hosts {
		rule := &b.hosts[i]
		if rule.layer == 0 && p != nil && rule.provider != p {
			continue
		}
		if region, ok := rule.match(host); ok {
			r.region = region
			return rule.provider, true
		}
	}
	if p != nil {
		return p, false
	}
	return b.providerNamed(c.Provider), false
}

// maxRoutes is how many prefixes a routed name may carry: a proxy's and that of who bills.
const maxRoutes = 2

// lookupRouted serves names as routers and proxies take them, which begin with who bills: azure/gpt-4.1. Once they do, nobody else
// bills. Only prefixes that name nothing but a route count; most others are also names of whoever published the weights.
func (b *Book) lookupRouted(c *Call, r *resolution) bool {
	if len(c.RequestModel) > maxName || len(c.ResponseModel) > maxName {
		return false
	}
	request, response := strings.TrimSpace(c.RequestModel), strings.TrimSpace(c.ResponseModel)
	var p *provider
	for range maxRoutes {
		prefix, _, ok := strings.Cut(request, "/")
		to := b.routes[strings.ToLower(prefix)]
		if !ok || to == nil {
			prefix, _, ok = strings.Cut(response, "/")
			to = b.routes[strings.ToLower(prefix)]
		}
		if !ok || to == nil {
			break
		}
		p = to
		request, response = cutFold(request, prefix+"/"), cutFold(response, prefix+"/")
		if !p.gateway {
			break
		}
	}
	if p == nil {
		return false
	}
	direct := *c
	direct.RequestModel, direct.ResponseModel = request, response
	if p.local {
		r.local = !p.away(&direct)
		return true
	}
	if p.gateway {
		b.lookupVendor(r, &direct)
		return true
	}
	r.biller = p
	if b.lookupAt(p, r, &direct); r.model != nil {
		r.assumed |= assumeProvider
	}
	return true
}

func cutFold(s, prefix string) string {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):]
	}
	return s
}

// hub is the provider that client libraries name for models that anybody can run, wherever they run.
const hub = "huggingface"

// localProvider is the name of the price file of servers on machines of one's own.
const localProvider = "local"

func (b *Book) lookupAt(p *provider, r *resolution, c *Call) {
	if c.ResponseModel != "" {
		if b.take(p.find(c.ResponseModel), r) {
			return
		}
	}
	if c.RequestModel != "" && c.RequestModel != c.ResponseModel && b.take(p.find(c.RequestModel), r) && c.ResponseModel != "" {
		r.assumed |= assumeRequestModel
	}
}

func (b *Book) take(m match, r *resolution) bool {
	if m.model == nil {
		return false
	}
	r.model = m.model
	if m.region != "" && (r.region == "" || m.region != regionalEndpoint) {
		r.region = m.region
	}
	if m.snapshot {
		r.assumed |= assumeSnapshot
	}
	r.assumed |= m.assumed
	return true
}

// lookupVendor serves calls that do not say who bills: a name that exactly one vendor sells, and that nobody else could serve,
// costs what that vendor takes for it.
func (b *Book) lookupVendor(r *resolution, c *Call) {
	var only *resolution
	for _, p := range b.vendors {
		one := &resolution{region: r.region, biller: p}
		b.lookupAt(p, one, c)
		if one.model == nil || one.model.open || one.model.imported {
			continue
		}
		if only != nil {
			return
		}
		only = one
	}
	if only != nil {
		*r = *only
		r.assumed |= assumeProvider
	}
}

// vendorName reports whether a name belongs to a vendor that does not give its models away, priced or not: such a call through a
// proxy on one's own machine is still billed by the vendor.
func (b *Book) vendorName(c *Call) bool {
	for _, raw := range []string{c.ResponseModel, c.RequestModel} {
		if len(raw) > maxName {
			continue
		}
		name := strings.ToLower(strings.TrimSpace(raw))
		if i := strings.LastIndexByte(name, '/'); i >= 0 {
			name = name[i+1:]
		}
		for _, p := range b.vendors {
			for _, f := range p.families {
				if strings.HasPrefix(name, f) && !strings.HasPrefix(name, "gpt-oss") {
					return true
				}
			}
		}
	}
	return false
}

// providerNamed finds a provider by any of its spellings, and by those with the API after a dot ("openai.responses").
func (b *Book) providerNamed(s string) *provider { return namedIn(b.spellings, s) }

func namedIn(spellings map[string]*provider, s string) *provider {
	if len(spellings) == 0 || len(s) > maxName {
		return nil
	}
	s = strings.ToLower(strings.TrimSpace(s))
	for s != "" {
		if p := spellings[s]; p != nil {
			return p
		}
		i := strings.LastIndexByte(s, '.')
		if i < 0 {
			return nil
		}
		s = s[:i]
	}
	return nil
}
