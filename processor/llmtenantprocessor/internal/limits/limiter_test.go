package limits

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// clock is moved by hand.
type clock struct {
	mu sync.Mutex
	at time.Duration
}

func (c *clock) now() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at += d
}

func rates(burst time.Duration, spans, bytes int64) Rates {
	r := Rates{Burst: burst}
	r.PerSecond[Spans], r.PerSecond[Bytes] = spans, bytes
	return r
}

func spans(n int) Demand { return Demand{Unit: Spans, Items: n} }

// Whatever comes when, and whatever of it fails: what arrives in any window is never more than rate*t + burst.
func TestNeverMoreThanRateAndBurst(t *testing.T) {
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		perSecond := 1 + rnd.Int64N(10_000)
		burst := time.Duration(1+rnd.Int64N(5000)) * time.Millisecond
		if rnd.IntN(5) == 0 {
			perSecond = 1e9 + rnd.Int64N(1e10) // less than a nanosecond each
		}
		capacity := max(1, int64(float64(perSecond)*burst.Seconds()))
		c := &clock{}
		l := New(0, c.now)
		p := &Policy{Tenant: rates(burst, perSecond, 0)}
		type arrival struct {
			at time.Duration
			n  int64
		}
		var arrived []arrival
		var open []Grant
		for range 300 {
			c.add(time.Duration(rnd.Int64N(int64(burst)/20 + 1)))
			if rnd.IntN(50) == 0 {
				c.add(time.Duration(rnd.Int64N(3 * int64(burst))))
			}
			n := 1 + rnd.Int64N(capacity)
			if rnd.IntN(2) == 0 {
				n = 1 + n/20
			}
			g, refusal := l.Admit("a", "", p, spans(int(n)))
			if refusal == nil {
				if rnd.IntN(4) == 0 { // fails, now or later
					open = append(open, g)
				} else {
					arrived = append(arrived, arrival{c.now(), n})
					g.Done(true)
				}
			}
			for len(open) > 0 && rnd.IntN(3) == 0 {
				open[0].Done(false)
				open = open[1:]
			}
		}
		require.NotEmpty(t, arrived)
		for from := range arrived {
			var sum int64
			for to := from; to < len(arrived); to++ {
				sum += arrived[to].n
				window := arrived[to].at - arrived[from].at
				allowed := float64(perSecond)*(window+burst).Seconds() + 1
				if float64(sum) > allowed*(1+1e-12) {
					t.Fatalf("seed %d: %d in %s at %d/s, burst %s", seed, sum, window, perSecond, burst)
				}
			}
		}
	}
}

// A refusal says how long to wait. Not a nanosecond less is enough, and then the same request passes.
func TestTheSameRequestPassesAfterTheWait(t *testing.T) {
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		c := &clock{at: time.Duration(rnd.Int64N(1e15)) - 5e14}
		l := New(0, c.now)
		p := &Policy{Tenant: rates(2*time.Second, 1+rnd.Int64N(1000), 1+rnd.Int64N(100_000)), Key: rates(time.Second, 1+rnd.Int64N(1000), 0)}
		refused := 0
		for range 100 {
			d := Demand{Unit: Spans, Items: 1 + rnd.IntN(3000), Bytes: rnd.IntN(300_000)}
			_, refusal := l.Admit("a", "k", p, d)
			if refusal == nil {
				continue
			}
			refused++
			require.Positive(t, refusal.Wait)
			c.add(refusal.Wait - 1)
			_, again := l.Admit("a", "k", p, d)
			require.NotNil(t, again)
			require.Equal(t, time.Duration(1), again.Wait)
			c.add(1)
			_, again = l.Admit("a", "k", p, d)
			require.Nil(t, again, "seed %d", seed)
		}
		require.Positive(t, refused)
	}
}

