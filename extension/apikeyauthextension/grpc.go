package apikeyauthextension

import (
	"context"

	"go.opentelemetry.io/collector/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/tap"

	"github.com/watchllm/watchllm/internal/tenancy"
)

// GetGRPCServerOptions makes the extension a gRPC middleware that asks for a key as `auth` does, but before a message is read. The
// collector's `auth` asks when the message has been received, inflated and decoded: without a key anybody could fill the memory.
func (a *apiKeyAuth) GetGRPCServerOptions(context.Context) ([]grpc.ServerOption, error) {
	return []grpc.ServerOption{
		grpc.InTapHandle(a.atHeaders),
		grpc.ChainUnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			ctx, err := a.authenticateIncoming(ctx)
			if err != nil {
				return nil, err
			}
			return next(ctx, req)
		}),
		grpc.ChainStreamInterceptor(func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
			ctx, err := a.authenticateIncoming(stream.Context())
			if err != nil {
				return err
			}
			return next(srv, admittedStream{stream, ctx})
		}),
	}, nil
}

// admitted is the context key of a caller whom atHeaders has let in.
type admitted struct{}

// atHeaders runs when the headers of a call are there and nothing else. The connection waits for it, so that it asks no other server:
// keys that need that are left to the interceptor.
func (a *apiKeyAuth) atHeaders(ctx context.Context, call *tap.Info) (context.Context, error) {
	from := ctx
	if p, ok := peer.FromContext(ctx); ok {
		from = client.NewContext(ctx, client.Info{Addr: p.Addr})
	}
	caller, refused := a.identify(from, call.Header, false)
	if refused == refuseUnasked {
		return ctx, nil
	}
	if refused = a.settle(ctx, caller, refused); refused != nil {
		return ctx, refused
	}
	return context.WithValue(ctx, admitted{}, caller), nil
}

func (a *apiKeyAuth) authenticateIncoming(ctx context.Context) (context.Context, error) {
	headers, _ := metadata.FromIncomingContext(ctx) // without any there is no key
	return a.Authenticate(ctx, headers)
}

// wasAdmitted is the caller whom atHeaders has let in and counted.
func wasAdmitted(ctx context.Context) (*tenancy.Caller, bool) {
	caller, ok := ctx.Value(admitted{}).(*tenancy.Caller)
	return caller, ok
}

type admittedStream struct {
	grpc.ServerStream
	ctx context.Context //nolint:containedctx // it is the stream's
}

func (s admittedStream) Context() context.Context { return s.ctx }
