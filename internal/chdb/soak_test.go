//go:build linux

package chdb_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/chdb/engineproc"
	"github.com/watchllm/watchllm/internal/testkit"
)

// Eight writers and eight readers at once: nothing fails, nothing is lost, and
// the engine does not grow. WATCHLLM_SOAK sets how long, such as 10m.
func TestSoak(t *testing.T) {
	long := 12 * time.Second
	if text := os.Getenv("WATCHLLM_SOAK"); text != "" {
		var err error
		long, err = time.ParseDuration(text)
		require.NoError(t, err)
	}
	if testing.Short() {
		t.Skip("takes its time")
	}
	e := testkit.StartPrivateEngine(t, engineproc.Options{Connections: 16, MaxWait: time.Minute})
	must(t, e, `CREATE TABLE watchllm.soak (day Date, worker UInt8, n UInt64, model LowCardinality(String), cost Decimal(18, 12), attrs Map(LowCardinality(String), String), text String CODEC(ZSTD(1)))
		ENGINE = MergeTree PARTITION BY day ORDER BY (model, n)`)
	var rows, queries atomic.Int64
	memory := watchMemory(e.Pid(), long)
	stop := time.Now().Add(long)
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for n := 0; time.Now().Before(stop); n += 200 {
				if !assert.NoError(t, soakInsert(t, e, worker, n, 200)) {
					return
				}
				rows.Add(200)
			}
		})
		all.Go(func() {
			c := open(t, e, "watchllm", func(o *clickhouse.Options) {
				o.Compression = &clickhouse.Compression{Method: clickhouse.CompressionLZ4}
			})
			for i := 0; time.Now().Before(stop); i++ {
				query := []string{
					"SELECT count(), toFloat64(sum(cost)) FROM soak GROUP BY model ORDER BY model",
					"SELECT toUInt64(length(text)), toFloat64(n) FROM soak ORDER BY n DESC LIMIT 50",
					"SELECT uniq(n), quantile(0.9)(toFloat64(cost)) FROM soak WHERE attrs['k'] != ''",
				}[i%3]
				r, err := c.Query(t.Context(), query)
				if !assert.NoError(t, err) {
					return
				}
				for r.Next() {
					var a uint64
					var b float64
					assert.NoError(t, r.Scan(&a, &b))
				}
				if !assert.NoError(t, r.Err()) {
					return
				}
				queries.Add(1)
			}
		})
	}
	all.Wait()
	samples := <-memory
	assert.Equal(t, fmt.Sprintln(rows.Load()), must(t, e, "SELECT count() FROM watchllm.soak"))
	assert.Equal(t, fmt.Sprintln(rows.Load()), must(t, e, "SELECT uniqExact(worker, n) FROM watchllm.soak"))
	third := len(samples) / 3
	middle, end := average(samples[third:2*third]), average(samples[2*third:])
	t.Logf("%d rows, %d queries in %s; anonymous memory %d MB, then %d MB", rows.Load(), queries.Load(), long, middle>>20, end>>20)
	assert.Less(t, end, int64(1500<<20), "under its limit")
	if long >= 5*time.Minute {
		assert.Less(t, float64(end), 1.5*float64(middle), "memory grew from one third of the time to the next")
	}
	require.Eventually(t, func() bool { return anonymous(e.Pid()) < 600<<20 }, 2*time.Minute, time.Second, "it gives memory back at rest")
}

func soakInsert(t *testing.T, e *testkit.Engine, worker, from, rows int) error {
	var b strings.Builder
	b.WriteString("INSERT INTO watchllm.soak FORMAT TSV\n")
	for n := from; n < from+rows; n++ {
		fmt.Fprintf(&b, "2026-01-%02d\t%d\t%d\tmodel-%d\t0.000%06d\t{'k':'%d'}\t%s\n", n/200%3+1, worker, n, n%7, n%1000000, n, strings.Repeat(fmt.Sprintf("message %d of %d ", n, worker), 50))
	}
	_, err := e.Query(b.String())
	return err
}

// watchMemory samples the anonymous memory of a process until the time is over.
func watchMemory(pid int, long time.Duration) <-chan []int64 {
	result := make(chan []int64, 1)
	go func() {
		var samples []int64
		tick := time.NewTicker(long / 60)
		defer tick.Stop()
		for range 60 {
			<-tick.C
			samples = append(samples, anonymous(pid))
		}
		result <- samples
	}()
	return result
}

func anonymous(pid int) int64 {
	content, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for _, line := range strings.Split(string(content), "\n") {
		if value, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}

func average(samples []int64) (mean int64) {
	for _, s := range samples {
		mean += s / int64(len(samples))
	}
	return mean
}
