package llmclickhouseexporter

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exporterhelper/xexporterhelper"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/metadata"
)

// NewFactory returns the factory of the llm_clickhouse exporter.
func NewFactory() exporter.Factory {
	return exporter.NewFactory(
		metadata.Type,
		createDefaultConfig,
		exporter.WithTraces(createTraces, metadata.TracesStability),
		exporter.WithLogs(createLogs, metadata.LogsStability),
	)
}

func createTraces(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Traces, error) {
	c := cfg.(*Config)
	e, err := newExporter(set, c)
	if err != nil {
		return nil, err
	}
	queue := c.QueueConfig
	traces, err := xexporterhelper.NewTracesRequest(ctx, set, e.convert, e.deliver,
		exporterhelper.WithCapabilities(consumer.Capabilities{MutatesData: false}),
		exporterhelper.WithStart(e.start),
		exporterhelper.WithShutdown(e.shutdown),
		// Every statement has its own timeout; a push may need several.
		exporterhelper.WithTimeout(exporterhelper.TimeoutConfig{Timeout: 0}),
		exporterhelper.WithRetry(c.RetryConfig),
		xexporterhelper.WithQueueBatch(queue, xexporterhelper.QueueBatchSettings{Encoding: encoding{e}}),
	)
	if err != nil || !queue.HasValue() || queue.Get().StorageID == nil {
		return traces, err
	}
	return throughStorage{traces, e}, nil
}
