package replay

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/url"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

type grpcTransport struct {
	conn    *grpc.ClientConn
	traces  ptraceotlp.GRPCClient
	metrics pmetricotlp.GRPCClient
	logs    plogotlp.GRPCClient
}

func newGRPCTransport(u *url.URL) (*grpcTransport, error) {
	creds := insecure.NewCredentials()
	if u.Scheme == "https" {
		creds = credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12})
	}
	conn, err := grpc.NewClient("passthrough:///"+u.Host, grpc.WithTransportCredentials(creds))
	if err != nil {
		return nil, fmt.Errorf("endpoint %q: %w", u, err)
	}
	return &grpcTransport{
		conn:    conn,
		traces:  ptraceotlp.NewGRPCClient(conn),
		metrics: pmetricotlp.NewGRPCClient(conn),
		logs:    plogotlp.NewGRPCClient(conn),
	}, nil
}

func (t *grpcTransport) close() error { return t.conn.Close() }

func (t *grpcTransport) send(ctx context.Context, key string, p *payload) attempt {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if key != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+key)
	}
	rejected, reason, err := t.export(ctx, p)
	if err == nil {
		return attempt{answered: true, rejected: int(rejected), reason: reason}
	}
	return classify(err)
}

func (t *grpcTransport) export(ctx context.Context, p *payload) (int64, string, error) {
	switch p.signal {
	case traces:
		req := ptraceotlp.NewExportRequest()
		if err := req.UnmarshalProto(p.proto); err != nil {
			return 0, "", err
		}
		resp, err := t.traces.Export(ctx, req)
		if err != nil {
			return 0, "", err
		}
		return resp.PartialSuccess().RejectedSpans(), resp.PartialSuccess().ErrorMessage(), nil
	case metrics:
		req := pmetricotlp.NewExportRequest()
		if err := req.UnmarshalProto(p.proto); err != nil {
			return 0, "", err
		}
		resp, err := t.metrics.Export(ctx, req)
		if err != nil {
			return 0, "", err
		}
		return resp.PartialSuccess().RejectedDataPoints(), resp.PartialSuccess().ErrorMessage(), nil
	default:
		req := plogotlp.NewExportRequest()
		if err := req.UnmarshalProto(p.proto); err != nil {
			return 0, "", err
		}
		resp, err := t.logs.Export(ctx, req)
		if err != nil {
			return 0, "", err
		}
		return resp.PartialSuccess().RejectedLogRecords(), resp.PartialSuccess().ErrorMessage(), nil
	}
}

// classify follows the OTLP specification's table of retryable codes; ResourceExhausted only with RetryInfo.
func classify(err error) attempt {
	st := status.Convert(err)
	a := attempt{err: fmt.Errorf("%s: %s", st.Code(), st.Message()), answered: true}
	hinted := false
	for _, d := range st.Details() {
		if info, ok := d.(*errdetails.RetryInfo); ok {
			hinted = true
			a.after = info.GetRetryDelay().AsDuration()
		}
	}
	switch st.Code() {
	case codes.Unauthenticated, codes.PermissionDenied:
		a.err = fmt.Errorf("%w: %w", ErrRefused, a.err)
	case codes.Unavailable, codes.DeadlineExceeded, codes.Aborted, codes.OutOfRange, codes.DataLoss:
		a.retry = true
	case codes.Canceled:
		a.answered = false
	case codes.ResourceExhausted:
		a.retry = hinted
	}
	return a
}
