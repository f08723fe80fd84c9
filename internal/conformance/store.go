package conformance

import (
	"context"
	_ "embed"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/watchllm/watchllm/internal/captures"
)

//go:embed figures.sql
var figures string

// Results reads what the store has of each tenant; a tenant without a row gives a result of nothing. The tenant of a case is named
// by tenants, in the cases' order.
func Results(ctx context.Context, conn driver.Conn, cases []captures.Case, tenants []string) ([]Result, error) {
	ctx = clickhouse.Context(ctx, clickhouse.WithParameters(clickhouse.Parameters{"tenants": arrayLiteral(tenants)}))
	rows, err := conn.Query(ctx, figures)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	byTenant := map[string]Result{}
	for rows.Next() {
		var tenant string
		var calls, failed, aggregates, duplicates uint64
		var input, output, cacheRead, cacheWrite, reasoning *uint64
		var missing map[string]uint64
		if err := rows.Scan(&tenant, &calls, &failed, &input, &output, &cacheRead, &cacheWrite, &reasoning, &aggregates, &duplicates, &missing); err != nil {
			return nil, err
		}
		r := Result{
			Calls: int(calls), FailedCalls: int(failed), Aggregates: int(aggregates), Duplicates: int(duplicates), //nolint:gosec // counts of a few rows
			Tokens: captures.Tokens{Input: signed(input), Output: signed(output), CacheRead: signed(cacheRead), CacheWrite: signed(cacheWrite), Reasoning: signed(reasoning)},
		}
		for reason, n := range missing {
			if r.MissingReasons == nil {
				r.MissingReasons = map[string]int{}
			}
			r.MissingReasons[reason] = int(n) //nolint:gosec // a few rows
			r.Missing += int(n)               //nolint:gosec // a few rows
		}
		byTenant[tenant] = r
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	out := make([]Result, len(cases))
	for i := range cases {
		out[i] = byTenant[tenants[i]]
		out[i].Case = cases[i].Name()
	}
	return out, nil
}

func signed(n *uint64) *int64 {
	if n == nil {
		return nil
	}
	v := int64(*n) //nolint:gosec // a sum of token counts
	return &v
}

// arrayLiteral spells an array parameter; the names are our own, of letters, digits and dashes.
func arrayLiteral(names []string) string {
	out := []byte{'['}
	for i, name := range names {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '\'')
		out = append(out, name...)
		out = append(out, '\'')
	}
	return string(append(out, ']'))
}
