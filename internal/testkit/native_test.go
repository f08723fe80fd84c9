//go:build unix

package testkit

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNative(t *testing.T) {
	e := StartEngine(t)
	address := e.Native(t)
	for name, compression := range map[string]*clickhouse.Compression{"none": nil, "lz4": {Method: clickhouse.CompressionLZ4}} {
		t.Run(name, func(t *testing.T) {
			db := e.Database(t)
			c, err := clickhouse.Open(&clickhouse.Options{
				Addr: []string{address}, Compression: compression, ReadTimeout: time.Minute,
				Auth: clickhouse.Auth{Database: db, Username: e.Username, Password: e.Password},
			})
			require.NoError(t, err)
			defer c.Close()
			require.NoError(t, c.Ping(t.Context()))
			require.NoError(t, c.Exec(t.Context(), "CREATE TABLE t (a UInt64, m Map(LowCardinality(String), String), d Nullable(Decimal(18, 12)), at DateTime64(9, 'UTC'), tags Array(LowCardinality(String)), twice UInt64 MATERIALIZED a * 2) ENGINE = MergeTree ORDER BY a"))
			for _, statement := range []string{"INSERT INTO t", "INSERT INTO t (a, m, `d`, at, tags)"} {
				b, err := c.PrepareBatch(t.Context(), statement)
				require.NoError(t, err)
				for i := range 5000 {
					require.NoError(t, b.Append(uint64(i), map[string]string{"k": fmt.Sprint(i), "": "\n\n"}, nil, time.Unix(int64(i), 5).UTC(), []string{"x", fmt.Sprint(i % 3)}))
				}
				require.NoError(t, b.Send())
			}
			var n, twice uint64
			require.NoError(t, c.QueryRow(t.Context(), "SELECT count(), max(twice) FROM t WHERE m['k'] != @no", clickhouse.Named("no", "7")).Scan(&n, &twice))
			assert.EqualValues(t, 9998, n)
			assert.EqualValues(t, 9998, twice)
			var m map[string]string
			require.NoError(t, c.QueryRow(t.Context(), "SELECT m FROM t WHERE a = 9 LIMIT 1").Scan(&m))
			assert.Equal(t, map[string]string{"k": "9", "": "\n\n"}, m)

			err = c.Exec(t.Context(), "SELECT * FROM nowhere")
			var exception *clickhouse.Exception
			require.ErrorAs(t, err, &exception)
			assert.EqualValues(t, 60, exception.Code)
			_, err = c.PrepareBatch(t.Context(), "INSERT INTO t (nosuch)")
			require.ErrorAs(t, err, &exception)
			assert.EqualValues(t, 16, exception.Code)
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			require.Error(t, c.Exec(ctx, "SELECT sleepEachRow(0.1) FROM numbers(3000) SETTINGS max_block_size = 1"))
			require.NoError(t, c.QueryRow(t.Context(), "SELECT count() FROM t").Scan(&n), "the listener serves on")
		})
	}
	wrong, err := clickhouse.Open(&clickhouse.Options{Addr: []string{address}, Auth: clickhouse.Auth{Username: "default", Password: "wrong"}})
	require.NoError(t, err)
	defer wrong.Close()
	require.ErrorContains(t, wrong.Ping(t.Context()), "Authentication failed")
}
