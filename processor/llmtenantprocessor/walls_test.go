package llmtenantprocessor

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/watchllm/watchllm/processor/llmtenantprocessor/internal/metadata"
)

// forger makes random data with claims in random places.
type forger struct{ *rand.Rand }

var (
	claimedNames = []string{
		"watchllm.tenant", "watchllm.tenant.id", "watchllm.tenant.", "watchllm.tenant.id.more", "watchllm.project", "watchllm.project.id", "watchllm.project.name",
	}
	otherNames = []string{
		"tenant", "tenant.id", "tenant_id", "project_id", "watchllm", "watchllm.tenants", "watchllm.tenant_id", "Watchllm.tenant.id", "WATCHLLM.PROJECT.ID",
		" watchllm.tenant.id", "watchllm.tenant\x00.id", "xwatchllm.tenant.id", "service.name", "", "gen_ai.request.model",
	}
)

func (f forger) name() string {
	if f.IntN(3) == 0 {
		return claimedNames[f.IntN(len(claimedNames))]
	}
	return otherNames[f.IntN(len(otherNames))]
}

// fill puts attributes into a map.
func (f forger) fill(m pcommon.Map, depth int) {
	for range f.IntN(5) {
		f.value(m.PutEmpty(f.name()), depth)
	}
}

func (f forger) value(v pcommon.Value, depth int) {
	kinds := 8
	if depth == 0 {
		kinds = 6
	}
	switch f.IntN(kinds) {
	case 0:
		v.SetStr("evil")
	case 1:
		v.SetInt(7)
	case 2:
		v.SetBool(true)
	case 3:
		v.SetDouble(1.5)
	case 4:
		v.SetEmptyBytes().FromRaw([]byte("evil"))
	case 5: // stays empty
	case 6:
		f.fill(v.SetEmptyMap(), depth-1)
	case 7:
		list := v.SetEmptySlice()
		for range f.IntN(4) {
			f.value(list.AppendEmpty(), depth-1)
		}
	}
}

const depths = 4

func (f forger) traces() ptrace.Traces {
	td := ptrace.NewTraces()
	for range 1 + f.IntN(3) {
		rs := td.ResourceSpans().AppendEmpty()
		f.fill(rs.Resource().Attributes(), depths)
		for range f.IntN(3) {
			ss := rs.ScopeSpans().AppendEmpty()
			f.fill(ss.Scope().Attributes(), depths)
			for range f.IntN(3) {
				span := ss.Spans().AppendEmpty()
				f.fill(span.Attributes(), depths)
				f.fill(span.Events().AppendEmpty().Attributes(), depths)
				f.fill(span.Links().AppendEmpty().Attributes(), depths)
			}
		}
	}
	return td
}

func (f forger) logs() plog.Logs {
	ld := plog.NewLogs()
	for range 1 + f.IntN(3) {
		rl := ld.ResourceLogs().AppendEmpty()
		f.fill(rl.Resource().Attributes(), depths)
		for range f.IntN(3) {
			sl := rl.ScopeLogs().AppendEmpty()
			f.fill(sl.Scope().Attributes(), depths)
			for range f.IntN(3) {
				r := sl.LogRecords().AppendEmpty()
				f.fill(r.Attributes(), depths)
				f.value(r.Body(), depths)
			}
		}
	}
	return ld
}

func (f forger) metrics() pmetric.Metrics {
	md := pmetric.NewMetrics()
	for range 1 + f.IntN(3) {
		rm := md.ResourceMetrics().AppendEmpty()
		f.fill(rm.Resource().Attributes(), depths)
		sm := rm.ScopeMetrics().AppendEmpty()
		f.fill(sm.Scope().Attributes(), depths)
		m := sm.Metrics().AppendEmpty()
		f.fill(m.Metadata(), depths)
		point := m.SetEmptySum().DataPoints().AppendEmpty()
		f.fill(point.Attributes(), depths)
		f.fill(point.Exemplars().AppendEmpty().FilteredAttributes(), depths)
	}
	return md
}

