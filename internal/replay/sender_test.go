package replay

import (
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// fakeCollector answers OTLP/HTTP with the statuses it is given, then with success.
type fakeCollector struct {
	*httptest.Server
	t        *testing.T
	statuses []int
	header   http.Header
	success  func() (contentType string, body []byte)

	requests atomic.Int64
	got      []received
}

type received struct {
	path, contentType, key string
	body                   []byte
}

func newFakeCollector(t *testing.T, statuses ...int) *fakeCollector {
	f := &fakeCollector{t: t, statuses: statuses, header: http.Header{}}
	f.success = func() (string, []byte) { return typeProtobuf, nil }
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func (f *fakeCollector) serve(w http.ResponseWriter, r *http.Request) {
	n := int(f.requests.Add(1))
	if n <= len(f.statuses) && f.statuses[n-1] != http.StatusOK {
		for k, v := range f.header {
			w.Header()[k] = v
		}
		http.Error(w, "not now", f.statuses[n-1])
		return
	}
	zr, err := gzip.NewReader(r.Body)
	if !assert.NoError(f.t, err) {
		return
	}
	body, err := io.ReadAll(zr)
	assert.NoError(f.t, err)
	f.got = append(f.got, received{path: r.URL.Path, contentType: r.Header.Get("Content-Type"), key: r.Header.Get("Authorization"), body: body})
	contentType, answer := f.success()
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(answer)
}

func (f *fakeCollector) spans() (out []ptrace.Span) {
	for _, r := range f.got {
		req := ptraceotlp.NewExportRequest()
		if r.contentType == typeJSON {
			require.NoError(f.t, req.UnmarshalJSON(r.body))
		} else {
			require.NoError(f.t, req.UnmarshalProto(r.body))
		}
		for span := range spansOf(req.Traces()) {
			out = append(out, span)
		}
	}
	return out
}

func demoTo(f *fakeCollector) DemoOptions {
	return DemoOptions{Target: Target{Endpoint: f.URL, Patience: 10 * time.Second}, Seed: 1, Until: testUntil, Traces: 20, Tenants: []Tenant{{Name: "acme", Key: "k1"}}}
}

func TestDemoDelivers(t *testing.T) {
	f := newFakeCollector(t)
	o := demoTo(f)
	var last, total int
	o.Progress = func(sent, of int) { last, total = sent, of }
	sum, err := Demo(t.Context(), o)
	require.NoError(t, err)
	assert.Zero(t, sum.Lost())
	assert.Len(t, f.spans(), sum.Accepted)
	assert.Equal(t, map[string]int{"acme": sum.Records}, sum.Tenants)
	assert.Equal(t, sum.Records, last)
	assert.Equal(t, total, last)
	assert.Equal(t, "/v1/traces", f.got[0].path)
	assert.Equal(t, "Bearer k1", f.got[0].key)
}

func TestRetriesWhatAsksForPatience(t *testing.T) {
	f := newFakeCollector(t, http.StatusServiceUnavailable, http.StatusTooManyRequests)
	f.header.Set("Retry-After", "0")
	sum, err := Demo(t.Context(), demoTo(f))
	require.NoError(t, err)
	assert.Zero(t, sum.Lost())
	assert.EqualValues(t, sum.Requests+2, f.requests.Load(), "each refusal is repeated once")
}

func TestObeysRetryAfter(t *testing.T) {
	f := newFakeCollector(t, http.StatusTooManyRequests)
	f.header.Set("Retry-After", "3600")
	sum, err := Demo(t.Context(), demoTo(f))
	require.ErrorContains(t, err, "gave up")
	assert.Positive(t, sum.Lost())
	assert.EqualValues(t, 1, f.requests.Load(), "an hour is longer than the patience: not knocking again is the answer")
}

func TestRefusedKeyEndsTheReplay(t *testing.T) {
	f := newFakeCollector(t, http.StatusUnauthorized)
	sum, err := Demo(t.Context(), demoTo(f))
	require.ErrorIs(t, err, ErrRefused)
	assert.EqualValues(t, 1, f.requests.Load())
	assert.Equal(t, sum.Records, sum.Rejected)
}

func TestRejectionsAreLosses(t *testing.T) {
	f := newFakeCollector(t, http.StatusBadRequest)
	sum, err := Demo(t.Context(), demoTo(f))
	require.ErrorContains(t, err, "did not accept")
	assert.Equal(t, sum.Lost(), sum.Rejected)
	assert.Equal(t, sum.Rejected, sum.Reasons["HTTP 400: not now"])

	f = newFakeCollector(t)
	f.success = func() (string, []byte) {
		r := ptraceotlp.NewExportResponse()
		r.PartialSuccess().SetRejectedSpans(2)
		r.PartialSuccess().SetErrorMessage("too old")
		raw, err := r.MarshalProto()
		assert.NoError(t, err)
		return typeProtobuf, raw
	}
	sum, err = Demo(t.Context(), demoTo(f))
	require.Error(t, err)
	assert.Equal(t, 2*sum.Requests, sum.Reasons["too old"])

	f = newFakeCollector(t)
	f.success = func() (string, []byte) { return "text/html", []byte("<html>welcome</html>") }
	sum, err = Demo(t.Context(), demoTo(f))
	require.Error(t, err, "a 200 from something else is not delivery")
	assert.Zero(t, sum.Accepted)
}

func TestAbsentCollector(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())
	for _, protocol := range []Protocol{HTTP, GRPC} {
		sum, err := Demo(t.Context(), DemoOptions{Target: Target{Endpoint: address, Protocol: protocol, Patience: 50 * time.Millisecond}, Seed: 1, Until: testUntil, Traces: 5})
		require.ErrorContains(t, err, "gave up after 50ms", string(protocol))
		assert.Equal(t, sum.Records, sum.Failed)
		assert.Zero(t, sum.Requests)
	}
}

func TestTargetsAreChecked(t *testing.T) {
	for _, target := range []Target{{Endpoint: "ftp://x"}, {Endpoint: "http://"}, {Endpoint: "http://x:1", Protocol: "udp"}} {
		_, err := newSender(target)
		assert.Error(t, err, "%+v", target)
	}
}

type fakeGRPC struct {
	ptraceotlp.UnimplementedGRPCServer
	errs  []error
	calls int
	spans int
	keys  []string
}

func (f *fakeGRPC) Export(ctx context.Context, req ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	f.calls++
	md, _ := metadata.FromIncomingContext(ctx)
	f.keys = append(f.keys, md.Get("authorization")...)
	if len(f.errs) > 0 {
		err := f.errs[0]
		f.errs = f.errs[1:]
		return ptraceotlp.NewExportResponse(), err
	}
	f.spans += req.Traces().SpanCount()
	return ptraceotlp.NewExportResponse(), nil
}

func startGRPC(t *testing.T, f *fakeGRPC) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	ptraceotlp.RegisterGRPCServer(server, f)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l)
	}()
	t.Cleanup(func() {
		server.Stop()
		<-done
	})
	return l.Addr().String()
}

