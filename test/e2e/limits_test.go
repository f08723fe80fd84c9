package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// spansOfNoisy is what a tenant may send at once and in a second.
const spansOfNoisy = 20

const limited = `
processors:
  llm_tenant:
    limits:
      in_flight_bytes: 67108864
      default:
        rate: {spans: 20, burst: 1s}
        request: {spans: 50}
        size: {attribute: 4096}
      tenants:
        strict:
          rate: {spans: 0}
          size: {oversized: refuse}
`

// answer is what a client gets to see of a request that was not taken.
type answer struct {
	code       int
	retryAfter string
	body       string
}

func (i *instance) ask(url, contentType, key string, body []byte) (answer, error) {
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("X-API-Key", key)
	resp, err := httpClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header.Get("Retry-After"), string(raw)}, err
}

func (i *instance) askOTLP(key string, req ptraceotlp.ExportRequest) (answer, error) {
	raw, err := req.MarshalJSON()
	if err != nil {
		return answer{}, err
	}
	return i.ask("http://"+i.http+"/v1/traces", "application/json", key, raw)
}

func (i *instance) askEvents(key string, n int) (answer, error) {
	events := make([]map[string]any, n)
	for e := range events {
		events[e] = map[string]any{"type": "llm.call", "id": fmt.Sprint(time.Now().UnixNano(), "-", e), "request_model": "gpt-5-mini", "duration_ms": 5}
	}
	raw, err := json.Marshal(events)
	if err != nil {
		return answer{}, err
	}
	return i.ask("http://"+i.events+"/api/v1/events", "application/json", key, raw)
}

// exhaust sends until a request is refused, and returns that answer and how many spans were taken.
func exhaust[A any](t *testing.T, send func() (taken bool, refused A)) (A, int) {
	t.Helper()
	for n := range 10_000 {
		if taken, refused := send(); !taken {
			return refused, n
		}
	}
	t.Fatal("nothing was ever refused")
	panic("unreachable")
}

// Two keys of two tenants: the noisy one is told to wait, on every door in that door's words, and the other notices nothing.
func TestNoisyTenant(t *testing.T) {
	i := startInstance(t, []string{"noisy", "quiet", "strict"}, limited)
	conn, err := dialGRPC(i.grpc)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	noisy, quiet := 0, 0
	undisturbed := func() {
		t.Helper()
		if err := i.post("quiet", requestOf(1)); err != nil {
			t.Errorf("the quiet tenant: %v", err)
		}
		quiet++
	}

	overGRPC, n := exhaust(t, func() (bool, error) {
		err := exportTo(t.Context(), conn, i.keys["noisy"], requestOf(1))
		return err == nil, err
	})
	noisy += n
	if n < spansOfNoisy {
		t.Errorf("%d spans were taken before the first refusal, want at least %d", n, spansOfNoisy)
	}
	if delay, err := retryInfo(overGRPC); err != nil || delay != time.Second || status.Code(overGRPC) != codes.ResourceExhausted {
		t.Errorf("gRPC answers %v with RetryInfo %s (%v), want RESOURCE_EXHAUSTED and 1s", overGRPC, delay, err)
	}
	undisturbed()

	overHTTP, n := exhaust(t, func() (bool, answer) {
		a, err := i.askOTLP(i.keys["noisy"], requestOf(1))
		if err != nil {
			t.Fatal(err)
		}
		return a.code == http.StatusOK, a
	})
	noisy += n
	if overHTTP.code != http.StatusTooManyRequests || overHTTP.retryAfter != "1" || !strings.Contains(overHTTP.body, "more than 20 spans a second") {
		t.Errorf("OTLP/HTTP answers %+v, want 429 and Retry-After: 1", overHTTP)
	}
	undisturbed()

	asEvents, n := exhaust(t, func() (bool, answer) {
		a, err := i.askEvents(i.keys["noisy"], 1)
		if err != nil {
			t.Fatal(err)
		}
		return a.code == http.StatusAccepted, a
	})
	noisy += n
	if asEvents.code != http.StatusTooManyRequests || asEvents.retryAfter != "1" || !strings.Contains(asEvents.body, `"code":"limit"`) {
		t.Errorf("JSON events are answered %+v, want 429 and Retry-After: 1", asEvents)
	}
	undisturbed()

	// Real exporters obey: what was refused arrives later, once.
	for name, exporter := range i.exporters(t, "noisy") {
		for range 3 {
			if err := exporter.ExportSpans(t.Context(), stubs(15)); err != nil {
				t.Errorf("the exporter for %s: %v", name, err)
			}
			noisy += 15
			undisturbed()
		}
	}
	within(t, lateLimit, "all that was taken, and nothing else", func() error {
		return errors.Join(i.exactly("noisy", noisy), i.exactly("quiet", quiet))
	})

	code, body, err := i.answers("http://" + i.metrics + "/metrics")
	if err != nil || code != http.StatusOK {
		t.Fatalf("metrics answer %d (%v)", code, err)
	}
	refused := map[string]bool{}
	for line := range strings.Lines(body) {
		if strings.HasPrefix(line, "otelcol_processor_llm_tenant_refused_items") {
			for _, tenant := range []string{"noisy", "quiet"} {
				refused[tenant] = refused[tenant] || strings.Contains(line, `tenant="`+tenant+`"`)
			}
		}
	}
	if !refused["noisy"] || refused["quiet"] {
		t.Errorf("refusals are counted for %v, want noisy alone", refused)
	}
}

