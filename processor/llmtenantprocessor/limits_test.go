package llmtenantprocessor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pipeline"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/processor/llmtenantprocessor/internal/metadata"
	"github.com/watchllm/watchllm/processor/llmtenantprocessor/internal/metadatatest"
)

// house is the processors of one configuration with a clock that is moved by hand.
type house struct {
	traces  processor.Traces
	logs    processor.Logs
	metrics processor.Metrics
	tel     *componenttest.Telemetry
	now     time.Duration
}

func newHouse(t testing.TB, cfg *Config, host component.Host, next consumertest.Consumer) *house {
	t.Helper()
	h := &house{tel: componenttest.NewTelemetry()}
	enforcers.Lock()
	enforcers.of[cfg] = &sharedEnforcer{enforcer: newEnforcer(&cfg.Limits, func() time.Duration { return h.now })}
	enforcers.Unlock()
	set := processortest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = h.tel.NewTelemetrySettings()
	start := func(c component.Component, err error) {
		require.NoError(t, err)
		require.NoError(t, c.Start(context.Background(), host))
		t.Cleanup(func() { require.NoError(t, c.Shutdown(context.Background())) })
	}
	var err error
	h.traces, err = createTraces(context.Background(), set, cfg, next)
	start(h.traces, err)
	h.logs, err = createLogs(context.Background(), set, cfg, next)
	start(h.logs, err)
	h.metrics, err = createMetrics(context.Background(), set, cfg, next)
	start(h.metrics, err)
	return h
}

func tenant(name, key string) context.Context {
	return withAuth(tenancy.Identity{Tenant: name, Project: "p", KeyID: key, Roles: []tenancy.Role{tenancy.RoleIngest}})
}

func logsOf(n int) plog.Logs {
	ld := plog.NewLogs()
	records := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	for range n {
		records.AppendEmpty().SetEventName("api_request")
	}
	return ld
}

func pointsOf(n int) pmetric.Metrics {
	md := pmetric.NewMetrics()
	points := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty().SetEmptyGauge().DataPoints()
	for range n {
		points.AppendEmpty().SetIntValue(1)
	}
	return md
}

// retryAfter is what a client is told, 0 if it must not come again.
func retryAfter(t *testing.T, err error, code codes.Code) time.Duration {
	t.Helper()
	s, ok := status.FromError(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, code, s.Code(), s.Message())
	for _, d := range s.Details() {
		if info, ok := d.(*errdetails.RetryInfo); ok {
			require.False(t, consumererror.IsPermanent(err))
			return info.GetRetryDelay().AsDuration()
		}
	}
	require.True(t, consumererror.IsPermanent(err))
	return 0
}

