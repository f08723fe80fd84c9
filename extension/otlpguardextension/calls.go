package otlpguardextension

import (
	"context"
	"sync"

	"google.golang.org/grpc/stats"

	"github.com/watchllm/watchllm/internal/inflight"
	"github.com/watchllm/watchllm/internal/tenancy"
)

// callSize is what a gRPC call is taken for until its message is there: nobody knows before how much it inflates to. It is far more than
// most messages have and less than one may have, so that calls over slow connections do not keep the others of their tenant waiting.
const callSize = 8 << 20

// calls bounds the messages that are received, inflated and decoded at the same time over gRPC. A call waits for its turn before
// anything of its message is read; clients that do not want to wait have a deadline.
type calls struct {
	mu   sync.Mutex
	room *inflight.Room
	// freed is closed when some room was given back.
	freed   chan struct{}
	waiting int
}

var _ stats.Handler = (*calls)(nil)

func newCalls(size int64) *calls {
	return &calls{room: inflight.NewRoom(size), freed: make(chan struct{})}
}

// call is what one call has of the room. gRPC tells of a call in one goroutine.
type call struct {
	sender string
	held   int64
}

type callKey struct{}

// TagRPC puts the call on its context, where it is found again.
func (c *calls) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context {
	return context.WithValue(ctx, callKey{}, &call{sender: tenancy.Sender(ctx).Tenant})
}

// HandleRPC waits where a call begins, and gives back what it does not need any more.
func (c *calls) HandleRPC(ctx context.Context, s stats.RPCStats) {
	this, ok := ctx.Value(callKey{}).(*call)
	if !ok {
		return
	}
	switch s := s.(type) {
	case *stats.Begin:
		c.enter(ctx, this)
	case *stats.InPayload:
		c.resize(this, int64(s.Length))
	case *stats.End:
		c.resize(this, 0)
	}
}

// enter waits for room, or for the end of the call: its message is not handed on then.
func (c *calls) enter(ctx context.Context, this *call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.room.Take(this.sender, callSize) {
		freed := c.freed
		c.waiting++
		c.mu.Unlock()
		select {
		case <-freed:
		case <-ctx.Done():
		}
		c.mu.Lock()
		c.waiting--
		if ctx.Err() != nil {
			return
		}
	}
	this.held = callSize
}

// resize has the call hold a size from now on. It may turn out larger than there is room for; then nobody comes in beside it.
func (c *calls) resize(this *call, size int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch more := size - this.held; {
	case this.held == 0:
	case more > 0:
		if c.room.Take(this.sender, more) {
			this.held = size
		}
	default:
		c.room.Give(this.sender, -more)
		this.held = size
		if c.waiting > 0 {
			close(c.freed)
			c.freed = make(chan struct{})
		}
	}
}

// TagConn and HandleConn are for connections, of which nothing is asked.
func (*calls) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn does nothing.
func (*calls) HandleConn(context.Context, stats.ConnStats) {}
