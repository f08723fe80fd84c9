package pricing

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // far below
}

// Clients can name what they like, as often as they like: the memory it takes has an end, and so has the time.
func TestInventedNamesTakeNoMoreMemory(t *testing.T) {
	b := benchBook(t)
	rounds := 10
	if testing.Short() {
		rounds = 2
	}
	long := strings.Repeat("x", maxCached-100)
	invent := func(from, to int) {
		for i := from; i < to; i++ {
			name := fmt.Sprintf("%s%d", long, i)
			c := Call{
				Tenant: name, Provider: "openai", RequestModel: name, ServerAddress: "localhost", ServiceTier: name, Speed: name,
				Region: name, ImageSize: name, ImageQuality: name, SearchContext: name, Time: july, Usage: Usage{Input: n(1), Output: n(1)},
			}
			b.Price(&c)
			// Known models, in every state that counts can put them in.
			c.RequestModel, c.Batch, c.ServiceTier = "gpt-4.1", i&1 == 0, []string{"", "flex", name}[i%3]
			c.Usage = Usage{Input: Count{int64(i), i&2 == 0}, Output: Count{1, i&4 == 0}, CacheRead: n(int64(i) & 8), Pages: n(int64(i) & 16),
				Images: n(int64(i) & 32), Milliseconds: n(int64(i) & 64), Characters: n(int64(i) & 128), AudioInput: n(int64(i) & 256)}
			b.Price(&c)
		}
	}
	const round = 3 * cacheSlots
	invent(0, round)
	full := heap()
	for i := 1; i <= rounds; i++ {
		invent(i*round, (i+1)*round)
	}
	assert.Less(t, heap()-full, int64(4<<20), "after %d more names", rounds*round)
	assert.Less(t, full, int64(100<<20))
	require.LessOrEqual(t, assumedTexts.size.Load(), int32(maxSets))
	require.LessOrEqual(t, unpricedNames.size.Load(), int32(maxSets))
	for _, rules := range b.tenants {
		for _, rule := range rules.all {
			ids := 0
			rule.factor.ids.Range(func(any, any) bool { ids++; return true })
			assert.Less(t, ids, 100, "ids are kept by record, not by name")
		}
	}
	runtime.KeepAlive(b)
}

// What is too much for a name costs what a short one costs.
func TestLookupAllocatesLittle(t *testing.T) {
	b := book(t)
	for _, name := range []string{
		strings.Repeat("a", 1<<20), strings.Repeat("a/", 1<<19), strings.Repeat(".", 1<<20), "arn:" + strings.Repeat(":", 1<<20),
		strings.Repeat("litellm_proxy/", 1<<16), "ft:" + strings.Repeat("x:", 1<<19), strings.Repeat("models/", 1<<17),
	} {
		for _, c := range []Call{{Provider: "bedrock", RequestModel: name}, {RequestModel: name, ResponseModel: name}, {Provider: name, ServerAddress: name}} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			b.lookup(&c)
			runtime.ReadMemStats(&after)
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64<<10), "%.20q", name)
		}
	}
}

func TestSetsBeyondTheCacheAreNamedToo(t *testing.T) {
	var c setCache[unitSet, string]
	name := func(s unitSet) string { return fmt.Sprint(uint32(s)) }
	for s := range unitSet(3 * maxSets) {
		require.Equal(t, name(s), c.get(s, name))
		require.Equal(t, name(s), c.get(s, name))
	}
	assert.EqualValues(t, maxSets, c.size.Load())
}
