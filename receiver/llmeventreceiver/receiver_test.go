package llmeventreceiver

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configauth"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/metadata"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/metadatatest"
)

func TestSeedAnswers(t *testing.T) {
	f := start(t, options{auth: true})
	a := f.post(t, "/api/v1/events", seedEvent)
	require.Equal(t, 202, a.status)
	require.Equal(t, map[string]any{"status": "queued", "eventId": "e-1", "message": "Event queued for processing"}, a.json(t))
	require.Equal(t, "@1795392000", a.header.Get("Deprecation"))

	for _, body := range []string{"[" + seedEvent + "]", `{"events":[` + seedEvent + `]}`} {
		a = f.post(t, "/api/v1/events/batch", body)
		require.Equal(t, 202, a.status)
		require.Equal(t, map[string]any{"status": "queued", "count": 1.0, "event_ids": []any{"e-1"}, "message": "1 events queued for processing"}, a.json(t))
	}
	a = f.post(t, "/api/v1/events/batch", "[]")
	require.Equal(t, 202, a.status)
	require.Equal(t, []any{}, a.json(t)["event_ids"])

	bad := strings.Replace(seedEvent, `"inputTokens":1`, `"inputTokens":-1`, 1)
	a = f.post(t, "/api/v1/events", bad)
	require.Equal(t, 422, a.status)
	require.Equal(t, "body.inputTokens", a.json(t)["field"])
	require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
	a = f.post(t, "/api/v1/events/batch", "["+bad+","+seedEvent+"]")
	require.Equal(t, 202, a.status, "what is right is taken")
	require.EqualValues(t, 1, a.json(t)["count"])
	require.Len(t, a.json(t)["rejected"], 1)

	a = f.post(t, "/api/v1/events/batch", "["+strings.Repeat(seedEvent+",", 100)+seedEvent+"]")
	require.Equal(t, 400, a.status)
	require.Equal(t, "too_many_events", a.json(t)["code"])
}

func TestSeedKeys(t *testing.T) {
	f := start(t, options{auth: true})
	for name, c := range map[string]struct {
		key    string
		status int
		code   string
	}{
		"missing":             {"", 401, "api_key_missing"},
		"unknown":             {"stranger", 403, "api_key_invalid"},
		"role":                {"reader", 403, "role"},
		"other authenticator": {"plain", 401, "unauthenticated"},
		"permission denied":   {"forbidden", 403, "forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			a := f.post(t, "/api/v1/events", seedEvent, "X-API-Key", c.key)
			require.Equal(t, c.status, a.status, a.text)
			require.Equal(t, c.code, a.json(t)["code"])
		})
	}
	require.Equal(t, 202, f.post(t, "/api/v1/events?X-Api-Key=good", seedEvent, "X-API-Key", "").status, "request_params are understood")
	for _, path := range []string{"/livez", "/api/healthz"} {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, f.url+path, nil)
		require.NoError(t, err)
		a := do(t, req)
		require.Equal(t, 200, a.status)
		require.JSONEq(t, `{"status":"ok"}`, a.text)
	}
	require.Equal(t, 1, f.traces.SpanCount())
}

func TestNativeAnswers(t *testing.T) {
	f := start(t, options{})
	a := f.post(t, "/api/v1/events", `{"schema":"watchllm.events/1","events":[`+nativeEvent+`,`+nativeEvent+`,{"id":"x","type":"llm.call","usage":{"input_tokens":-4}},7]}`)
	require.Equal(t, 202, a.status)
	require.JSONEq(t, `{"accepted":1,"duplicates":1,"rejected":[
		{"index":2,"id":"x","code":"invalid_tokens","field":"usage.input_tokens","message":"must be a whole number from 0 to 2^53, is -4; leave it out if it is not known"},
		{"index":3,"code":"not_an_object","message":"an event must be an object, is a number"}]}`, a.text)
	require.Empty(t, a.header.Get("Deprecation"))

	a = f.post(t, "/api/v1/events", nativeEvent)
	require.JSONEq(t, `{"accepted":0,"duplicates":1,"rejected":[]}`, a.text)

	a = f.post(t, "/api/v1/events", nativeEvent+"\n\n{oops\n"+strings.Replace(nativeEvent, "n-1", "n-2", 1), "Content-Type", "application/x-ndjson; charset=utf-8")
	require.Equal(t, 202, a.status)
	require.EqualValues(t, 1, a.json(t)["accepted"])
	require.Contains(t, a.text, `"index":1,"code":"invalid_json"`)

	for name, c := range map[string]struct {
		body, contentType string
		status            int
		code              string
	}{
		"not JSON":            {`{"type":`, "", 400, "invalid_json"},
		"empty":               {``, "", 400, "invalid_json"},
		"a number":            {`7`, "", 400, "invalid_type"},
		"events no list":      {`{"events":7}`, "", 400, "invalid_type"},
		"schema of tomorrow":  {`{"schema":"watchllm.events/2","events":[]}`, "", 400, "unsupported_schema"},
		"schema in the event": {`{"schema":"watchllm.events/2","type":"llm.call"}`, "", 400, "unsupported_schema"},
		"too many":            {"[" + strings.Repeat(nativeEvent+",", 1000) + nativeEvent + "]", "", 413, "too_many_events"},
		"too many lines":      {strings.Repeat(nativeEvent+"\n", 1001), "application/jsonl", 413, "too_many_events"},
		"bad resource":        {`{"resource":[],"events":[]}`, "", 422, "invalid_type"},
		"all wrong":           {`[{"type":"llm.call","time":"soon"}]`, "", 422, "invalid_time"},
		"no type":             {`{"model":"x"}`, "", 422, "missing_field"},
		"form":                {`a=b`, "application/x-www-form-urlencoded", 415, "unsupported_media_type"},
		"nonsense type":       {`{}`, "///", 415, "unsupported_media_type"},
	} {
		t.Run(name, func(t *testing.T) {
			contentType := c.contentType
			if contentType == "" {
				contentType = "application/json"
			}
			a := f.post(t, "/api/v1/events", c.body, "Content-Type", contentType)
			require.Equal(t, c.status, a.status, a.text)
			require.Equal(t, c.code, a.json(t)["code"], a.text)
			require.NotEmpty(t, a.json(t)["detail"])
		})
	}
	require.Equal(t, 202, f.post(t, "/api/v1/events", nativeEvent, "Content-Type", "text/plain;charset=UTF-8").status, "as sendBeacon sends it")
	require.Equal(t, 202, f.post(t, "/api/v1/events", nativeEvent, "Content-Type", "").status)
	require.Equal(t, 404, f.post(t, "/api/v2/events", nativeEvent).status)

	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, f.url+"/api/v1/events", nil)
	require.NoError(t, err)
	a = do(t, req)
	require.Equal(t, 405, a.status)
	require.Equal(t, "POST", a.header.Get("Allow"))
}

