package llmqueryextension

import (
	"context"
	"net/http"
	"time"
)

// unknownModels is the body of /api/v1/prices/unknown.
type unknownModels struct {
	Window window         `json:"window"`
	Basis  basis          `json:"basis"`
	Models []unknownModel `json:"models"`
	// Truncated is true when models with fewer calls were left out.
	Truncated bool `json:"truncated"`
}

// unknownModel is a name that the price book has no price for, as calls spelled it; null where none did.
type unknownModel struct {
	Provider  *string     `json:"provider"`
	Model     *string     `json:"model"`
	Host      *string     `json:"host"`
	Calls     uint64      `json:"calls"`
	Tokens    traceTokens `json:"tokens"`
	FirstSeen time.Time   `json:"first_seen"`
	LastSeen  time.Time   `json:"last_seen"`
	// Suggestions are names of the book that look like this one; nothing is priced by them.
	Suggestions []string `json:"suggestions"`
}

type unknownModelRow struct {
	Provider      string    `ch:"provider"`
	Model         string    `ch:"model"`
	Host          string    `ch:"host"`
	Calls         uint64    `ch:"calls"`
	Input         *uint64   `ch:"input_total"`
	InputUnknown  uint64    `ch:"input_unknown"`
	Output        *uint64   `ch:"output_total"`
	OutputUnknown uint64    `ch:"output_unknown"`
	TotalUnknown  uint64    `ch:"total_unknown"`
	FirstSeen     time.Time `ch:"first_seen"`
	LastSeen      time.Time `ch:"last_seen"`
}

const defaultUnknownModels = 100

func (a *api) unknownModels(ctx context.Context, sc scope, p *params, _ *http.Request) (any, error) {
	w, b := p.window(a.now(), &a.limits), p.basis()
	limit := p.integer("limit", min(defaultUnknownModels, a.limits.MaxModels), 1, a.limits.MaxModels)
	if err := p.err(); err != nil {
		return nil, err
	}
	name, err := a.on(ctx, sc, b, w, stmtUnknownModels)
	if err != nil {
		return nil, err
	}
	rows, err := selectRows[unknownModelRow](ctx, a.store, sc, name, append(w.args(), arg{"limit", limit + 1}))
	if err != nil {
		return nil, err
	}
	out := &unknownModels{Window: w, Basis: b, Models: make([]unknownModel, 0, len(rows))}
	if len(rows) > limit {
		rows, out.Truncated = rows[:limit], true
	}
	book, err := a.prices.shownTo(sc)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		r := &rows[i]
		out.Models = append(out.Models, unknownModel{
			Provider: orNull(r.Provider), Model: orNull(r.Model), Host: orNull(r.Host), Calls: r.Calls,
			Tokens: traceTokens{
				Input:  count{r.Input, r.InputUnknown},
				Output: count{r.Output, r.OutputUnknown},
				Total:  count{addKnown(r.Input, r.Output), r.TotalUnknown},
			},
			FirstSeen: r.FirstSeen.UTC(), LastSeen: r.LastSeen.UTC(), Suggestions: list(book.Suggest(r.Provider, r.Model)),
		})
	}
	return out, nil
}
