package llmcostprocessor

import (
	"context"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/genai"
)

// limitContent applies the tenants' content policies, after everything was read: what is cut or dropped has been understood before.
func (p *costProcessor) limitContent(ctx context.Context, w *worker, td ptrace.Traces) {
	for _, rs := range td.ResourceSpans().All() {
		policy := p.policies.of(genai.TenantOf(rs.Resource()))
		if policy.Mode == genai.KeepContent {
			continue
		}
		w.tally.removed(policy.Mode, w.limiter.ApplyToResource(rs.Resource().Attributes(), policy))
		for _, ss := range rs.ScopeSpans().All() {
			scope := genai.NewScope(ss.Scope().Name(), ss.Scope().Version())
			w.tally.removed(policy.Mode, w.limiter.ApplyToScope(ss.Scope().Attributes(), &scope, policy))
			for _, span := range ss.Spans().All() {
				done := false
				p.guard(ctx, span, func() {
					w.tally.removed(policy.Mode, w.limiter.Apply(span, &scope, policy))
					done = true
				})
				if !done { // a fault must not let out what was to be held back
					genai.Blank(span)
				}
			}
		}
	}
}
