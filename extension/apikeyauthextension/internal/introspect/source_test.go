package introspect

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

func TestAnswersAreRemembered(t *testing.T) {
	b := newBench(t, nil)
	caller, verdict := b.lookup("good")
	require.Equal(t, apikey.VerdictOK, verdict)
	require.Equal(t, tenancy.Identity{Tenant: "acme", Project: "shop", KeyID: "k-1", Roles: []tenancy.Role{tenancy.RoleIngest, tenancy.RoleRead}}, caller.Identity)
	b.want(t, "good", apikey.VerdictOK, 1)
	b.pass(time.Minute - 1)
	b.want(t, "good", apikey.VerdictOK, 1)
	b.pass(1)
	b.want(t, "good", apikey.VerdictOK, 2)

	b.want(t, "bad", apikey.VerdictUnknown, 3)
	b.want(t, "bad", apikey.VerdictUnknown, 3)
	b.server.says("bad", acme) // made a moment later
	b.pass(10*time.Second - 1)
	b.want(t, "bad", apikey.VerdictUnknown, 3)
	b.pass(1)
	b.want(t, "bad", apikey.VerdictOK, 4)

	b.server.says("good", `{"active":false}`) // revoked
	b.want(t, "good", apikey.VerdictOK, 4)
	b.pass(time.Minute)
	b.want(t, "good", apikey.VerdictUnknown, 5)
	require.Equal(t, map[Outcome]int{OutcomeActive: 3, OutcomeInactive: 2, OutcomeHit: 3, OutcomeNegativeHit: 2}, b.outcomes)

	r := b.server.seen[0]
	require.Equal(t, "application/x-www-form-urlencoded", r.Header.Get("Content-Type"))
	require.Equal(t, "access_token", r.PostForm.Get("token_type_hint"))
}

func TestOutage(t *testing.T) {
	b := newBench(t, nil)
	b.want(t, "good", apikey.VerdictOK, 1)
	b.want(t, "bad", apikey.VerdictUnknown, 2)
	b.server.says("other", acme)
	b.server.down()

	// What nobody vouched for does not get in, also if the server would have known it.
	b.want(t, "other", VerdictUnavailable, 3)
	b.want(t, "good", apikey.VerdictOK, 3)

	// Past ttl the server is asked, then left alone for the cool-down; the key works until grace is over.
	b.pass(time.Minute)
	b.want(t, "good", apikey.VerdictOK, 4)
	b.want(t, "good", apikey.VerdictOK, 4)
	b.want(t, "bad", VerdictUnavailable, 5) // refused before, unknown now: neither lets it in
	b.pass(10*time.Minute - 1)
	b.want(t, "good", apikey.VerdictOK, 6)
	require.Equal(t, 3, b.outcomes[OutcomeStale])
	b.pass(1)
	b.want(t, "good", VerdictUnavailable, 7)

	b.pass(time.Minute)
	b.server.up()
	b.want(t, "good", apikey.VerdictOK, 8)
	b.want(t, "other", apikey.VerdictOK, 9)
	require.Len(t, b.health, 2, "one word when it fell silent, one when it came back")
	require.ErrorContains(t, b.health[0], "status 503")
	require.NoError(t, b.health[1])
}

func TestRevocationDuringTheGraceCounts(t *testing.T) {
	b := newBench(t, nil)
	b.want(t, "good", apikey.VerdictOK, 1)
	b.server.down()
	b.pass(2 * time.Minute)
	b.want(t, "good", apikey.VerdictOK, 2)
	b.server.up()
	b.server.says("good", `{"active":false}`)
	b.pass(5 * time.Second)
	b.want(t, "good", apikey.VerdictUnknown, 3)
	b.server.down()
	b.pass(10 * time.Second)
	b.want(t, "good", VerdictUnavailable, 4) // there is no grace for what was revoked
}

