package llmtenantprocessor

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pipeline"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/processor/llmtenantprocessor/internal/metadata"
	"github.com/watchllm/watchllm/processor/llmtenantprocessor/internal/metadatatest"
)

var (
	acme     = tenancy.Identity{Tenant: "acme", Project: "shop", KeyID: "k1", Roles: []tenancy.Role{tenancy.RoleIngest}, Plan: "pro"}
	admin    = tenancy.Identity{Tenant: "acme", Project: "shop", Roles: []tenancy.Role{tenancy.RoleAdmin}}
	reader   = tenancy.Identity{Tenant: "acme", Project: "shop", Roles: []tenancy.Role{tenancy.RoleRead}}
	roleless = tenancy.Identity{Tenant: "acme", Project: "shop"}
)

// otherAuth is an authenticator's data that is not ours.
type otherAuth map[string]any

func (o otherAuth) GetAttribute(n string) any   { return o[n] }
func (o otherAuth) GetAttributeNames() []string { return nil }

func withAuth(auth client.AuthData) context.Context {
	return client.NewContext(context.Background(), client.Info{
		Auth:     auth,
		Metadata: client.NewMetadata(map[string][]string{"watchllm.tenant.id": {"evil"}, "x-tenant": {"evil"}}),
	})
}

// claim puts claims of another tenant wherever attributes may be, beside one that must stay, and says how many.
func claim(m pcommon.Map) int {
	m.PutStr("watchllm.tenant.id", "evil")
	m.PutStr("watchllm.project.id", "evil")
	m.PutInt("watchllm.tenant", 1)
	m.PutEmptySlice("watchllm.project.roles").AppendEmpty().SetStr("admin")
	nested := m.PutEmptyMap("nested")
	nested.PutStr("watchllm.tenant.id", "evil")
	nested.PutEmptySlice("list").AppendEmpty().SetEmptyMap().PutStr("watchllm.project.id", "evil")
	m.PutStr("watchllm.tenants", "not a claim")
	m.PutStr("watchllm.project_name", "not a claim")
	m.PutStr("kept", "yes")
	return 6
}

func claimedTraces() (ptrace.Traces, int) {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	ss := rs.ScopeSpans().AppendEmpty()
	span := ss.Spans().AppendEmpty()
	n := claim(rs.Resource().Attributes()) + claim(ss.Scope().Attributes()) + claim(span.Attributes())
	n += claim(span.Events().AppendEmpty().Attributes()) + claim(span.Links().AppendEmpty().Attributes())
	td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	return td, n
}

func claimedLogs() (plog.Logs, int) {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	sl := rl.ScopeLogs().AppendEmpty()
	record := sl.LogRecords().AppendEmpty()
	n := claim(rl.Resource().Attributes()) + claim(sl.Scope().Attributes()) + claim(record.Attributes())
	return ld, n + claim(record.Body().SetEmptyMap())
}

func claimedMetrics() (pmetric.Metrics, int) {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	sm := rm.ScopeMetrics().AppendEmpty()
	n := claim(rm.Resource().Attributes()) + claim(sm.Scope().Attributes())
	next := func() pmetric.Metric {
		m := sm.Metrics().AppendEmpty()
		n += claim(m.Metadata())
		return m
	}
	gauge := next().SetEmptyGauge().DataPoints().AppendEmpty()
	n += claim(gauge.Attributes()) + claim(gauge.Exemplars().AppendEmpty().FilteredAttributes())
	sum := next().SetEmptySum().DataPoints().AppendEmpty()
	n += claim(sum.Attributes()) + claim(sum.Exemplars().AppendEmpty().FilteredAttributes())
	hist := next().SetEmptyHistogram().DataPoints().AppendEmpty()
	n += claim(hist.Attributes()) + claim(hist.Exemplars().AppendEmpty().FilteredAttributes())
	exp := next().SetEmptyExponentialHistogram().DataPoints().AppendEmpty()
	n += claim(exp.Attributes()) + claim(exp.Exemplars().AppendEmpty().FilteredAttributes())
	n += claim(next().SetEmptySummary().DataPoints().AppendEmpty().Attributes())
	next() // a metric without data
	return md, n
}

// with is the default configuration with something changed.
func with(change func(*Config)) *Config {
	cfg := createDefaultConfig().(*Config)
	if change != nil {
		change(cfg)
	}
	return cfg
}

