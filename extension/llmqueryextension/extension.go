package llmqueryextension

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensioncapabilities"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/extension/llmqueryextension/internal/metadata"
	"github.com/watchllm/watchllm/internal/httpmount"
	"github.com/watchllm/watchllm/internal/inflight"
	"github.com/watchllm/watchllm/internal/pricing/live"
)

// queryExtension owns the listener, the connection pool and the background check of the store.
type queryExtension struct {
	cfg       *Config
	settings  component.TelemetrySettings
	telemetry *metadata.TelemetryBuilder

	conn   driver.Conn
	prices *live.Prices
	server *http.Server
	stop   context.CancelFunc
	done   sync.WaitGroup
	// address is where the server listens; tests listen on port 0.
	address string
	// mounted are paths that other components serve on this listener.
	mounted httpmount.Table
}

var (
	_ extension.Extension             = (*queryExtension)(nil)
	_ extensioncapabilities.Dependent = (*queryExtension)(nil)
	_ httpmount.Mounter               = (*queryExtension)(nil)
)

func newExtension(cfg *Config, set extension.Settings) (*queryExtension, error) {
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	return &queryExtension{cfg: cfg, settings: set.TelemetrySettings, telemetry: telemetry}, nil
}

// Dependencies makes the collector start the authenticator first.
func (e *queryExtension) Dependencies() []component.ID {
	if auth := e.cfg.ServerConfig.Auth.Get(); auth != nil {
		return []component.ID{auth.Config.AuthenticatorID}
	}
	return nil
}

// Start opens the listener. The store is not needed for it: until it answers, so says /readyz.
func (e *queryExtension) Start(ctx context.Context, host component.Host) error {
	auth := e.cfg.ServerConfig.Auth.Get()
	gate, err := newGate(ctx, auth, host.GetExtensions())
	if err != nil {
		return fmt.Errorf("auth: %w; add the extension to service::extensions", err)
	}
	if auth == nil {
		e.settings.Logger.Warn(`No auth is configured: everybody on this machine reads tenant "default". Set auth::authenticator to ask for keys.`)
	}
	if e.conn, err = e.cfg.ClickHouse.Open(); err != nil {
		return fmt.Errorf("clickhouse: %w", err)
	}
	if e.prices, err = live.Open(e.cfg.Prices, e.cfg.PricesReloadInterval, e.settings.Logger); err != nil {
		return errors.Join(err, e.Shutdown(ctx))
	}
	e.prices.Start()
	a := e.newAPI(gate, host)

	// The listener's own auth would also guard the health checks, so it is taken out; the gate does its work.
	listen := e.cfg.ServerConfig
	listen.Auth = configoptional.None[confighttp.AuthConfig]()
	listener, err := listen.ToListener(ctx)
	if err != nil {
		return errors.Join(fmt.Errorf("endpoint %s: %w; stop what listens there or choose another endpoint", listen.NetAddr.Endpoint, err), e.Shutdown(ctx))
	}
	if e.server, err = listen.ToServer(ctx, host.GetExtensions(), e.settings, a.handler(), confighttp.WithErrorHandler(refuseBody)); err != nil {
		return errors.Join(err, listener.Close(), e.Shutdown(ctx))
	}
	e.server.MaxHeaderBytes = inflight.MaxHeaderBytes
	// Outside of everything the listener does for the API: a mounted handler has a body limit, keys and CORS of its own.
	e.server.Handler = e.mounted.Handler(e.server.Handler)
	e.address = listener.Addr().String()
	server := e.server
	e.done.Go(func() {
		if err := server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			componentstatus.ReportStatus(host, componentstatus.NewFatalErrorEvent(fmt.Errorf("llm_query stopped serving: %w", err)))
		}
	})

	background, stop := context.WithCancel(context.Background())
	e.stop = stop
	e.done.Go(func() { a.watch(background) })
	e.settings.Logger.Info("Query API is listening", zap.String("endpoint", e.address))
	return nil
}

// Mount serves a path for another component, such as the events' paths of llm_event.
func (e *queryExtension) Mount(path string, h http.Handler) (httpmount.Unmount, error) {
	if own := (&api{}).pattern(path); own != "" {
		return nil, fmt.Errorf("cannot mount %s: the query API serves %s itself", path, own)
	}
	return e.mounted.Mount(path, h)
}

func (e *queryExtension) newAPI(gate *gate, host component.Host) *api {
	a := &api{
		gate: gate, prices: &priceBook{live: e.prices, files: e.cfg.Prices}, limits: e.cfg.Limits, logger: e.settings.Logger, telemetry: e.telemetry, now: time.Now,
		ready: &readiness{
			probe:   schemaProbe(e.conn, e.cfg.ClickHouse.Target()),
			now:     time.Now,
			changed: e.storeChanged(host),
		},
	}
	a.store = newStore(e.conn, e.cfg.Limits, e.telemetry, func(err error) {
		if outcomeOf(err) == outcomeUnavailable {
			a.ready.doubt()
		}
	})
	return a
}

// storeChanged reports changes of the store's state, and only changes.
func (e *queryExtension) storeChanged(host component.Host) func(storeCheck, error) {
	return func(check storeCheck, err error) {
		if check.Status == statusUp {
			e.telemetry.ExtensionLlmQueryStoreUp.Record(context.Background(), 1)
			e.settings.Logger.Info("The store answers")
			componentstatus.ReportStatus(host, componentstatus.NewEvent(componentstatus.StatusOK))
			return
		}
		e.telemetry.ExtensionLlmQueryStoreUp.Record(context.Background(), 0)
		e.settings.Logger.Warn("The store cannot be read; trying again", zap.String("reason", check.Reason), zap.Error(err))
		componentstatus.ReportStatus(host, componentstatus.NewRecoverableErrorEvent(
			fmt.Errorf("llm_query cannot read the store (%s): %w", check.Reason, err)))
	}
}

// watchInterval is how long an outage or its end may go unreported when nobody asks anything.
const watchInterval = 5 * time.Second

// watch keeps the reported state true without traffic.
func (a *api) watch(ctx context.Context) {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for {
		a.ready.check(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Shutdown lets running requests finish until ctx ends. It may be called without Start and twice.
func (e *queryExtension) Shutdown(ctx context.Context) error {
	var errs []error
	if e.stop != nil {
		e.stop()
	}
	if e.server != nil {
		if err := e.server.Shutdown(ctx); err != nil {
			errs = append(errs, err, e.server.Close())
		}
		e.server = nil
	}
	e.done.Wait()
	if e.prices != nil {
		e.prices.Close()
	}
	if e.conn != nil {
		errs = append(errs, e.conn.Close())
		e.conn = nil
	}
	e.telemetry.Shutdown()
	return errors.Join(errs...)
}

// refuseBody answers requests whose body confighttp cannot unpack, in our own format.
func refuseBody(w http.ResponseWriter, r *http.Request, _ string, status int) {
	newProblem("bad-request", "Bad request", status, "The request's body cannot be read; this API takes none.").write(w, r)
}