// wall reads a map as it was handed on and says what is wrong with it. Only a resource holds an identity, and it is the key's.
func wall(m pcommon.Map, resource bool) (wrong []string) {
	found := map[string]int{}
	for key, value := range m.All() {
		rest, claimed := strings.CutPrefix(key, "watchllm.tenant")
		if !claimed {
			rest, claimed = strings.CutPrefix(key, "watchllm.project")
		}
		switch {
		case !claimed || rest != "" && rest[0] != '.':
			wrong = append(wrong, wallIn(value)...)
		case resource && (key == "watchllm.tenant.id" && value.Str() == acme.Tenant || key == "watchllm.project.id" && value.Str() == acme.Project):
			found[key]++
		default:
			wrong = append(wrong, fmt.Sprintf("%s is still %v", key, value.AsRaw()))
		}
	}
	if resource && (len(found) != 2 || found["watchllm.tenant.id"] != 1 || found["watchllm.project.id"] != 1) {
		wrong = append(wrong, fmt.Sprintf("the resource has %v", found))
	}
	return wrong
}

func wallIn(v pcommon.Value) (wrong []string) {
	switch v.Type() {
	case pcommon.ValueTypeMap:
		return wall(v.Map(), false)
	case pcommon.ValueTypeSlice:
		for _, e := range v.Slice().All() {
			wrong = append(wrong, wallIn(e)...)
		}
	}
	return wrong
}

// Whatever a payload holds, and however deep, behind the processor the key's identity stands on each resource and nowhere else, and no
// claim is left anywhere.
func TestNoClaimIsLeft(t *testing.T) {
	ctx, factory, set, cfg := withAuth(acme), NewFactory(), processortest.NewNopSettings(metadata.Type), with(nil)
	var traces consumertest.TracesSink
	var logs consumertest.LogsSink
	var metrics consumertest.MetricsSink
	tp, err := factory.CreateTraces(ctx, set, cfg, &traces)
	require.NoError(t, err)
	lp, err := factory.CreateLogs(ctx, set, cfg, &logs)
	require.NoError(t, err)
	mp, err := factory.CreateMetrics(ctx, set, cfg, &metrics)
	require.NoError(t, err)
	for _, c := range []component.Component{tp, lp, mp} {
		require.NoError(t, c.Start(ctx, componenttest.NewNopHost()))
		t.Cleanup(func() { require.NoError(t, c.Shutdown(context.Background())) })
	}
	for seed := range uint64(400) {
		f := forger{rand.New(rand.NewPCG(seed, 1))}
		traces.Reset()
		logs.Reset()
		metrics.Reset()
		require.NoError(t, tp.ConsumeTraces(ctx, f.traces()))
		require.NoError(t, lp.ConsumeLogs(ctx, f.logs()))
		require.NoError(t, mp.ConsumeMetrics(ctx, f.metrics()))
		require.Empty(t, wallsOf(traces.AllTraces()[0], logs.AllLogs()[0], metrics.AllMetrics()[0]), "seed %d", seed)
	}
}

func wallsOf(td ptrace.Traces, ld plog.Logs, md pmetric.Metrics) (wrong []string) {
	add := func(m pcommon.Map, resource bool) { wrong = append(wrong, wall(m, resource)...) }
	for _, rs := range td.ResourceSpans().All() {
		add(rs.Resource().Attributes(), true)
		for _, ss := range rs.ScopeSpans().All() {
			add(ss.Scope().Attributes(), false)
			for _, span := range ss.Spans().All() {
				add(span.Attributes(), false)
				add(span.Events().At(0).Attributes(), false)
				add(span.Links().At(0).Attributes(), false)
			}
		}
	}
	for _, rl := range ld.ResourceLogs().All() {
		add(rl.Resource().Attributes(), true)
		for _, sl := range rl.ScopeLogs().All() {
			add(sl.Scope().Attributes(), false)
			for _, r := range sl.LogRecords().All() {
				add(r.Attributes(), false)
				wrong = append(wrong, wallIn(r.Body())...)
			}
		}
	}
	for _, rm := range md.ResourceMetrics().All() {
		add(rm.Resource().Attributes(), true)
		for _, sm := range rm.ScopeMetrics().All() {
			add(sm.Scope().Attributes(), false)
			for _, m := range sm.Metrics().All() {
				add(m.Metadata(), false)
				for _, p := range m.Sum().DataPoints().All() {
					add(p.Attributes(), false)
					add(p.Exemplars().At(0).FilteredAttributes(), false)
				}
			}
		}
	}
	return wrong
}
