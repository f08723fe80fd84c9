package pricing

import (
	"cmp"
	"slices"
	"strings"
)

// A Listing is one rate table of the book: a model's price in one period, under one set of conditions.
type Listing struct {
	Provider string
	Model    string
	Names    []string // every name that leads to the model, the first being its own
	From, To string   // empty when open
	Card     string   // "standard", "batch", "flex", ...
	Band     string   // context band, empty when the standard one
	Free     bool
	Prices   []Price
	Source   string
	ReadOn   string
}

// A Price is what Per units cost.
type Price struct {
	Unit   string
	Amount Amount
	Per    uint64
}

// List returns the rate tables of one provider, or of all, whose model is or is called name, or of all models; sorted by provider,
// model and date. Both arguments may be empty and are taken as clients spell them.
func (b *Book) List(provider, name string) []Listing {
	var out []Listing
	for _, p := range b.providers {
		if provider != "" && b.providerNamed(provider) != p {
			continue
		}
		models := map[*model]bool{}
		if name == "" {
			for _, m := range p.models {
				models[m] = true
			}
		} else if m := p.find(name); m.model != nil {
			models[m.model] = true
		}
		for m := range models {
			out = append(out, m.list(p.name)...)
		}
	}
	slices.SortStableFunc(out, func(x, y Listing) int {
		return cmp.Or(cmp.Compare(x.Provider, y.Provider), cmp.Compare(x.Model, y.Model), cmp.Compare(x.From, y.From))
	})
	return out
}

func (m *model) list(provider string) []Listing {
	var out []Listing
	for i := range m.periods {
		p := &m.periods[i]
		for j := len(p.cards) - 1; j >= 0; j-- { // standard first
			k := &p.cards[j]
			l := Listing{
				Provider: provider, Model: strings.TrimPrefix(m.id, provider+"/"), Names: m.names,
				From: p.fromText, To: instantText(p.to), Card: k.label, Free: m.free,
				Prices: k.base.list(), Source: p.source, ReadOn: p.readOn,
			}
			out = append(out, l)
			for n := len(k.bands) - 1; n >= 0; n-- {
				l.Band, l.Prices = k.bands[n].label, k.bands[n].rates.list()
				out = append(out, l)
			}
		}
	}
	return out
}

func (r *rates) list() []Price {
	var out []Price
	for rest := r.has; rest != 0; {
		u := rest.pop()
		out = append(out, Price{Unit: units[u].name, Amount: USD(r.pico[u]), Per: units[u].per})
	}
	return out
}

// ProviderNames are the providers the book knows, sorted, priced or not.
func (b *Book) ProviderNames() []string {
	var names []string
	for name := range b.providers {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
