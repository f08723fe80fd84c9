package llmqueryextension

import (
	"context"
	"net/http"
)

// priceList is the body of /api/v1/prices.
type priceList struct {
	Prices []listedPrice `json:"prices"`
	// Truncated is true when more records fit the question.
	Truncated bool `json:"truncated"`
}

// listedPrice is one rate table of the book, before any factor of a tenant.
type listedPrice struct {
	Provider  string     `json:"provider"`
	Model     string     `json:"model"`
	Names     []string   `json:"names"`
	ValidFrom *string    `json:"valid_from"`
	ValidTo   *string    `json:"valid_to"`
	Rates     string     `json:"rates"`
	Band      *string    `json:"band"`
	Free      bool       `json:"free"`
	Units     []unitCost `json:"units"`
	Source    *string    `json:"source"`
	ReadOn    *string    `json:"read_on"`
}

// unitCost is what Per units cost in US dollars.
type unitCost struct {
	Unit  string `json:"unit"`
	Price string `json:"price"`
	Per   uint64 `json:"per"`
}

func (a *api) priceList(_ context.Context, sc scope, p *params, _ *http.Request) (any, error) {
	provider, model := p.text("provider"), p.text("model")
	if provider == "" && model == "" {
		p.refuse("provider", "name a provider, a model or both: the whole book is too long for one answer")
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	book, err := a.prices.shownTo(sc)
	if err != nil {
		return nil, err
	}
	rows := book.List(provider, model)
	out := &priceList{Prices: []listedPrice{}}
	if len(rows) > a.limits.MaxModels {
		rows, out.Truncated = rows[:a.limits.MaxModels], true
	}
	for i := range rows {
		l := &rows[i]
		one := listedPrice{
			Provider: l.Provider, Model: l.Model, Names: list(l.Names), ValidFrom: orNull(l.From), ValidTo: orNull(l.To),
			Rates: l.Card, Band: orNull(l.Band), Free: l.Free, Units: []unitCost{}, Source: orNull(l.Source), ReadOn: orNull(l.ReadOn),
		}
		if !l.Free { // a free model's rates are zeros for everything
			for _, u := range l.Prices {
				one.Units = append(one.Units, unitCost{u.Unit, u.Amount.String(), u.Per})
			}
		}
		out.Prices = append(out.Prices, one)
	}
	return out, nil
}
