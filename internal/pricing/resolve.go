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

// lookup answers who bills for a call and by which price history: by host, then by provider name, then by a model name that only
// one vendor uses; by the model that answered, then by the one that was asked for.
func (b *Book) lookup(c *Call) *resolution {
	r := &resolution{}
	host := hostName(c.ServerAddress)
	var p *provider
	for i := range b.hosts {
		if region, ok := b.hosts[i].match(host); ok {
			p, r.region = b.hosts[i].provider, region
			break
		}
	}
	named := b.providerNamed(c.Provider)
	if p == nil {
		p = named
	}
	own := localHost(host)
	switch {
	case p != nil && p.local:
		r.local = true
		return r
	case p == nil && c.Provider != "" || p != nil && p.gateway && len(p.models) == 0:
		// A provider nobody here knows bills by rules nobody here knows, except that one's own machine sends no bill.
		if p != nil {
			b.lookupVendor(r, c)
		}
	case p == nil:
		b.lookupVendor(r, c)
	default:
		r.biller = p
		b.lookupAt(p, r, c)
	}
	if r.model == nil && own && (p == nil || p.name == compatible) && !b.vendorName(c) {
		r.local = true
	}
	return r
}

// compatible is the provider that a client library names when it speaks OpenAI's protocol to anything at all.
const compatible = "openai"

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
	if m.region != "" {
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
		name := strings.ToLower(raw)
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
func (b *Book) providerNamed(s string) *provider {
	s = strings.ToLower(strings.TrimSpace(s))
	for s != "" {
		if p := b.spellings[s]; p != nil {
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
