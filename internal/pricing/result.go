package pricing

// Status says how far an amount can be trusted. The values are those of watchllm.cost.status.
type Status string

// Statuses. Exact, assumed, free, local and provider_reported carry an amount that may be added to totals; partial carries a lower
// bound; unknown_model and no_usage carry none.
const (
	StatusExact            Status = "exact"
	StatusAssumed          Status = "assumed"
	StatusPartial          Status = "partial"
	StatusEstimated        Status = "estimated"
	StatusProviderReported Status = "provider_reported"
	StatusFree             Status = "free"
	StatusLocal            Status = "local"
	StatusUnknownModel     Status = "unknown_model"
	StatusNoUsage          Status = "no_usage"
)

// Components splits an amount by what was paid for. Each is rounded by itself from the same exact numbers as the amount, so their
// sum may differ from the amount by up to two pico-USD; the amount is the one to add up. A component is unknown when its count is.
type Components struct {
	Input      Amount // input that was neither read from nor written to a cache, all modalities
	CacheRead  Amount
	CacheWrite Amount
	Output     Amount
	Fees       Amount // searches, requests, images, pages, seconds and whatever else is not a token
}

// Result is the price of one call.
type Result struct {
	Status Status
	// Assumed names what had to be taken for granted, several joined by "+" ("cache_write_ttl+region"). Set with StatusAssumed and,
	// where it applies, with StatusPartial.
	Assumed string
	// Amount is unknown with unknown_model and no_usage, and when the counts are so large that no price could be meant.
	Amount     Amount
	Components Components
	// Computed is this book's own figure when Amount is the provider's; else it equals Amount.
	Computed Amount

	Currency      string // ISO 4217; empty when Amount is unknown
	PriceID       string // record that was used, as "anthropic/claude-opus-4-8@2026-05-28#1f2e3d4c"; empty when none was
	PriceSource   string // page where that price was read
	EffectiveFrom string // day (UTC) from which that price is valid; empty when it has been since the model exists
	// Unpriced names the units that have a positive count and no price, and "input" or "output" when that count itself is unknown.
	// The slice is shared: do not change it.
	Unpriced []string

	assumed assumption
}

// StatusText is the status as it is written to watchllm.cost.status: "exact", "assumed:cache_write_ttl".
func (r *Result) StatusText() string {
	switch {
	case r.Status != StatusAssumed:
		return string(r.Status)
	case r.assumed != 0:
		return r.assumed.statusText()
	default:
		return assumedPrefix + r.Assumed
	}
}