func labels(signal, tenant string, more ...attribute.KeyValue) attribute.Set {
	return attribute.NewSet(append(more, attribute.String("signal", signal), attribute.String("tenant", tenant))...)
}

// fixture is one processor of each signal with what they handed on.
type fixture struct {
	traces  consumertest.TracesSink
	logs    consumertest.LogsSink
	metrics consumertest.MetricsSink
	tel     *componenttest.Telemetry
	consume map[pipeline.Signal]func(context.Context) error
	claims  map[pipeline.Signal]int
}

func newFixture(t *testing.T, cfg *Config, host component.Host) *fixture {
	t.Helper()
	f := &fixture{tel: componenttest.NewTelemetry(), consume: map[pipeline.Signal]func(context.Context) error{}, claims: map[pipeline.Signal]int{}}
	set := processortest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = f.tel.NewTelemetrySettings()
	factory := NewFactory()
	run := func(c component.Component, err error) {
		require.NoError(t, err)
		require.NoError(t, c.Start(context.Background(), host))
		t.Cleanup(func() { require.NoError(t, c.Shutdown(context.Background())) })
	}
	tp, err := factory.CreateTraces(context.Background(), set, cfg, &f.traces)
	run(tp, err)
	lp, err := factory.CreateLogs(context.Background(), set, cfg, &f.logs)
	run(lp, err)
	mp, err := factory.CreateMetrics(context.Background(), set, cfg, &f.metrics)
	run(mp, err)
	require.True(t, tp.Capabilities().MutatesData)
	td, tn := claimedTraces()
	ld, ln := claimedLogs()
	md, mn := claimedMetrics()
	f.consume[pipeline.SignalTraces] = func(ctx context.Context) error { return tp.ConsumeTraces(ctx, td) }
	f.consume[pipeline.SignalLogs] = func(ctx context.Context) error { return lp.ConsumeLogs(ctx, ld) }
	f.consume[pipeline.SignalMetrics] = func(ctx context.Context) error { return mp.ConsumeMetrics(ctx, md) }
	f.claims = map[pipeline.Signal]int{pipeline.SignalTraces: tn, pipeline.SignalLogs: ln, pipeline.SignalMetrics: mn}
	return f
}

// JSON of everything that was handed on.
func (f *fixture) json(t *testing.T) string {
	t.Helper()
	out := ""
	for _, td := range f.traces.AllTraces() {
		b, err := (&ptrace.JSONMarshaler{}).MarshalTraces(td)
		require.NoError(t, err)
		out += string(b)
	}
	for _, ld := range f.logs.AllLogs() {
		b, err := (&plog.JSONMarshaler{}).MarshalLogs(ld)
		require.NoError(t, err)
		out += string(b)
	}
	for _, md := range f.metrics.AllMetrics() {
		b, err := (&pmetric.JSONMarshaler{}).MarshalMetrics(md)
		require.NoError(t, err)
		out += string(b)
	}
	return out
}

func TestStampsAndRemovesClaims(t *testing.T) {
	f := newFixture(t, with(func(c *Config) { c.RequireIdentity = true }), componenttest.NewNopHost())
	claims := []metricdata.DataPoint[int64]{}
	for signal, consume := range f.consume {
		require.NoError(t, consume(withAuth(acme)))
		claims = append(claims, metricdata.DataPoint[int64]{Value: int64(f.claims[signal]), Attributes: attribute.NewSet(attribute.String("signal", signal.String()))})
	}
	require.NotContains(t, f.json(t), "evil")
	require.NotContains(t, f.json(t), "roles")
	require.Contains(t, f.json(t), "not a claim")
	resources := []pcommon.Map{
		f.traces.AllTraces()[0].ResourceSpans().At(0).Resource().Attributes(),
		f.traces.AllTraces()[0].ResourceSpans().At(1).Resource().Attributes(),
		f.logs.AllLogs()[0].ResourceLogs().At(0).Resource().Attributes(),
		f.metrics.AllMetrics()[0].ResourceMetrics().At(0).Resource().Attributes(),
	}
	for _, attrs := range resources {
		tenant, project := tenancy.FromResource(attrs)
		require.Equal(t, [2]string{"acme", "shop"}, [2]string{tenant, project})
	}
	kept, ok := resources[0].Get("kept")
	require.True(t, ok)
	require.Equal(t, "yes", kept.Str())

	metadatatest.AssertEqualProcessorLlmTenantClaimsRemoved(t, f.tel, claims, metricdatatest.IgnoreTimestamp())
	metadatatest.AssertEqualProcessorLlmTenantStampedItems(t, f.tel, []metricdata.DataPoint[int64]{
		{Value: 2, Attributes: labels("traces", "acme")},
		{Value: 1, Attributes: labels("logs", "acme")},
		{Value: 5, Attributes: labels("metrics", "acme")},
	}, metricdatatest.IgnoreTimestamp())
}

