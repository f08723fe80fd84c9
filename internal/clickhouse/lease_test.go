package clickhouse_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	chgo "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/testkit"
)

func TestOneHoldsALeaseAtATime(t *testing.T) {
	c, conn := engineClient(t)
	ctx := context.Background()
	first, err := c.Acquire(ctx, "work_lease", "the first's run")
	require.NoError(t, err)
	require.NoError(t, first.Hold(ctx))
	_, err = c.Acquire(ctx, "work_lease", "the second")
	require.ErrorIs(t, err, clickhouse.ErrLeased)
	require.ErrorContains(t, err, "the first's run")

	// Another has broken the lease, and this one must notice before it goes on.
	require.NoError(t, conn.Exec(ctx, "ALTER TABLE "+c.Target().Table("work_lease")+" MODIFY COMMENT 'another'"))
	require.ErrorIs(t, first.Hold(ctx), clickhouse.ErrLeased)
	require.NoError(t, first.Release(ctx))
	_, err = c.Acquire(ctx, "work_lease", "the second")
	require.ErrorIs(t, err, clickhouse.ErrLeased, "a lease was released that was somebody else's")

	require.NoError(t, conn.Exec(ctx, "DROP TABLE "+c.Target().Table("work_lease")+" SYNC"))
	second, err := c.Acquire(ctx, "work_lease", "the second")
	require.NoError(t, err)
	require.NoError(t, second.Release(ctx))
	require.Zero(t, count(t, conn, "SELECT count() FROM system.tables WHERE database = '"+c.Database+"' AND name = 'work_lease'"))
}

// A server that starts again while a lease is given back is waited for: what it forgets to drop keeps everybody out for minutes.
func TestALeaseIsGivenBackToAServerThatStartsAgain(t *testing.T) {
	e := testkit.StartPrivateEngine(t)
	c := clickhouse.NewDefaultClientConfig()
	c.Endpoint, c.Username, c.Password, c.Database = e.Endpoint, e.Username, configopaque.String(e.Password), e.Database(t)
	lease, err := c.Acquire(t.Context(), "work_lease", "one")
	require.NoError(t, err)
	e.Kill()
	released := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // Ctrl-C
	go func() { released <- lease.Release(ctx) }()
	require.NoError(t, e.Restart())
	require.NoError(t, <-released)
	next, err := c.Acquire(t.Context(), "work_lease", "another")
	require.NoError(t, err)
	require.NoError(t, next.Release(t.Context()))
}

// An account may read what no join found as NULL, and a call without a correction keeps its cost all the same.
func TestKnownCostsDoNotHangOnHowAnAccountJoins(t *testing.T) {
	c, _ := engineClient(t)
	ctx := context.Background()
	_, err := clickhouse.Migrate(ctx, c, "test")
	require.NoError(t, err)
	c.Settings = map[string]string{"join_use_nulls": "1"}
	conn, err := c.Open()
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.Exec(ctx, "INSERT INTO llm_spans (tenant_id, trace_id, span_id, start_time, cost) VALUES ('a', '1', '1', now(), 2)"))
	var n uint64
	known := chgo.Context(ctx, chgo.WithSettings(clickhouse.KnownSettings()))
	require.NoError(t, conn.QueryRow(known, "SELECT toUInt64(sum(cost)) FROM llm_spans_known").Scan(&n))
	require.EqualValues(t, 2, n)
}

// A lease that a dead program left behind is broken, and not before it is old.
func TestALeaseLeftBehindIsBroken(t *testing.T) {
	e := testkit.StartPrivateEngine(t)
	c := clickhouse.NewDefaultClientConfig()
	c.Endpoint, c.Username, c.Password, c.Database = e.Endpoint, e.Username, configopaque.String(e.Password), e.Database(t)
	dead, err := c.Acquire(t.Context(), "work_lease", "the dead one")
	require.NoError(t, err)
	renewed := func(ago time.Duration) {
		found := 0
		require.NoError(t, filepath.WalkDir(e.Path(), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.Name() != "work_lease.sql" {
				return err
			}
			found++
			return os.Chtimes(path, time.Time{}, time.Now().Add(-ago))
		}))
		require.Positive(t, found)
	}
	renewed(9 * time.Minute)
	_, err = c.Acquire(t.Context(), "work_lease", "the heir")
	require.ErrorIs(t, err, clickhouse.ErrLeased)
	require.ErrorContains(t, err, "the dead one")
	renewed(11 * time.Minute)
	heir, err := c.Acquire(t.Context(), "work_lease", "the heir")
	require.NoError(t, err)
	require.ErrorIs(t, dead.Hold(t.Context()), clickhouse.ErrLeased, "the dead one writes on")
	require.NoError(t, heir.Hold(t.Context()))
	require.NoError(t, heir.Release(t.Context()))
}
