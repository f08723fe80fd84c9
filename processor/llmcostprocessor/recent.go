package llmcostprocessor

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/watchllm/watchllm/processor/llmcostprocessor/internal/metadata"
	"github.com/watchllm/watchllm/processor/llmcostprocessor/internal/recent"
)

// observeRecent reports what is remembered and what was forgotten.
func observeRecent(telemetry *metadata.TelemetryBuilder, index *recent.Index) error {
	age := metric.WithAttributeSet(attribute.NewSet(attribute.String("reason", "age")))
	size := metric.WithAttributeSet(attribute.NewSet(attribute.String("reason", "size")))
	return errors.Join(
		telemetry.RegisterProcessorLlmCostRememberedSpansCallback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(int64(index.Stats().Spans))
			return nil
		}),
		telemetry.RegisterProcessorLlmCostForgottenSpansCallback(func(_ context.Context, o metric.Int64Observer) error {
			stats := index.Stats()
			o.Observe(stats.EvictedAge, age)
			o.Observe(stats.EvictedSize, size)
			return nil
		}),
	)
}
