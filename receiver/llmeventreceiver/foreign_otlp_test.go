package llmeventreceiver

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/watchllm/watchllm/internal/tenancy"
)

const langfuseOTLP = "/api/public/otel/v1/traces"

func otlpRequest() ptraceotlp.ExportRequest {
	td := ptrace.NewTraces()
	span := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.SetName("generation")
	span.Attributes().PutStr("langfuse.observation.type", "generation")
	return ptraceotlp.NewExportRequestFromTraces(td)
}

// Newer clients send OTLP, to a path of the vendor's under the same address.
func TestVendorsOTLP(t *testing.T) {
	asJSON, err := otlpRequest().MarshalJSON()
	require.NoError(t, err)
	asProto, err := otlpRequest().MarshalProto()
	require.NoError(t, err)
	for contentType, body := range map[string][]byte{"application/json": asJSON, "application/x-protobuf": asProto} {
		f := start(t, options{edit: withVendors, auth: true})
		a := f.post(t, langfuseOTLP, string(body), "Content-Type", contentType)
		require.Equal(t, 200, a.status, "%s: %s", contentType, a.text)
		require.Equal(t, 1, f.traces.SpanCount())
		span := f.traces.AllTraces()[0].ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
		assert.Equal(t, "generation", span.Name())
		id, ok := tenancy.FromContext(f.traces.Contexts()[0])
		require.True(t, ok, "whose spans these are")
		assert.NotEmpty(t, id.Tenant)
	}
}

// LangSmith's client reports over OTLP what it reports as JSON as well: taken twice, it would be counted twice.
func TestLangSmithIsNotTakenTwice(t *testing.T) {
	f := start(t, options{edit: withVendors, auth: true})
	assert.Equal(t, 404, f.post(t, "/otel/v1/traces", "{}").status)
}

func TestVendorsOTLPRefused(t *testing.T) {
	f := start(t, options{edit: withVendors, auth: true})
	for want, ask := range map[int][]string{
		400: {"not OTLP", "Content-Type", "application/x-protobuf"},
		401: {"{}", "X-API-Key", ""},
		415: {"{}", "Content-Type", "text/plain"},
	} {
		a := f.post(t, langfuseOTLP, ask[0], ask[1:]...)
		assert.Equal(t, want, a.status, a.text)
	}
	assert.Zero(t, f.traces.SpanCount())

	f = start(t, options{edit: withVendors, noLogs: true, traces: consumertest.NewErr(errors.New("full"))})
	body, err := otlpRequest().MarshalJSON()
	require.NoError(t, err)
	assert.Equal(t, 503, f.post(t, langfuseOTLP, string(body)).status, "the client is to send it again")

	f = start(t, options{edit: withVendors, noTraces: true})
	assert.Equal(t, 404, f.post(t, langfuseOTLP, "{}").status)
}
