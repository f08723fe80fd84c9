package pricing

import (
	"fmt"
	"math"
	"strings"
)

// A suffix is what a router lets its clients write behind a model's name, and what that does to the price.
type suffix struct {
	text    string
	free    *model // what stands for every model with this suffix, when they cost nothing
	assumed assumption
	away    bool // what looks like this provider's is served by another
}

// The meanings of a suffix in price files.
const (
	suffixSame   = "same"   // another way of calling the same model
	suffixRoute  = "route"  // another choice among those who serve the model
	suffixPlugin = "plugin" // the model with a plug-in, which costs extra
	suffixFree   = "free"   // costs nothing
	suffixAway   = "away"   // passed on to somebody else, who bills it
)

func (p *provider) suffix(text, meaning string) error {
	s := suffix{text: strings.ToLower(text)}
	switch meaning {
	case suffixSame:
	case suffixAway:
		s.away = true
	case suffixRoute:
		s.assumed = assumeRoute
	case suffixPlugin:
		s.assumed = assumeNoPluginFee
	case suffixFree:
		var all rates
		all.has = tokenUnits
		id := p.name + "/*" + text
		s.free = &model{id: id, free: true, periods: []period{{
			from: math.MinInt64, to: math.MaxInt64, record: id, cards: []card{{label: standardLabel, base: all}},
		}}}
		s.free.identify()
	default:
		return fmt.Errorf("%q: %q: one of same, route, plugin, free, away", text, meaning)
	}
	p.suffixes = append(p.suffixes, s)
	return nil
}

// findSuffixed finds a known model behind a known suffix. A model nobody knows stays unknown, whatever follows its name.
func (p *provider) findSuffixed(name string) match {
	for i := range p.suffixes {
		s := &p.suffixes[i]
		base, ok := strings.CutSuffix(name, s.text)
		if !ok {
			continue
		}
		m := p.probe(base)
		if m.model != nil && s.free != nil {
			m = match{model: s.free}
		}
		m.assumed |= s.assumed
		return m
	}
	return match{}
}

// away reports whether a model that one's own server answers for is run by somebody else. A call that names two models is decided by
// the one that answered.
func (p *provider) away(c *Call) bool {
	name := strings.ToLower(strings.TrimSpace(c.ResponseModel))
	if name == "" {
		name = strings.ToLower(strings.TrimSpace(c.RequestModel))
	}
	for i := range p.suffixes {
		if p.suffixes[i].away && strings.HasSuffix(name, p.suffixes[i].text) {
			return true
		}
	}
	return false
}

// Knows reports whether the book has a price for a name at a provider, both as clients spell them.
func (b *Book) Knows(provider, name string) bool {
	p := b.providerNamed(provider)
	return p != nil && p.find(name).model != nil
}
