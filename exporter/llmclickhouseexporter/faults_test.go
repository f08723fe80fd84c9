package llmclickhouseexporter

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/testkit"
)

// pushAll delivers as exporterhelper does: what the error carries is tried again until it is stored.
func pushAll(t testing.TB, e *clickhouseExporter, td ptrace.Traces) {
	require.Eventually(t, func() bool {
		err := e.push(context.Background(), td)
		td = remaining(err, td)
		return err == nil
	}, time.Minute, 10*time.Millisecond)
}

func TestFaultsOnTheWayToTheStore(t *testing.T) {
	engine := testkit.StartEngine(t)
	for name, f := range map[string]fault{
		"answer lost": loseAnswer, "request lost": loseRequest, "request cut": cutRequest,
		"answer late": lateAnswer, "stored late": lateRequest,
	} {
		for _, compression := range []string{"none", "lz4", "zstd"} {
			t.Run(name+" "+compression, func(t *testing.T) {
				if compression != "none" && f != loseAnswer && f != cutRequest {
					t.Skip("compression makes no difference here")
				}
				db := engine.Database(t)
				proxy := newFaultyProxy(t, engine.Endpoint, func(n int) fault {
					if n%3 == 1 {
						return f
					}
					return pass
				})
				cfg := testConfig(t, engine, db)
				cfg.Endpoint = proxy.URL
				cfg.Compression = compression
				cfg.Timeout = time.Second
				proxy.delay = 1500 * time.Millisecond
				e := startExporter(t, cfg)
				for i := range 6 {
					pushAll(t, e, spansOf("acme", numbers(i*100, i*100+150)...))
				}
				proxy.late.Wait()
				requireRows(t, engine, db, 650)
				require.Zero(t, e.window.Stats().Doubtful)
				require.Equal(t, "7", query(t, engine, "SELECT uniqExact(trace_id) FROM "+db+".llm_trace_index"))
			})
		}
	}
}

func TestCrashWithAnInsertInDoubt(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	proxy := newFaultyProxy(t, engine.Endpoint, func(int) fault { return loseAnswer })
	cfg := testConfig(t, engine, db)
	cfg.Endpoint = proxy.URL
	first := startExporter(t, cfg)
	require.Error(t, first.push(context.Background(), spansOf("acme", numbers(0, 100)...)))
	require.Equal(t, 100, first.window.Stats().Doubtful)

	// The next process gets the same spans from the queue, in other batches.
	second := startExporter(t, testConfig(t, engine, db))
	pushAll(t, second, spansOf("acme", numbers(50, 200)...))
	pushAll(t, second, spansOf("acme", numbers(0, 80)...))
	requireRows(t, engine, db, 200)
}

func TestDoubtOfABatchThatNeverComesBackEnds(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	proxy := newFaultyProxy(t, engine.Endpoint, func(n int) fault {
		if n == 0 {
			return loseAnswer
		}
		return pass
	})
	cfg := testConfig(t, engine, db)
	cfg.Endpoint = proxy.URL
	cfg.Timeout = 2 * time.Second
	e := startExporter(t, cfg)
	var offset time.Duration
	e.window = newTestWindow(e, &offset)
	require.Error(t, e.push(context.Background(), spansOf("acme", numbers(0, 100)...)))
	// Another batch has some of these spans: it must wait, the server may still be at it.
	require.ErrorIs(t, e.push(context.Background(), spansOf("acme", numbers(50, 120)...)), errBusy)
	offset = time.Hour
	require.NoError(t, e.push(context.Background(), spansOf("acme", numbers(50, 120)...)))
	requireRows(t, engine, db, 120)
	require.Zero(t, e.window.Stats().Doubtful)
}

func TestEngineKilledDuringInserts(t *testing.T) {
	engine := testkit.StartPrivateEngine(t)
	cfg := testConfig(t, engine, "watchllm")
	e := startExporter(t, cfg)
	const writers, batches, size = 2, 8, 200
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for b := range batches {
				from := (w*batches + b) * size
				pushAll(t, e, spansOf("acme", numbers(from, from+size)...))
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for kills := 0; ; kills++ {
		select {
		case <-done:
			t.Logf("killed the engine %d times", kills)
			requireRows(t, engine, "watchllm", writers*batches*size)
			return
		case <-time.After(time.Duration(200+rand.IntN(300)) * time.Millisecond):
			engine.Kill()
			require.NoError(t, engine.Restart())
		}
	}
}

func TestThroughQueueAndRetry(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	proxy := newFaultyProxy(t, engine.Endpoint, func(n int) fault { return []fault{pass, loseAnswer, loseRequest, pass}[n%4] })
	cfg := testConfig(t, engine, db)
	def := createDefaultConfig().(*Config)
	cfg.QueueConfig, cfg.RetryConfig = def.QueueConfig, def.RetryConfig
	batch := cfg.QueueConfig.Get().Batch.Get()
	batch.MinSize, batch.MaxSize, batch.FlushTimeout = 20_000, 40_000, 100*time.Millisecond
	cfg.RetryConfig.InitialInterval = 10 * time.Millisecond
	cfg.Endpoint = proxy.URL
	exp, err := NewFactory().CreateTraces(context.Background(), testSettings(t), cfg)
	require.NoError(t, err)
	require.NoError(t, exp.Start(context.Background(), componenttest.NewNopHost()))
	for i := range 40 {
		require.NoError(t, exp.ConsumeTraces(context.Background(), spansOf("acme", numbers(i*50, i*50+60)...)))
	}
	want := fmt.Sprint(39*50 + 60)
	require.Eventually(t, func() bool {
		got, err := engine.Query("SELECT count() FROM " + db + ".llm_spans")
		return err == nil && strings.TrimSpace(got) == want
	}, 30*time.Second, 50*time.Millisecond)
	require.NoError(t, exp.Shutdown(context.Background()))
	requireRows(t, engine, db, 39*50+60)
}
