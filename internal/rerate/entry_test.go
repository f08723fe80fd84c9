package rerate

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/clickhouse"
)

func TestEveryColumnOfTheLedgerIsWritten(t *testing.T) {
	require.ElementsMatch(t, clickhouse.Names(clickhouse.AdjustmentColumns), slices.Collect(maps.Keys(entryColumns)))
}