func TestBreaker(t *testing.T) {
	b := newBench(t, nil)
	b.server.down()
	for i := range 5 {
		b.want(t, fmt.Sprint("key", i), VerdictUnavailable, int64(i+1))
	}
	require.Len(t, b.health, 1)
	for i := range 20 {
		b.want(t, fmt.Sprint("other", i), VerdictUnavailable, 5)
	}
	b.pass(5 * time.Second)
	b.want(t, "key1", VerdictUnavailable, 6)
	b.want(t, "key2", VerdictUnavailable, 6) // one at a time
	b.server.up()
	b.want(t, "good", VerdictUnavailable, 6)
	b.pass(5 * time.Second)
	b.want(t, "good", apikey.VerdictOK, 7)
	b.want(t, "key3", apikey.VerdictUnknown, 8)
	require.Len(t, b.health, 2)
}

// Whatever the server does instead of answering, nobody gets in by it.
func TestNoAnswerIsNoPermission(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, acme) }))
	t.Cleanup(elsewhere.Close)
	for name, c := range map[string]struct {
		status int
		body   string
		want   apikey.Verdict
	}{
		"server error":        {500, acme, VerdictUnavailable},
		"own credentials":     {401, acme, VerdictUnavailable},
		"redirect":            {307, acme, VerdictUnavailable},
		"no content":          {202, acme, VerdictUnavailable},
		"not JSON":            {200, `<html>active</html>`, VerdictUnavailable},
		"a list":              {200, `[{"active":true}]`, VerdictUnavailable},
		"empty":               {200, ``, VerdictUnavailable},
		"no active":           {200, `{"tenant":"acme"}`, VerdictUnavailable},
		"active is a text":    {200, `{"active":"true","tenant":"acme"}`, VerdictUnavailable},
		"active is null":      {200, `{"active":null,"tenant":"acme"}`, VerdictUnavailable},
		"two answers":         {200, acme + acme, VerdictUnavailable},
		"endless":             {200, `{"active":true,"tenant":"acme","x":"` + strings.Repeat("x", maxAnswer) + `"}`, VerdictUnavailable},
		"no tenant":           {200, `{"active":true,"scope":"ingest"}`, apikey.VerdictUnknown},
		"tenant is a number":  {200, `{"active":true,"tenant":7}`, apikey.VerdictUnknown},
		"tenant with a slash": {200, `{"active":true,"tenant":"a/b"}`, apikey.VerdictUnknown},
		"strange project":     {200, `{"active":true,"tenant":"a","project":"../b"}`, apikey.VerdictUnknown},
		"strange end":         {200, `{"active":true,"tenant":"a","exp":"tomorrow"}`, apikey.VerdictUnknown},
		"huge end":            {200, `{"active":true,"tenant":"a","exp":1e300}`, apikey.VerdictUnknown},
		"over already":        {200, `{"active":true,"tenant":"a","exp":1000}`, apikey.VerdictExpired},
		"inactive":            {200, `{"active":false,"tenant":"acme","scope":"ingest"}`, apikey.VerdictUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			b.server.set(func() { b.server.status, b.server.bodies["key"] = c.status, c.body })
			if c.status == 307 {
				b.server.Config.Handler = http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect)
			}
			caller, verdict := b.lookup("key")
			require.Equal(t, c.want, verdict)
			require.Nil(t, caller)
			complained := c.want == apikey.VerdictUnknown && name != "inactive"
			require.Equal(t, complained, len(b.complaints) == 1, b.complaints)
		})
	}
}

func TestUnusableAnswersDoNotStopTheServer(t *testing.T) {
	b := newBench(t, nil)
	for i := range 20 {
		token := fmt.Sprint("t", i)
		b.server.says(token, `{"active":true}`)
		b.want(t, token, apikey.VerdictUnknown, int64(i+1))
	}
	require.Empty(t, b.health)
	b.want(t, "good", apikey.VerdictOK, 21)
}

