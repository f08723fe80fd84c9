package clickhouse_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/clickhouse"
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