func TestDuplicateKeysOnTheWire(t *testing.T) {
	// Two attributes of one name are not valid, but nothing stops a client from sending them.
	kv := func(k, v string) *commonpb.KeyValue {
		return &commonpb.KeyValue{Key: k, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: v}}}
	}
	raw, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{Resource: &resourcepb.Resource{
		Attributes: []*commonpb.KeyValue{kv("watchllm.tenant.id", "evil"), kv("a", "b"), kv("watchllm.tenant.id", "evil2")},
	}}}})
	require.NoError(t, err)
	td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(raw)
	require.NoError(t, err)
	require.Equal(t, 2, stampTraces(td, acme))
	require.Equal(t, map[string]any{"a": "b", "watchllm.tenant.id": "acme", "watchllm.project.id": "shop"},
		td.ResourceSpans().At(0).Resource().Attributes().AsRaw())
}

func TestWhoMaySend(t *testing.T) {
	for name, c := range map[string]struct {
		cfg    Config
		ctx    context.Context
		tenant string
		code   codes.Code
	}{
		"key with ingest":                   {Config{RequireIdentity: true}, withAuth(acme), "acme", codes.OK},
		"admin":                             {Config{RequireIdentity: true}, withAuth(admin), "acme", codes.OK},
		"key without ingest":                {Config{RequireIdentity: true}, withAuth(reader), "", codes.PermissionDenied},
		"key without roles":                 {Config{}, withAuth(roleless), "", codes.PermissionDenied},
		"no authenticator":                  {Config{}, context.Background(), "default", codes.OK},
		"no authenticator, required":        {Config{RequireIdentity: true}, context.Background(), "", codes.Unauthenticated},
		"other authenticator":               {Config{RequireIdentity: true}, withAuth(otherAuth{"tenant.id": "initech"}), "initech", codes.OK},
		"other authenticator with roles":    {Config{RequireIdentity: true}, withAuth(otherAuth{"tenant.id": "initech", "roles": []string{"read"}}), "", codes.PermissionDenied},
		"other authenticator, no tenant":    {Config{RequireIdentity: true}, withAuth(otherAuth{"subject": "me"}), "", codes.Unauthenticated},
		"empty identity is no identity":     {Config{RequireIdentity: true}, withAuth(tenancy.Identity{}), "", codes.Unauthenticated},
		"header of a client is no identity": {Config{RequireIdentity: true}, withAuth(nil), "", codes.Unauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, &c.cfg, componenttest.NewNopHost())
			err := f.consume[pipeline.SignalTraces](c.ctx)
			require.Equal(t, c.code, status.Code(err), err)
			if c.code != codes.OK {
				require.True(t, consumererror.IsPermanent(err), "the same request would be refused again")
				require.Empty(t, f.traces.AllTraces())
				return
			}
			tenant, _ := tenancy.FromResource(f.traces.AllTraces()[0].ResourceSpans().At(0).Resource().Attributes())
			require.Equal(t, c.tenant, tenant)
		})
	}
}

func TestRefusalsAreCounted(t *testing.T) {
	f := newFixture(t, with(func(c *Config) { c.RequireIdentity = true }), componenttest.NewNopHost())
	require.Error(t, f.consume[pipeline.SignalTraces](context.Background()))
	require.Error(t, f.consume[pipeline.SignalMetrics](withAuth(reader)))
	metadatatest.AssertEqualProcessorLlmTenantRefusedItems(t, f.tel, []metricdata.DataPoint[int64]{
		{Value: 2, Attributes: labels("traces", "", attribute.String("reason", "no_identity"))},
		{Value: 5, Attributes: labels("metrics", "acme", attribute.String("reason", "role"))},
	}, metricdatatest.IgnoreTimestamp())
}

// gate is an admission extension that remembers what it was told.
type gate struct {
	component.StartFunc
	component.ShutdownFunc
	refuse  error
	asked   []asked
	settled []error
}

type asked struct {
	id           tenancy.Identity
	signal       pipeline.Signal
	items, bytes int
}

