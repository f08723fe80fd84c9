package llmlogsconnector

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/connector/llmlogsconnector/internal/metadata"
	"github.com/watchllm/watchllm/internal/semconv"
)

type logsConnector struct {
	component.StartFunc
	cfg       *Config
	next      consumer.Traces
	telemetry *metadata.TelemetryBuilder
	meters    meters
}

var _ connector.Logs = (*logsConnector)(nil)

func newConnector(set connector.Settings, cfg *Config, next consumer.Traces) (*logsConnector, error) {
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	return &logsConnector{cfg: cfg, next: next, telemetry: telemetry, meters: newMeters(telemetry)}, nil
}

// Shutdown has nothing to end.
func (c *logsConnector) Shutdown(context.Context) error {
	c.telemetry.Shutdown()
	return nil
}

// Capabilities says that the records are only read: other consumers of the logs get them as they came.
func (c *logsConnector) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// ConsumeLogs hands on the spans in the records and answers what the traces pipeline answered. It goes on under the same context, so
// that whoever sent the records is the sender of the spans.
func (c *logsConnector) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	var t tally
	td := c.convert(ld, &t)
	if td.ResourceSpans().Len() > 0 {
		if err := c.next.ConsumeTraces(ctx, td); err != nil {
			return err // sent again, the records are counted then
		}
	}
	c.meters.add(ctx, &t)
	return nil
}

func (c *logsConnector) convert(ld plog.Logs, t *tally) ptrace.Traces {
	td := ptrace.NewTraces()
	for _, rl := range ld.ResourceLogs().All() {
		service := text(rl.Resource().Attributes(), semconv.ServiceName)
		resource, hasResource := ptrace.ResourceSpans{}, false
		for _, sl := range rl.ScopeLogs().All() {
			scope, hasScope := ptrace.ScopeSpans{}, false
			for _, record := range sl.LogRecords().All() {
				t.records++
				e := newEvent(record, sl.Scope().Name(), service)
				found := c.judge(&e)
				if found.ignored != "" {
					t.ignore(found.ignored)
					continue
				}
				if !hasResource {
					resource, hasResource = td.ResourceSpans().AppendEmpty(), true
					resource.SetSchemaUrl(rl.SchemaUrl())
					rl.Resource().CopyTo(resource.Resource())
				}
				if !hasScope {
					scope, hasScope = resource.ScopeSpans().AppendEmpty(), true
					scope.SetSchemaUrl(sl.SchemaUrl())
					sl.Scope().CopyTo(scope.Scope())
				}
				e.fill(scope.Spans().AppendEmpty(), found)
				t.made(found)
			}
		}
	}
	return td
}
