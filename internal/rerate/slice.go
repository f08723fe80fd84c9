package rerate

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	clickhouse "github.com/ClickHouse/clickhouse-go/v2"

	store "github.com/watchllm/watchllm/internal/clickhouse"
)

const (
	// sliceRows is about how many rows a statement reads: with what is known of their costs they fit a small engine many times.
	sliceRows = 50_000
	// sliceTenants bounds the names in a statement, which travel in its address.
	sliceTenants = 50
)

// A slice is a part of a selection: some tenants' calls of a time within one day.
type slice struct {
	Selection
	tenants []string
}

// pricedRoles are the roles of rows that have or could have a price.
const pricedRoles = "('call', 'aggregate', 'duplicate')"

// where is the slice's condition on llm_spans, or the view of it, by the name of s.
func (p *slice) where() string {
	terms := []string{
		"s.tenant_id IN {tenants:Array(String)}",
		"s.start_time >= fromUnixTimestamp64Nano({from:Int64}, 'UTC')", "s.start_time < fromUnixTimestamp64Nano({to:Int64}, 'UTC')",
	}
	return strings.Join(append(terms, p.filters()...), " AND ")
}

// filters are the conditions beside tenant and time.
func (s *Selection) filters() []string {
	terms := []string{"s.usage_role IN " + pricedRoles}
	if s.Project != "" {
		terms = append(terms, "s.project_id = {project:String}")
	}
	if s.Provider != "" {
		terms = append(terms, "s.provider = {provider:String}")
	}
	if s.Model != "" {
		terms = append(terms, "(s.response_model = {model:String} OR s.request_model = {model:String})")
	}
	return terms
}

func (s *Selection) args() []any {
	return []any{
		clickhouse.Named("from", s.From.UnixNano()), clickhouse.Named("to", s.To.UnixNano()),
		clickhouse.Named("project", s.Project), clickhouse.Named("provider", s.Provider), clickhouse.Named("model", s.Model),
	}
}

func (p *slice) args() []any {
	return append(p.Selection.args(), clickhouse.Named("tenants", p.tenants))
}

// slices cuts a selection by day and tenant, in the order in which the table lies on disk, and gives one slice after the other.
func (s *ClickHouse) slices(ctx context.Context, sel Selection, each func(slice) error) error {
	most := cmp.Or(s.SliceRows, sliceRows)
	days, err := s.days(ctx, sel)
	if err != nil {
		return fmt.Errorf("count calls: %w", err)
	}
	var part slice
	rows := 0
	flush := func() error {
		if len(part.tenants) == 0 {
			return nil
		}
		full := part
		part, rows = slice{}, 0
		return each(full)
	}
	for _, d := range days {
		day := sel
		day.From, day.To = later(sel.From, d.day), earlier(sel.To, d.day.AddDate(0, 0, 1))
		if len(part.tenants) > 0 && (!part.From.Equal(day.From) || rows+d.rows > most || len(part.tenants) >= sliceTenants) {
			if err := flush(); err != nil {
				return err
			}
		}
		if d.rows > most {
			if err := s.minutes(ctx, slice{day, []string{d.tenant}}, each); err != nil {
				return err
			}
			continue
		}
		part.Selection, part.tenants = day, append(part.tenants, d.tenant)
		rows += d.rows
	}
	return flush()
}

type tenantDay struct {
	day    time.Time
	tenant string
	rows   int
}

func (s *ClickHouse) days(ctx context.Context, sel Selection) ([]tenantDay, error) {
	terms := sel.filters()
	terms = append(terms, "s.start_time >= fromUnixTimestamp64Nano({from:Int64}, 'UTC')", "s.start_time < fromUnixTimestamp64Nano({to:Int64}, 'UTC')")
	if sel.Tenant != "" {
		terms = append(terms, "s.tenant_id = {tenant:String}")
	}
	rows, err := s.query(ctx, "SELECT toDateTime(toDate(s.start_time), 'UTC') AS day, s.tenant_id AS tenant, count() FROM "+s.Target.Table(store.TableSpans)+
		" AS s WHERE "+strings.Join(terms, " AND ")+" GROUP BY day, tenant ORDER BY day, tenant", append(sel.args(), clickhouse.Named("tenant", sel.Tenant))...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []tenantDay
	for rows.Next() {
		var d tenantDay
		var n uint64
		if err := rows.Scan(&d.day, &d.tenant, &n); err != nil {
			return nil, err
		}
		d.rows = int(n) //nolint:gosec // rows of a day
		out = append(out, d)
	}
	return out, rows.Err()
}

// minutes cuts a tenant's day where it is too much for one statement.
func (s *ClickHouse) minutes(ctx context.Context, day slice, each func(slice) error) error {
	cuts, err := s.cuts(ctx, day)
	if err != nil {
		return fmt.Errorf("count calls: %w", err)
	}
	for _, to := range append(cuts, day.To) {
		part := day
		part.To = to
		if err := each(part); err != nil {
			return err
		}
		day.From = to
	}
	return nil
}

// cuts are the times at which parts of a day begin, but the first. A minute is never cut.
func (s *ClickHouse) cuts(ctx context.Context, day slice) ([]time.Time, error) {
	rows, err := s.query(ctx, "SELECT toStartOfMinute(s.start_time) AS minute, count() FROM "+s.Target.Table(store.TableSpans)+" AS s WHERE "+day.where()+
		" GROUP BY minute ORDER BY minute", day.args()...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []time.Time
	sum := uint64(0)
	for rows.Next() {
		var minute time.Time
		var n uint64
		if err := rows.Scan(&minute, &n); err != nil {
			return nil, err
		}
		if sum += n; sum > uint64(cmp.Or(s.SliceRows, sliceRows)) && sum > n {
			out, sum = append(out, minute), n
		}
	}
	return out, rows.Err()
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