func TestRates(t *testing.T) {
	h := newHouse(t, with(func(c *Config) {
		c.Limits.Default.Rate = RateConfig{Spans: 10, LogRecords: 20, DataPoints: 30, Burst: time.Second}
		c.Limits.Default.RatePerKey = RateConfig{Spans: 6, Burst: time.Second}
		big := c.Limits.Default
		big.Rate.Spans, big.RatePerKey = 1000, RateConfig{Spans: 1000, Burst: time.Second}
		c.Limits.Tenants = map[string]TenantLimits{"big": big}
	}), componenttest.NewNopHost(), consumertest.NewNop())
	a1, a2, a3, b := tenant("a", "1"), tenant("a", "2"), tenant("a", "3"), tenant("b", "1")

	require.NoError(t, h.traces.ConsumeTraces(a1, ordinarySpans(6)))
	err := h.traces.ConsumeTraces(a1, ordinarySpans(3))
	require.Equal(t, time.Second, retryAfter(t, err, codes.ResourceExhausted), "half a second, in whole ones")
	require.EqualError(t, err, `key "1" of tenant "a" sends more than 6 spans a second; send again after 1s, send less, or have limits::default::rate_per_key::spans raised`)
	require.NoError(t, h.traces.ConsumeTraces(a2, ordinarySpans(4)), "another key has its own rate")
	err = h.traces.ConsumeTraces(a3, ordinarySpans(1))
	require.EqualError(t, err, `tenant "a" sends more than 10 spans a second; send again after 1s, send less, or have limits::default::rate::spans raised`)
	require.NoError(t, h.traces.ConsumeTraces(b, ordinarySpans(6)), "another tenant is not concerned")
	require.NoError(t, h.traces.ConsumeTraces(tenant("big", "1"), ordinarySpans(1000)))
	require.NoError(t, h.logs.ConsumeLogs(a1, logsOf(20)), "log records have a rate of their own")
	retryAfter(t, h.logs.ConsumeLogs(a1, logsOf(1)), codes.ResourceExhausted)
	require.NoError(t, h.metrics.ConsumeMetrics(a1, pointsOf(30)))
	retryAfter(t, h.metrics.ConsumeMetrics(a1, pointsOf(1)), codes.ResourceExhausted)

	h.now += time.Second
	require.NoError(t, h.traces.ConsumeTraces(a1, ordinarySpans(3)), "the same request, after what Retry-After said")

	metadatatest.AssertEqualProcessorLlmTenantRefusedItems(t, h.tel, []metricdata.DataPoint[int64]{
		{Value: 3, Attributes: labels("traces", "a", attribute.String("reason", "key_rate"))},
		{Value: 1, Attributes: labels("traces", "a", attribute.String("reason", "rate"))},
		{Value: 1, Attributes: labels("logs", "a", attribute.String("reason", "rate"))},
		{Value: 1, Attributes: labels("metrics", "a", attribute.String("reason", "rate"))},
	}, metricdatatest.IgnoreTimestamp())
}

// Bytes of all signals come out of one bucket, because all processors of a configuration share it.
func TestBytesOfAllSignals(t *testing.T) {
	td, ld := ordinarySpans(10), logsOf(10)
	spans, records := (&ptrace.ProtoMarshaler{}).TracesSize(td), (&plog.ProtoMarshaler{}).LogsSize(ld)
	h := newHouse(t, with(func(c *Config) {
		c.Limits.Default.Rate = RateConfig{Bytes: int64(spans + records + 1), Burst: time.Second}
		c.MetricTenants = 1
	}), componenttest.NewNopHost(), consumertest.NewNop())
	require.NoError(t, h.traces.ConsumeTraces(tenant("a", "1"), td))
	require.NoError(t, h.logs.ConsumeLogs(tenant("a", "1"), ld))
	err := h.logs.ConsumeLogs(tenant("a", "2"), logsOf(10))
	require.ErrorContains(t, err, "bytes a second")
	require.NoError(t, h.logs.ConsumeLogs(tenant("b", "2"), logsOf(10)))
	metadatatest.AssertEqualProcessorLlmTenantStampedBytes(t, h.tel, []metricdata.DataPoint[int64]{
		{Value: int64(spans), Attributes: labels("traces", "a")},
		{Value: int64(records), Attributes: labels("logs", "a")},
		{Value: int64(records), Attributes: labels("logs", "_other")},
	}, metricdatatest.IgnoreTimestamp())
	metadatatest.AssertEqualProcessorLlmTenantRefusedBytes(t, h.tel, []metricdata.DataPoint[int64]{
		{Value: int64(records), Attributes: labels("logs", "a", attribute.String("reason", "rate_bytes"))},
	}, metricdatatest.IgnoreTimestamp())
}

