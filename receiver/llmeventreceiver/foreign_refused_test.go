package llmeventreceiver

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
)

// Traceloop's SDKs send all signals to one address. Spans are taken; of the others it is said that they are not.
func TestTraceloop(t *testing.T) {
	f := start(t, options{edit: withVendors, auth: true})
	body, err := otlpRequest().MarshalProto()
	require.NoError(t, err)
	require.Equal(t, 200, f.post(t, "/v1/traces", string(body), "Content-Type", "application/x-protobuf").status)
	require.Equal(t, 1, f.traces.SpanCount())

	md := pmetric.NewMetrics()
	md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty().SetEmptyGauge().DataPoints().AppendEmpty().SetIntValue(1)
	body, err = pmetricotlp.NewExportRequestFromMetrics(md).MarshalProto()
	require.NoError(t, err)
	a := f.post(t, "/v1/metrics", string(body), "Content-Type", "application/x-protobuf")
	require.Equal(t, 200, a.status, a.text)
	metrics := pmetricotlp.NewExportResponse()
	require.NoError(t, metrics.UnmarshalProto([]byte(a.text)))
	assert.EqualValues(t, 1, metrics.PartialSuccess().RejectedDataPoints())
	assert.Contains(t, metrics.PartialSuccess().ErrorMessage(), "not stored")

	ld := plog.NewLogs()
	ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	body, err = plogotlp.NewExportRequestFromLogs(ld).MarshalJSON()
	require.NoError(t, err)
	a = f.post(t, "/v1/logs", string(body))
	require.Equal(t, 200, a.status, a.text)
	logs := plogotlp.NewExportResponse()
	require.NoError(t, logs.UnmarshalJSON([]byte(a.text)))
	assert.EqualValues(t, 1, logs.PartialSuccess().RejectedLogRecords())
	assert.Zero(t, f.logs.LogRecordCount())

	for want, ask := range map[int][]string{
		400: {"not OTLP", "Content-Type", "application/x-protobuf"},
		401: {"{}", "X-API-Key", ""},
		415: {"{}", "Content-Type", "text/plain"},
	} {
		assert.Equal(t, want, f.post(t, "/v1/metrics", ask[0], ask[1:]...).status)
	}
	assert.Equal(t, 1, f.traces.SpanCount())
}
