//go:build unix

package chdb_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/testkit"
)

// What was acknowledged is there after a SIGKILL in the middle of inserts, whole
// and once; what was not may be there, but not in part.
func TestKilledDuringInsertsKeepsWhatItAcknowledged(t *testing.T) {
	const rounds, writers, rows = 6, 4, 400
	e := testkit.StartPrivateEngine(t)
	must(t, e, "CREATE TABLE watchllm.crash (batch UInt64, n UInt32, text String CODEC(ZSTD(1))) ENGINE = MergeTree ORDER BY (batch, n)")
	var mu sync.Mutex
	acknowledged := map[uint64]bool{}
	next := uint64(0)
	for round := range rounds {
		before := len(acknowledged)
		var all sync.WaitGroup
		for range writers {
			all.Go(func() {
				for {
					mu.Lock()
					id := next
					next++
					mu.Unlock()
					if err := insertBatch(e, id, rows); err != nil {
						return // the engine is gone
					}
					mu.Lock()
					acknowledged[id] = true
					mu.Unlock()
				}
			})
		}
		require.Eventually(t, func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(acknowledged) >= before+20+7*round
		}, time.Minute, time.Millisecond)
		e.Kill()
		all.Wait()
		require.NoError(t, e.Restart())
		checkBatches(t, e, acknowledged, rows)
	}
	t.Logf("%d batches acknowledged in %d rounds", len(acknowledged), rounds)
}

func insertBatch(e *testkit.Engine, id uint64, rows int) error {
	var b strings.Builder
	b.WriteString("INSERT INTO watchllm.crash FORMAT TSV\n")
	for n := range rows {
		fmt.Fprintf(&b, "%d\t%d\t%s\n", id, n, strings.Repeat(fmt.Sprintf("row %d of %d ", n, id), 20))
	}
	_, err := e.Query(b.String())
	return err
}

func checkBatches(t *testing.T, e *testkit.Engine, acknowledged map[uint64]bool, rows int) {
	t.Helper()
	present := map[uint64]bool{}
	for _, line := range strings.Split(strings.TrimSpace(must(t, e, "SELECT batch, count(), uniqExact(n) FROM watchllm.crash GROUP BY batch")), "\n") {
		var id, n, distinct uint64
		_, err := fmt.Sscan(line, &id, &n, &distinct)
		require.NoError(t, err, line)
		present[id] = true
		require.EqualValues(t, rows, n, "batch %d is there in part or twice", id)
		require.EqualValues(t, rows, distinct)
	}
	for id := range acknowledged {
		require.True(t, present[id], "batch %d was acknowledged and is gone", id)
	}
	assert.Equal(t, "0\n", must(t, e, "SELECT count() FROM system.detached_parts"))
}
