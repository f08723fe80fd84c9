package apikeyauthextension

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensionauth"
	"go.opentelemetry.io/collector/extension/extensioncapabilities"
	"go.opentelemetry.io/collector/extension/extensionmiddleware"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/extension/apikeyauthextension/internal/introspect"
	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

type apiKeyAuth struct {
	cfg      *Config
	set      component.TelemetrySettings
	role     tenancy.Role
	schemes  []scheme
	inline   []apikey.Record
	log      *zap.Logger
	metrics  *metrics
	file     keysFile
	usage    apikey.Usage
	attempts *throttle
	// questions bounds apart from attempts what an address makes us ask another server: one broken client behind a
	// proxy, which sends the same wrong key all day, must not keep others behind it from being asked about.
	questions *throttle
	tooMany   *refusal
	tooFew    *refusal
	health    health
	now       func() time.Time
	// keys is swapped as a whole; a request sees the old set or the new one, never half of each.
	keys atomic.Pointer[apikey.Set]
	// source is nil without introspection and before Start.
	source *introspect.Source
	rarely rarely
	// flushFails is set after a failure, which is logged once.
	flushFails bool
	stop       context.CancelFunc
	done       sync.WaitGroup
}

var (
	_ extension.Extension             = (*apiKeyAuth)(nil)
	_ extensionauth.Server            = (*apiKeyAuth)(nil)
	_ extensionmiddleware.HTTPServer  = (*apiKeyAuth)(nil)
	_ extensionmiddleware.GRPCServer  = (*apiKeyAuth)(nil)
	_ extensioncapabilities.Dependent = (*apiKeyAuth)(nil)
)

func newExtension(set extension.Settings, cfg *Config) (*apiKeyAuth, error) {
	inline, err := cfg.inlineRecords()
	if err != nil {
		return nil, err
	}
	role, err := cfg.requiredRole()
	if err != nil {
		return nil, err
	}
	counted, err := newMetrics(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	a := &apiKeyAuth{
		cfg:       cfg,
		set:       set.TelemetrySettings,
		role:      role,
		schemes:   selectSchemes(cfg.Schemes),
		inline:    inline,
		log:       set.Logger,
		metrics:   counted,
		file:      keysFile{path: cfg.KeysFile},
		attempts:  newThrottle(cfg.RefusedAttempts),
		questions: newThrottle(cfg.RefusedAttempts),
		tooFew:    refuseRole(role),
		now:       time.Now,
		rarely:    rarely{every: time.Minute},
	}
	if cfg.RefusedAttempts.Limit > 0 {
		a.tooMany = refuseThrottled(a.attempts.pause())
	}
	return a, a.use(nil)
}

// Dependencies are the extensions that the client of the introspection uses.
func (a *apiKeyAuth) Dependencies() []component.ID {
	if in := a.cfg.Introspection.Get(); in != nil && in.HTTP.Auth.HasValue() {
		return []component.ID{in.HTTP.Auth.Get().AuthenticatorID}
	}
	return nil
}

// Start reads the keys file once and then watches it. A file that is missing or wrong does not
// keep the collector from starting: requests are refused until it is there.
func (a *apiKeyAuth) Start(ctx context.Context, host component.Host) error {
	a.health.host = host
	if err := a.metrics.observeKeys(&a.keys, a.now); err != nil {
		return err
	}
	if err := a.startSource(ctx, host); err != nil {
		return err
	}
	background, stop := context.WithCancel(context.Background())
	a.stop = stop
	if a.cfg.KeysFile != "" {
		a.reload()
		a.done.Go(func() { every(background, a.cfg.ReloadInterval, a.reload) })
	}
	if a.cfg.lastUsedFile() != "" {
		a.done.Go(func() { every(background, a.cfg.LastUsed.Interval, a.flush) })
	}
	return nil
}

// Shutdown ends what Start began; it may be called without Start and twice.
func (a *apiKeyAuth) Shutdown(context.Context) error {
	if a.stop != nil {
		a.stop()
	}
	a.done.Wait()
	if a.source != nil {
		a.source.Close()
	}
	if a.cfg.lastUsedFile() != "" {
		a.flush()
	}
	a.metrics.telemetry.Shutdown()
	return nil
}

func every(ctx context.Context, interval time.Duration, do func()) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			do()
		}
	}
}

// flush writes down when keys were last used. A folder that cannot be written costs that knowledge and nothing else.
func (a *apiKeyAuth) flush() {
	err := a.usage.Flush(a.cfg.lastUsedFile(), a.now())
	if err != nil {
		a.metrics.lastUsedFailed()
	}
	if err != nil && !a.flushFails {
		a.log.Warn("The times of last use cannot be written; make the folder writable, or set last_used::file to another or to `off`. Keys work all the same.",
			zap.Error(err), zap.String("file", a.cfg.lastUsedFile()))
	}
	a.flushFails = err != nil
}
