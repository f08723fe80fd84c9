package rerate

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	clickhouse "github.com/ClickHouse/clickhouse-go/v2"

	store "github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/costing"
	"github.com/watchllm/watchllm/internal/pricing"
)

// Named is what calls named, and what they used.
type Named struct {
	Provider      string    `json:"provider" ch:"provider"`
	RequestModel  string    `json:"request_model" ch:"request_model"`
	ResponseModel string    `json:"response_model" ch:"response_model"`
	Host          string    `json:"host" ch:"server_address"`
	Calls         uint64    `json:"calls" ch:"calls"`
	Unknown       uint64    `json:"calls_without_price" ch:"unknown"`
	Input         *uint64   `json:"input_tokens" ch:"input"`
	Output        *uint64   `json:"output_tokens" ch:"output"`
	First         time.Time `json:"first_seen" ch:"first"`
	Last          time.Time `json:"last_seen" ch:"last"`
}

// Model is the model that answered, else the one asked for.
func (n *Named) Model() string {
	return cmp.Or(n.ResponseModel, n.RequestModel)
}

// maxNames are the most names that are asked about, those of most calls first: clients may invent any number.
const maxNames = 100_000

// Names lists what the calls of a selection named, with most calls first. Calls without a model are left out: no book can know them.
func (s *ClickHouse) Names(ctx context.Context, sel Selection) ([]Named, error) {
	terms := append(sel.filters(), "s.usage_role = 'call'", "(s.request_model != '' OR s.response_model != '')",
		"s.start_time >= fromUnixTimestamp64Nano({from:Int64}, 'UTC')", "s.start_time < fromUnixTimestamp64Nano({to:Int64}, 'UTC')")
	if sel.Tenant != "" {
		terms = append(terms, "s.tenant_id = {tenant:String}")
	}
	rows, err := s.query(ctx, fmt.Sprintf(`SELECT s.provider AS provider, s.request_model AS request_model, s.response_model AS response_model, s.server_address AS server_address,
count() AS calls, countIf(s.cost_status = 'unknown_model') AS unknown, sum(s.input_tokens) AS input, sum(s.output_tokens) AS output,
min(s.start_time) AS first, max(s.start_time) AS last
FROM %s AS s WHERE %s GROUP BY provider, request_model, response_model, server_address ORDER BY calls DESC, provider, request_model, response_model, server_address LIMIT %d`,
		s.Target.Table(store.ViewKnown), strings.Join(terms, " AND "), maxNames),
		append(sel.args(), clickhouse.Named("tenant", sel.Tenant))...)
	if err != nil {
		return nil, fmt.Errorf("read models: %w", err)
	}
	defer rows.Close()
	var out []Named
	for rows.Next() {
		var n Named
		if err := rows.ScanStruct(&n); err != nil {
			return nil, fmt.Errorf("read models: %w", err)
		}
		out = append(out, n)
	}
	return out, rows.Err()
}

// Unknown sorts names by what a book says of them now: those that it does not know, and those that it has come to know although the
// store has calls of them without a price.
func Unknown(names []Named, p costing.Pricer) (unknown, knownNow []Named) {
	for _, n := range names {
		r := p.Price(&pricing.Call{
			Provider: n.Provider, RequestModel: n.RequestModel, ResponseModel: n.ResponseModel, ServerAddress: n.Host, Time: n.Last,
			Usage: pricing.Usage{Input: pricing.KnownCount(1), Output: pricing.KnownCount(1)},
		})
		switch {
		case r.Status == pricing.StatusUnknownModel:
			unknown = append(unknown, n)
		case n.Unknown > 0:
			knownNow = append(knownNow, n)
		}
	}
	return unknown, knownNow
}
