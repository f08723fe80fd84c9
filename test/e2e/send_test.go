package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// requestOf makes a trace of n spans with model calls that end now.
func requestOf(n int) ptraceotlp.ExportRequest {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "e2e")
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName("e2e")
	var trace pcommon.TraceID
	_, _ = rand.Read(trace[:])
	now := time.Now()
	for range n {
		span := ss.Spans().AppendEmpty()
		var id pcommon.SpanID
		_, _ = rand.Read(id[:])
		span.SetTraceID(trace)
		span.SetSpanID(id)
		span.SetName("chat gpt-5-mini")
		span.SetKind(ptrace.SpanKindClient)
		span.SetStartTimestamp(pcommon.NewTimestampFromTime(now.Add(-time.Second)))
		span.SetEndTimestamp(pcommon.NewTimestampFromTime(now))
		a := span.Attributes()
		a.PutStr("gen_ai.operation.name", "chat")
		a.PutStr("gen_ai.provider.name", "openai")
		a.PutStr("gen_ai.request.model", "gpt-5-mini")
		a.PutInt("gen_ai.usage.input_tokens", 1037)
		a.PutInt("gen_ai.usage.cache_read.input_tokens", 512)
		a.PutInt("gen_ai.usage.output_tokens", 211)
		a.PutStr("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"What is the weather in Paris?"}]}]`)
	}
	return ptraceotlp.NewExportRequestFromTraces(td)
}

func traceOf(req ptraceotlp.ExportRequest) string {
	return req.Traces().ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).TraceID().String()
}

// postTo sends over OTLP/HTTP and returns the status.
func postTo(client *http.Client, address, key string, req ptraceotlp.ExportRequest) (int, error) {
	raw, err := req.MarshalProto()
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequest(http.MethodPost, "http://"+address+"/v1/traces", bytes.NewReader(raw))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/x-protobuf")
	if key != "" {
		r.Header.Set("X-API-Key", key)
	}
	resp, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	// The answer counts only when it arrived whole.
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return 0, err
	}
	return resp.StatusCode, nil
}

// post sends with a tenant's key and wants to be accepted.
func (i *instance) post(tenant string, req ptraceotlp.ExportRequest) error {
	code, err := postTo(httpClient, i.http, i.keys[tenant], req)
	if err == nil && code != http.StatusOK {
		err = fmt.Errorf("OTLP/HTTP answers %d", code)
	}
	return err
}

// dialGRPC opens a connection that comes back quickly after the other end was killed.
func dialGRPC(address string) (*grpc.ClientConn, error) {
	quick := backoff.Config{BaseDelay: 20 * time.Millisecond, Multiplier: 1.2, MaxDelay: 200 * time.Millisecond}
	return grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: quick, MinConnectTimeout: time.Second}))
}

// exportTo sends over OTLP/gRPC.
func exportTo(ctx context.Context, conn *grpc.ClientConn, key string, req ptraceotlp.ExportRequest) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if key != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "x-api-key", key)
	}
	_, err := ptraceotlp.NewGRPCClient(conn).Export(ctx, req)
	return err
}