func TestBodies(t *testing.T) {
	f := start(t, options{edit: func(c *Config) {
		c.ServerConfig.MaxRequestBodySize, c.MaxEventSize, c.MaxContentSize = 64<<10, 8<<10, 1<<10
	}})
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, err := io.WriteString(z, nativeEvent)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	require.Equal(t, 202, f.post(t, "/api/v1/events", zipped.String(), "Content-Encoding", "gzip").status)

	zipped.Reset()
	z.Reset(&zipped)
	_, err = z.Write(bytes.Repeat([]byte(" "), 10<<20))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	require.Less(t, zipped.Len(), 64<<10)
	a := f.post(t, "/api/v1/events", zipped.String(), "Content-Encoding", "gzip")
	require.Equal(t, 413, a.status, "a bomb is not inflated")
	require.Equal(t, 413, f.post(t, "/api/v1/events", strings.Repeat(" ", 65<<10)).status)
	require.Equal(t, 400, f.post(t, "/api/v1/events", "no gzip", "Content-Encoding", "gzip").status)
	a = f.post(t, "/api/v1/events", nativeEvent, "Content-Encoding", "br")
	require.Equal(t, 415, a.status)
	require.Equal(t, "unsupported_encoding", a.json(t)["code"])

	long := strings.Repeat("é", 1000)
	a = f.post(t, "/api/v1/events", `[{"id":"big","type":"log","body":"`+strings.Repeat("x", 9000)+`"},{"id":"cut","type":"llm.call","input_messages":"`+long+`"}]`)
	require.Equal(t, 202, a.status)
	require.Contains(t, a.text, `"id":"big","code":"too_large"`)
	all := f.traces.AllTraces()
	attrs := all[len(all)-1].ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes()
	cut, _ := attrs.Get("watchllm.native.truncated")
	require.Equal(t, `["gen_ai.input.messages=2056"]`, cut.AsString())
	text, _ := attrs.Get("gen_ai.input.messages")
	require.LessOrEqual(t, len(text.Str()), 1<<10)
	require.Contains(t, text.Str(), "é…[truncated]", "cut between characters, with a mark")
	require.True(t, json.Valid([]byte(text.Str())), "JSON stays JSON")

	many := `{"type":"log","attributes":{`
	for i := range 2000 {
		many += fmt.Sprintf(`"%d":1,`, i)
	}
	require.Contains(t, f.post(t, "/api/v1/events", many+`"x":1}}`).text, "too_large")
	f = start(t, options{})
	require.Contains(t, f.post(t, "/api/v1/events", many+`"x":1}}`).text, "too_many_fields")
}

