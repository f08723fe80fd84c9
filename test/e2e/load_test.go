package e2e

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// load sends like a few busy SDKs: each request is repeated until it is acknowledged, whatever happens to the other end.
type load struct {
	spans    int // per request
	accepted atomic.Int64
	repeats  atomic.Int64 // attempts that were not acknowledged

	cancel context.CancelFunc
	done   sync.WaitGroup
}

const (
	loadWorkers = 4 // every second one over gRPC
	loadPace    = 5 * time.Millisecond
	// loadRetry is shorter than an SDK's, to hit a collector that has just come up.
	loadRetry = 20 * time.Millisecond
)

// startLoad begins sending for a tenant until finish is called.
func startLoad(t testing.TB, i *instance, tenant string) *load {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l := &load{spans: 7, cancel: cancel}
	for n := range loadWorkers {
		send, closeConn := overHTTP(i, tenant)
		if n%2 == 1 {
			var err error
			if send, closeConn, err = overGRPC(i, tenant); err != nil {
				t.Fatal(err)
			}
		}
		l.done.Go(func() {
			defer closeConn()
			l.work(ctx, send)
		})
	}
	t.Cleanup(cancel)
	return l
}

func (l *load) work(ctx context.Context, send func(ptraceotlp.ExportRequest) bool) {
	pace, retry := time.NewTicker(loadPace), time.NewTicker(loadRetry)
	defer pace.Stop()
	defer retry.Stop()
	for ctx.Err() == nil {
		req := requestOf(l.spans)
		for attempts := 0; !send(req); attempts++ {
			l.repeats.Add(1)
			if ctx.Err() != nil && attempts > 500 {
				return // the other end is gone for good; the missing acknowledgement fails the test
			}
			<-retry.C
		}
		l.accepted.Add(1)
		<-pace.C
	}
}

// reaches waits until so many requests were acknowledged.
func (l *load) reaches(t testing.TB, requests int64) {
	t.Helper()
	within(t, startLimit, "load", func() error {
		if n := l.accepted.Load(); n < requests {
			return fmt.Errorf("%d of %d requests acknowledged", n, requests)
		}
		return nil
	})
}

// finish stops making new requests, waits until the last is acknowledged, and returns how many spans were.
func (l *load) finish() int {
	l.cancel()
	l.done.Wait()
	return l.acknowledged()
}

func (l *load) acknowledged() int { return int(l.accepted.Load()) * l.spans }

func overHTTP(i *instance, tenant string) (func(ptraceotlp.ExportRequest) bool, func()) {
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{}}
	return func(req ptraceotlp.ExportRequest) bool {
		code, err := postTo(client, i.http, i.keys[tenant], req)
		return err == nil && code == http.StatusOK
	}, client.CloseIdleConnections
}

func overGRPC(i *instance, tenant string) (func(ptraceotlp.ExportRequest) bool, func(), error) {
	conn, err := dialGRPC(i.grpc)
	if err != nil {
		return nil, nil, err
	}
	return func(req ptraceotlp.ExportRequest) bool {
		return exportTo(context.Background(), conn, i.keys[tenant], req) == nil
	}, func() { _ = conn.Close() }, nil
}
