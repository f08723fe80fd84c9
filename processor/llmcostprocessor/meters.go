package llmcostprocessor

import (
	"cmp"
	"context"
	"sync"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/watchllm/watchllm/internal/estimate"
	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/processor/llmcostprocessor/internal/metadata"
)

// maxLabels bounds the services and the unknown models that get a label of their own: both come from payloads.
const maxLabels = 200

// maxLabelLength keeps a payload from making a label of a text.
const maxLabelLength = 200

// otherLabel stands for what is on no list of ours, overflowLabel for what payloads named after the first maxLabels.
const (
	otherLabel    = "other"
	overflowLabel = "_other"
)

// point is one data point of one of our counters; unused labels are empty.
type point struct {
	counter                            counter
	dialect, provider, outcome, reason string
	service, flag, status, model       string
	action                             string
}

type counter uint8

const (
	counterCalls counter = iota
	counterAggregates
	counterDuplicates
	counterMissing
	counterViolations
	counterPriced
	counterUnknownModels
	counterContentFields
	counterContentBytes
	counterEstimated
	counterNotEstimated
	counterRevisions
)

// tally collects what one delivery adds to the counters, so that a span costs a map entry and not a metric call.
type tally map[point]int64

func (t *tally) add(e *genai.Entry, status pricing.Status) {
	if *t == nil {
		*t = tally{}
	}
	m := *t
	c := &e.Call
	if e.Revised() { // its first version was counted
		if c.UsageRole == semconv.UsageRoleCall {
			m[point{counter: counterRevisions, provider: providerLabel(c.Provider), status: string(status)}]++
		}
		return
	}
	dialect := c.Dialect
	if !genai.KnownDialect(dialect) {
		dialect = otherLabel
	}
	for flag := range c.Usage.Flags.Each {
		m[point{counter: counterViolations, dialect: dialect, service: e.Service, flag: flag}]++
	}
	switch c.UsageRole {
	case semconv.UsageRoleAggregate:
		m[point{counter: counterAggregates, dialect: dialect, service: e.Service}]++
		return
	case semconv.UsageRoleDuplicate:
		m[point{counter: counterDuplicates, dialect: dialect, service: e.Service, reason: c.UsageRoleReason}]++
		return
	case semconv.UsageRoleNone:
		return
	}
	provider := providerLabel(c.Provider)
	m[point{counter: counterCalls, dialect: dialect, provider: provider, outcome: c.Outcome, service: e.Service}]++
	m[point{counter: counterPriced, provider: provider, status: string(status)}]++
	if reason := c.Usage.MissingReason; reason != "" {
		m[point{counter: counterMissing, dialect: dialect, service: e.Service, reason: reason}]++
	}
	if status == pricing.StatusUnknownModel {
		m[point{counter: counterUnknownModels, provider: provider, model: cmp.Or(c.ResponseModel, c.RequestModel)}]++
	}
}

// removed counts what a content policy took away.
func (t *tally) removed(mode genai.ContentMode, r genai.ContentRemoved) {
	if r.Fields == 0 {
		return
	}
	if *t == nil {
		*t = tally{}
	}
	action := "cut"
	if mode == genai.DropContent {
		action = "drop"
	}
	(*t)[point{counter: counterContentFields, action: action}] += int64(r.Fields)
	(*t)[point{counter: counterContentBytes, action: action}] += int64(r.Bytes)
}

// estimated counts a call without counts, by what became of its estimate.
func (t *tally) estimated(provider string, reason estimate.Reason) {
	if *t == nil {
		*t = tally{}
	}
	if reason == "" {
		(*t)[point{counter: counterEstimated, provider: providerLabel(provider)}]++
		return
	}
	(*t)[point{counter: counterNotEstimated, reason: string(reason)}]++
}

func providerLabel(provider string) string {
	switch {
	case provider == "":
		return "unknown"
	case genai.KnownProvider(provider):
		return provider
	default:
		return otherLabel
	}
}

func (t *tally) flush(ctx context.Context, m *meters) {
	for p, n := range *t {
		m.add(ctx, p, n)
	}
	clear(*t)
}

// meters are the component's counters, with the label sets made so far.
type meters struct {
	telemetry *metadata.TelemetryBuilder

	mu       sync.Mutex
	services map[string]struct{}
	models   map[string]struct{}
	options  map[point]metric.AddOption
	bills    map[reporter]metric.RecordOption
}

