package pricing

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An Explanation is the arithmetic behind a Result, for a person to check.
type Explanation struct {
	Result     Result
	Provider   string // who bills
	Model      string // record, as provider/model
	MatchedBy  string // name of the call that led to it
	Lines      []Line
	Card       string // which of the record's rates: "standard", "batch", ...
	Band       string // context band, empty when the standard one
	Multiplier string // of token prices, as "1.1 (uplift)"; empty when none
	Tenant     string // the tenant's own factor on the whole, as "0.9 (acme, openai)"; empty when none
	From, To   string // when the price is valid, empty when open
	ReadOn     string // day the price was read
	Confidence string
	Note       string
}

// A Line is one unit of the bill.
type Line struct {
	Unit  string
	Count int64
	Price Amount // of Per units
	Per   uint64
	Cost  Amount // rounded; with the multiplier and the tenant's factor
}

// Explain prices a call and says how.
func (b *Book) Explain(c *Call) Explanation {
	e := Explanation{Result: b.Price(c)}
	l, ok := b.billOf(c)
	if !ok {
		return e
	}
	if l.tenant != nil {
		e.Tenant = l.tenant.String()
	}
	e.Model = l.model.id
	e.Provider, _, _ = strings.Cut(l.model.id, "/")
	e.MatchedBy = c.ResponseModel
	if e.MatchedBy == "" || l.assumed&assumeRequestModel != 0 {
		e.MatchedBy = c.RequestModel
	}
	e.Card = l.card.label
	if l.band != nil {
		e.Band = l.band.label
	}
	if l.factor != noFactor {
		e.Multiplier = decimalOf(l.factor) + " (" + l.model.region.name + ")"
	}
	e.From, e.To = l.period.fromText, instantText(l.period.to)
	e.ReadOn, e.Confidence, e.Note = l.period.readOn, l.period.confidence, l.period.note
	for rest := l.charged; rest != 0; {
		u := rest.pop()
		one := l
		one.charged = 1 << u
		cost, _, _ := one.sum()
		e.Lines = append(e.Lines, Line{
			Unit: units[u].name, Count: l.counts[u], Price: USD(l.priceOf(u)), Per: units[u].per, Cost: cost,
		})
	}
	return e
}

// Arithmetic is the sum in one line: "((5000*5/1000000 + 2000*25/1000000)*1.1 + 1*10/1000)*0.9".
func (e *Explanation) Arithmetic() string {
	if len(e.Lines) == 0 {
		return ""
	}
	var tokens, fees []string
	for _, l := range e.Lines {
		term := fmt.Sprintf("%d*%s", l.Count, l.Price)
		if l.Per != 1 {
			term += "/" + strconv.FormatUint(l.Per, 10)
		}
		if u := slices.Index(unitNames[:], l.Unit); u >= 0 && units[u].side == sideFees {
			fees = append(fees, term)
		} else {
			tokens = append(tokens, term)
		}
	}
	if e.Multiplier != "" && len(tokens) > 0 {
		tokens = []string{times(tokens, e.Multiplier)}
	}
	terms := append(tokens, fees...)
	if e.Tenant != "" {
		return times(terms, e.Tenant)
	}
	return strings.Join(terms, " + ")
}

// times multiplies a sum by the number that a text begins with.
func times(terms []string, factor string) string {
	number, _, _ := strings.Cut(factor, " ")
	return "(" + strings.Join(terms, " + ") + ")*" + number
}

// decimalOf writes ten-thousandths as a decimal.
func decimalOf(tenThousandths uint64) string {
	const picoPerTenThousandth = picoPerUSD / noFactor
	return USD(int64(tenThousandths) * picoPerTenThousandth).String() //nolint:gosec // factors are small
}

// instantText is the inverse of parseInstant; empty for the end of time.
func instantText(unix int64) string {
	t := time.Unix(unix, 0).UTC()
	switch {
	case t.Year() > 9999 || t.Year() < 1:
		return ""
	case unix%(24*60*60) == 0:
		return t.Format(time.DateOnly)
	default:
		return t.Format("2006-01-02T15:04Z")
	}
}
