package queuestorageextension

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

type host map[component.ID]component.Component

func (h host) GetExtensions() map[component.ID]component.Component { return h }

// store is what an exporter sends to.
type store struct {
	mu    sync.Mutex
	away  bool
	spans map[string]int
	tried atomic.Int64
}

func (s *store) push(_ context.Context, td ptrace.Traces) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tried.Add(1)
	if s.away {
		return errors.New("away")
	}
	for _, rs := range td.ResourceSpans().All() {
		for _, span := range rs.ScopeSpans().At(0).Spans().All() {
			s.spans[span.Name()]++
		}
	}
	return nil
}

func (s *store) has() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.spans)
}

func (s *store) set(away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
}

// startQueue starts an exporter with a persistent queue here.
func startQueue(t *testing.T, dir string, s *store) (exporter.Traces, func()) {
	ctx := context.Background()
	f := NewFactory()
	cfg := f.CreateDefaultConfig().(*Config)
	cfg.Directory, cfg.SegmentMiB, cfg.MaxSizeMiB = dir, 1, 2
	x, err := f.Create(ctx, extensiontest.NewNopSettings(f.Type()), cfg)
	require.NoError(t, err)
	id := component.NewID(f.Type())
	queue := exporterhelper.NewDefaultQueueConfig()
	queue.StorageID = &id
	queue.Sizer, queue.QueueSize = exporterhelper.RequestSizerTypeRequests, 1_000_000
	queue.Batch = configoptional.Some(exporterhelper.BatchConfig{FlushTimeout: time.Millisecond, Sizer: exporterhelper.RequestSizerTypeItems, MinSize: 1000})
	retry := configretry.NewDefaultBackOffConfig()
	retry.InitialInterval, retry.MaxInterval, retry.MaxElapsedTime = time.Millisecond, 5*time.Millisecond, 0
	set := exportertest.NewNopSettings(component.MustNewType("test"))
	set.ID = component.MustNewID("test") // the one of a test is random
	e, err := exporterhelper.NewTraces(ctx, set, struct{}{}, s.push,
		exporterhelper.WithQueue(configoptional.Some(queue)), exporterhelper.WithRetry(retry))
	require.NoError(t, err)
	require.NoError(t, e.Start(ctx, host{id: x}))
	return e, func() { require.NoError(t, e.Shutdown(ctx)) }
}

// The store is away until the queue is as large as it may be; then the collector is started again and again.
func TestAFullQueueKeepsAllThatWasAcknowledged(t *testing.T) {
	dir := t.TempDir()
	s := &store{away: true, spans: map[string]int{}}
	acknowledged := 0
	for range 4 {
		e, stop := startQueue(t, dir, s)
		for {
			td := ptrace.NewTraces()
			span := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
			span.SetName(time.Now().String())
			span.Attributes().PutStr("text", strings.Repeat("x", 900+acknowledged%300))
			if e.ConsumeTraces(context.Background(), td) != nil {
				break
			}
			acknowledged++
		}
		tried := s.tried.Load()
		require.Eventually(t, func() bool { return s.tried.Load() > tried+1 }, time.Minute, time.Millisecond)
		stop()
	}
	require.Greater(t, acknowledged, 100)
	s.set(false)
	_, stop := startQueue(t, dir, s)
	require.Eventually(t, func() bool { return s.has() == acknowledged }, time.Minute, 10*time.Millisecond, "%d acknowledged", acknowledged)
	stop()
}
