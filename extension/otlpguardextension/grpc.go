package otlpguardextension

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"

	"github.com/watchllm/watchllm/internal/otlpdepth"

	_ "go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp" // registers the decoder that is wrapped
)

// GetGRPCServerOptions has calls wait for room, and puts a look at each message before its decoder.
func (g *guard) GetGRPCServerOptions(context.Context) ([]grpc.ServerOption, error) {
	decoder := encoding.GetCodecV2("proto")
	if decoder == nil {
		return nil, errors.New("gRPC has no decoder of protobuf")
	}
	return []grpc.ServerOption{
		grpc.ForceServerCodecV2(codec{decoder, g}), grpc.StatsHandler(g.calls), grpc.ChainUnaryInterceptor(whileWaitedFor),
	}, nil
}

// whileWaitedFor leaves alone what came for a client that waited for room in vain: it has been told so, and sends again.
func whileWaitedFor(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if err := ctx.Err(); err != nil {
		return nil, status.FromContextError(err).Err()
	}
	return handler(ctx, req)
}

type codec struct {
	encoding.CodecV2
	guard *guard
}

// Unmarshal refuses what would end the process. The client is told INTERNAL, which is not to be sent again.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	whole := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer whole.Free()
	if err := otlpdepth.Proto(whole.ReadOnlyData(), signalOfType(v)); err != nil {
		c.guard.count(context.Background(), err)
		return err
	}
	return c.CodecV2.Unmarshal(mem.BufferSlice{whole}, v)
}

func signalOfType(v any) otlpdepth.Signal {
	name := fmt.Sprintf("%T", v)
	switch {
	case strings.HasSuffix(name, "ExportTraceServiceRequest"):
		return otlpdepth.Traces
	case strings.HasSuffix(name, "ExportLogsServiceRequest"):
		return otlpdepth.Logs
	case strings.HasSuffix(name, "ExportMetricsServiceRequest"):
		return otlpdepth.Metrics
	}
	return otlpdepth.Unknown
}
