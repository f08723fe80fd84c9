package llmclickhouseexporter

import (
	"context"
	"os"
	"testing"
	"time"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/spanblock"
	"github.com/watchllm/watchllm/internal/clickhouse"
)

// The native protocol sends what the driver's columns hold: they must give back the bytes that were
// put in, for every type of the table.
func TestDriverColumnsKeepTheBlock(t *testing.T) {
	b := spanblock.New()
	e, _ := fakeExporter(t, nil)
	for _, td := range []ptrace.Traces{fullSpan(), awkwardSpans(), spansOf("acme", numbers(0, 400)...)} {
		d := deliveryOf(t, e, td)
		d.runs(d.spans, func(part, from, to int) { b.AppendRows(d.packs[part], from, to, time.Now()) })
	}
	for i, c := range clickhouse.SpanColumns {
		col, err := column.Type(c.Type).Column(c.Name, &column.ServerContext{Timezone: time.UTC})
		require.NoError(t, err, c.Name)
		ours := b.AppendColumn(nil, i)
		require.NoError(t, fill(col, ours, b.Rows()), c.Name)
		require.Equal(t, b.Rows(), col.Rows(), c.Name)
		var theirs chproto.Buffer
		if p, ok := col.(column.CustomSerialization); ok {
			require.NoError(t, p.WriteStatePrefix(&theirs))
		}
		col.Encode(&theirs)
		require.Equal(t, ours, theirs.Buf, c.Name)
	}
}

// TestGivenServer runs against a server that is named in the environment, such as
// WATCHLLM_TEST_CLICKHOUSE=clickhouse://127.0.0.1:9000 with WATCHLLM_TEST_CLICKHOUSE_PASSWORD.
func TestGivenServer(t *testing.T) {
	endpoint := os.Getenv("WATCHLLM_TEST_CLICKHOUSE")
	if endpoint == "" {
		t.Skip("WATCHLLM_TEST_CLICKHOUSE is not set")
	}
	for _, compression := range []string{"none", "lz4", "zstd"} {
		t.Run(compression, func(t *testing.T) {
			cfg := createDefaultConfig().(*Config)
			cfg.Endpoint, cfg.Password = endpoint, configopaque.String(os.Getenv("WATCHLLM_TEST_CLICKHOUSE_PASSWORD"))
			cfg.Database = "watchllm_test_" + compression
			cfg.Compression = compression
			cfg.DeadLetter.Directory = t.TempDir()
			e := startExporter(t, cfg)
			ctx := context.Background()
			conn, err := cfg.Open()
			require.NoError(t, err)
			defer conn.Close()
			defer func() { require.NoError(t, conn.Exec(ctx, "DROP DATABASE "+cfg.Database+" SYNC")) }()
			require.NoError(t, e.push(ctx, fullSpan()))
			require.NoError(t, e.push(ctx, awkwardSpans()))
			require.NoError(t, e.push(ctx, spansOf("acme", numbers(0, 3000)...)))
			require.NoError(t, e.push(ctx, spansOf("acme", numbers(2900, 3100)...)))
			again := startExporter(t, cfg)
			require.NoError(t, again.push(ctx, spansOf("acme", numbers(2000, 3200)...)))
			var rows, distinct, cost uint64
			require.NoError(t, conn.QueryRow(ctx, "SELECT count(), uniqExact(tenant_id, trace_id, span_id), toUInt64(sum(cost) * 1000000000000) FROM llm_spans WHERE tenant_id = 'acme' AND name != 'chat gpt-5.2'").Scan(&rows, &distinct, &cost))
			require.EqualValues(t, 3200, rows)
			require.EqualValues(t, 3200, distinct)
			require.EqualValues(t, 3199*3200/2, cost)
		})
	}
}
