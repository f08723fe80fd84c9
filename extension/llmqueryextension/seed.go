package llmqueryextension

import (
	"context"
	"net/http"
	"strconv"
)

// seedOverview is the overview with the names that clients of the original service read beside our own.
type seedOverview struct {
	overview
	TotalEvents  uint64   `json:"total_events"`
	TotalErrors  uint64   `json:"total_errors"`
	ErrorRatePct float64  `json:"error_rate_pct"`
	TotalCostUSD float64  `json:"total_cost_usd"`
	TotalTokens  uint64   `json:"total_tokens"`
	AvgLatencyMS *float64 `json:"avg_latency_ms"`
}

func (a *api) seedOverview(ctx context.Context, sc scope, p *params, _ *http.Request) (any, error) {
	w, b := p.window(a.now(), &a.limits), p.basis()
	if err := p.err(); err != nil {
		return nil, err
	}
	row, err := a.overviewRow(ctx, sc, w, b)
	if err != nil {
		return nil, err
	}
	out := seedOverview{
		overview:    newOverview(w, b, &row),
		TotalEvents: row.Spans, TotalErrors: row.SpanErrors,
	}
	if rate := ratio(row.SpanErrors, row.Spans); rate != nil {
		out.ErrorRatePct = *rate * 100
	}
	// The original service knew no unknown: these three are numbers, and 0 where nothing is known.
	if row.Amount != nil {
		out.TotalCostUSD, _ = strconv.ParseFloat(*row.Amount, 64)
	}
	if out.Tokens.Total.Total != nil {
		out.TotalTokens = *out.Tokens.Total.Total
	}
	out.AvgLatencyMS = out.Latency.Average
	return out, nil
}
