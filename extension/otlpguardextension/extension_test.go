package otlpguardextension

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/watchllm/watchllm/extension/otlpguardextension/internal/metadata"
	"github.com/watchllm/watchllm/extension/otlpguardextension/internal/metadatatest"
)

type host map[component.ID]component.Component

func (h host) GetExtensions() map[component.ID]component.Component { return h }

// bench is an OTLP receiver behind a guard, configured like the one of collector.yaml.
type bench struct {
	http, grpc string
	sink       consumertest.TracesSink
	tel        *componenttest.Telemetry
	guard      *guard
}

func start(t *testing.T) *bench {
	t.Helper()
	b := &bench{http: address(t), grpc: address(t), tel: componenttest.NewTelemetry()}
	set := extensiontest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = b.tel.NewTelemetrySettings()
	ext, err := NewFactory().Create(context.Background(), set, createDefaultConfig())
	require.NoError(t, err)
	b.guard = ext.(*guard)
	h := host{component.NewID(metadata.Type): ext}
	factory := otlpreceiver.NewFactory()
	cfg := factory.CreateDefaultConfig()
	require.NoError(t, confmap.NewFromStringMap(map[string]any{"protocols": map[string]any{
		"http": map[string]any{
			"endpoint": b.http, "max_request_body_size": 32 << 20, "compression_algorithms": []any{},
			"middlewares": []any{map[string]any{"id": "otlp_guard"}},
		},
		"grpc": map[string]any{"endpoint": b.grpc, "max_recv_msg_size_mib": 32, "middlewares": []any{map[string]any{"id": "otlp_guard"}}},
	}}).Unmarshal(cfg))
	r, err := factory.CreateTraces(context.Background(), receivertest.NewNopSettings(factory.Type()), cfg, &b.sink)
	require.NoError(t, err)
	require.NoError(t, ext.Start(context.Background(), h))
	require.NoError(t, r.Start(context.Background(), h))
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		require.NoError(t, r.Shutdown(context.Background()))
		require.NoError(t, ext.Shutdown(context.Background()))
		require.NoError(t, b.tel.Shutdown(context.Background()))
	})
	return b
}

func address(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // nothing to cancel
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

func (b *bench) post(t *testing.T, contentType, encoding string, body []byte) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://"+b.http+"/v1/traces", bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", contentType)
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, text
}

func span() ptraceotlp.ExportRequest {
	td := ptrace.NewTraces()
	s := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	s.SetName("chat")
	s.Attributes().PutStr("gen_ai.input.messages", strings.Repeat("How large is the parcel? ", 100))
	return ptraceotlp.NewExportRequestFromTraces(td)
}

// nested is a request of so many bytes that consists of lists in lists.
func nested(size int) []byte {
	reversed := make([]byte, 0, size+64)
	wrap := func(tag byte) {
		head := []byte{tag}
		for n := len(reversed); ; n >>= 7 {
			if n < 0x80 {
				head = append(head, byte(n))
				break
			}
			head = append(head, byte(n)|0x80)
		}
		for i := len(head) - 1; i >= 0; i-- {
			reversed = append(reversed, head[i])
		}
	}
	for len(reversed) < size {
		wrap(0x0a) // ArrayValue.values
		wrap(0x2a) // AnyValue.array_value
	}
	for _, tag := range []byte{0x12, 0x4a, 0x12, 0x12, 0x0a} { // value, attributes, spans, scope_spans, resource_spans
		wrap(tag)
	}
	out := make([]byte, 0, len(reversed))
	for i := len(reversed) - 1; i >= 0; i-- {
		out = append(out, reversed[i])
	}
	return out
}

