package rerate

import (
	"context"
	"fmt"
	"time"

	store "github.com/watchllm/watchllm/internal/clickhouse"
)

// A PastRun is what the ledger keeps of a run. Its figures are of calls, which are in totals.
type PastRun struct {
	Run        string    `json:"run" ch:"run_id"`
	At         time.Time `json:"at" ch:"at"`
	Reason     string    `json:"reason" ch:"reason"`
	BookReadOn time.Time `json:"book_read_on" ch:"book_read_on"`
	// Corrections are all entries, those of aggregates and duplicates, too.
	Corrections uint64 `json:"corrections" ch:"corrections"`
	Calls       uint64 `json:"calls" ch:"calls"`
	NewlyPriced uint64 `json:"newly_priced" ch:"newly_priced"`
	LostPrice   uint64 `json:"lost_price" ch:"lost_price"`
	// Difference is what the run's entries added to what was known, in US dollars, a decimal.
	Difference string    `json:"difference_usd" ch:"difference"`
	First      time.Time `json:"first_call" ch:"first"`
	Last       time.Time `json:"last_call" ch:"last"`
}

// History lists the runs of which the ledger has entries, the last one first. A correction goes when its call is deleted.
func (s *ClickHouse) History(ctx context.Context, limit int) ([]PastRun, error) {
	var runs []PastRun
	rows, err := s.query(ctx, fmt.Sprintf(`SELECT a.run_id AS run_id, min(a.adjusted_at) AS at, any(a.reason) AS reason, max(a.book_read_on) AS book_read_on,
count() AS corrections, countIf(counts) AS calls,
countIf(counts AND isNull(a.cost_before) AND isNotNull(a.cost_after)) AS newly_priced,
countIf(counts AND isNotNull(a.cost_before) AND isNull(a.cost_after)) AS lost_price,
toString(sumIf(toDecimal128(ifNull(a.cost_after, 0), 12) * (a.cost_currency_after IN ('', 'USD'))
    - toDecimal128(ifNull(a.cost_before, 0), 12) * (a.cost_currency_before IN ('', 'USD')), counts)) AS difference,
min(a.start_time) AS first, max(a.start_time) AS last
FROM (SELECT tenant_id, start_time, trace_id, span_id, project_id, usage_role = 'call' AS counts FROM %s FINAL
    WHERE start_time >= (SELECT min(start_time) FROM %s) AND start_time <= (SELECT max(start_time) FROM %s)) AS s
INNER JOIN (SELECT * FROM %s FINAL) AS a USING (tenant_id, start_time, trace_id, span_id, project_id)
GROUP BY run_id ORDER BY at DESC, run_id LIMIT %d
SETTINGS join_algorithm = 'full_sorting_merge'`,
		s.Target.Table(store.TableSpans), s.Target.Table(store.TableAdjustments), s.Target.Table(store.TableAdjustments), s.Target.Table(store.TableAdjustments), limit))
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r PastRun
		if err := rows.ScanStruct(&r); err != nil {
			return nil, fmt.Errorf("read the ledger: %w", err)
		}
		runs = append(runs, r)
	}
	return runs, rows.Err()
}
