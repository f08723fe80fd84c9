package llmclickhouseexporter

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/testkit"
)

// Two consumers deliver the versions of calls in any order, some twice, beside wrappers that count for as long as a call has no tokens, in two
// projects that use the same ids; inserts and their answers get lost, corrections are appended meanwhile, and the process is replaced
// in the middle. In the end every call counts once, in its last version.
func TestVersionsInAStorm(t *testing.T) {
	const traces = 6
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	dice := rand.New(rand.NewPCG(1, 7)) //nolint:gosec // a test has to be repeatable
	var calm atomic.Bool
	proxy := newFaultyProxy(t, engine.Endpoint, func(int) fault {
		if calm.Load() {
			return pass
		}
		return []fault{loseAnswer, loseRequest, cutRequest, pass, pass, pass, pass, pass}[dice.IntN(8)]
	})
	cfg := settleConfig(t, engine, db)
	cfg.Endpoint, cfg.Timeout = proxy.URL, 2*time.Second
	var all []ptrace.Traces
	for trace := range traces {
		for _, project := range []string{"shop", "lab"} {
			at := time.Duration(trace) * time.Hour
			wrapper := told{project: project, trace: trace + 1, span: 1, scope: "framework", in: 100, out: 10, from: at, to: at + 4*time.Second}
			all = append(all, wrapper.traces())
			for revision := range 4 {
				call := told{project: project, trace: trace + 1, span: 2, parent: 1, scope: semconv.ScopeEvents, from: at + time.Second, to: at + 2*time.Second}
				if revision > 0 {
					call.in, call.out = 100, 10
				}
				td := call.traces()
				if revision > 0 {
					td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes().PutInt(semconv.WatchLLMNativeRevision, int64(revision))
				}
				all = append(all, td)
			}
		}
	}
	for _, td := range all {
		if dice.IntN(3) == 0 {
			all = append(all, td)
		}
	}
	dice.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var batches []ptrace.Traces
	for len(all) > 0 {
		n := min(len(all), 1+dice.IntN(5))
		batch := ptrace.NewTraces()
		for _, td := range all[:n] {
			for _, rs := range td.ResourceSpans().All() {
				rs.CopyTo(batch.ResourceSpans().AppendEmpty())
			}
		}
		batches, all = append(batches, batch), all[n:]
	}
	half := len(batches) / 2
	first, err := newExporter(testSettings(t), cfg)
	require.NoError(t, err)
	startAndWaitUntil(t, first)
	twoConsumers(t, first, batches[:half])
	require.NoError(t, first.shutdown(context.Background()))
	second := startSettler(t, cfg)
	twoConsumers(t, second, batches[max(0, half-3):]) // the queue has some of the batches again
	calm.Store(true)
	want := fmt.Sprintf("%d\t%d\t%s", 2*traces, 200*traces, fmt.Sprintf("0.%03d", 2*traces))
	if !assert.Eventually(t, func() bool { return second.settler.due() == 0 && totals(t, engine, db) == want }, time.Minute, 50*time.Millisecond) {
		t.Fatalf("%s instead of %s\n%s", totals(t, engine, db), want, verdicts(t, engine, db))
	}
	require.Equal(t, fmt.Sprintf("%d\t3\t3", 2*traces), query(t, engine, "SELECT count(), min(attributes_int['watchllm.native.revision']), max(attributes_int['watchllm.native.revision']) FROM "+
		db+".llm_spans FINAL WHERE scope_name = '"+semconv.ScopeEvents+"'"))
}

// twoConsumers deliver batches until all are stored; each goes on with the next while one has to be tried again.
func twoConsumers(t testing.TB, e *clickhouseExporter, batches []ptrace.Traces) {
	t.Helper()
	var wg sync.WaitGroup
	for consumer := range 2 {
		var mine []ptrace.Traces
		for i := consumer; i < len(batches); i += 2 {
			mine = append(mine, batches[i])
		}
		wg.Go(func() {
			for tries := 0; len(mine) > 0 && tries < 3000; tries++ {
				td := mine[0]
				mine = mine[1:]
				if err := e.push(context.Background(), td); err != nil {
					mine = append(mine, remaining(err, td))
				}
			}
			if len(mine) > 0 {
				t.Error("not all can be stored")
			}
		})
	}
	wg.Wait()
}
