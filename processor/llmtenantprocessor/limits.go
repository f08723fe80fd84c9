package llmtenantprocessor

import (
	"sync"
	"time"

	"github.com/watchllm/watchllm/processor/llmtenantprocessor/internal/limits"
	"github.com/watchllm/watchllm/processor/llmtenantprocessor/internal/sizes"
)

// enforcer is the limits of one configuration. All signals share it, so that bytes of spans and of log records come
// out of one bucket.
type enforcer struct {
	limiter *limits.Limiter
	named   map[string]*tenantPolicy
	others  *tenantPolicy
}

// tenantPolicy is what one tenant may send.
type tenantPolicy struct {
	limits.Policy
	request  RequestConfig
	sizes    sizes.Limits
	refuses  bool // what is oversized
	measured bool // bytes are needed
	setting  string
}

func newEnforcer(cfg *LimitsConfig, clock func() time.Duration) *enforcer {
	e := &enforcer{limiter: limits.New(cfg.InFlightBytes, clock), named: map[string]*tenantPolicy{}}
	e.others = e.policy(&cfg.Default, "limits::default")
	for name, l := range cfg.Tenants {
		e.named[name] = e.policy(&l, "limits::tenants::"+name)
	}
	return e
}

func (e *enforcer) policy(c *TenantLimits, setting string) *tenantPolicy {
	p := &tenantPolicy{
		Policy:  limits.Policy{Tenant: c.Rate.rates(), Key: c.RatePerKey.rates(), Weight: c.Weight},
		request: c.Request, sizes: c.Size.limits(), refuses: c.Size.Oversized == OversizedRefuse, setting: setting,
	}
	p.measured = c.Request.Bytes > 0 || e.limiter.Measured(&p.Policy)
	return p
}

func (e *enforcer) of(tenant string) *tenantPolicy {
	if p, ok := e.named[tenant]; ok {
		return p
	}
	return e.others
}

// enforcers are those of running processors. The collector makes one processor for each pipeline, all with the same
// configuration.
var enforcers = struct {
	sync.Mutex
	of map[*Config]*sharedEnforcer
}{of: map[*Config]*sharedEnforcer{}}

type sharedEnforcer struct {
	*enforcer
	users int
}

func acquireEnforcer(cfg *Config) *enforcer {
	enforcers.Lock()
	defer enforcers.Unlock()
	s, ok := enforcers.of[cfg]
	if !ok {
		began := time.Now() // its monotonic clock does not jump
		s = &sharedEnforcer{enforcer: newEnforcer(&cfg.Limits, func() time.Duration { return time.Since(began) })}
		enforcers.of[cfg] = s
	}
	s.users++
	return s.enforcer
}

func releaseEnforcer(cfg *Config) {
	enforcers.Lock()
	defer enforcers.Unlock()
	if s, ok := enforcers.of[cfg]; ok {
		if s.users--; s.users == 0 {
			delete(enforcers.of, cfg)
		}
	}
}
