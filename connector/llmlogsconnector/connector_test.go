package llmlogsconnector

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/watchllm/watchllm/connector/llmlogsconnector/internal/metadata"
	"github.com/watchllm/watchllm/connector/llmlogsconnector/internal/metadatatest"
	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/processor/llmtenantprocessor"
)

func claudeCall(t testing.TB) plog.Logs {
	ld, _ := recordOf(t, "com.anthropic.claude_code.events", attrs{
		"event.name": "api_request", "model": "claude-sonnet-4-5", "input_tokens": 397, "output_tokens": 211,
		"watchllm.tenant.id": "victim", "watchllm.cost.amount": "0",
	})
	ld.ResourceLogs().At(0).Resource().Attributes().PutStr("watchllm.tenant.id", "victim")
	return ld
}

// What the pipeline behind answers is what the sender of the logs is told: an error is not swallowed, nor is a permanent one made temporary.
func TestAnswers(t *testing.T) {
	for _, want := range []error{nil, errors.New("queue is full"), consumererror.NewPermanent(errors.New("no"))} {
		c := newTest(t, consumertest.NewErr(want))
		assert.Equal(t, want, c.ConsumeLogs(t.Context(), claudeCall(t)))
	}
	nobody := newTest(t, consumertest.NewErr(errors.New("must not be asked")))
	other, _ := recordOf(t, "", attrs{"event.name": "something"})
	assert.NoError(t, nobody.ConsumeLogs(t.Context(), other))
}

// A log record is its sender's, whatever it says: behind llm_tenant the spans carry the tenant of the key, and they go on under the
// identity the request came with.
func TestTenancy(t *testing.T) {
	var got []string
	next, err := consumer.NewTraces(func(ctx context.Context, td ptrace.Traces) error {
		id, _ := tenancy.FromContext(ctx)
		for _, s := range spansOf([]ptrace.Traces{td}) {
			tenant, _ := tenancy.FromResource(s.resource.Attributes())
			_, claimed := s.Attributes().Get("watchllm.tenant.id")
			assert.False(t, claimed)
			got = append(got, tenant+" as "+id.Tenant)
		}
		return nil
	})
	require.NoError(t, err)
	factory := llmtenantprocessor.NewFactory()
	cfg := factory.CreateDefaultConfig()
	cfg.(*llmtenantprocessor.Config).RequireIdentity = true
	door, err := factory.CreateLogs(t.Context(), processortest.NewNopSettings(factory.Type()), cfg, newTest(t, next))
	require.NoError(t, err)
	require.NoError(t, door.Start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, door.Shutdown(context.Background())) })

	for _, tenant := range []string{"acme", "globex"} {
		ctx := client.NewContext(t.Context(), client.Info{})
		ctx = tenancy.NewContext(ctx, tenancy.Identity{Tenant: tenant, Project: "default", Roles: []tenancy.Role{tenancy.RoleIngest}})
		require.NoError(t, door.ConsumeLogs(ctx, claudeCall(t)))
	}
	assert.Equal(t, []string{"acme as acme", "globex as globex"}, got)
	require.Error(t, door.ConsumeLogs(t.Context(), claudeCall(t)), "nobody sent this")
	assert.Len(t, got, 2)
}

func TestMetrics(t *testing.T) {
	tel := componenttest.NewTelemetry()
	t.Cleanup(func() { require.NoError(t, tel.Shutdown(context.Background())) })
	answer := errors.New("not yet")
	next, err := consumer.NewTraces(func(context.Context, ptrace.Traces) error { return answer })
	require.NoError(t, err)
	set := connector.Settings{ID: component.NewID(metadata.Type), TelemetrySettings: tel.NewTelemetrySettings()}
	c, err := NewFactory().CreateLogsToTraces(t.Context(), set, createDefaultConfig(), next)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Shutdown(context.Background())) })

	ld := claudeCall(t)
	more, _ := recordOf(t, "", attrs{"event.name": "gen_ai.user.message"})
	more.ResourceLogs().MoveAndAppendTo(ld.ResourceLogs())
	require.Error(t, c.ConsumeLogs(t.Context(), ld))
	answer = nil
	require.NoError(t, c.ConsumeLogs(t.Context(), ld), "sent again")

	opts := metricdatatest.IgnoreTimestamp()
	metadatatest.AssertEqualConnectorLlmLogsRecords(t, tel, []metricdata.DataPoint[int64]{{Value: 2}}, opts)
	metadatatest.AssertEqualConnectorLlmLogsIgnored(t, tel, []metricdata.DataPoint[int64]{
		{Value: 1, Attributes: attribute.NewSet(attribute.String("reason", "message"))}}, opts)
	metadatatest.AssertEqualConnectorLlmLogsSpans(t, tel, []metricdata.DataPoint[int64]{
		{Value: 1, Attributes: attribute.NewSet(attribute.String("source", "claude_code"), attribute.String("kind", "call"))}}, opts)
}
