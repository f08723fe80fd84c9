package replay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
)

// Protocol is the OTLP transport to send with.
type Protocol string

// Transports.
const (
	HTTP Protocol = "http"
	GRPC Protocol = "grpc"
)

// Default endpoints, the ports of the default configuration.
const (
	DefaultHTTPEndpoint = "http://127.0.0.1:4318"
	DefaultGRPCEndpoint = "http://127.0.0.1:4317"
)

// Target is where to send.
type Target struct {
	// Endpoint is a URL without a path; https asks for TLS. host:port without a scheme is plain. Empty means the default of Protocol.
	Endpoint string
	Protocol Protocol // empty means HTTP
	// Patience bounds how long one request is retried while the collector is absent or asks to come back later. 0 means a minute.
	Patience time.Duration
}

// ErrRefused is in the error when the collector refused the key: no later request with it can succeed.
var ErrRefused = errors.New("the collector refused the key")

type signal string

const (
	traces  signal = "traces"
	metrics signal = "metrics"
	logs    signal = "logs"
)

// payload is one OTLP request, in the protobuf or JSON encoding it is to be sent in, or a body in a vendor's own format.
type payload struct {
	signal  signal
	records int
	proto   []byte // always set: gRPC has no JSON
	json    []byte // set when HTTP must carry OTLP/JSON
	vendor  *vendorBody
}

// outcome is what became of one payload.
type outcome struct {
	records  int
	answered bool // the collector took a decision; false means that it could not be reached or kept asking for patience
	rejected int  // of a partial success
	reason   string
	err      error
}

// attempt is the result of sending once.
type attempt struct {
	rejected int
	reason   string
	err      error
	retry    bool
	after    time.Duration // what the collector asked for, 0 if nothing
	answered bool
}

type transport interface {
	send(ctx context.Context, key string, p *payload) attempt
	close() error
}

type sender struct {
	transport transport
	patience  time.Duration
}

func newSender(t Target) (*sender, error) {
	if t.Protocol == "" {
		t.Protocol = HTTP
	}
	if t.Endpoint == "" {
		t.Endpoint = DefaultHTTPEndpoint
		if t.Protocol == GRPC {
			t.Endpoint = DefaultGRPCEndpoint
		}
	}
	if t.Patience <= 0 {
		t.Patience = time.Minute
	}
	endpoint := t.Endpoint
	if !strings.Contains(endpoint, "://") {
		endpoint = "http://" + endpoint
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("endpoint %q: want http://host:port or https://host:port", t.Endpoint)
	}
	s := &sender{patience: t.Patience}
	switch t.Protocol {
	case HTTP:
		s.transport = newHTTPTransport(u)
	case GRPC:
		if u.Port() == "" {
			u.Host = net.JoinHostPort(u.Hostname(), "4317")
		}
		s.transport, err = newGRPCTransport(u)
	default:
		err = fmt.Errorf("protocol %q: want http or grpc", t.Protocol)
	}
	return s, err
}

func (s *sender) close() error { return s.transport.close() }

const (
	firstBackoff   = 100 * time.Millisecond
	longestBackoff = 5 * time.Second
)

// send retries until the collector decides or patience ends. Backoff doubles; a delay the collector names is obeyed instead.
func (s *sender) send(ctx context.Context, key string, p *payload) outcome {
	deadline := time.Now().Add(s.patience)
	backoff := firstBackoff
	for {
		a := s.transport.send(ctx, key, p)
		o := outcome{records: p.records, rejected: a.rejected, reason: a.reason, err: a.err, answered: a.answered}
		if a.err == nil || !a.retry {
			return o
		}
		o.answered = false
		wait := backoff
		if a.after > 0 {
			wait = a.after
		}
		backoff = min(backoff*2, longestBackoff)
		if time.Now().Add(wait).After(deadline) {
			o.err = fmt.Errorf("gave up after %s: %w", s.patience, a.err)
			return o
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			o.err = ctx.Err()
			return o
		case <-timer.C:
		}
	}
}
