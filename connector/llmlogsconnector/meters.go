package llmlogsconnector

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/watchllm/watchllm/connector/llmlogsconnector/internal/metadata"
)

type madeKey struct{ source, kind string }

// tally is what happened to the records of one delivery.
type tally struct {
	records int64
	ignored map[string]int64
	spans   map[madeKey]int64
}

func (t *tally) ignore(reason string) {
	if t.ignored == nil {
		t.ignored = map[string]int64{}
	}
	t.ignored[reason]++
}

func (t *tally) made(f finding) {
	if t.spans == nil {
		t.spans = map[madeKey]int64{}
	}
	t.spans[madeKey{f.source, f.kind}]++
}

type meters struct{ telemetry *metadata.TelemetryBuilder }

func newMeters(telemetry *metadata.TelemetryBuilder) meters { return meters{telemetry} }

func (m meters) add(ctx context.Context, t *tally) {
	m.telemetry.ConnectorLlmLogsRecords.Add(ctx, t.records)
	for reason, n := range t.ignored {
		m.telemetry.ConnectorLlmLogsIgnored.Add(ctx, n, metric.WithAttributes(attribute.String("reason", reason)))
	}
	for key, n := range t.spans {
		m.telemetry.ConnectorLlmLogsSpans.Add(ctx, n,
			metric.WithAttributes(attribute.String("source", key.source), attribute.String("kind", key.kind)))
	}
}
