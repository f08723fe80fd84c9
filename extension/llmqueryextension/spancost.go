package llmqueryextension

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"github.com/watchllm/watchllm/internal/costing"
)

// spanCost answers what one call cost: as booked, as corrected, as known now, with the arithmetic of each. The tenant's own factors are
// the only ones the book is asked for.
func (a *api) spanCost(ctx context.Context, sc scope, p *params, r *http.Request) (any, error) {
	id, err := p.traceID(r)
	if perr := p.err(); perr != nil {
		return nil, perr
	}
	span := strings.ToLower(r.PathValue("span_id"))
	switch {
	case err != nil:
		return nil, err
	case !spanIDPattern.MatchString(span):
		return nil, errNotFound("A span id has 16 hexadecimal digits.")
	}
	args := []arg{{"trace_id", id}, {"span_id", span}}
	rows, err := selectRows[costing.Row](ctx, a.store, sc, stmtSpanCost, args)
	switch {
	case err != nil:
		return nil, err
	case len(rows) == 0:
		return nil, errNotFound("There is no span with this id in the trace.")
	}
	row := &rows[0]
	args = append(args, arg{"first_ns", row.Start.UnixNano()}, arg{"last_ns", row.Start.UnixNano()})
	corrections, err := selectRows[costing.Correction](ctx, a.store, sc, stmtTraceCorrections, args)
	if err != nil {
		return nil, err
	}
	account := costing.AccountOf(a.prices.book(), row, corrections)
	return &account, nil
}

var spanIDPattern = regexp.MustCompile(`^[0-9a-f]{16}$`)
