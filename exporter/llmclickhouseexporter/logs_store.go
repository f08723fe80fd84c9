package llmclickhouseexporter

import (
	"context"
	"fmt"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"
	"go.opentelemetry.io/collector/component"

	"github.com/watchllm/watchllm/internal/clickhouse"
)

// recordStore is what storing log records asks of ClickHouse.
type recordStore interface {
	// Prepare brings the schema to the version this program needs, or says why it cannot, and returns the version the store has.
	Prepare(ctx context.Context) (version int, err error)
	// InsertRecords stores rows of a table. The server takes one block per token and remembers it for a while. A *rowError says that one of
	// the rows cannot be a row of the table.
	InsertRecords(ctx context.Context, table string, rows []logRow, token string) error
	// AddMissingScores makes scores of evaluations that came as spans since then and are no scores yet.
	AddMissingScores(ctx context.Context, since time.Time) error
	Close() error
}

// rowError says that values do not fit their columns.
type rowError struct{ error }

func (e *rowError) Unwrap() error { return e.error }

// clickhouseRecords has connections and a mark of its own: what the exporter of spans asks of running inserts is about spans.
type clickhouseRecords struct{ *clickhouseStore }

func newClickhouseRecords(id component.ID, cfg *Config) (*clickhouseRecords, error) {
	s, err := newClickhouseStore(id, cfg)
	if err != nil {
		return nil, err
	}
	s.mark += " logs"
	return &clickhouseRecords{s}, nil
}

func (s *clickhouseRecords) InsertRecords(ctx context.Context, table string, rows []logRow, token string) error {
	settings := driver.Settings{
		"insert_deduplication_token": token,
		// The answer must mean stored.
		"async_insert": 0,
	}
	if s.target.Cluster != "" {
		settings["insert_distributed_sync"] = 1
	}
	ctx, cancel := s.statement(ctx, settings)
	defer cancel()
	batch, err := s.conn.PrepareBatch(ctx, clickhouse.Insert(s.target, table))
	if err != nil {
		return err
	}
	defer batch.Close()
	for i := range rows {
		if err := batch.Append(rows[i].values...); err != nil {
			return &rowError{fmt.Errorf("row %d: %w", i, err)}
		}
	}
	return batch.Send()
}

func (s *clickhouseRecords) AddMissingScores(ctx context.Context, since time.Time) error {
	settings := driver.Settings{"async_insert": 0, "throw_on_max_partitions_per_insert_block": 0}
	if s.target.Cluster != "" {
		settings["insert_distributed_sync"] = 1
	}
	ctx, cancel := s.statement(ctx, settings)
	defer cancel()
	return s.conn.Exec(ctx, clickhouse.MissingScores(s.target), driver.Named("since", since.UnixMilli()))
}