func TestLargeRequestsAreRefusedForGood(t *testing.T) {
	h := newHouse(t, with(func(c *Config) {
		c.Limits.Default.Request = RequestConfig{Spans: 5, LogRecords: 5, DataPoints: 5, Bytes: 1000}
		c.Limits.Default.Rate.Spans = 1
	}), componenttest.NewNopHost(), consumertest.NewNop())
	ctx := tenant("a", "1")
	for name, err := range map[string]error{
		"the request has 6 spans and 5 are allowed; send smaller batches, or have limits::default::request::spans raised":             h.traces.ConsumeTraces(ctx, ordinarySpans(6)),
		"the request has 6 log records and 5 are allowed; send smaller batches, or have limits::default::request::log_records raised": h.logs.ConsumeLogs(ctx, logsOf(6)),
		"the request has 6 data points and 5 are allowed; send smaller batches, or have limits::default::request::data_points raised": h.metrics.ConsumeMetrics(ctx, pointsOf(6)),
	} {
		require.EqualError(t, err, name)
		require.Zero(t, retryAfter(t, err, codes.InvalidArgument))
	}
	require.ErrorContains(t, h.traces.ConsumeTraces(ctx, ordinarySpans(5)), "bytes and 1000 are allowed")
	require.NoError(t, h.traces.ConsumeTraces(ctx, ordinarySpans(1)), "nothing of the rate was used up")

	// What was acknowledged before is never lost.
	sink := &consumertest.TracesSink{}
	h = newHouse(t, with(func(c *Config) {
		c.Limits.Default.Request = RequestConfig{Spans: 5, Bytes: 1000}
		c.Limits.Default.Size = SizeConfig{Attribute: 256, Oversized: OversizedRefuse}
	}), componenttest.NewNopHost(), tracesInto{consumertest.NewNop(), sink})
	td := ordinarySpans(10)
	firstSpan(td).Attributes().PutStr("k", strings.Repeat("x", 300))
	require.NoError(t, h.traces.ConsumeTraces(tenancy.WithAcknowledged(ctx), td))
	require.Equal(t, 10, sink.SpanCount())
	require.Equal(t, []any{"k=300"}, firstSpan(sink.AllTraces()[0]).Attributes().AsRaw()["watchllm.limits.truncated"])
}

// tracesInto is a consumer of everything that keeps spans.
type tracesInto struct {
	consumertest.Consumer
	sink *consumertest.TracesSink
}

func (c tracesInto) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	return c.sink.ConsumeTraces(ctx, td)
}

func firstSpan(td ptrace.Traces) ptrace.Span {
	return td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
}

func TestOversized(t *testing.T) {
	send := func(o Oversized) (*house, *consumertest.TracesSink, error) {
		sink := &consumertest.TracesSink{}
		h := newHouse(t, with(func(c *Config) {
			c.Limits.Default.Size = SizeConfig{Attribute: 1000, Span: 3000, LogRecord: 3000, Oversized: o}
		}), componenttest.NewNopHost(), tracesInto{consumertest.NewNop(), sink})
		td := ordinarySpans(3)
		firstSpan(td).SetName("chat")
		firstSpan(td).Attributes().PutStr("gen_ai.input.messages", strings.Repeat("x", 1001))
		return h, sink, h.traces.ConsumeTraces(tenant("a", "1"), td)
	}
	h, sink, err := send(OversizedTruncate)
	require.NoError(t, err)
	require.Equal(t, 3, sink.SpanCount(), "nothing beside it is lost")
	attrs := firstSpan(sink.AllTraces()[0]).Attributes().AsRaw()
	require.Len(t, attrs["gen_ai.input.messages"], 1000)
	require.Equal(t, []any{"gen_ai.input.messages=1001"}, attrs["watchllm.limits.truncated"])
	metadatatest.AssertEqualProcessorLlmTenantTruncatedAttributes(t, h.tel,
		[]metricdata.DataPoint[int64]{{Value: 1, Attributes: labels("traces", "a")}}, metricdatatest.IgnoreTimestamp())

	h, sink, err = send(OversizedRefuse)
	require.Zero(t, retryAfter(t, err, codes.InvalidArgument))
	require.EqualError(t, err, `the attribute "gen_ai.input.messages" of the span "chat" has 1001 bytes of text and 1000 are allowed; `+
		`nothing of the request was taken: shorten it, or have limits::default::size::attribute raised or limits::default::size::oversized set to truncate`)
	require.Zero(t, sink.SpanCount())
	ld := logsOf(1)
	for i := range 300 {
		ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0).Attributes().PutStr(fmt.Sprint("k", i), "some text")
	}
	require.ErrorContains(t, h.logs.ConsumeLogs(tenant("a", "1"), ld), "limits::default::size::log_record raised")
	td := ordinarySpans(1)
	firstSpan(td).Status().SetMessage(strings.Repeat("x", 3000))
	require.ErrorContains(t, h.traces.ConsumeTraces(tenant("a", "1"), td), "limits::default::size::span raised")
	metadatatest.AssertEqualProcessorLlmTenantRefusedItems(t, h.tel, []metricdata.DataPoint[int64]{
		{Value: 3, Attributes: labels("traces", "a", attribute.String("reason", "attribute_size"))},
		{Value: 1, Attributes: labels("traces", "a", attribute.String("reason", "item_size"))},
		{Value: 1, Attributes: labels("logs", "a", attribute.String("reason", "item_size"))},
	}, metricdatatest.IgnoreTimestamp())
}