// What one bucket refuses is not taken from another.
func TestRefusedIsNotPartlyTaken(t *testing.T) {
	c := &clock{}
	l := New(1000, c.now)
	p := &Policy{Tenant: rates(time.Second, 100, 1000), Key: rates(time.Second, 10, 0)}
	state := func() (int64, [2][units]int64) {
		tenant, key := l.tenants.get("a"), l.keys.get(keyID{"a", "k"})
		return l.share.used.Load(), [2][units]int64{tenant.full, key.full}
	}
	g, refusal := l.Admit("a", "k", p, Demand{Unit: Spans, Items: 10, Bytes: 500})
	require.Nil(t, refusal)
	used, full := state()
	require.Equal(t, int64(500), used)

	_, refusal = l.Admit("a", "k", p, Demand{Unit: Spans, Items: 10, Bytes: 100})
	require.Equal(t, &Refusal{Cause: KeyRate, Unit: Spans, PerSecond: 10, Wait: time.Second}, refusal)
	_, refusal = l.Admit("a", "other", p, Demand{Unit: Spans, Items: 1, Bytes: 550})
	require.Equal(t, Refusal{Cause: TenantRate, Unit: Bytes, PerSecond: 1000, Wait: 50 * time.Millisecond}, *refusal)
	c.add(time.Second)
	_, refusal = l.Admit("a", "k", p, Demand{Unit: Spans, Items: 1, Bytes: 900}) // counts for 500, and nothing more may be
	require.Equal(t, Refusal{Cause: TenantShare, Unit: Bytes, Wait: time.Second}, *refusal)
	afterUsed, after := state()
	require.Equal(t, used, afterUsed)
	require.Equal(t, full, after)

	g.Done(false)
	require.Zero(t, l.share.used.Load())
	require.Zero(t, l.tenants.get("a").inFlight)
}

func TestFailedIsGivenBack(t *testing.T) {
	c := &clock{}
	l := New(0, c.now)
	p := &Policy{Tenant: rates(time.Second, 10, 0)}
	for range 100 {
		g, refusal := l.Admit("a", "", p, spans(10))
		require.Nil(t, refusal, "nothing has arrived yet")
		g.Done(false)
	}
	// A bucket that was full since has nothing to get back.
	late, refusal := l.Admit("a", "", p, spans(10))
	require.Nil(t, refusal)
	c.add(time.Minute)
	_, refusal = l.Admit("a", "", p, spans(10))
	require.Nil(t, refusal)
	late.Done(false)
	_, refusal = l.Admit("a", "", p, spans(1))
	require.NotNil(t, refusal)
}

func TestClockJumps(t *testing.T) {
	for _, start := range []time.Duration{0, -time.Hour, 1000 * time.Hour} {
		c := &clock{at: start}
		l := New(0, c.now)
		p := &Policy{Tenant: rates(time.Second, 10, 0)}
		admit := func(n int) bool { _, r := l.Admit("a", "", p, spans(n)); return r == nil }
		require.True(t, admit(10), "a bucket is full at first, also at time zero")
		require.False(t, admit(1))
		c.add(-24 * time.Hour)
		require.False(t, admit(1), "a jump back gives nothing")
		c.add(100 * time.Millisecond)
		require.True(t, admit(1), "and keeps nobody waiting")
		c.add(1000 * time.Hour)
		require.True(t, admit(10))
		require.False(t, admit(1), "a jump ahead gives one burst")
	}
}

func TestLargerThanTheBucket(t *testing.T) {
	c := &clock{}
	l := New(0, c.now)
	p := &Policy{Tenant: rates(time.Second, 10, 0)}
	_, refusal := l.Admit("a", "", p, spans(100))
	require.Nil(t, refusal, "refused, it could never be sent")
	_, refusal = l.Admit("a", "", p, spans(1))
	require.Equal(t, 9100*time.Millisecond, refusal.Wait, "all of it is paid for")
	_, refusal = l.Admit("b", "", &Policy{Tenant: rates(time.Second, 1, 0)}, spans(1<<62))
	require.Nil(t, refusal)
	_, refusal = l.Admit("b", "", p, spans(1<<62))
	require.Greater(t, refusal.Wait, 5*365*24*time.Hour, "no overflow")
}

