package llmtenantprocessor

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pipeline"
	"go.opentelemetry.io/collector/processor"

	"github.com/watchllm/watchllm/processor/llmtenantprocessor/internal/limits"
	"github.com/watchllm/watchllm/processor/llmtenantprocessor/internal/metadata"
)

// NewFactory creates the factory of the llm_tenant processor.
func NewFactory() processor.Factory {
	return processor.NewFactory(metadata.Type, createDefaultConfig,
		processor.WithTraces(createTraces, metadata.TracesStability),
		processor.WithMetrics(createMetrics, metadata.MetricsStability),
		processor.WithLogs(createLogs, metadata.LogsStability),
	)
}

// defaultMetricTenants is as many as people look at one by one.
const defaultMetricTenants = 100

func createDefaultConfig() component.Config {
	return &Config{Limits: defaultLimits(), MetricTenants: defaultMetricTenants}
}

func createTraces(_ context.Context, set processor.Settings, cfg component.Config, next consumer.Traces) (processor.Traces, error) {
	d, err := newDoor(set, cfg.(*Config), pipeline.SignalTraces, limits.Spans)
	return &tracesProcessor{d, next}, err
}

func createMetrics(_ context.Context, set processor.Settings, cfg component.Config, next consumer.Metrics) (processor.Metrics, error) {
	d, err := newDoor(set, cfg.(*Config), pipeline.SignalMetrics, limits.DataPoints)
	return &metricsProcessor{d, next}, err
}

func createLogs(_ context.Context, set processor.Settings, cfg component.Config, next consumer.Logs) (processor.Logs, error) {
	d, err := newDoor(set, cfg.(*Config), pipeline.SignalLogs, limits.LogRecords)
	return &logsProcessor{d, next}, err
}
