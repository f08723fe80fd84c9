package llmqueryextension

import (
	"context"
	"net/http"
)

// overview is the body of /api/v1/stats/overview.
type overview struct {
	Window    window   `json:"window"`
	Basis     basis    `json:"basis"`
	Spans     uint64   `json:"spans"`
	Calls     uint64   `json:"calls"`
	Errors    uint64   `json:"errors"`
	ErrorRate *float64 `json:"error_rate"`
	Tokens    tokens   `json:"tokens"`
	Cost      cost     `json:"cost"`
	// Estimated and Reported are beside the cost and never in it; null without such calls.
	Estimated *estimated `json:"estimated"`
	Reported  *reported  `json:"reported"`
	Latency   latency    `json:"latency_ms"`
	TTFT      ttft       `json:"ttft_ms"`
}

// ttft is the time to the first chunk; only streamed calls have one.
type ttft struct {
	Calls uint64 `json:"calls"`
	quantiles
}

type overviewRow struct {
	Spans      uint64 `ch:"spans"`
	SpanErrors uint64 `ch:"span_errors"`
	Calls      uint64 `ch:"calls"`
	Errors     uint64 `ch:"errors"`
	tokenSums
	costSums
	estimatedSums
	reportedSums
	LatencyAverage   *float64  `ch:"latency_avg"`
	LatencyQuantiles []float64 `ch:"latency_quantiles"`
	TTFTCalls        uint64    `ch:"ttft_calls"`
	TTFTQuantiles    []float64 `ch:"ttft_quantiles"`
}

func (a *api) overview(ctx context.Context, sc scope, p *params, _ *http.Request) (any, error) {
	w, b := p.window(a.now(), &a.limits), p.basis()
	if err := p.err(); err != nil {
		return nil, err
	}
	row, err := a.overviewRow(ctx, sc, w, b)
	if err != nil {
		return nil, err
	}
	return newOverview(w, b, &row), nil
}

func (a *api) overviewRow(ctx context.Context, sc scope, w window, b basis) (overviewRow, error) {
	name, err := a.on(ctx, sc, b, w, stmtOverview)
	if err != nil {
		return overviewRow{}, err
	}
	return selectOne[overviewRow](ctx, a.store, sc, name, w.args())
}

func newOverview(w window, b basis, row *overviewRow) overview {
	return overview{
		Window: w, Basis: b, Spans: row.Spans,
		Calls: row.Calls, Errors: row.Errors, ErrorRate: ratio(row.Errors, row.Calls),
		Tokens:    row.tokens(),
		Cost:      row.cost(),
		Estimated: row.estimated(), Reported: row.reported(),
		Latency: newLatency(row.LatencyAverage, row.LatencyQuantiles),
		TTFT:    ttft{row.TTFTCalls, newQuantiles(row.TTFTQuantiles)},
	}
}