func newMeters(telemetry *metadata.TelemetryBuilder) *meters {
	return &meters{
		telemetry: telemetry, services: map[string]struct{}{}, models: map[string]struct{}{}, options: map[point]metric.AddOption{},
		bills: map[reporter]metric.RecordOption{},
	}
}

func (m *meters) add(ctx context.Context, p point, n int64) {
	option := m.optionFor(p)
	switch p.counter {
	case counterCalls:
		m.telemetry.ProcessorLlmCostCalls.Add(ctx, n, option)
	case counterAggregates:
		m.telemetry.ProcessorLlmCostAggregates.Add(ctx, n, option)
	case counterDuplicates:
		m.telemetry.ProcessorLlmCostDuplicates.Add(ctx, n, option)
	case counterMissing:
		m.telemetry.ProcessorLlmCostUsageMissing.Add(ctx, n, option)
	case counterViolations:
		m.telemetry.ProcessorLlmCostInvariantViolations.Add(ctx, n, option)
	case counterPriced:
		m.telemetry.ProcessorLlmCostPriced.Add(ctx, n, option)
	case counterUnknownModels:
		m.telemetry.ProcessorLlmCostUnknownModels.Add(ctx, n, option)
	case counterContentFields:
		m.telemetry.ProcessorLlmCostContentFields.Add(ctx, n, option)
	case counterContentBytes:
		m.telemetry.ProcessorLlmCostContentBytes.Add(ctx, n, option)
	case counterEstimated:
		m.telemetry.ProcessorLlmCostEstimated.Add(ctx, n, option)
	case counterNotEstimated:
		m.telemetry.ProcessorLlmCostNotEstimated.Add(ctx, n, option)
	case counterRevisions:
		m.telemetry.ProcessorLlmCostRevisions.Add(ctx, n, option)
	}
}

// compare records how far a cost that came with a call is from the price book's, where both are known.
func (m *meters) compare(ctx context.Context, c *genai.Call, cost costed) {
	if !cost.reported.Known || !cost.computed.Known || cost.computed.Pico <= 0 || c.UsageRole != semconv.UsageRoleCall {
		return
	}
	r := reporter{providerLabel(c.Provider), "client"}
	if c.Reported.Provider && cost.reported.Pico > 0 { // also where bills are not trusted
		r.who = "provider"
	}
	by := float64(cost.reported.Pico-cost.computed.Pico) / float64(cost.computed.Pico)
	m.telemetry.ProcessorLlmCostReportedDifference.Record(ctx, by, m.reporterOption(r))
}

// reporter is who gave a figure. Both labels are of lists of ours.
type reporter struct{ provider, who string }

func (m *meters) reporterOption(r reporter) metric.RecordOption {
	m.mu.Lock()
	defer m.mu.Unlock()
	option, ok := m.bills[r]
	if !ok {
		option = metric.WithAttributeSet(attribute.NewSet(attribute.String("provider", r.provider), attribute.String("reporter", r.who)))
		m.bills[r] = option
	}
	return option
}

// optionFor is the label set of a point. The sets are bounded because every label is: by a list, or by bound.
func (m *meters) optionFor(p point) metric.AddOption {
	m.mu.Lock()
	defer m.mu.Unlock()
	p.service = bound(m.services, p.service)
	p.model = bound(m.models, p.model)
	option, ok := m.options[p]
	if !ok {
		option = metric.WithAttributeSet(attribute.NewSet(p.labels()...))
		m.options[p] = option
	}
	return option
}

func (p *point) labels() []attribute.KeyValue {
	var kv []attribute.KeyValue
	for _, l := range [...]struct{ key, value string }{
		{"dialect", p.dialect}, {"provider", p.provider}, {"outcome", p.outcome}, {"reason", p.reason},
		{"service", p.service}, {"flag", p.flag}, {"status", p.status}, {"model", p.model}, {"action", p.action},
	} {
		if l.value != "" {
			kv = append(kv, attribute.String(l.key, l.value))
		}
	}
	return kv
}

func bound(seen map[string]struct{}, label string) string {
	if len(label) > maxLabelLength || !utf8.ValidString(label) { // one such label keeps all metrics from being sent
		label = overflowLabel
	}
	if _, ok := seen[label]; ok || label == "" {
		return label
	}
	if len(seen) >= maxLabels {
		return overflowLabel
	}
	seen[label] = struct{}{}
	return label
}
