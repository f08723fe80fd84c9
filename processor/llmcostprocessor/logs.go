package llmcostprocessor

import (
	"context"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processorhelper"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/processor/llmcostprocessor/internal/metadata"
)

// logProcessor applies content policies to log records that are going to be stored. It prices nothing: a call that came as a log event is
// priced as the span that llm_logs makes of it.
type logProcessor struct {
	logger    *zap.Logger
	telemetry *metadata.TelemetryBuilder
	meters    *meters
	policies  contentPolicies
	workers   sync.Pool
}

func createLogs(ctx context.Context, set processor.Settings, cfg component.Config, next consumer.Logs) (processor.Logs, error) {
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	p := &logProcessor{
		logger: set.Logger, telemetry: telemetry, meters: newMeters(telemetry), policies: newContentPolicies(&cfg.(*Config).Content),
		workers: sync.Pool{New: func() any { return new(logWorker) }},
	}
	return processorhelper.NewLogs(ctx, set, cfg, next, p.processLogs,
		processorhelper.WithShutdown(func(context.Context) error { telemetry.Shutdown(); return nil }),
		processorhelper.WithCapabilities(consumer.Capabilities{MutatesData: true}),
	)
}

// logWorker is the scratch space of one delivery.
type logWorker struct {
	limiter genai.ContentLimiter
	tally   tally
}

func (p *logProcessor) processLogs(ctx context.Context, ld plog.Logs) (plog.Logs, error) {
	w := p.workers.Get().(*logWorker)
	defer p.workers.Put(w)
	for _, rl := range ld.ResourceLogs().All() {
		policy := p.policies.of(genai.TenantOf(rl.Resource()))
		if policy.Mode == genai.KeepContent {
			continue
		}
		w.tally.removed(policy.Mode, w.limiter.ApplyToResource(rl.Resource().Attributes(), policy))
		for _, sl := range rl.ScopeLogs().All() {
			scope := genai.NewScope(sl.Scope().Name(), sl.Scope().Version())
			w.tally.removed(policy.Mode, w.limiter.ApplyToScope(sl.Scope().Attributes(), &scope, policy))
			for _, r := range sl.LogRecords().All() {
				p.limit(w, r, policy)
			}
		}
	}
	w.tally.flush(ctx, p.meters)
	return ld, nil
}

// limit applies a policy to one record. A fault must not let out what was to be held back.
func (p *logProcessor) limit(w *logWorker, r plog.LogRecord, policy genai.ContentPolicy) {
	defer func() {
		if fault := recover(); fault != nil {
			genai.BlankRecord(r)
			p.logger.Error("A log record could not be read; it passes without its content. Please report this with the record's attribute names.",
				zap.Any("fault", fault), zap.String("event_name", r.EventName()), zap.Stack("stack"))
		}
	}()
	w.tally.removed(policy.Mode, w.limiter.ApplyToRecord(r, policy))
}