// blocking is a pipeline that holds every batch of spans until it is told to let go.
type blocking struct {
	consumertest.Consumer
	entered chan struct{}
	release chan struct{}
}

func (b *blocking) ConsumeTraces(context.Context, ptrace.Traces) error {
	b.entered <- struct{}{}
	<-b.release
	return nil
}

// While the pipeline is slow, a tenant that fills its share is refused and the other is not.
func TestShareWhileThePipelineIsSlow(t *testing.T) {
	next := &blocking{consumertest.NewNop(), make(chan struct{}), make(chan struct{})}
	h := newHouse(t, with(func(c *Config) { c.Limits.InFlightBytes = 8 << 20 }), componenttest.NewNopHost(), next)
	mebibyte := func() ptrace.Traces {
		td := ordinarySpans(1)
		firstSpan(td).Attributes().PutStr("k", strings.Repeat("x", 1<<20))
		return td
	}
	var wg sync.WaitGroup
	inFlight := 0
	var err error
	for err == nil {
		done := make(chan error, 1)
		td := mebibyte()
		wg.Go(func() { done <- h.traces.ConsumeTraces(tenant("noisy", "1"), td) })
		select {
		case <-next.entered:
			inFlight++
		case err = <-done:
		}
	}
	require.Equal(t, 4, inFlight, "half of eight")
	require.Equal(t, time.Second, retryAfter(t, err, codes.ResourceExhausted))
	require.ErrorContains(t, err, `tenant "noisy" has its share of what may be under way`)
	for _, name := range []string{"quiet", "quiet", "another"} {
		wg.Go(func() { assert.NoError(t, h.traces.ConsumeTraces(tenant(name, "1"), mebibyte())) })
		<-next.entered
	}
	var points []metricdata.DataPoint[int64]
	size := int64((&ptrace.ProtoMarshaler{}).TracesSize(mebibyte()))
	for name, n := range map[string]int64{"noisy": 4, "quiet": 2, "another": 1, "_other": 0} {
		points = append(points, metricdata.DataPoint[int64]{Value: n * size, Attributes: labels("traces", name)})
	}
	for _, signal := range []string{"logs", "metrics"} {
		points = append(points, metricdata.DataPoint[int64]{Attributes: labels(signal, "_other")})
	}
	metadatatest.AssertEqualProcessorLlmTenantInFlightBytes(t, h.tel, points, metricdatatest.IgnoreTimestamp())

	err = h.traces.ConsumeTraces(tenant("fourth", "1"), mebibyte())
	require.Equal(t, time.Second, retryAfter(t, err, codes.Unavailable), "not the fault of this one")

	close(next.release)
	wg.Wait()
	go func() { <-next.entered }()
	require.NoError(t, h.traces.ConsumeTraces(tenant("noisy", "1"), mebibyte()), "the same request, later")
}

