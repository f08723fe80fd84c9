package llmclickhouseexporter

import (
	"context"
	"time"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/dedup"
	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/settling"
	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/spanblock"
)

// store is what the exporter asks of ClickHouse.
type store interface {
	// Prepare brings the schema to the version this program needs, or says why it cannot, and returns
	// the version the store has.
	Prepare(ctx context.Context) (version int, err error)
	// Insert stores the block. The server takes one block per token and remembers it for a while.
	// It returns the bytes of the block before compression.
	Insert(ctx context.Context, b *spanblock.Block, token string) (bytes int, err error)
	// Stored calls found for each of the keys that has a row.
	Stored(ctx context.Context, keys []dedup.Key, found func(dedup.Key)) error
	// Recent calls each for the rows of the last age, oldest first and at most the limit newest.
	Recent(ctx context.Context, age time.Duration, limit int, each func(recentRow)) error
	// Rekeyed is when rows got the key that they have now, if there were any before; else zero.
	Rekeyed(ctx context.Context) (time.Time, error)
	// Running counts the inserts of this exporter, under any earlier process, that the server is at.
	Running(ctx context.Context) (int, error)
	// Settling opens what settling asks of it.
	Settling() (settlingStore, error)
	// Ping asks for a sign of life.
	Ping(ctx context.Context) error
	Close() error
}

// settlingStore is what settling asks of ClickHouse, over connections of its own.
type settlingStore interface {
	settling.Store
	Close() error
}

// recentRow is what is read back of a stored span.
type recentRow struct {
	dedup.Key
	End    int64
	Status uint8
	Name   string
}
