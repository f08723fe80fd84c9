package costing

import "time"

// Account is everything there is to say about what a stored call cost: what was booked, what was corrected since, what is known now,
// and the arithmetic of both.
type Account struct {
	TraceID string    `json:"trace_id"`
	SpanID  string    `json:"span_id"`
	Start   time.Time `json:"start"`
	// UsageRole says whether the amount counts in totals: "call" does.
	UsageRole   *string       `json:"usage_role"`
	Booked      Figure        `json:"booked"`
	Known       Figure        `json:"known"`
	Corrections []Revision    `json:"corrections"`
	Explanation BothExplained `json:"explanation"`
}

// BothExplained explains both figures of an Account; they are equal without corrections.
type BothExplained struct {
	Booked Explanation `json:"booked"`
	Known  Explanation `json:"known"`
}

// Figure is an amount with its parts and the price that made it. Amounts are exact decimal strings, null when unknown.
type Figure struct {
	Amount        *string    `json:"amount"`
	Currency      *string    `json:"currency"`
	Status        *string    `json:"status"`
	Components    Components `json:"components"`
	Reported      *string    `json:"reported"`
	Computed      *string    `json:"computed"`
	PriceID       *string    `json:"price_id"`
	EffectiveFrom *string    `json:"effective_from"`
	Source        *string    `json:"source"`
	Unpriced      []string   `json:"unpriced"`
}

// Components are the parts of an amount.
type Components struct {
	Input      *string `json:"input"`
	CacheRead  *string `json:"cache_read"`
	CacheWrite *string `json:"cache_write"`
	Output     *string `json:"output"`
	Fees       *string `json:"fees"`
}

// Revision is a correction as an Account shows it.
type Revision struct {
	Revision uint32    `json:"revision"`
	At       time.Time `json:"at"`
	Reason   *string   `json:"reason"`
	Run      *string   `json:"run"`
	// BookReadOn is the newest day on which a price of the correcting book was read.
	BookReadOn string `json:"book_read_on"`
	Before     Change `json:"before"`
	After      Change `json:"after"`
}

// Change is one side of a correction.
type Change struct {
	Amount   *string `json:"amount"`
	Currency *string `json:"currency"`
	Status   *string `json:"status"`
	PriceID  *string `json:"price_id"`
}

// AccountOf explains a row and its corrections, which are in order.
func AccountOf(b Book, r *Row, corrections []Correction) Account {
	out := Account{
		TraceID: r.TraceID, SpanID: r.SpanID, Start: r.Start.UTC(), UsageRole: orNull(r.UsageRole),
		Booked: figureOf(r), Corrections: []Revision{},
	}
	now := *r
	for i := range corrections {
		c := &corrections[i]
		now = now.Apply(c)
		out.Corrections = append(out.Corrections, Revision{
			Revision: c.Revision, At: c.AdjustedAt.UTC(), Reason: orNull(c.Reason), Run: orNull(c.RunID), BookReadOn: c.BookReadOn.Format(time.DateOnly),
			Before: Change{c.Before, orNull(c.CurrencyBefore), orNull(c.StatusBefore), orNull(c.PriceIDBefore)},
			After:  Change{c.After, orNull(c.CurrencyAfter), orNull(c.StatusAfter), orNull(c.PriceIDAfter)},
		})
	}
	out.Known = figureOf(&now)
	out.Explanation.Booked = ExplainRow(b, r)
	out.Explanation.Known = ExplainRow(b, &now)
	return out
}

func figureOf(r *Row) Figure {
	return Figure{
		Amount: r.Cost, Currency: orNull(r.Currency), Status: orNull(r.Status),
		Components: Components{Input: r.CostInput, CacheRead: r.CostCacheRead, CacheWrite: r.CostCacheWrite, Output: r.CostOutput, Fees: r.CostFees},
		Reported:   r.CostReported, Computed: r.CostComputed,
		PriceID: orNull(r.PriceID), EffectiveFrom: orNull(r.EffectiveFrom), Source: orNull(r.PriceSource), Unpriced: texts(r.Unpriced),
	}
}