func TestPipelineAnswers(t *testing.T) {
	limited, err := status.New(codes.ResourceExhausted, "the monthly limit is reached").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(1500 * time.Millisecond)})
	require.NoError(t, err)
	tooLarge, err := status.New(codes.InvalidArgument, "the request has 51 spans").WithDetails(&errdetails.ErrorInfo{Reason: "REQUEST_TOO_LARGE", Domain: "watchllm"})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		err    error
		status int
		retry  string
		detail string
	}{
		"queue full":      {errors.New("sending queue is full at /secret/path"), 503, "1", "send them again"},
		"permanent":       {consumererror.NewPermanent(errors.New("secret")), 500, "", "the server's log says why"},
		"limit":           {limited.Err(), 429, "2", "the monthly limit is reached"},
		"limit, no delay": {status.Error(codes.ResourceExhausted, "slow down"), 429, "1", "slow down"},
		"suspended":       {consumererror.NewPermanent(status.Error(codes.PermissionDenied, "this tenant is suspended")), 403, "", "suspended"},
		"nobody":          {status.Error(codes.Unauthenticated, "who?"), 401, "", "who?"},
		"too large":       {tooLarge.Err(), 413, "", "51 spans"},
		"invalid":         {status.Error(codes.InvalidArgument, "bad"), 400, "", "bad"},
		"unavailable":     {status.Error(codes.Unavailable, "later"), 503, "1", "later"},
		"internal":        {status.Error(codes.Internal, "bug"), 500, "", "bug"},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, options{traces: consumertest.NewErr(c.err)})
			a := f.post(t, "/api/v1/events", nativeEvent)
			require.Equal(t, c.status, a.status, a.text)
			require.Equal(t, c.retry, a.header.Get("Retry-After"))
			require.Contains(t, a.json(t)["detail"], c.detail)
			require.NotContains(t, a.text, "secret")
		})
	}
}

func TestSignals(t *testing.T) {
	mixed := "[" + nativeEvent + `,{"id":"l","type":"log","body":"x"}]`
	both := start(t, options{})
	require.Equal(t, 202, both.post(t, "/api/v1/events", mixed).status)
	require.Equal(t, [2]int{1, 1}, [2]int{both.traces.SpanCount(), both.logs.LogRecordCount()})

	tracesOnly := start(t, options{noLogs: true})
	require.Equal(t, 202, tracesOnly.post(t, "/api/v1/events", mixed).status)
	require.Equal(t, 2, tracesOnly.traces.SpanCount(), "a log becomes a span rather than nothing")

	logsOnly := start(t, options{noTraces: true})
	a := logsOnly.post(t, "/api/v1/events", mixed)
	require.Equal(t, 202, a.status)
	require.Contains(t, a.text, `"code":"unsupported_event"`)
	require.Equal(t, 1, logsOnly.logs.LogRecordCount())
}

func TestOwnMetrics(t *testing.T) {
	f := start(t, options{auth: true})
	foreign := strings.Replace(strings.Replace(seedEvent, `"shop"`, `"other"`, 1), "e-1", "e-2", 1)
	require.Equal(t, 202, f.post(t, "/api/v1/events", "["+seedEvent+","+seedEvent+","+foreign+`,{"eventId":"x","type":"nonsense"}]`).status)
	require.Equal(t, 401, f.post(t, "/api/v1/events", seedEvent, "X-API-Key", "").status)
	of := func(n int64, kv ...attribute.KeyValue) metricdata.DataPoint[int64] {
		return metricdata.DataPoint[int64]{Value: n, Attributes: attribute.NewSet(kv...)}
	}
	metadatatest.AssertEqualReceiverLlmEventEvents(t, f.tel, []metricdata.DataPoint[int64]{
		of(2, attribute.String("result", "accepted")), of(1, attribute.String("result", "duplicate")), of(1, attribute.String("result", "rejected")),
	}, metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars())
	metadatatest.AssertEqualReceiverLlmEventForeignProjects(t, f.tel, []metricdata.DataPoint[int64]{of(1)}, metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars())
	metadatatest.AssertEqualReceiverLlmEventRejections(t, f.tel, []metricdata.DataPoint[int64]{of(1, attribute.String("code", "unsupported_event"))}, metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars())
	metadatatest.AssertEqualReceiverLlmEventRequests(t, f.tel, []metricdata.DataPoint[int64]{
		of(1, attribute.Int("status", 202)), of(1, attribute.Int("status", 401)),
	}, metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars())
}

func TestStartFailures(t *testing.T) {
	set := receivertest.NewNopSettings(metadata.Type)
	cfg := createDefaultConfig().(*Config)
	cfg.ServerConfig.NetAddr.Endpoint = "127.0.0.1:0"
	cfg.ServerConfig.Auth = configoptional.Some(confighttp.AuthConfig{Config: configauth.Config{AuthenticatorID: component.MustNewID("absent")}})
	r, err := NewFactory().CreateTraces(context.Background(), set, cfg, consumertest.NewNop())
	require.NoError(t, err)
	require.ErrorContains(t, r.Start(context.Background(), componenttest.NewNopHost()), "absent")
	require.NoError(t, r.Shutdown(context.Background()))

	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	cfg = createDefaultConfig().(*Config)
	cfg.ServerConfig.NetAddr.Endpoint = taken.Addr().String()
	r, err = NewFactory().CreateTraces(context.Background(), set, cfg, consumertest.NewNop())
	require.NoError(t, err)
	require.ErrorContains(t, r.Start(context.Background(), componenttest.NewNopHost()), "address already in use")
	require.NoError(t, r.Shutdown(context.Background()))
}