func (g *gate) Admit(_ context.Context, id tenancy.Identity, signal pipeline.Signal, items, bytes int) (func(error), error) {
	g.asked = append(g.asked, asked{id, signal, items, bytes})
	if g.refuse != nil {
		return nil, g.refuse
	}
	return func(err error) { g.settled = append(g.settled, err) }, nil
}

type extHost map[component.ID]component.Component

func (h extHost) GetExtensions() map[component.ID]component.Component { return h }

func TestAdmission(t *testing.T) {
	id := component.MustNewID("llm_billing")
	g := &gate{}
	f := newFixture(t, with(func(c *Config) { c.Admission = &id }), extHost{id: g})
	td, _ := claimedTraces()
	size := (&ptrace.ProtoMarshaler{}).TracesSize(td)
	for _, signal := range []pipeline.Signal{pipeline.SignalTraces, pipeline.SignalLogs, pipeline.SignalMetrics} {
		require.NoError(t, f.consume[signal](withAuth(acme)))
	}
	require.Equal(t, asked{acme, pipeline.SignalTraces, 2, size}, g.asked[0])
	require.Equal(t, []error{nil, nil, nil}, g.settled, "told what was taken")
	require.Positive(t, g.asked[1].bytes)
	require.Equal(t, 5, g.asked[2].items)

	g.refuse = status.Error(codes.ResourceExhausted, "the monthly limit is reached")
	require.Equal(t, codes.ResourceExhausted, status.Code(f.consume[pipeline.SignalLogs](withAuth(acme))))
	require.Len(t, f.logs.AllLogs(), 1)
	require.Len(t, g.settled, 3, "a refused batch is not settled")
	metadatatest.AssertEqualProcessorLlmTenantRefusedItems(t, f.tel, []metricdata.DataPoint[int64]{
		{Value: 1, Attributes: labels("logs", "acme", attribute.String("reason", "admission"))},
	}, metricdatatest.IgnoreTimestamp())
}

func TestAdmissionLearnsOfFailure(t *testing.T) {
	id := component.MustNewID("llm_billing")
	g, down := &gate{}, errors.New("down")
	p, err := NewFactory().CreateTraces(context.Background(), processortest.NewNopSettings(metadata.Type), with(func(c *Config) { c.Admission = &id }), consumertest.NewErr(down))
	require.NoError(t, err)
	require.NoError(t, p.Start(context.Background(), extHost{id: g}))
	td, _ := claimedTraces()
	require.ErrorIs(t, p.ConsumeTraces(withAuth(acme), td), down)
	require.Equal(t, []error{down}, g.settled)
	require.NoError(t, p.Shutdown(context.Background()))
}

func TestAdmissionMustExist(t *testing.T) {
	id := component.MustNewID("llm_billing")
	p, err := NewFactory().CreateLogs(context.Background(), processortest.NewNopSettings(metadata.Type), with(func(c *Config) { c.Admission = &id }), consumertest.NewNop())
	require.NoError(t, err)
	require.ErrorContains(t, p.Start(context.Background(), componenttest.NewNopHost()), `there is no extension "llm_billing"`)
	require.ErrorContains(t, p.Start(context.Background(), extHost{id: struct{ component.Component }{}}), "does not decide on admission")
}

// ordinarySpans is a batch as instrumentation sends it: twenty attributes a span, no claims.
func ordinarySpans(n int) ptrace.Traces {
	td := ptrace.NewTraces()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for range n {
		attrs := spans.AppendEmpty().Attributes()
		for _, k := range []string{"gen_ai.operation.name", "gen_ai.request.model", "watchllm.user.id", "http.method", "wait"} {
			for _, suffix := range []string{"", ".a", ".b", ".c"} {
				attrs.PutStr(k+suffix, "value")
			}
		}
		attrs.PutEmptySlice("gen_ai.response.finish_reasons").AppendEmpty().SetStr("stop")
	}
	return td
}

func TestOrdinarySpansCostNoAllocation(t *testing.T) {
	few, many := ordinarySpans(1), ordinarySpans(500)
	stampTraces(few, acme)
	stampTraces(many, acme)
	perBatch := testing.AllocsPerRun(100, func() { stampTraces(few, acme) })
	require.InDelta(t, perBatch, testing.AllocsPerRun(100, func() { stampTraces(many, acme) }), 0.5, "the number of spans does not matter")
}

func BenchmarkStamp(b *testing.B) {
	td := ordinarySpans(100)
	b.ReportAllocs()
	for b.Loop() {
		stampTraces(td, acme)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/span")
}
