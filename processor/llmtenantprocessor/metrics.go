package llmtenantprocessor

import (
	"context"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"

	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/processor/llmtenantprocessor/internal/sizes"
)

type metricsProcessor struct {
	*door
	next consumer.Metrics
}

var _ processor.Metrics = (*metricsProcessor)(nil)

// ConsumeMetrics checks, stamps and hands on.
func (p *metricsProcessor) ConsumeMetrics(ctx context.Context, md pmetric.Metrics) error {
	return p.pass(ctx, metricsBatch{md, p.next})
}

type metricsBatch struct {
	pmetric.Metrics
	next consumer.Metrics
}

func (b metricsBatch) items() int { return b.DataPointCount() }
func (b metricsBatch) bytes() int { return (&pmetric.ProtoMarshaler{}).MetricsSize(b.Metrics) }

// Data points have no size limits: their attributes are few and short, and none is stored.
func (b metricsBatch) excess(sizes.Limits) *sizes.Excess { return nil }
func (b metricsBatch) cut(sizes.Limits) int              { return 0 }
func (b metricsBatch) stamp(id tenancy.Identity) int     { return stampMetrics(b.Metrics, id) }
func (b metricsBatch) consume(ctx context.Context) error {
	return b.next.ConsumeMetrics(ctx, b.Metrics)
}

// Figures say nothing that a content policy is for.
func (b metricsBatch) apply(context.Context, tenancy.Identity, ContentPolicy) error { return nil }

func stampMetrics(md pmetric.Metrics, id tenancy.Identity) int {
	removed := 0
	for _, rm := range md.ResourceMetrics().All() {
		attrs := rm.Resource().Attributes()
		removed += strip(attrs)
		tenancy.Stamp(attrs, id.Tenant, id.Project)
		for _, sm := range rm.ScopeMetrics().All() {
			removed += strip(sm.Scope().Attributes())
			for _, m := range sm.Metrics().All() {
				removed += strip(m.Metadata()) + stripPoints(m)
			}
		}
	}
	return removed
}

func stripPoints(m pmetric.Metric) int {
	removed := 0
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		for _, dp := range m.Gauge().DataPoints().All() {
			removed += stripPoint(dp)
		}
	case pmetric.MetricTypeSum:
		for _, dp := range m.Sum().DataPoints().All() {
			removed += stripPoint(dp)
		}
	case pmetric.MetricTypeHistogram:
		for _, dp := range m.Histogram().DataPoints().All() {
			removed += stripPoint(dp)
		}
	case pmetric.MetricTypeExponentialHistogram:
		for _, dp := range m.ExponentialHistogram().DataPoints().All() {
			removed += stripPoint(dp)
		}
	case pmetric.MetricTypeSummary:
		for _, dp := range m.Summary().DataPoints().All() {
			removed += strip(dp.Attributes())
		}
	}
	return removed
}

type exemplified interface {
	Attributes() pcommon.Map
	Exemplars() pmetric.ExemplarSlice
}

func stripPoint[P exemplified](dp P) int {
	removed := strip(dp.Attributes())
	for _, e := range dp.Exemplars().All() {
		removed += strip(e.FilteredAttributes())
	}
	return removed
}