func TestEndOfAKeyIsTheEndOfItsGrace(t *testing.T) {
	b := newBench(t, nil)
	b.server.says("short", fmt.Sprintf(`{"active":true,"tenant":"acme","exp":%d.5}`, b.now.Add(30*time.Second).Unix()))
	b.want(t, "short", apikey.VerdictOK, 1)
	b.server.down()
	b.pass(30 * time.Second)
	b.want(t, "short", apikey.VerdictExpired, 1)
	b.pass(time.Minute)
	b.want(t, "short", apikey.VerdictExpired, 2)
}

func TestManyRequestsAskOnce(t *testing.T) {
	b := newBench(t, nil)
	hold := make(chan struct{})
	b.server.set(func() { b.server.hold = hold })
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, v := b.lookup("good"); v != apikey.VerdictOK {
				t.Error(v)
			}
		})
	}
	// One that gives up does not end the question for the others.
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, v := b.Lookup(ctx, "good", "", always)
	require.Equal(t, VerdictUnavailable, v)
	require.Eventually(t, func() bool { return b.server.asked.Load() == 1 }, 10*time.Second, time.Millisecond)
	close(hold)
	wg.Wait()
	require.EqualValues(t, 1, b.server.asked.Load())
}

func TestSilentServerIsGivenUp(t *testing.T) {
	b := newBench(t, func(c *Config) { c.HTTP.Timeout = 20 * time.Millisecond })
	hold := make(chan struct{})
	defer close(hold)
	b.server.set(func() { b.server.hold = hold })
	b.want(t, "good", VerdictUnavailable, 1)
}

func TestQuestionsAreBounded(t *testing.T) {
	b := newBench(t, func(c *Config) { c.MaxInFlight, c.HTTP.Timeout = 2, 5*time.Second })
	hold := make(chan struct{})
	b.server.set(func() { b.server.hold = hold })
	var wg sync.WaitGroup
	for i := range 2 * waitingPerSlot {
		wg.Go(func() { b.lookup(fmt.Sprint("key", i)) })
	}
	require.Eventually(t, func() bool {
		b.flights.mu.Lock()
		defer b.flights.mu.Unlock()
		return len(b.flights.byKey) == 2*waitingPerSlot
	}, 10*time.Second, time.Millisecond)
	_, v := b.lookup("one more")
	require.Equal(t, VerdictUnavailable, v, "it does not wait behind all the others")
	require.LessOrEqual(t, b.server.asked.Load(), int64(2))
	close(hold)
	wg.Wait()
}

func TestMemoryIsBounded(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Cache.MaxEntries = 10 })
	b.want(t, "good", apikey.VerdictOK, 1)
	for i := range 50 {
		b.want(t, fmt.Sprint("guess", i), apikey.VerdictUnknown, int64(i+2))
	}
	positive, negative := b.Len()
	require.Equal(t, [2]int{1, 10}, [2]int{positive, negative})
	b.want(t, "good", apikey.VerdictOK, 51) // guesses push no valid key out
	for i := range 20 {
		b.server.says(fmt.Sprint("key", i), acme)
		b.want(t, fmt.Sprint("key", i), apikey.VerdictOK, int64(i+52))
	}
	positive, _ = b.Len()
	require.Equal(t, 10, positive)
	b.want(t, "key19", apikey.VerdictOK, 71)
	b.want(t, "key0", apikey.VerdictOK, 72) // forgotten first
}

func TestNotAsking(t *testing.T) {
	b := newBench(t, nil)
	ctx := context.Background()
	_, v := b.Lookup(ctx, "good", "", never)
	require.Equal(t, VerdictNotAsked, v)
	b.want(t, "good", apikey.VerdictOK, 1)
	_, v = b.Lookup(ctx, "good", "", never)
	require.Equal(t, apikey.VerdictOK, v)
	b.pass(time.Minute)
	_, v = b.Lookup(ctx, "good", "", never)
	require.Equal(t, apikey.VerdictOK, v, "a key that was good a minute ago is not held up by what others at its address try")
	require.EqualValues(t, 1, b.server.asked.Load())
}

