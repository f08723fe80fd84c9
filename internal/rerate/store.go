package rerate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"strings"

	clickhouse "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	store "github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/costing"
	"github.com/watchllm/watchllm/internal/pricing"
)

// ClickHouse is the Store of a database, over HTTP or the native protocol.
type ClickHouse struct {
	Conn   driver.Conn
	Target store.Target
	// Lease is held while corrections are appended; nil for a reader.
	Lease *store.Lease
	// SliceRows is about how many rows a statement reads; 0 is the default.
	SliceRows int
}

var _ Store = (*ClickHouse)(nil)

// Calls reads slice by slice, so that no statement takes long or much memory, however much is selected.
func (s *ClickHouse) Calls(ctx context.Context, sel Selection, each func(*Call) error) error {
	return s.slices(ctx, sel, func(part slice) error {
		rows, err := s.query(ctx, "SELECT "+costing.RowColumns()+", s.cost_revision AS cost_revision FROM "+s.Target.Table(store.ViewKnown)+
			" AS s WHERE "+part.where(), part.args()...)
		if err != nil {
			return fmt.Errorf("read calls: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			c := &Call{}
			if err := rows.ScanStruct(c); err != nil {
				return fmt.Errorf("read calls: %w", err)
			}
			if err := each(c); err != nil {
				return err
			}
		}
		if err := rows.Err(); err != nil {
			return fmt.Errorf("read calls: %w", err)
		}
		return nil
	})
}

func (s *ClickHouse) query(ctx context.Context, text string, args ...any) (driver.Rows, error) {
	return s.Conn.Query(clickhouse.Context(ctx, clickhouse.WithSettings(store.KnownSettings())), text, args...)
}

// Append writes a batch in one insert.
func (s *ClickHouse) Append(ctx context.Context, e Entry, batch []Adjustment) error {
	if s.Lease != nil {
		if err := s.Lease.Hold(ctx); err != nil {
			return err
		}
	}
	settings := clickhouse.Settings{
		"insert_deduplication_token": token(e, batch),
		"async_insert":               0,
		// One month of one retention class is a partition, and a batch may hold the calls of many.
		"max_partitions_per_insert_block": 0,
	}
	if s.Target.Cluster != "" {
		settings["insert_distributed_sync"] = 1
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(settings))
	names := store.Names(store.AdjustmentColumns)
	b, err := s.Conn.PrepareBatch(ctx, "INSERT INTO "+s.Target.Table(store.TableAdjustments)+" (`"+strings.Join(names, "`, `")+"`)")
	if err != nil {
		return err
	}
	defer b.Close()
	values := make([]any, len(names))
	for i := range batch {
		row := entryOf(e, &batch[i])
		for n, name := range names {
			values[n] = row[name]
		}
		if err := b.Append(values...); err != nil {
			return err
		}
	}
	return b.Send()
}

// token names a batch of a run: an insert that is repeated because its answer was lost is stored once.
func token(e Entry, batch []Adjustment) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q\n", e.Run)
	for i := range batch {
		a := &batch[i]
		fmt.Fprintf(h, "%q %q %q %d %d\n", a.Call.Tenant, a.Call.TraceID, a.Call.SpanID, a.Call.Start.UnixNano(), a.Revision)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// entryOf is a row of llm_cost_adjustments by column.
func entryOf(e Entry, a *Adjustment) map[string]any {
	c := a.Call
	row := map[string]any{
		"tenant_id": c.Tenant, "project_id": c.Project, "trace_id": c.TraceID, "span_id": c.SpanID, "start_time": c.Start,
		"revision": a.Revision, "adjusted_at": e.At, "run_id": e.Run, "reason": e.Reason, "book_read_on": e.BookReadOn,
		"provider": c.Provider, "model": c.Model(), "retention_days": c.Retention,
		"cost_before": decimal(a.Before.Cost), "cost_currency_before": a.Before.Currency, "cost_status_before": a.Before.Status, "price_id_before": a.Before.PriceID,
		"cost_after": decimal(a.After.Cost), "cost_currency_after": a.After.Currency, "cost_status_after": a.After.Status, "price_id_after": a.After.PriceID,
		"price_source": a.After.PriceSource, "price_effective_from": a.After.EffectiveFrom, "cost_computed": decimal(a.After.Computed),
		"cost_unpriced": append([]string{}, a.After.Unpriced...),
	}
	maps.Copy(row, map[string]any{
		"cost_input": decimal(a.After.Parts.Input), "cost_cache_read": decimal(a.After.Parts.CacheRead),
		"cost_cache_write": decimal(a.After.Parts.CacheWrite), "cost_output": decimal(a.After.Parts.Output), "cost_fees": decimal(a.After.Parts.Fees),
	})
	return row
}

// decimal is an amount as the driver takes it; nil is NULL.
func decimal(a pricing.Amount) *string {
	if !a.Known {
		return nil
	}
	text := a.String()
	return &text
}
