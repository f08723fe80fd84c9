package llmclickhouseexporter

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/watchllm/watchllm/internal/testkit"
)

// With the default queue a trickle of spans makes about one insert a second, and a span is in the table
// well within five seconds.
func TestTrickleMakesFewInsertsSoon(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	proxy := newFaultyProxy(t, engine.Endpoint, func(int) fault { return pass })
	cfg := testConfig(t, engine, db)
	cfg.Endpoint = proxy.URL
	cfg.QueueConfig = createDefaultConfig().(*Config).QueueConfig
	exp, err := NewFactory().CreateTraces(context.Background(), testSettings(t), cfg)
	require.NoError(t, err)
	require.NoError(t, exp.Start(context.Background(), componenttest.NewNopHost()))
	defer func() { require.NoError(t, exp.Shutdown(context.Background())) }()

	const sent = 60
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for n := range sent {
		<-tick.C
		require.NoError(t, exp.ConsumeTraces(context.Background(), spansOf("acme", n)))
	}
	require.Eventually(t, func() bool {
		got, err := engine.Query("SELECT count() FROM " + db + ".llm_spans")
		return err == nil && strings.TrimSpace(got) == "60"
	}, 5*time.Second, 20*time.Millisecond)
	proxy.mu.Lock()
	defer proxy.mu.Unlock()
	require.LessOrEqual(t, proxy.inserts, 6, "in about three seconds")
}
