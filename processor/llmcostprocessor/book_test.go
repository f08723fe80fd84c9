package llmcostprocessor

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/processor/llmcostprocessor/internal/metadata"
	"github.com/watchllm/watchllm/processor/llmcostprocessor/internal/metadatatest"
)

// startAt is a started processor with the real price book, at a time of day of the test's choice.
func startAt(t *testing.T, cfg *Config, now time.Time) (*costProcessor, *componenttest.Telemetry, *observer.ObservedLogs) {
	t.Helper()
	tel := componenttest.NewTelemetry()
	set := processortest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = tel.NewTelemetrySettings()
	core, logs := observer.New(zap.WarnLevel)
	set.Logger = zap.New(core)
	p, err := newCostProcessor(set, cfg)
	require.NoError(t, err)
	p.now = func() time.Time { return now }
	require.NoError(t, p.start(context.Background(), componenttest.NewNopHost()))
	t.Cleanup(func() {
		require.NoError(t, p.shutdown(context.Background()))
		require.NoError(t, tel.Shutdown(context.Background()))
	})
	return p, tel, logs
}

func TestTheAgeOfTheBook(t *testing.T) {
	book, err := pricing.Default()
	require.NoError(t, err)
	read := book.ReadOn()
	// A price of one's own, newer than all others, makes the book no younger.
	file := filepath.Join(t.TempDir(), "mine.yaml")
	require.NoError(t, os.WriteFile(file, []byte("provider: openai\nsource: {page: p, read: \"2099-01-01\"}\nmodels: {house: {prices: [{mtok: {input: 1, output: 1}}]}}\n"), 0o600))
	for name, tc := range map[string]struct {
		age   time.Duration
		warns bool
	}{
		"today":        {0, false},
		"thirty days":  {30 * 24 * time.Hour, false},
		"a day later":  {31 * 24 * time.Hour, true},
		"before it is": {-time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, tel, logs := startAt(t, &Config{Prices: []string{file}}, read.Add(tc.age))
			metadatatest.AssertEqualProcessorLlmCostBookAge(t, tel,
				[]metricdata.DataPoint[int64]{{Value: max(0, int64(tc.age/time.Second))}}, metricdatatest.IgnoreTimestamp())
			if !tc.warns {
				assert.Zero(t, logs.Len())
				return
			}
			require.Equal(t, 1, logs.Len())
			warning := logs.All()[0]
			assert.Contains(t, warning.Message, "watchllmctl prices update")
			assert.Equal(t, map[string]any{"read": read.Format(time.DateOnly), "days": int64(31)}, warning.ContextMap())
		})
	}
}

// A price file that changes is used without a restart; one that is bad is not.
func TestPricesFollowTheirFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.yaml")
	write := func(price string) { // at once: at this interval half a file would pass for a whole one
		text := "provider: openai\nmodels:\n  gpt-5-mini: {prices: [{mtok: {input: " + price + ", output: 0}}]}\n"
		require.NoError(t, os.WriteFile(file+".new", []byte(text), 0o600))
		require.NoError(t, os.Rename(file+".new", file))
	}
	write("1")
	p, tel, logs := startAt(t, &Config{Prices: []string{file}, PricesReloadInterval: time.Millisecond}, time.Now())
	cost := func() string {
		return text(allSpans(process(t, p, delivery(t, "shop", call(nil))))[0].Attributes(), semconv.WatchLLMCostAmount)
	}
	assert.Equal(t, "0.001037", cost())
	write("2")
	require.Eventually(t, func() bool { return cost() == "0.002074" }, 20*time.Second, time.Millisecond)
	write("two")
	require.Eventually(t, func() bool { return logs.Len() == 1 }, 20*time.Second, time.Millisecond)
	assert.Equal(t, "0.002074", cost())
	refusal := logs.All()[0].ContextMap()["error"].(string)
	assert.True(t, strings.HasPrefix(refusal, file+":3: "), refusal)
	metadatatest.AssertEqualProcessorLlmCostBookReloads(t, tel, []metricdata.DataPoint[int64]{
		{Value: 1, Attributes: attribute.NewSet(attribute.String("outcome", "loaded"))},
		{Value: 1, Attributes: attribute.NewSet(attribute.String("outcome", "refused"))},
	}, metricdatatest.IgnoreTimestamp())
}