// What somebody behind the limits refuses has cost nothing, unless it is refused for good.
func TestWhatDoesNotArriveIsNotUsedUp(t *testing.T) {
	down := errors.New("the queue is full")
	for name, c := range map[string]struct {
		host  extHost
		next  consumertest.Consumer
		again codes.Code
	}{
		"admission":      {extHost{component.MustNewID("llm_billing"): &gate{refuse: down}}, consumertest.NewNop(), codes.Unknown},
		"content policy": {extHost{component.MustNewID("llm_billing"): &mask{refuse: down}}, consumertest.NewNop(), codes.Unknown},
		"pipeline":       {extHost{}, consumertest.NewErr(down), codes.Unknown},
		"for good":       {extHost{}, consumertest.NewErr(consumererror.NewPermanent(down)), codes.ResourceExhausted},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, with(func(cfg *Config) {
				cfg.Limits.Default.Rate = RateConfig{Spans: 1, Burst: time.Second}
				id := component.MustNewID("llm_billing")
				switch name {
				case "admission":
					cfg.Admission = &id
				case "content policy":
					cfg.ContentPolicy = &id
				}
			}), c.host, c.next)
			require.ErrorIs(t, h.traces.ConsumeTraces(tenant("a", "1"), ordinarySpans(1)), down)
			require.Equal(t, c.again, status.Code(h.traces.ConsumeTraces(tenant("a", "1"), ordinarySpans(1))))
		})
	}
}

func TestPanicReleasesWhatIsInFlight(t *testing.T) {
	h := newHouse(t, with(func(c *Config) { c.Limits.InFlightBytes = smallestInFlight }), componenttest.NewNopHost(), panicking{consumertest.NewNop()})
	for range 3 {
		require.Panics(t, func() { _ = h.traces.ConsumeTraces(tenant("a", "1"), ordinarySpans(5000)) })
	}
}

type panicking struct{ consumertest.Consumer }

func (panicking) ConsumeTraces(context.Context, ptrace.Traces) error { panic("a bug") }

// mask is a content policy.
type mask struct {
	component.StartFunc
	component.ShutdownFunc
	refuse error
	seen   []tenancy.Identity
}

func (m *mask) ApplyTraces(_ context.Context, id tenancy.Identity, td ptrace.Traces) error {
	m.seen = append(m.seen, id)
	firstSpan(td).Attributes().PutStr("k", "***")
	return m.refuse
}

func (m *mask) ApplyLogs(_ context.Context, id tenancy.Identity, ld plog.Logs) error {
	m.seen = append(m.seen, id)
	ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0).Body().SetStr("***")
	return m.refuse
}

func TestContentPolicy(t *testing.T) {
	id := component.MustNewID("masking")
	m := &mask{}
	f := newFixture(t, with(func(c *Config) { c.ContentPolicy = &id }), extHost{id: m})
	for _, consume := range f.consume {
		require.NoError(t, consume(withAuth(acme)))
	}
	require.Equal(t, []tenancy.Identity{acme, acme}, m.seen, "figures have no content")
	first := f.traces.AllTraces()[0]
	require.Equal(t, "***", firstSpan(first).Attributes().AsRaw()["k"])
	who, _ := tenancy.FromResource(first.ResourceSpans().At(0).Resource().Attributes())
	require.Equal(t, "acme", who, "it sees whose data it is")

	m.refuse = status.Error(codes.PermissionDenied, "card numbers are not allowed here")
	require.Equal(t, codes.PermissionDenied, status.Code(f.consume[pipeline.SignalLogs](withAuth(acme))))
	require.Len(t, f.logs.AllLogs(), 1)

	p, err := NewFactory().CreateLogs(context.Background(), processortest.NewNopSettings(metadata.Type), with(func(c *Config) { c.ContentPolicy = &id }), consumertest.NewNop())
	require.NoError(t, err)
	require.ErrorContains(t, p.Start(context.Background(), componenttest.NewNopHost()), `content_policy: there is no extension "masking"`)
	require.ErrorContains(t, p.Start(context.Background(), extHost{id: &gate{}}), "does not decide on content_policy")
}