func gzipped(t *testing.T, body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(body)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

func zstandard(t *testing.T, body []byte) []byte {
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b)
	require.NoError(t, err)
	_, err = z.Write(body)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

// What clients send passes, in every encoding.
func TestOrdinaryRequests(t *testing.T) {
	b := start(t)
	raw, err := span().MarshalProto()
	require.NoError(t, err)
	text, err := span().MarshalJSON()
	require.NoError(t, err)
	sent := 0
	for contentType, body := range map[string][]byte{"application/x-protobuf": raw, "application/json": text, "application/json; charset=utf-8": text} {
		for encoding, encoded := range map[string][]byte{"": body, "gzip": gzipped(t, body), "zstd": zstandard(t, body)} {
			resp, answer := b.post(t, contentType, encoding, encoded)
			require.Equal(t, 200, resp.StatusCode, "%s %s: %s", contentType, encoding, answer)
			sent++
		}
	}
	conn, err := grpc.NewClient(b.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer conn.Close()
	for range 3 {
		_, err = ptraceotlp.NewGRPCClient(conn).Export(context.Background(), span())
		require.NoError(t, err)
		sent++
	}
	for _, td := range b.sink.AllTraces() {
		require.Equal(t, span().Traces(), td)
	}
	require.Equal(t, sent, b.sink.SpanCount())
	require.Zero(t, b.guard.room.Taken())
	resp, _ := b.post(t, "text/plain", "", raw)
	require.Equal(t, 415, resp.StatusCode, "the receiver's own answers stay as they are")
}

// Without the guard, the first of these ends the process: the decoder is recursive.
func TestHostileRequests(t *testing.T) {
	b := start(t)
	spaces := bytes.Repeat([]byte(" "), 128<<20)
	deep := []byte(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"a","value":` +
		strings.Repeat(`{"arrayValue":{"values":[`, 500_000) + strings.Repeat(`]}}`, 500_000) + `}]}]}]}]}`)
	for _, c := range []struct {
		name, contentType, encoding string
		body                        []byte
		status                      int
		reason, words               string
		most                        int64
	}{
		{"deep", "application/x-protobuf", "", nested(24 << 20), 400, "too_deep", "nests too deep", 160 << 20},
		{"deep gzip", "application/x-protobuf", "gzip", gzipped(t, nested(24<<20)), 400, "too_deep", "nests too deep", 160 << 20},
		{"deep JSON", "application/json", "", deep, 400, "too_deep", "nests too deep", 160 << 20},
		{"bomb", "application/json", "gzip", gzipped(t, spaces), 413, "too_large", "too large", 160 << 20},
		{"zstd bomb", "application/x-protobuf", "zstd", zstandard(t, spaces), 413, "too_large", "too large", 160 << 20},
		{"window of 512 MiB", "application/x-protobuf", "zstd", []byte("\x28\xb5\x2f\xfd\x00\x98\x09\x00\x00x"), 400, "unreadable", "at most 8388608", 8 << 20},
		{"no gzip", "application/x-protobuf", "gzip", []byte("x"), 400, "unreadable", "gzip", 8 << 20},
		{"unknown encoding", "application/x-protobuf", "br", []byte("x"), 415, "unreadable", "gzip, zstd, zlib, deflate", 8 << 20},
		{"no protobuf", "application/x-protobuf", "", []byte(`{"resourceSpans":[]}`), 400, "malformed", "not protobuf", 8 << 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := refused(b, c.reason)
			var was, is runtime.MemStats
			runtime.ReadMemStats(&was)
			resp, raw := b.post(t, c.contentType, c.encoding, c.body)
			runtime.ReadMemStats(&is)
			require.Equal(t, c.status, resp.StatusCode)
			require.Equal(t, c.contentType, resp.Header.Get("Content-Type"))
			var s spb.Status
			if c.contentType == "application/json" {
				require.NoError(t, protojson.Unmarshal(raw, &s))
			} else {
				require.NoError(t, proto.Unmarshal(raw, &s))
			}
			assert.Contains(t, s.GetMessage(), c.words)
			assert.Less(t, int64(is.TotalAlloc-was.TotalAlloc), c.most) //nolint:gosec // fits
			assert.Equal(t, before+1, refused(b, c.reason))
		})
	}
	conn, err := grpc.NewClient(b.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer conn.Close()
	before := refused(b, "too_deep")
	err = conn.Invoke(context.Background(), "/opentelemetry.proto.collector.trace.v1.TraceService/Export", new(any), new(any), grpc.ForceCodec(verbatim(nested(24<<20))))
	require.Equal(t, codes.Internal, status.Code(err), err)
	require.ErrorContains(t, err, "nests too deep")
	require.Equal(t, before+1, refused(b, "too_deep"))

	require.Zero(t, b.sink.SpanCount())
	_, err = ptraceotlp.NewGRPCClient(conn).Export(context.Background(), span())
	require.NoError(t, err, "others are served as ever")
	require.Zero(t, b.guard.room.Taken())
}

// verbatim sends bytes as they are.
type verbatim []byte

func (v verbatim) Marshal(any) ([]byte, error)   { return v, nil }
func (verbatim) Unmarshal(_ []byte, _ any) error { return nil }
func (verbatim) Name() string                    { return "proto" }

func refused(b *bench, reason string) (n int64) {
	m, err := b.tel.GetMetric("otelcol_extension_otlp_guard_refused")
	if err != nil {
		return 0
	}
	for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
		if v, _ := p.Attributes.Value(attribute.Key("reason")); v.AsString() == reason {
			n += p.Value
		}
	}
	return n
}

// What does not fit beside what is being read is to be sent again; nothing is read of it that was not asked for.
func TestRoomIsBounded(t *testing.T) {
	b := start(t)
	require.True(t, b.guard.room.Take("default", defaultMaxInFlight/2))
	raw, err := span().MarshalProto()
	require.NoError(t, err)
	resp, text := b.post(t, "application/x-protobuf", "", raw)
	require.Equal(t, 503, resp.StatusCode)
	require.Equal(t, "1", resp.Header.Get("Retry-After"))
	var s spb.Status
	require.NoError(t, proto.Unmarshal(text, &s))
	require.EqualValues(t, codes.Unavailable, s.GetCode())
	metadatatest.AssertEqualExtensionOtlpGuardRefused(t, b.tel, []metricdata.DataPoint[int64]{
		{Value: 1, Attributes: attribute.NewSet(attribute.String("reason", "busy"))},
	}, metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars())
	metadatatest.AssertEqualExtensionOtlpGuardInFlightSize(t, b.tel, []metricdata.DataPoint[int64]{{Value: defaultMaxInFlight / 2}}, metricdatatest.IgnoreTimestamp())
	b.guard.room.Give("default", defaultMaxInFlight/2)
	resp, _ = b.post(t, "application/x-protobuf", "", raw)
	require.Equal(t, 200, resp.StatusCode)
}

func TestConfig(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	require.NoError(t, cfg.Validate())
	for want, edit := range map[string]func(*Config){
		"max_request_body_size: 0 is too small":                                                          func(c *Config) { c.MaxRequestBodySize = 0 },
		fmt.Sprintf("max_in_flight_size: 1 is too small; use %d or more", bodiesInFlight*defaultMaxBody): func(c *Config) { c.MaxInFlightSize = 1 },
	} {
		cfg := createDefaultConfig().(*Config)
		edit(cfg)
		require.ErrorContains(t, cfg.Validate(), want)
	}
	require.ErrorContains(t, cfg.Unmarshal(confmap.NewFromStringMap(map[string]any{"max_inflight": 1})), `unknown key "max_inflight"`)
}
