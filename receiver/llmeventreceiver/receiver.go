package llmeventreceiver

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receiverhelper"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/internal/httpmount"
	"github.com/watchllm/watchllm/internal/inflight"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/late"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/metadata"
)

// eventReceiver is the HTTP server and what is behind it. traces or logs may be nil, not both.
type eventReceiver struct {
	cfg       *Config
	set       receiver.Settings
	traces    consumer.Traces
	logs      consumer.Logs
	telemetry *metadata.TelemetryBuilder
	obs       *receiverhelper.ObsReport
	now       func() time.Time
	gate      gate
	held      *late.Held
	room      *inflight.Room
	foreign   *foreignVendors // nil unless some vendor is configured
	server    *http.Server
	unmount   []httpmount.Unmount
	serving   sync.WaitGroup
}

func newEventReceiver(set receiver.Settings, cfg *Config) (*eventReceiver, error) {
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	obs, err := receiverhelper.NewObsReport(receiverhelper.ObsReportSettings{
		ReceiverID: set.ID, Transport: "http", ReceiverCreateSettings: set,
	})
	if err != nil {
		return nil, err
	}
	r := &eventReceiver{cfg: cfg, set: set, telemetry: telemetry, obs: obs, now: time.Now, room: inflight.NewRoom(cfg.MaxInFlightSize)}
	r.held = late.NewHeld(cfg.Merge.limits(), func() time.Time { return r.now() })
	if len(cfg.Foreign.Vendors) > 0 {
		r.foreign = newForeignVendors(r)
	}
	return r, nil
}

// Start opens the listener.
func (r *eventReceiver) Start(ctx context.Context, host component.Host) error {
	server := r.cfg.ServerConfig
	if auth := server.Auth.Get(); auth != nil {
		authenticator, err := auth.Config.GetServerAuthenticator(ctx, host.GetExtensions())
		if err != nil {
			return err
		}
		r.gate = gate{authenticator: authenticator, params: auth.RequestParameters}
	}
	// confighttp would ask for a key on every path, and answer in plain text.
	server.Auth = configoptional.None[confighttp.AuthConfig]()
	server.CompressionAlgorithms = []string{} // bodies are inflated when the sender is known, see inflight
	server.MaxRequestBodySize = r.cfg.maxBody()
	if r.foreign != nil {
		if err := r.foreign.start(ctx, host); err != nil {
			return err
		}
	}
	if err := r.observe(); err != nil {
		return err
	}
	var err error
	r.server, err = server.ToServer(ctx, host.GetExtensions(), r.set.TelemetrySettings, r.handler())
	if err != nil {
		return err
	}
	r.server.Handler = limitCompressed(r.server.Handler, r.cfg.MaxCompressedSize)
	if err := r.mount(host); err != nil {
		return err
	}
	listener, err := server.ToListener(ctx)
	if err != nil {
		return err
	}
	r.set.Logger.Info("Taking JSON events", zap.Stringer("endpoint", listener.Addr()))
	r.serving.Go(func() {
		if err := r.server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			componentstatus.ReportStatus(host, componentstatus.NewFatalErrorEvent(err))
		}
	})
	return nil
}

// Shutdown finishes the requests that are under way.
func (r *eventReceiver) Shutdown(ctx context.Context) error {
	var err error
	for _, unmount := range r.unmount {
		err = errors.Join(err, unmount(ctx))
	}
	if r.server != nil {
		err = errors.Join(err, r.server.Shutdown(ctx))
	}
	r.serving.Wait()
	if r.foreign != nil {
		err = errors.Join(err, r.foreign.stop(ctx))
	}
	r.telemetry.Shutdown()
	return err
}
