package apikeyauthextension

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensionauth"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/extension/apikeyauthextension/internal/metadata"
	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

type apiKeyAuth struct {
	cfg       *Config
	schemes   []scheme
	inline    []apikey.Record
	log       *zap.Logger
	telemetry *metadata.TelemetryBuilder
	counters  map[reason]metric.MeasurementOption
	file      keysFile
	// keys is swapped as a whole; a request sees the old set or the new one, never half of each.
	keys atomic.Pointer[apikey.Set]
	stop context.CancelFunc
	done sync.WaitGroup
}

var (
	_ extension.Extension  = (*apiKeyAuth)(nil)
	_ extensionauth.Server = (*apiKeyAuth)(nil)
)

func newExtension(set extension.Settings, cfg *Config) (*apiKeyAuth, error) {
	inline, err := cfg.inlineRecords()
	if err != nil {
		return nil, err
	}
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	a := &apiKeyAuth{
		cfg:       cfg,
		schemes:   selectSchemes(cfg.Schemes),
		inline:    inline,
		log:       set.Logger,
		telemetry: telemetry,
		counters:  map[reason]metric.MeasurementOption{},
		file:      keysFile{path: cfg.KeysFile},
	}
	for _, r := range reasons {
		result := "refused"
		if r == reasonOK {
			result = "accepted"
		}
		a.counters[r] = metric.WithAttributeSet(attribute.NewSet(
			attribute.String("result", result), attribute.String("reason", string(r))))
	}
	return a, a.use(nil)
}

// Start reads the keys file once and then watches it. A file that is missing or wrong does not
// keep the collector from starting: requests are refused until it is there.
func (a *apiKeyAuth) Start(_ context.Context, host component.Host) error {
	err := a.telemetry.RegisterExtensionAPIKeyAuthKeysCallback(a.observeKeys)
	if err != nil || a.cfg.KeysFile == "" {
		return err
	}
	a.reload(host)
	ctx, stop := context.WithCancel(context.Background())
	a.stop = stop
	a.done.Go(func() { a.watch(ctx, host) })
	return nil
}

// Shutdown ends the watch; it may be called without Start and twice.
func (a *apiKeyAuth) Shutdown(context.Context) error {
	if a.stop != nil {
		a.stop()
	}
	a.done.Wait()
	a.telemetry.Shutdown()
	return nil
}

// Authenticate finds the key in the headers and puts its identity on the context.
func (a *apiKeyAuth) Authenticate(ctx context.Context, sources map[string][]string) (context.Context, error) {
	id, refused := a.identify(sources)
	if refused != nil {
		a.telemetry.ExtensionAPIKeyAuthRequests.Add(ctx, 1, a.counters[refused.reason])
		return ctx, refused
	}
	a.telemetry.ExtensionAPIKeyAuthRequests.Add(ctx, 1, a.counters[reasonOK])
	return tenancy.NewContext(ctx, id), nil
}

func (a *apiKeyAuth) identify(sources map[string][]string) (tenancy.Identity, *refusal) {
	for _, s := range a.schemes {
		presented := s.find(sources)
		if len(presented) == 0 {
			continue
		}
		for _, other := range presented[1:] {
			if other != presented[0] {
				return tenancy.Identity{}, refuseAmbiguous
			}
		}
		keys := a.keys.Load()
		if keys.Len() == 0 {
			return tenancy.Identity{}, refuseNoKeys
		}
		id, verdict := keys.Verify(presented[0], time.Now())
		return id, refusals[verdict]
	}
	if a.keys.Load().Len() == 0 {
		return tenancy.Identity{}, refuseNoKeysNorKey
	}
	return tenancy.Identity{}, refuseMissing
}

func (a *apiKeyAuth) watch(ctx context.Context, host component.Host) {
	tick := time.NewTicker(a.cfg.ReloadInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			a.reload(host)
		}
	}
}

// reload takes over what the file says, or says why not and leaves the keys as they are.
func (a *apiKeyAuth) reload(host component.Host) {
	records, changed, err := a.file.poll()
	if err == nil && changed {
		err = a.use(records)
	}
	switch {
	case err != nil:
		a.countReload("refused")
		a.complain(err)
		componentstatus.ReportStatus(host, componentstatus.NewRecoverableErrorEvent(err))
	case changed:
		a.countReload("applied")
		a.log.Info("API keys loaded", zap.String("keys_file", a.cfg.KeysFile), zap.Int("keys", a.keys.Load().Len()))
		componentstatus.ReportStatus(host, componentstatus.NewEvent(componentstatus.StatusOK))
	}
}

func (a *apiKeyAuth) complain(err error) {
	fields := []zap.Field{zap.Error(err), zap.String("keys_file", a.cfg.KeysFile), zap.Int("keys_in_force", a.keys.Load().Len())}
	if errors.Is(err, fs.ErrNotExist) {
		a.log.Warn("The keys file does not exist; make a key with `watchllmctl keys create --keys-file "+a.cfg.KeysFile+"` and it is read at once. The keys in force stay.", fields...)
		return
	}
	a.log.Error("The keys file was refused; correct it and it is read at once. The keys in force stay.", fields...)
}

func (a *apiKeyAuth) use(fromFile []apikey.Record) error {
	all := make([]apikey.Record, 0, len(a.inline)+len(fromFile))
	set, err := apikey.NewSet(append(append(all, a.inline...), fromFile...)...)
	if err != nil {
		return err
	}
	a.keys.Store(set)
	return nil
}

func (a *apiKeyAuth) countReload(result string) {
	a.telemetry.ExtensionAPIKeyAuthReloads.Add(context.Background(), 1,
		metric.WithAttributes(attribute.String("result", result)))
}

func (a *apiKeyAuth) observeKeys(_ context.Context, o metric.Int64Observer) error {
	keys, now := a.keys.Load(), time.Now()
	for _, s := range []apikey.State{apikey.StateActive, apikey.StateExpired, apikey.StateRevoked} {
		o.Observe(int64(keys.Count(s, now)), metric.WithAttributes(attribute.String("state", string(s))))
	}
	return nil
}
