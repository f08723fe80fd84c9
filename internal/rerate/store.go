package rerate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	clickhouse "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	store "github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/costing"
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
		rows, err := s.query(ctx, "SELECT "+costing.RowColumns()+", s.cost_revision AS cost_revision, s.cost_status_booked AS cost_status_booked FROM "+s.Target.Table(store.ViewKnown)+
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
	values := make([]any, len(names))
	b, err := s.Conn.PrepareBatch(ctx, "INSERT INTO "+s.Target.Table(store.TableAdjustments)+" (`"+strings.Join(names, "`, `")+"`)")
	if err != nil {
		return err
	}
	defer b.Close()
	for i := range batch {
		for n, name := range names {
			values[n] = entryColumns[name](&e, &batch[i])
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
		fmt.Fprintf(h, "%q %q %q %q %d %d\n", a.Call.Tenant, a.Call.Project, a.Call.TraceID, a.Call.SpanID, a.Call.Start.UnixNano(), a.Revision)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