func TestClosedSourceAdmitsNobodyNew(t *testing.T) {
	b := newBench(t, nil)
	b.want(t, "good", apikey.VerdictOK, 1)
	b.Close()
	b.want(t, "good", apikey.VerdictOK, 1)
	b.want(t, "other", VerdictUnavailable, 1)
}

func TestClaims(t *testing.T) {
	claims := ClaimsConfig{Tenant: "org", Project: "team", Roles: "roles", KeyID: "kid", Plan: "tier"}
	for name, c := range map[string]struct {
		body string
		want tenancy.Identity
	}{
		"all":         {`{"active":true,"org":"a","team":"b","roles":["read","x","read","billing"],"kid":"k","tier":"pro","plan":"free"}`, tenancy.Identity{Tenant: "a", Project: "b", KeyID: "k", Plan: "pro", Roles: []tenancy.Role{"read", "billing"}}},
		"least":       {`{"active":true,"org":"a"}`, tenancy.Identity{Tenant: "a", Project: "default", KeyID: "own"}},
		"odd id":      {`{"active":true,"org":"a","kid":"k k","roles":7}`, tenancy.Identity{Tenant: "a", Project: "default", KeyID: "own"}},
		"odd plan":    {`{"active":true,"org":"a","tier":"pro plus"}`, tenancy.Identity{Tenant: "a", Project: "default", KeyID: "own"}},
		"plan number": {`{"active":true,"org":"a","tier":7}`, tenancy.Identity{Tenant: "a", Project: "default", KeyID: "own"}},
		"odd project": {`{"active":true,"org":"a","team":7,"roles":"READ ingest"}`, tenancy.Identity{Tenant: "a", Project: "default", KeyID: "own", Roles: []tenancy.Role{"ingest"}}},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := claims.read([]byte(c.body), "own")
			require.NoError(t, err)
			require.Equal(t, c.want, a.identity)
		})
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(acme))
	f.Add([]byte(`{"active":true,"tenant":"a","exp":1e3,"scope":["admin"]}`))
	claims := NewDefaultConfig().Claims
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := claims.read(body, "own")
		if err != nil || !a.active {
			return
		}
		if apikey.CheckName(a.identity.Tenant) != nil || apikey.CheckName(a.identity.Project) != nil {
			t.Fatalf("%+v", a)
		}
	})
}

func TestNoErrorNamesTheToken(t *testing.T) {
	const token = "wllm_secret"
	for _, status := range []int{500, 401, 200} {
		b := newBench(t, func(c *Config) { c.Breaker.Failures = 1 })
		b.server.set(func() {
			b.server.status, b.server.bodies[token] = status, `{"active":true,"tenant":"`+token+` `+token+`"}`
		})
		b.lookup(token)
		for _, err := range append(b.health, b.complaints...) {
			require.NotContains(t, err.Error(), token, "not even if the server says it")
		}
		require.NotEmpty(t, append(b.health, b.complaints...))
	}
	b := newBench(t, func(c *Config) { c.Breaker.Failures = 1 })
	b.server.Close()
	b.lookup(token)
	require.Len(t, b.health, 1)
	require.NotContains(t, b.health[0].Error(), token)
}

func BenchmarkRemembered(b *testing.B) {
	cfg := NewDefaultConfig()
	s, err := New(cfg, Settings{Now: time.Now, Count: func(context.Context, Outcome) {}})
	require.NoError(b, err)
	defer s.Close()
	key, err := apikey.New()
	require.NoError(b, err)
	for i := range cfg.Cache.MaxEntries {
		token := key.Reveal()
		if i > 0 {
			token += fmt.Sprint(i)
		}
		s.positive.Add(s.digest(token), &known{caller: tenancy.Caller{Identity: tenancy.Identity{Tenant: "acme"}}, fresh: time.Now().Add(time.Hour)})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, v := s.Lookup(context.Background(), key.Reveal(), "", always); v != apikey.VerdictOK {
			b.Fatal(v)
		}
	}
}
