package llmqueryextension

import (
	"context"
	"net/http"
)

// modelList is the body of /api/v1/stats/models.
type modelList struct {
	Window window       `json:"window"`
	Basis  basis        `json:"basis"`
	Models []modelStats `json:"models"`
	// Truncated is true when cheaper models were left out.
	Truncated bool `json:"truncated"`
}

// modelStats are the calls of one model of one provider; either name is null when no call said it.
type modelStats struct {
	Provider  *string  `json:"provider"`
	Model     *string  `json:"model"`
	Calls     uint64   `json:"calls"`
	Errors    uint64   `json:"errors"`
	ErrorRate *float64 `json:"error_rate"`
	Tokens    tokens   `json:"tokens"`
	Cost      cost     `json:"cost"`
	// Estimated and Reported are as in the overview.
	Estimated *estimated `json:"estimated"`
	Reported  *reported  `json:"reported"`
	Latency   latency    `json:"latency_ms"`
}

type modelRow struct {
	Provider string `ch:"provider"`
	Model    string `ch:"model"`
	Calls    uint64 `ch:"calls"`
	Errors   uint64 `ch:"errors"`
	tokenSums
	costSums
	estimatedSums
	reportedSums
	LatencyAverage   *float64  `ch:"latency_avg"`
	LatencyQuantiles []float64 `ch:"latency_quantiles"`
}

func (a *api) models(ctx context.Context, sc scope, p *params, _ *http.Request) (any, error) {
	w, b := p.window(a.now(), &a.limits), p.basis()
	if err := p.err(); err != nil {
		return nil, err
	}
	return a.modelList(ctx, sc, w, b)
}

func (a *api) modelList(ctx context.Context, sc scope, w window, b basis) (*modelList, error) {
	name, err := a.on(ctx, sc, b, w, stmtModels)
	if err != nil {
		return nil, err
	}
	args := append(w.args(), arg{"limit", a.limits.MaxModels + 1})
	rows, err := selectRows[modelRow](ctx, a.store, sc, name, args)
	if err != nil {
		return nil, err
	}
	out := &modelList{Window: w, Basis: b, Models: make([]modelStats, 0, len(rows))}
	if len(rows) > a.limits.MaxModels {
		rows, out.Truncated = rows[:a.limits.MaxModels], true
	}
	for i := range rows {
		row := &rows[i]
		out.Models = append(out.Models, modelStats{
			Provider: orNull(row.Provider), Model: orNull(row.Model),
			Calls: row.Calls, Errors: row.Errors, ErrorRate: ratio(row.Errors, row.Calls),
			Tokens: row.tokens(), Cost: row.cost(), Estimated: row.estimated(), Reported: row.reported(),
			Latency: newLatency(row.LatencyAverage, row.LatencyQuantiles),
		})
	}
	return out, nil
}