// What can never pass is refused for good with what, limit and cure, or cut and marked; what stands beside it arrives.
func TestTooLarge(t *testing.T) {
	i := startInstance(t, []string{"cut", "strict"}, limited)
	conn, err := dialGRPC(i.grpc)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	const cure = "the request has 51 spans and 50 are allowed; send smaller batches, or have limits::default::request::spans raised"
	err = exportTo(t.Context(), conn, i.keys["cut"], requestOf(51))
	if s := status.Convert(err); s.Code() != codes.InvalidArgument || s.Message() != cure {
		t.Errorf("gRPC answers %v, want INVALID_ARGUMENT: %s", err, cure)
	}
	if a, err := i.askOTLP(i.keys["cut"], requestOf(51)); err != nil || a.code != http.StatusBadRequest || a.retryAfter != "" || !strings.Contains(a.body, cure) {
		t.Errorf("OTLP/HTTP answers %+v (%v), want 400: %s", a, err, cure)
	}
	if a, err := i.askEvents(i.keys["cut"], 51); err != nil || a.code != http.StatusRequestEntityTooLarge || !strings.Contains(a.body, cure) {
		t.Errorf("JSON events are answered %+v (%v), want 413: %s", a, err, cure)
	}

	large := requestOf(3)
	span := large.Traces().ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(1)
	span.Attributes().PutStr("app.note", strings.Repeat("x", 5000))
	if a, err := i.askOTLP(i.keys["strict"], large); err != nil || a.code != http.StatusBadRequest || !strings.Contains(a.body, "limits::tenants::strict::size::attribute") {
		t.Errorf("OTLP/HTTP answers %+v (%v), want 400 and the setting", a, err)
	}
	if err := i.post("cut", large); err != nil {
		t.Fatal(err)
	}
	within(t, lateLimit, "all three spans, one of them cut", func() error {
		if err := i.exactly("cut", 3); err != nil {
			return err
		}
		out, err := i.sql("SELECT countIf(length(attributes_string['app.note']) = 4096), countIf(position(attributes_json['watchllm.limits.truncated'], 'app.note=5000') > 0) FROM llm_spans WHERE tenant_id = 'cut'")
		if err != nil {
			return err
		}
		return want("cut and marked", out, "1\t1")
	})
	if err := i.exactly("strict", 0); err != nil {
		t.Error(err)
	}
}

func retryInfo(err error) (time.Duration, error) {
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.RetryInfo); ok {
			return info.GetRetryDelay().AsDuration(), nil
		}
	}
	return 0, errors.New("no RetryInfo in the answer")
}

// exporters are those of the Go SDK, with their own way of trying again.
func (i *instance) exporters(t *testing.T, tenant string) map[string]sdktrace.SpanExporter {
	t.Helper()
	key := map[string]string{"x-api-key": i.keys[tenant]}
	overGRPC, err := otlptracegrpc.New(t.Context(), otlptracegrpc.WithEndpoint(i.grpc), otlptracegrpc.WithInsecure(), otlptracegrpc.WithHeaders(key),
		otlptracegrpc.WithDialOption(grpc.WithDisableServiceConfig()), otlptracegrpc.WithTimeout(lateLimit))
	if err != nil {
		t.Fatal(err)
	}
	overHTTP, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpoint(i.http), otlptracehttp.WithInsecure(), otlptracehttp.WithHeaders(key),
		otlptracehttp.WithTimeout(lateLimit))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = overGRPC.Shutdown(context.WithoutCancel(t.Context()))
		_ = overHTTP.Shutdown(context.WithoutCancel(t.Context()))
	})
	return map[string]sdktrace.SpanExporter{"gRPC": overGRPC, "HTTP": overHTTP}
}

// stubs are spans as the SDK hands them to an exporter.
func stubs(n int) []sdktrace.ReadOnlySpan {
	out := make(tracetest.SpanStubs, n)
	for s := range out {
		pspan := requestOf(1).Traces().ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
		out[s] = tracetest.SpanStub{
			Name: "step " + strconv.Itoa(s), StartTime: time.Now().Add(-time.Second), EndTime: time.Now(),
			SpanContext: trace.NewSpanContext(trace.SpanContextConfig{
				TraceID: trace.TraceID(pspan.TraceID()), SpanID: trace.SpanID(pspan.SpanID()), TraceFlags: trace.FlagsSampled,
			}),
		}
	}
	return out.Snapshots()
}
