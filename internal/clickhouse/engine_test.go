package clickhouse_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/testkit"
)

// engineClient is a client for an engine's database, and a connection to it.
func engineClient(t *testing.T) (clickhouse.ClientConfig, driver.Conn) {
	e := testkit.StartEngine(t)
	c := clickhouse.NewDefaultClientConfig()
	c.Endpoint, c.Username, c.Password = e.Endpoint, e.Username, configopaque.String(e.Password)
	c.Database = e.Database(t)
	conn, err := c.Open()
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return c, conn
}

func count(t *testing.T, conn driver.Conn, query string) uint64 {
	var n uint64
	require.NoError(t, conn.QueryRow(context.Background(), query).Scan(&n))
	return n
}

func TestMigrateIsIdempotentAndHasTheTablesColumns(t *testing.T) {
	c, conn := engineClient(t)
	ctx := context.Background()
	for range 2 {
		version, err := clickhouse.Migrate(ctx, c, "test")
		require.NoError(t, err)
		require.Equal(t, clickhouse.SchemaVersion(), version)
	}
	history, err := clickhouse.History(ctx, conn, c.Target())
	require.NoError(t, err)
	require.Len(t, history, clickhouse.SchemaVersion())
	for table, columns := range clickhouse.Tables {
		rows, err := conn.Query(ctx, "SELECT name, type FROM system.columns WHERE database = '"+c.Database+"' AND table = '"+table+"' ORDER BY position")
		require.NoError(t, err)
		var got, want []string
		for rows.Next() {
			var name, typ string
			require.NoError(t, rows.Scan(&name, &typ))
			got = append(got, name+" "+typ)
		}
		require.NoError(t, rows.Err())
		require.NoError(t, rows.Close())
		for _, col := range columns {
			want = append(want, col.Name+" "+col.Type)
		}
		require.Equal(t, want, got, table)
	}
}

func TestManyCollectorsMigrateAtOnce(t *testing.T) {
	c, conn := engineClient(t)
	var wg sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		wg.Go(func() { _, errs[i] = clickhouse.Migrate(context.Background(), c, "test") })
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	require.EqualValues(t, clickhouse.SchemaVersion(), count(t, conn, "SELECT count() FROM "+c.Target().Table(clickhouse.TableMigrations)))
	require.Zero(t, count(t, conn, "SELECT count() FROM system.tables WHERE database = '"+c.Database+"' AND name LIKE '%lock%'"))
}

func TestMigrateCreatesTheDatabase(t *testing.T) {
	c, conn := engineClient(t)
	c.Database += "_new"
	t.Cleanup(func() { _ = conn.Exec(context.Background(), "DROP DATABASE IF EXISTS "+c.Database+" SYNC") })
	_, err := clickhouse.Migrate(context.Background(), c, "test")
	require.NoError(t, err)
}

func TestNewerStoreIsRefused(t *testing.T) {
	c, conn := engineClient(t)
	ctx := context.Background()
	_, err := clickhouse.Migrate(ctx, c, "test")
	require.NoError(t, err)
	require.NoError(t, conn.Exec(ctx, "INSERT INTO "+c.Target().Table(clickhouse.TableMigrations)+
		" (number, name, checksum, applied_at, applied_by) SELECT 99, 'from_the_future', 'x', now64(3), 'test'"))
	version, err := clickhouse.Migrate(ctx, c, "test")
	require.ErrorIs(t, err, clickhouse.ErrSchemaNewer)
	require.ErrorContains(t, err, "99 (from_the_future)")
	require.Equal(t, 99, version)
}

func TestChangedMigrationIsRefused(t *testing.T) {
	c, conn := engineClient(t)
	ctx := context.Background()
	_, err := clickhouse.Migrate(ctx, c, "test")
	require.NoError(t, err)
	require.NoError(t, conn.Exec(ctx, "TRUNCATE TABLE "+c.Target().Table(clickhouse.TableMigrations)))
	require.NoError(t, conn.Exec(ctx, "INSERT INTO "+c.Target().Table(clickhouse.TableMigrations)+
		" (number, name, checksum, applied_at, applied_by) SELECT 1, 'llm_spans', 'other', now64(3), 'test'"))
	_, err = clickhouse.Migrate(ctx, c, "test")
	require.ErrorIs(t, err, clickhouse.ErrSchemaChanged)
}

func TestVersionOfAnEmptyOrMissingDatabase(t *testing.T) {
	c, conn := engineClient(t)
	version, err := clickhouse.Version(context.Background(), conn, c.Target())
	require.NoError(t, err)
	require.Zero(t, version)
	version, err = clickhouse.Version(context.Background(), conn, clickhouse.Target{Database: c.Database + "_missing"})
	require.NoError(t, err)
	require.Zero(t, version)
}

func TestServerErrorsCarryTheirCode(t *testing.T) {
	c, conn := engineClient(t)
	ctx := context.Background()
	err := conn.Exec(ctx, "SELECT * FROM "+c.Database+".missing")
	require.EqualValues(t, 60, clickhouse.Code(err))
	require.True(t, clickhouse.SchemaGone(err))
	class, _ := clickhouse.Classify(err)
	require.Equal(t, clickhouse.ClassRetry, class)

	c.Password = "wrong"
	other, err := c.Open()
	require.NoError(t, err)
	defer other.Close()
	err = other.Ping(ctx)
	require.EqualValues(t, 516, clickhouse.Code(err), "%v", err)
	require.NotContains(t, strings.ToLower(err.Error()), "wrong\"")
}

// A cluster cannot be had here, but its statements can be parsed by the engine that will run them.
func TestClusterStatementsAreGoodSQL(t *testing.T) {
	_, conn := engineClient(t)
	all, err := clickhouse.Migrations()
	require.NoError(t, err)
	for _, m := range all {
		statements, err := m.Statements(clickhouse.Target{Database: "watchllm", Cluster: "main"})
		require.NoError(t, err)
		for _, s := range statements {
			var formatted string
			quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s)
			require.NoError(t, conn.QueryRow(context.Background(), "SELECT formatQuery('"+quoted+"')").Scan(&formatted), s)
			require.Contains(t, formatted, "ON CLUSTER")
		}
	}
}
