package apikeyauthextension

import (
	"context"
	"net"
	"time"

	"go.opentelemetry.io/collector/client"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/extension/apikeyauthextension/internal/introspect"
	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

// Authenticate finds the key in the headers and puts its identity on the context.
func (a *apiKeyAuth) Authenticate(ctx context.Context, sources map[string][]string) (context.Context, error) {
	if caller, ok := wasAdmitted(ctx); ok {
		return tenancy.NewCallerContext(ctx, caller), nil
	}
	caller, refused := a.identify(ctx, sources, true)
	if refused = a.settle(ctx, caller, refused); refused != nil {
		return ctx, refused
	}
	return tenancy.NewCallerContext(ctx, caller), nil
}

// settle asks for the role and counts the outcome.
func (a *apiKeyAuth) settle(ctx context.Context, caller *tenancy.Caller, refused *refusal) *refusal {
	if refused == nil && a.role != "" && !caller.May(a.role) {
		refused = a.tooFew
	}
	if refused != nil {
		a.metrics.request(ctx, refused.reason)
		return refused
	}
	a.metrics.request(ctx, reasonOK)
	return nil
}

// identify finds whose key it is. Where another server would have to be asked and may not be, the refusal is refuseUnasked.
func (a *apiKeyAuth) identify(ctx context.Context, sources map[string][]string, mayAsk bool) (*tenancy.Caller, *refusal) {
	nothing := a.source == nil && a.keys.Load().Len() == 0
	for i := range a.schemes {
		p := a.schemes[i].find(sources)
		switch {
		case !p.found:
			continue
		case p.differ:
			return nil, refuseAmbiguous
		case nothing:
			return nil, refuseNoKeys
		}
		return a.check(ctx, p.key, mayAsk)
	}
	if nothing {
		return nil, refuseNoKeysNorKey
	}
	return nil, refuseMissing
}

// check asks the keys at hand first; they cost no question, and nobody is held up who has one.
func (a *apiKeyAuth) check(ctx context.Context, presented string, mayAsk bool) (*tenancy.Caller, *refusal) {
	now := a.now()
	e, verdict := a.keys.Load().Lookup(presented, now)
	if verdict == apikey.VerdictOK {
		e.Used(now)
		return &e.Caller, nil
	}
	if a.mayIntrospect(presented, verdict) {
		if !mayAsk {
			return nil, refuseUnasked
		}
		return a.introspect(ctx, presented, now)
	}
	return nil, a.refuse(ctx, verdict, now)
}

// refuse uses up one of the address's attempts, unless the holder of a whole key is only late.
func (a *apiKeyAuth) refuse(ctx context.Context, verdict apikey.Verdict, now time.Time) *refusal {
	switch verdict {
	case apikey.VerdictMalformed, apikey.VerdictChecksum, apikey.VerdictUnknown:
		if addr := client.FromContext(ctx).Addr; !a.attempts.take(addr, now) {
			a.heldUp(addr, now)
			return a.tooMany
		}
	}
	return refusals[verdict]
}

func (a *apiKeyAuth) heldUp(addr net.Addr, now time.Time) {
	if a.rarely.may("throttle", now) {
		a.log.Warn("An address had too many keys refused and is held up; keys that are valid still work from there.", zap.Stringer("address", addr))
	}
}

// maxForeignToken bounds what is sent to another server; JSON Web Tokens with many claims have a few thousand bytes.
const maxForeignToken = 8 << 10

func (a *apiKeyAuth) mayIntrospect(presented string, verdict apikey.Verdict) bool {
	switch {
	case a.source == nil:
		return false
	case verdict == apikey.VerdictMalformed:
		return a.cfg.Introspection.Get().ForeignTokens && presented != "" && len(presented) <= maxForeignToken && !looksOurs(presented)
	}
	return verdict == apikey.VerdictUnknown
}

func (a *apiKeyAuth) introspect(ctx context.Context, presented string, now time.Time) (*tenancy.Caller, *refusal) {
	keyID := "introspected"
	if key, err := apikey.Parse(presented); err == nil {
		keyID, presented = key.ID(), key.Reveal()
	}
	addr, asked := client.FromContext(ctx).Addr, false
	caller, verdict := a.source.Lookup(ctx, presented, keyID, func() bool {
		asked = !a.questions.spent(addr, now)
		return asked
	})
	switch {
	case verdict == apikey.VerdictOK:
		return caller, nil
	case verdict == introspect.VerdictNotAsked:
		a.heldUp(addr, now)
		return nil, a.tooMany
	case verdict == apikey.VerdictUnknown && asked:
		a.questions.take(addr, now)
	}
	return nil, a.refuse(ctx, verdict, now)
}
