package introspect

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"net/http"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

// Verdicts beside those of apikey.
const (
	// VerdictUnavailable means that the server could not be asked and nothing is remembered: the key may be good or not.
	VerdictUnavailable apikey.Verdict = "source_unavailable"
	// VerdictNotAsked means that nothing is remembered and the caller did not want the server to be asked.
	VerdictNotAsked apikey.Verdict = "not_asked"
)

// Outcome is how one look-up ended. The values are metric labels.
type Outcome string

// Outcomes of a look-up.
const (
	OutcomeHit         Outcome = "hit"          // remembered as valid
	OutcomeNegativeHit Outcome = "negative_hit" // remembered as unknown
	OutcomeStale       Outcome = "stale"        // remembered as valid for longer than ttl; the server cannot be asked
	OutcomeActive      Outcome = "active"       // the server knows it
	OutcomeInactive    Outcome = "inactive"     // the server does not know it
	OutcomeUnusable    Outcome = "unusable"     // the server knows it but does not say who it is
	OutcomeFailed      Outcome = "failed"       // the server could not be asked and nothing is remembered
)

// Outcomes is the closed list.
var Outcomes = []Outcome{OutcomeHit, OutcomeNegativeHit, OutcomeStale, OutcomeActive, OutcomeInactive, OutcomeUnusable, OutcomeFailed}

// Settings are what a Source needs from its owner.
type Settings struct {
	Client *http.Client
	// Now is the clock.
	Now func() time.Time
	// Health is told when the server stopped answering (with why) and when it answers again (with nil).
	Health func(error)
	// Complain is told what is wrong with an answer that the server should be configured to give otherwise.
	Complain func(error)
	// Count is told how each look-up ended.
	Count func(context.Context, Outcome)
	// WrongRole becomes that of every caller.
	WrongRole func(context.Context, tenancy.Role)
}

// Source answers whose a token is. It never keeps a token, only salted digests.
type Source struct {
	cfg      Config
	set      Settings
	salt     [sha256.Size]byte
	positive *lru.Cache[digest, *known]
	negative *lru.Cache[digest, time.Time]
	breaker  breaker
	flights  flights
}

// known is a key that the server called active.
type known struct {
	caller  tenancy.Caller
	expires time.Time // zero: never
	fresh   time.Time // until then the server is not asked
	stale   time.Time // until then the key works if the server cannot be asked

	mu    sync.Mutex
	retry time.Time // after a failed question the server is left alone until then
}

// New makes a source. Close ends what it started.
func New(cfg Config, set Settings) (*Source, error) {
	s := &Source{cfg: cfg, set: set, breaker: breaker{cfg: cfg.Breaker, changed: set.Health}}
	var err error
	if s.positive, err = lru.New[digest, *known](cfg.Cache.MaxEntries); err != nil {
		return nil, err
	}
	if s.negative, err = lru.New[digest, time.Time](cfg.Cache.MaxEntries); err != nil {
		return nil, err
	}
	if _, err = rand.Read(s.salt[:]); err != nil {
		return nil, err
	}
	s.flights.init(cfg.MaxInFlight, cfg.HTTP.Timeout)
	return s, nil
}

// Close ends the questions under way; a look-up after it fails.
func (s *Source) Close() {
	s.flights.close()
	if s.set.Client != nil {
		s.set.Client.CloseIdleConnections()
	}
}

// Len is how many keys are remembered as valid and as unknown.
func (s *Source) Len() (positive, negative int) { return s.positive.Len(), s.negative.Len() }

// Lookup says whose a token is. keyID names the key if the server does not. mayAsk is called if the server has to be
// asked; where it returns false only what is remembered counts. The caller is nil unless the verdict is ok. It is
// never ok for a token that the server did not call active.
func (s *Source) Lookup(ctx context.Context, token, keyID string, mayAsk func() bool) (*tenancy.Caller, apikey.Verdict) {
	now, key := s.set.Now(), s.digest(token)
	k, remembered := s.positive.Get(key)
	if remembered && now.Before(k.fresh) {
		return k.accept(now, func() { s.set.Count(ctx, OutcomeHit) })
	}
	if until, ok := s.negative.Get(key); ok && now.Before(until) {
		s.set.Count(ctx, OutcomeNegativeHit)
		return nil, apikey.VerdictUnknown
	}
	grace := remembered && now.Before(k.stale)
	if grace && k.leaveAlone(now) {
		return k.accept(now, func() { s.set.Count(ctx, OutcomeStale) })
	}
	if !mayAsk() {
		if grace {
			return k.accept(now, func() { s.set.Count(ctx, OutcomeStale) })
		}
		return nil, VerdictNotAsked
	}
	fresh, err := s.flights.do(ctx, key, func(flight context.Context) (*known, error) { return s.ask(flight, key, token, keyID) })
	now = s.set.Now()
	switch {
	case err != nil && remembered && now.Before(k.stale) && ctx.Err() == nil:
		k.failed(now.Add(s.cfg.Breaker.CoolDown))
		return k.accept(now, func() { s.set.Count(ctx, OutcomeStale) })
	case err != nil:
		s.set.Count(ctx, OutcomeFailed)
		return nil, VerdictUnavailable
	case fresh == nil:
		return nil, apikey.VerdictUnknown
	}
	return fresh.accept(now, func() {})
}

// ask puts one question to the server and remembers the answer. It returns nil for a key that is not active.
func (s *Source) ask(ctx context.Context, key digest, token, keyID string) (*known, error) {
	if !s.breaker.allow(s.set.Now()) {
		return nil, errors.New("the server does not answer and is left alone for a while")
	}
	a, err := s.post(ctx, token, keyID)
	now := s.set.Now()
	var unusable unusableError
	if errors.As(err, &unusable) {
		s.set.Complain(err)
		s.set.Count(ctx, OutcomeUnusable)
		err, a = nil, answer{}
	} else if err == nil && a.active {
		s.set.Count(ctx, OutcomeActive)
	} else if err == nil {
		s.set.Count(ctx, OutcomeInactive)
	}
	s.breaker.settle(err, now)
	if err != nil {
		return nil, err
	}
	if !a.active {
		s.positive.Remove(key)
		s.negative.Add(key, now.Add(s.cfg.Cache.NegativeTTL))
		return nil, nil
	}
	k := &known{
		caller:  tenancy.Caller{Identity: a.identity, WrongRole: s.set.WrongRole},
		expires: a.expires, fresh: now.Add(s.cfg.Cache.TTL), stale: now.Add(s.cfg.Cache.TTL + s.cfg.Cache.Grace),
	}
	s.positive.Add(key, k)
	s.negative.Remove(key)
	return k, nil
}

func (s *Source) digest(token string) digest {
	salted := make([]byte, 0, 128) // on the stack: room for a key of ours
	salted = append(append(salted, s.salt[:]...), token...)
	return sha256.Sum256(salted)
}

// accept is where a key's own end is looked at: no grace reaches past it.
func (k *known) accept(now time.Time, count func()) (*tenancy.Caller, apikey.Verdict) {
	if !k.expires.IsZero() && !now.Before(k.expires) {
		return nil, apikey.VerdictExpired
	}
	count()
	return &k.caller, apikey.VerdictOK
}

func (k *known) leaveAlone(now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return now.Before(k.retry)
}

func (k *known) failed(retry time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.retry = retry
}
