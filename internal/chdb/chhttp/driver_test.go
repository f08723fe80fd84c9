//go:build unix

package chhttp_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/testkit"
)

var compressions = map[string]*clickhouse.Compression{
	"none": nil,
	"lz4":  {Method: clickhouse.CompressionLZ4},
	"zstd": {Method: clickhouse.CompressionZSTD},
	"gzip": {Method: clickhouse.CompressionGZIP, Level: 1},
}

func open(t testing.TB, e *testkit.Engine, db string, compression *clickhouse.Compression) driver.Conn {
	t.Helper()
	c, err := clickhouse.Open(&clickhouse.Options{
		Addr: []string{e.Addr()}, Protocol: clickhouse.HTTP, Compression: compression,
		Auth: clickhouse.Auth{Database: db, Username: e.Username, Password: e.Password}, MaxOpenConns: 20, ReadTimeout: 2 * time.Minute,
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

const roundTripTable = `CREATE TABLE round_trip (
	id UInt64, day Date, at DateTime64(9, 'UTC'), name LowCardinality(String), kind Enum8('a' = 1, 'b' = 2),
	cost Nullable(Decimal(18, 12)), tokens Nullable(UInt64), ratio Float64, yes Bool, fixed FixedString(4), uuid UUID,
	tags Array(LowCardinality(String)), matrix Array(Array(Int32)), attrs Map(LowCardinality(String), String), numbers Map(LowCardinality(String), Float64),
	events Nested(at DateTime64(9), name LowCardinality(String), attrs Map(LowCardinality(String), String)), pair Tuple(String, Int16),
	doc JSON, any Dynamic, either Variant(String, UInt64), ip IPv6, text String CODEC(ZSTD(1))
) ENGINE = MergeTree PARTITION BY day ORDER BY id`

type row struct {
	ID      uint64    `ch:"id"`
	At      time.Time `ch:"at"`
	Name    string
	Kind    string
	Cost    *decimal.Decimal
	Tokens  *uint64
	Ratio   float64
	Yes     bool
	Tags    []string
	Matrix  [][]int32
	Attrs   map[string]string
	Numbers map[string]float64
	Text    string
}

func TestDriverRoundTrip(t *testing.T) {
	e := testkit.StartEngine(t)
	for name, compression := range compressions {
		t.Run(name, func(t *testing.T) {
			c := open(t, e, e.Database(t), compression)
			require.NoError(t, c.Ping(t.Context()))
			require.NoError(t, c.Exec(t.Context(), roundTripTable))
			for _, n := range []int{1, 10, 20000} {
				require.NoError(t, c.Exec(t.Context(), "TRUNCATE TABLE round_trip"))
				insertRows(t, c, n)
				checkRows(t, c, n)
			}
		})
	}
}

func values(i int) (at time.Time, cost *decimal.Decimal, tokens *uint64, attrs map[string]string, text string) {
	at = time.Date(2026, 3, i%28+1, 12, 0, 0, 123456789, time.UTC)
	if i%3 > 0 {
		exact := decimal.New(int64(i)*1234567, -12)
		count := uint64(i)
		cost, tokens = &exact, &count
	}
	attrs = map[string]string{"k": fmt.Sprint(i), "blank": "\n\n", "": "empty"}
	return at, cost, tokens, attrs, strings.Repeat(fmt.Sprintf("text %d \n\n\x00 ", i), 20)
}

func insertRows(t *testing.T, c driver.Conn, n int) {
	t.Helper()
	b, err := c.PrepareBatch(t.Context(), "INSERT INTO round_trip")
	require.NoError(t, err)
	for i := range n {
		at, cost, tokens, attrs, text := values(i)
		require.NoError(t, b.Append(
			uint64(i), at, at, fmt.Sprint("name", i%5), "b", cost, tokens, float64(i)/3, i%2 == 0, "abcd", "61f0c404-5cb3-11e7-907b-a6006ad3dba0",
			[]string{"x", fmt.Sprint(i % 7)}, [][]int32{{1, int32(i)}, {}}, attrs, map[string]float64{"f": float64(i)},
			[]time.Time{at, at}, []string{"e1", "e2"}, []map[string]string{attrs, {}}, []any{"p", int16(i % 100)},
			fmt.Sprintf(`{"a":{"b":%d},"list":[1,2]}`, i), clickhouse.NewDynamicWithType(int64(i), "Int64"), "str", "::1", text))
	}
	require.NoError(t, b.Send())
}

func checkRows(t *testing.T, c driver.Conn, n int) {
	t.Helper()
	rows, err := c.Query(t.Context(), "SELECT id, at, name AS Name, kind AS Kind, cost AS Cost, tokens AS Tokens, ratio AS Ratio, yes AS Yes, tags AS Tags, matrix AS Matrix, attrs AS Attrs, numbers AS Numbers, text AS Text FROM round_trip ORDER BY id")
	require.NoError(t, err)
	defer rows.Close()
	i := 0
	for ; rows.Next(); i++ {
		var r row
		require.NoError(t, rows.ScanStruct(&r))
		if i%997 > 1 {
			continue // looking at each of 20,000 rows costs more than it finds
		}
		at, cost, tokens, attrs, text := values(i)
		assert.Equal(t, uint64(i), r.ID)
		assert.True(t, at.Equal(r.At), r.At)
		if assert.Equal(t, cost == nil, r.Cost == nil) && cost != nil {
			assert.True(t, cost.Equal(*r.Cost), "%s %s", cost, r.Cost)
		}
		assert.Equal(t, tokens, r.Tokens)
		assert.InDelta(t, float64(i)/3, r.Ratio, 0)
		assert.Equal(t, []string{"x", fmt.Sprint(i % 7)}, r.Tags)
		assert.Equal(t, [][]int32{{1, int32(i)}, {}}, r.Matrix)
		assert.Equal(t, attrs, r.Attrs)
		assert.Equal(t, text, r.Text)
		assert.Equal(t, "b", r.Kind)
	}
	require.NoError(t, rows.Err())
	assert.Equal(t, n, i)

	var document clickhouse.JSON
	var any clickhouse.Dynamic
	var either clickhouse.Variant
	var names []string
	require.NoError(t, c.QueryRow(t.Context(), "SELECT doc, any, either, events.name FROM round_trip WHERE id = ?", n-1).Scan(&document, &any, &either, &names))
	assert.Equal(t, "str", either.Any())
	assert.Equal(t, []string{"e1", "e2"}, names)
	b, ok := document.ValueAtPath("a.b")
	assert.True(t, ok)
	assert.Equal(t, fmt.Sprint(n-1), fmt.Sprint(b.(clickhouse.Dynamic).Any()))
}

func TestDriverParameters(t *testing.T) {
	e := testkit.StartEngine(t)
	c := open(t, e, e.Database(t), nil)
	var got string
	for _, value := range []string{"plain", "it's", `back\slash`, "new\nline", "tab\t", `'; DROP TABLE x; --`, "é✓"} {
		require.NoError(t, c.QueryRow(t.Context(), "SELECT ?", value).Scan(&got))
		assert.Equal(t, value, got)
		require.NoError(t, c.QueryRow(t.Context(), "SELECT @v", clickhouse.Named("v", value)).Scan(&got))
		assert.Equal(t, value, got)
		ctx := clickhouse.Context(t.Context(), clickhouse.WithParameters(clickhouse.Parameters{"v": value}))
		if !strings.ContainsAny(value, "\\\n\t") { // the driver sends these unescaped, to any server
			require.NoError(t, c.QueryRow(ctx, "SELECT {v:String}").Scan(&got))
			assert.Equal(t, value, got)
		}
	}
}

// Grafana's data source speaks through database/sql.
func TestDriverThroughDatabaseSQL(t *testing.T) {
	e := testkit.StartEngine(t)
	db := clickhouse.OpenDB(&clickhouse.Options{
		Addr: []string{e.Addr()}, Protocol: clickhouse.HTTP, Compression: compressions["lz4"],
		Auth: clickhouse.Auth{Database: e.Database(t), Username: e.Username, Password: e.Password},
	})
	defer db.Close()
	require.NoError(t, db.PingContext(t.Context()))
	_, err := db.ExecContext(t.Context(), "CREATE TABLE t (a UInt64, s Nullable(String)) ENGINE = MergeTree ORDER BY a")
	require.NoError(t, err)
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	batch, err := tx.PrepareContext(t.Context(), "INSERT INTO t")
	require.NoError(t, err)
	for i := range 100 {
		_, err := batch.ExecContext(t.Context(), uint64(i), nil)
		require.NoError(t, err)
	}
	require.NoError(t, tx.Commit())
	rows, err := db.QueryContext(t.Context(), "SELECT a, s FROM t WHERE a < ? ORDER BY a", 3)
	require.NoError(t, err)
	defer rows.Close()
	types, err := rows.ColumnTypes()
	require.NoError(t, err)
	assert.Equal(t, "Nullable(String)", types[1].DatabaseTypeName())
	n := 0
	for rows.Next() {
		var a uint64
		var s *string
		require.NoError(t, rows.Scan(&a, &s))
		assert.Nil(t, s)
		n++
	}
	require.NoError(t, rows.Err())
	assert.Equal(t, 3, n)
}

func TestDriverErrorsAreTyped(t *testing.T) {
	e := testkit.StartEngine(t)
	c := open(t, e, e.Database(t), compressions["lz4"])
	for query, code := range map[string]int32{
		"SELECT * FROM nowhere": 60, "SELEC 1": 62, "SELECT throwIf(number = 3, 'boo') FROM numbers(10)": 395, "SELECT toUInt8('x')": 6,
		"SELECT 1 SETTINGS nosuch = 1": 115, "SELECT * FROM nodb.t": 81, "SELECT nofunction(1)": 46,
		"SELECT sleepEachRow(1) FROM numbers(3) SETTINGS max_execution_time = 1, max_block_size = 1": 159,
	} {
		err := c.Exec(t.Context(), query)
		var exception *clickhouse.Exception
		require.ErrorAs(t, err, &exception, query)
		assert.Equal(t, code, exception.Code, query)
	}
}

func TestDriverStreamsMuchAndIsCancelled(t *testing.T) {
	e := testkit.StartEngine(t)
	c := open(t, e, e.Database(t), compressions["lz4"])
	rows, err := c.Query(t.Context(), "SELECT number, repeat('x', 1000) FROM numbers(100000)")
	require.NoError(t, err)
	n := 0
	for rows.Next() {
		n++
	}
	require.NoError(t, rows.Err())
	assert.Equal(t, 100000, n)

	ctx, cancel := context.WithCancel(t.Context())
	rows, err = c.Query(ctx, "SELECT number, repeat('x', 1000) AS cancelled_stream FROM numbers(1000000000)")
	require.NoError(t, err)
	require.True(t, rows.Next())
	cancel()
	_ = rows.Close()
	require.Eventually(t, func() bool {
		out, err := e.Query("SELECT count() FROM system.processes WHERE position(query, 'cancelled_stream') > 0 AND position(query, 'system.processes') = 0")
		return err == nil && out == "0\n"
	}, 10*time.Second, 50*time.Millisecond)
}

func TestDriverAsyncInsertAndDeduplication(t *testing.T) {
	e := testkit.StartEngine(t)
	c := open(t, e, e.Database(t), nil)
	require.NoError(t, c.Exec(t.Context(), "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100"))
	async := clickhouse.Context(t.Context(), clickhouse.WithAsync(true))
	require.NoError(t, c.Exec(async, "INSERT INTO t VALUES (1)"))
	ctx := clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"insert_deduplication_token": "batch-1"}))
	for range 3 {
		b, err := c.PrepareBatch(ctx, "INSERT INTO t")
		require.NoError(t, err)
		require.NoError(t, b.Append(uint64(2)))
		require.NoError(t, b.Send())
	}
	var n uint64
	require.NoError(t, c.QueryRow(t.Context(), "SELECT count() FROM t").Scan(&n))
	assert.EqualValues(t, 2, n, "three sends of one batch are one batch")
}
