package llmeventreceiver

import (
	"context"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/receiver"
)

// receivers are the running receivers by configuration: the traces and the logs pipeline of one configuration share a server.
var receivers = sharedReceivers{byConfig: map[*Config]*shared{}}

type sharedReceivers struct {
	mu       sync.Mutex
	byConfig map[*Config]*shared
}

// shared is one receiver that several pipelines start and stop.
type shared struct {
	receiver *eventReceiver
	start    sync.Once
	startErr error
	stop     sync.Once
	stopErr  error
	forget   func()
}

func (m *sharedReceivers) loadOrCreate(set receiver.Settings, cfg *Config) (*shared, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, ok := m.byConfig[cfg]; ok {
		return s, nil
	}
	r, err := newEventReceiver(set, cfg)
	if err != nil {
		return nil, err
	}
	s := &shared{receiver: r, forget: func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.byConfig, cfg)
	}}
	m.byConfig[cfg] = s
	return s, nil
}

// Start starts the receiver with the first pipeline; every pipeline gets the same answer.
func (s *shared) Start(ctx context.Context, host component.Host) error {
	s.start.Do(func() { s.startErr = s.receiver.Start(ctx, host) })
	return s.startErr
}

// Shutdown stops the receiver with the first pipeline that stops: receivers stop before anything behind them does.
func (s *shared) Shutdown(ctx context.Context) error {
	s.stop.Do(func() {
		s.stopErr = s.receiver.Shutdown(ctx)
		s.forget()
	})
	return s.stopErr
}