// One tenant pushes ten times what it may, the other what it always sends, slightly less than it may.
func TestNoisyTenantLeavesTheQuietOneAlone(t *testing.T) {
	c := &clock{}
	l := New(0, c.now)
	p := &Policy{Tenant: rates(2*time.Second, 1000, 0), Key: rates(2*time.Second, 1000, 0)}
	sent, arrived := map[string]int{}, map[string]int{}
	send := func(tenant string, n int) {
		sent[tenant] += n
		if g, refusal := l.Admit(tenant, "k", p, spans(n)); refusal == nil {
			arrived[tenant] += n
			g.Done(true)
		}
	}
	const seconds = 120
	for range seconds * 100 { // every 10 ms
		c.add(10 * time.Millisecond)
		for range 10 {
			send("noisy", 10)
		}
		send("quiet", 9)
	}
	require.GreaterOrEqual(t, float64(arrived["quiet"]), .95*float64(sent["quiet"]))
	require.LessOrEqual(t, arrived["noisy"], 1000*(seconds+2))
	require.GreaterOrEqual(t, arrived["noisy"], 1000*(seconds-1), "and the noisy one has its own")
}

// The pipeline takes longer than requests come in. Who fills its share is refused; who sends little is not.
func TestShareOfWhatIsInFlight(t *testing.T) {
	for _, noisy := range []int{1, 2, 5} {
		rnd := rand.New(rand.NewPCG(7, uint64(noisy)))
		c := &clock{}
		l := New(100_000, c.now)
		p := &Policy{}
		type held struct {
			Grant
			until time.Duration
		}
		var inFlight []held
		sent, arrived := map[string]int{}, map[string]int{}
		send := func(tenant string, bytes int) {
			sent[tenant]++
			if g, refusal := l.Admit(tenant, "", p, Demand{Unit: Spans, Items: 1, Bytes: bytes}); refusal == nil {
				arrived[tenant]++
				inFlight = append(inFlight, held{g, c.now() + 500*time.Millisecond + time.Duration(rnd.Int64N(int64(time.Second)))})
			} else {
				require.Equal(t, time.Second, refusal.Wait)
			}
		}
		for range 3000 {
			c.add(10 * time.Millisecond)
			kept := inFlight[:0]
			for i := range inFlight {
				if inFlight[i].until <= c.now() {
					inFlight[i].Done(true)
				} else {
					kept = append(kept, inFlight[i])
				}
			}
			inFlight = kept
			for range 10 * noisy { // ten times what there is room for
				send(fmt.Sprint("noisy", rnd.IntN(noisy)), 500+rnd.IntN(1000))
			}
			send("quiet", 80) // 8 kB at a time
			require.LessOrEqual(t, l.share.used.Load(), int64(100_000))
		}
		require.GreaterOrEqual(t, float64(arrived["quiet"]), .95*float64(sent["quiet"]), "%d noisy", noisy)
		require.Less(t, float64(arrived["noisy0"]), .5*float64(sent["noisy0"]))
		for n := 1; n < noisy; n++ {
			require.InEpsilon(t, arrived["noisy0"], arrived[fmt.Sprint("noisy", n)], .2, "equal among equals")
		}
	}
}

func TestWeightIsAShare(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	l := New(1<<20, (&clock{}).now)
	held := map[string][]Grant{}
	for range 10_000 {
		for tenant, weight := range map[string]int{"one": 1, "three": 3} {
			for range 10 {
				if g, refusal := l.Admit(tenant, "", &Policy{Weight: weight}, Demand{Unit: Spans, Items: 1, Bytes: 1000}); refusal == nil {
					held[tenant] = append(held[tenant], g)
				}
			}
			if n := len(held[tenant]); rnd.IntN(400) < n { // who has more in flight has more that arrives
				held[tenant][n-1].Done(true)
				held[tenant] = held[tenant][:n-1]
			}
		}
	}
	require.InEpsilon(t, 3*len(held["one"]), len(held["three"]), .1)
	require.InEpsilon(t, 1<<20*4/5, 1000*(len(held["one"])+len(held["three"])), .05, "a fifth is left for who comes next")
}

