package otlpguardextension

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
)

// A call over gRPC waits before its message is read while one sender has half of the room, and goes on when there is some.
func TestGRPCCallsWaitForRoom(t *testing.T) {
	b := start(t)
	conn, err := grpc.NewClient(b.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	slow, stop := context.WithCancel(context.Background())
	defer stop()
	for range defaultMaxInFlight / 2 / callSize { // none of them sends its message
		_, err := conn.NewStream(slow, &grpc.StreamDesc{ClientStreams: true}, "/opentelemetry.proto.collector.trace.v1.TraceService/Export")
		require.NoError(t, err)
	}
	taken := func() int64 {
		b.guard.calls.mu.Lock()
		defer b.guard.calls.mu.Unlock()
		return b.guard.calls.room.Taken()
	}
	require.Eventually(t, func() bool { return taken() == defaultMaxInFlight/2 }, 20*time.Second, time.Millisecond)

	export := func(patience time.Duration) codes.Code {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_, err := ptraceotlp.NewGRPCClient(conn).Export(ctx, span())
		return status.Code(err)
	}
	require.Equal(t, codes.DeadlineExceeded, export(200*time.Millisecond))
	require.Empty(t, b.sink.AllTraces(), "nobody waits for an answer")
	got := make(chan codes.Code)
	go func() { got <- export(20 * time.Second) }()
	stop()
	require.Equal(t, codes.OK, <-got)
	require.Eventually(t, func() bool { return taken() == 0 }, 20*time.Second, time.Millisecond, "everything is given back")
}

func TestCallsHoldWhatTheirMessagesNeed(t *testing.T) {
	c := newCalls(64 << 20)
	begin := func(size int) (end func()) {
		ctx := c.TagRPC(context.Background(), nil)
		c.HandleRPC(ctx, &stats.Begin{})
		if size >= 0 {
			c.HandleRPC(ctx, &stats.InPayload{Length: size})
		}
		return func() { c.HandleRPC(ctx, &stats.End{}) }
	}
	var ends []func()
	for range 1000 {
		ends = append(ends, begin(10<<10))
	}
	require.EqualValues(t, 1000*10<<10, c.room.Taken(), "small messages keep nobody waiting")
	for _, end := range ends {
		end()
		end()
	}
	require.Zero(t, c.room.Taken())
	ends = []func(){begin(20 << 20), begin(20 << 20)}
	require.EqualValues(t, (20+callSize>>20)<<20, c.room.Taken(), "a second one of that size finds no room, and has what it had")
	for _, end := range ends {
		end()
	}
	require.Zero(t, c.room.Taken())
	c.HandleRPC(context.Background(), &stats.End{})
	require.Zero(t, c.room.Taken())
}
