package llmclickhouseexporter

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/metadatatest"
	"github.com/watchllm/watchllm/internal/testkit"
)

// One client with a wild clock must not make a partition for each day it names: ClickHouse opens them all at every start.
func TestWildClocksMakeNoPartitions(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	cfg := testConfig(t, engine, db)
	cfg.Retention.Days = 7
	tel := componenttest.NewTelemetry()
	t.Cleanup(func() { require.NoError(t, tel.Shutdown(context.Background())) })
	set := testSettings(t)
	set.TelemetrySettings = tel.NewTelemetrySettings()
	e, err := newExporter(set, cfg)
	require.NoError(t, err)
	startAndWait(t, e)

	const spans = 4000
	now := time.Now()
	td := spansOf("acme", numbers(0, spans)...)
	for i, s := range td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		at := pcommon.NewTimestampFromTime(now.Add(time.Duration(i-1000)*24*time.Hour - time.Hour))
		s.SetStartTimestamp(at)
		s.SetEndTimestamp(at)
	}
	require.NoError(t, e.push(context.Background(), td))

	partitions, err := engine.Query("SELECT uniqExact(partition) <= 10 FROM system.parts WHERE active AND table = 'llm_spans' AND database = '" + db + "'")
	require.NoError(t, err)
	require.Equal(t, "1\n", partitions)
	// Six of the thousand days behind are kept; what lies more than a day ahead is taken to be now.
	requireRows(t, engine, db, spans-1000+6)
	metadatatest.AssertEqualExporterLlmClickhouseSpansExpired(t, tel, []metricdata.DataPoint[int64]{{Value: 1000 - 6}},
		metricdatatest.IgnoreTimestamp())
	kept, err := engine.Query("SELECT count() FROM " + db + ".llm_spans WHERE mapContains(attributes_int, 'watchllm.original.start_time_unix_nano')")
	require.NoError(t, err)
	require.Equal(t, "2998\n", kept, "what was replaced is kept beside")
}

// The queue drops a span that is larger than max_size although it was acknowledged.
func TestBatchesAreNotCutBelowTheLargestRequest(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	require.Zero(t, maxBatch(cfg.QueueConfig))
	batch := cfg.QueueConfig.Get().Batch.Get()
	batch.MaxSize = 16 * mib
	require.ErrorContains(t, cfg.Validate(), "sending_queue::batch::max_size: 16777216")
	batch.MaxSize = 64 * mib
	require.NoError(t, cfg.Validate())
	cfg.QueueConfig = configoptional.None[exporterhelper.QueueBatchConfig]()
	require.NoError(t, cfg.Validate())
}
