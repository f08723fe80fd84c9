package llmqueryextension

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	clickhousego "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/clickhouse"
)

func TestReadinessIsCachedAndReportsChanges(t *testing.T) {
	now := testNow
	var err error
	asked := 0
	var changes []string
	c := &readiness{
		now:     func() time.Time { return now },
		probe:   func(context.Context) error { asked++; return err },
		changed: func(s storeCheck, _ error) { changes = append(changes, s.Status+" "+s.Reason) },
	}
	check := func(status, reason string, since time.Time) {
		t.Helper()
		require.Equal(t, storeCheck{status, reason, since}, c.check(t.Context()))
	}
	check(statusUp, "", testNow)
	err = errors.New("gone")
	check(statusUp, "", testNow)
	require.Equal(t, 1, asked, "the answer is shared for a second")
	now = testNow.Add(time.Second)
	check(statusDown, reasonUnreachable, now)
	down := now
	now = now.Add(time.Minute)
	check(statusDown, reasonUnreachable, down)
	err = errSchemaMissing
	now = now.Add(time.Minute)
	check(statusDown, reasonSchemaMissing, now)
	err = nil
	check(statusDown, reasonSchemaMissing, now)
	c.doubt()
	check(statusUp, "", now)
	require.Equal(t, []string{"up ", "down unreachable", "down schema_missing", "up "}, changes)
}

func TestReadinessAsksOnceForManyAndNotForNobody(t *testing.T) {
	var asked atomic.Int32
	release := make(chan struct{})
	c := &readiness{
		now:     func() time.Time { return testNow },
		probe:   func(context.Context) error { asked.Add(1); <-release; return nil },
		changed: func(storeCheck, error) {},
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { c.check(context.Background()) })
	}
	require.Eventually(t, func() bool { return asked.Load() == 1 }, 5*time.Second, time.Millisecond)
	close(release)
	all.Wait()
	require.EqualValues(t, 1, asked.Load())

	// An asker who leaves says nothing about the store.
	changed := false
	gone := &readiness{
		now: func() time.Time { return testNow }, probe: func(ctx context.Context) error { return ctx.Err() },
		changed: func(storeCheck, error) { changed = true },
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	gone.check(ctx)
	require.False(t, changed)
}

func TestReadinessGivesUp(t *testing.T) {
	c := &readiness{
		now:     time.Now,
		probe:   func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		changed: func(storeCheck, error) {},
	}
	start := time.Now()
	require.Equal(t, reasonUnreachable, c.check(t.Context()).Reason)
	require.Less(t, time.Since(start), 10*checkTimeout)
}

func TestReasons(t *testing.T) {
	code := func(n int32) error { return &clickhousego.Exception{Code: n} }
	for reason, list := range map[string][]error{
		"":                   {nil},
		reasonRefused:        {code(192), code(193), code(497), code(516)},
		reasonSchemaMissing:  {errSchemaMissing, code(60), code(81)},
		reasonSchemaOutdated: {clickhouse.ErrSchemaOlder},
		reasonSchemaForeign:  {clickhouse.ErrSchemaChanged},
		reasonUnreachable:    {errors.New("x"), context.DeadlineExceeded, code(999)},
	} {
		for _, err := range list {
			require.Equal(t, reason, reasonOf(err), "%v", err)
		}
	}
}