func TestShareHasRoomForEveryRequest(t *testing.T) {
	c := &clock{}
	l := New(1000, c.now)
	g, refusal := l.Admit("a", "", &Policy{}, Demand{Unit: Spans, Items: 1, Bytes: 1 << 40})
	require.Nil(t, refusal, "larger than all that may be in flight, it would never pass")
	other, refusal := l.Admit("b", "", &Policy{}, Demand{Unit: Spans, Items: 1, Bytes: 500})
	require.Nil(t, refusal)
	_, refusal = l.Admit("c", "", &Policy{}, Demand{Unit: Spans, Items: 1, Bytes: 1})
	require.Equal(t, Saturated, refusal.Cause)
	g.Done(true)
	other.Done(true)
	_, refusal = l.Admit("c", "", &Policy{}, Demand{Unit: Spans, Items: 1, Bytes: 1})
	require.Nil(t, refusal)
}

// Ten thousand tenants are remembered and more are not; who is forgotten first is who loses nothing.
func TestMemoryIsBounded(t *testing.T) {
	c := &clock{}
	l := New(0, c.now)
	p := &Policy{Tenant: rates(time.Second, 10, 0), Key: rates(time.Second, 10, 0)}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 200_000 {
		g, _ := l.Admit(fmt.Sprint("tenant-", i), fmt.Sprint("key-", i), p, spans(1))
		g.Done(true)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	tenants, keys := l.Remembered()
	require.LessOrEqual(t, tenants, maxTenants)
	require.LessOrEqual(t, keys, maxKeys)
	require.Greater(t, tenants, maxTenants*9/10)
	require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(32<<20))
	runtime.KeepAlive(l)
}

func TestWhoMattersIsForgottenLast(t *testing.T) {
	c := &clock{}
	table := newTable[int](shards, func() int64 { return int64(c.now()) }) // one each
	table.shards[0].room = 3
	s := &table.shards[0]
	for i, full := range []int64{10, 0, 10} {
		e := &entry[int]{key: i}
		e.account.full[Spans] = full
		s.entries[i] = s.order.PushFront(e)
	}
	s.forget(5)
	require.Contains(t, s.entries, 0, "owes something")
	require.NotContains(t, s.entries, 1)
	s.forget(5)
	require.NotContains(t, s.entries, 0, "all matter: the longest unused goes")
}

func TestManyAtOnce(t *testing.T) {
	c := &clock{}
	l := New(1<<20, c.now)
	p := &Policy{Tenant: rates(time.Second, 1000, 1<<20), Key: rates(time.Second, 1000, 0)}
	var arrived [4]int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 2000 {
				tenant := (worker + i) % 4
				g, refusal := l.Admit(fmt.Sprint(tenant), fmt.Sprint(worker), p, Demand{Unit: Spans, Items: 1, Bytes: 100})
				if refusal != nil {
					continue
				}
				g.Done(i%3 > 0)
				if i%3 > 0 {
					mu.Lock()
					arrived[tenant]++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	for _, n := range arrived {
		require.Equal(t, 1000, n, "the clock stood still: one burst each, and all of it")
	}
	require.Zero(t, l.share.used.Load())
}

func BenchmarkAdmit(b *testing.B) {
	start := time.Now()
	l := New(1<<30, func() time.Duration { return time.Since(start) })
	p := &Policy{Tenant: rates(time.Second, 1e9, 1e12), Key: rates(time.Second, 1e9, 1e12)}
	names := make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprint("tenant-", i)
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			if g, refusal := l.Admit(names[i%1000], "key", p, Demand{Unit: Spans, Items: 1, Bytes: 1000}); refusal == nil {
				g.Done(true)
			}
		}
	})
}