// Processors of one configuration share its limits while one of them runs, and nothing stays behind.
func TestEnforcersAreShared(t *testing.T) {
	cfg, other := with(nil), with(nil)
	a, b := acquireEnforcer(cfg), acquireEnforcer(cfg)
	require.Same(t, a, b)
	require.NotSame(t, a, acquireEnforcer(other))
	releaseEnforcer(other)
	releaseEnforcer(cfg)
	require.Same(t, a, acquireEnforcer(cfg))
	releaseEnforcer(cfg)
	releaseEnforcer(cfg)
	enforcers.Lock()
	defer enforcers.Unlock()
	require.NotContains(t, enforcers.of, cfg)
	require.NotContains(t, enforcers.of, other)
}

func TestMetricsOfManyTenantsAreBounded(t *testing.T) {
	h := newHouse(t, with(func(c *Config) {
		c.MetricTenants = 3
		c.Limits.Tenants = map[string]TenantLimits{"known": c.Limits.Default}
	}), componenttest.NewNopHost(), consumertest.NewNop())
	for i := range 50 {
		require.NoError(t, h.traces.ConsumeTraces(tenant(fmt.Sprint("t", i), "1"), ordinarySpans(1)))
	}
	require.NoError(t, h.traces.ConsumeTraces(tenant("known", "1"), ordinarySpans(1)))
	metadatatest.AssertEqualProcessorLlmTenantStampedItems(t, h.tel, []metricdata.DataPoint[int64]{
		{Value: 1, Attributes: labels("traces", "t0")},
		{Value: 1, Attributes: labels("traces", "t1")},
		{Value: 1, Attributes: labels("traces", "known")},
		{Value: 48, Attributes: labels("traces", "_other")},
	}, metricdatatest.IgnoreTimestamp())
}

var _ consumer.Traces = (*blocking)(nil)

// BenchmarkPass is one request of one span: what the door costs beside stamping, which is not counted for tokens or attributes.
func BenchmarkPass(b *testing.B) {
	for name, change := range map[string]func(*TenantLimits){
		"off":   func(*TenantLimits) {},
		"rates": func(l *TenantLimits) { l.Rate.Spans, l.RatePerKey.Spans, l.Request.Spans = 1e12, 1e12, 1e6 },
		"rates_and_bytes": func(l *TenantLimits) {
			l.Rate.Spans, l.RatePerKey.Spans, l.Rate.Bytes, l.Request.Bytes = 1e12, 1e12, 1e12, 1e9
		},
		"everything": func(l *TenantLimits) {
			l.Rate.Spans, l.RatePerKey.Spans, l.Rate.Bytes, l.Request.Bytes = 1e12, 1e12, 1e12, 1e9
			l.Size = SizeConfig{Attribute: 1 << 20, Span: 1 << 20, Oversized: OversizedTruncate}
		},
	} {
		for _, spans := range []int{1, 100} {
			b.Run(fmt.Sprintf("%s/%d_spans", name, spans), func(b *testing.B) {
				cfg := with(func(c *Config) { change(&c.Limits.Default) })
				set := processortest.NewNopSettings(metadata.Type)
				p, err := createTraces(context.Background(), set, cfg, consumertest.NewNop())
				require.NoError(b, err)
				require.NoError(b, p.Start(context.Background(), componenttest.NewNopHost()))
				ctx, td := tenant("a", "1"), ordinarySpans(spans)
				b.ReportAllocs()
				for b.Loop() {
					if err := p.ConsumeTraces(ctx, td); err != nil {
						b.Fatal(err)
					}
				}
				require.NoError(b, p.Shutdown(context.Background()))
			})
		}
	}
}