func TestGRPC(t *testing.T) {
	hinted, err := status.New(codes.ResourceExhausted, "queue is full").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(time.Millisecond)})
	require.NoError(t, err)
	f := &fakeGRPC{errs: []error{status.Error(codes.Unavailable, "starting"), hinted.Err()}}
	o := DemoOptions{Target: Target{Endpoint: startGRPC(t, f), Protocol: GRPC}, Seed: 1, Until: testUntil, Traces: 20, Tenants: []Tenant{{Key: "k1"}}}
	sum, err := Demo(t.Context(), o)
	require.NoError(t, err)
	assert.Equal(t, sum.Records, f.spans)
	assert.Equal(t, sum.Requests+2, f.calls)
	assert.Equal(t, "Bearer k1", f.keys[0])
}

func TestGRPCPermanentErrors(t *testing.T) {
	for _, c := range []struct {
		code codes.Code
		is   error
	}{{codes.Unauthenticated, ErrRefused}, {codes.PermissionDenied, ErrRefused}, {codes.ResourceExhausted, nil}, {codes.InvalidArgument, nil}} {
		f := &fakeGRPC{errs: []error{status.Error(c.code, "no")}}
		o := DemoOptions{Target: Target{Endpoint: startGRPC(t, f), Protocol: GRPC}, Seed: 1, Until: testUntil, Traces: 1}
		sum, err := Demo(t.Context(), o)
		require.Error(t, err, c.code)
		if c.is != nil {
			require.ErrorIs(t, err, c.is)
		}
		assert.Positive(t, sum.Rejected)
	}
}

func TestRetryAfterForms(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	assert.Equal(t, 7*time.Second, retryAfter("7", now))
	assert.Equal(t, 90*time.Second, retryAfter(now.Add(90*time.Second).Format(http.TimeFormat), now))
	assert.Zero(t, retryAfter("-3", now))
	assert.Zero(t, retryAfter("soon", now))
	assert.Zero(t, retryAfter("", now))
}
