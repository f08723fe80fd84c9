package foreign

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumererror"
)

// The halves of a span are one span with everything either said, whatever the order and however they are spread over requests.
func TestHalvesInAnyOrder(t *testing.T) {
	want := map[string]any{"input": "hello", "both": "second", "tokens": int64(7), "watchllm.native.span_id": "s", "watchllm.native.trace_id": "t"}
	for name, send := range map[string]func(*bench){
		"one request":           func(b *bench) { b.take("a", opening("s"), closing("s")) },
		"one request, reversed": func(b *bench) { b.take("a", closing("s"), opening("s")) },
		"two requests":          func(b *bench) { b.take("a", opening("s")); b.take("a", closing("s")) },
		"two, reversed":         func(b *bench) { b.take("a", closing("s")); b.take("a", opening("s")) },
		"each twice": func(b *bench) {
			b.take("a", opening("s"))
			b.take("a", opening("s"))
			b.take("a", closing("s"))
			b.take("a", closing("s"))
			b.take("a", opening("s"), closing("s"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			send(b)
			assert.Equal(t, want, b.one())
			span := b.out[0].span
			assert.Equal(t, "call", span.Name())
			assert.Equal(t, int64(2e9), int64(span.EndTimestamp()-span.StartTimestamp()))
			spans, _ := b.Held()
			assert.Zero(t, spans)
			b.now = b.now.Add(2 * traceWait)
			require.NoError(t, b.Sweep(context.Background()))
			_, bytes := b.Held()
			assert.Zero(t, bytes)
			assert.Len(t, b.out, 1)
			assert.Empty(t, b.tenants)
		})
	}
}

func TestIdsAreStableAndTheTenantsOwn(t *testing.T) {
	b := newBench(t, nil)
	final := part("s", func(p *Part) { p.Final = true })
	b.take("a", final)
	b.take("a", final)
	b.take("b", final)
	require.Len(t, b.out, 3)
	assert.Equal(t, b.out[0].span.SpanID(), b.out[1].span.SpanID())
	assert.NotEqual(t, b.out[0].span.SpanID(), b.out[2].span.SpanID())
	assert.NotEqual(t, b.out[0].span.TraceID(), b.out[2].span.TraceID())

	hex := part("00f067aa0ba902b7", func(p *Part) {
		p.Final, p.TraceID, p.ParentID = true, "4bf92f35-77b3-4da6-a3ce-929d0e0e4736", "00f067aa0ba902b8"
	})
	b.take("a", hex)
	got := b.out[3].span
	assert.Equal(t, "4bf92f3577b34da6a3ce929d0e0e4736", got.TraceID().String())
	assert.Equal(t, "00f067aa0ba902b7", got.SpanID().String())
	assert.Equal(t, "00f067aa0ba902b8", got.ParentSpanID().String())
	assert.Equal(t, map[string]any{"watchllm.native.trace_id": "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"}, got.Attributes().AsRaw())

	nameless := part("", func(p *Part) { p.Final, p.Name = true, "x" })
	b.take("a", nameless)
	b.take("a", nameless)
	assert.False(t, b.out[4].span.SpanID().IsEmpty())
	assert.Equal(t, b.out[4].span.SpanID(), b.out[5].span.SpanID())
}

// Who was told that a half is safe must not lose it to a refusal; who has all in one request can be told.
func TestHeldSpansAreMarkedAsAcknowledged(t *testing.T) {
	b := newBench(t, nil)
	b.take("a", opening("s"))
	b.take("a", closing("s"))
	b.take("a", opening("whole"), closing("whole"))
	require.Len(t, b.out, 2)
	assert.True(t, b.out[0].acknowledged)
	assert.False(t, b.out[1].acknowledged)
}

// The same ids in two tenants are two spans, each in its sender's name.
func TestTenantsAreWalls(t *testing.T) {
	b := newBench(t, nil)
	b.take("a", opening("s"))
	b.take("b", closing("s"))
	assert.Empty(t, b.out)
	b.take("b", opening("s"))
	b.take("a", closing("s"))
	require.Len(t, b.out, 2)
	assert.Equal(t, "b", b.out[0].tenant)
	assert.Equal(t, "a", b.out[1].tenant)
	b.take("a", opening("u"))
	b.now = b.now.Add(2 * time.Hour)
	require.NoError(t, b.Sweep(as("b")))
	require.Len(t, b.out, 3)
	assert.Equal(t, "a", b.out[2].tenant, "what is handed on later is handed on in its sender's name")
}

// So are those of two projects of one tenant: neither ends what the other began, nor learns what it said of the trace, nor makes it late.
// A restart in between does not change that.
func TestProjectsAreWalls(t *testing.T) {
	store := &memory{data: map[string][]byte{}}
	stored := func(s *Settings) { s.Storage = store }
	b := newBench(t, stored)
	about := part("", func(p *Part) {
		p.WholeTrace = true
		p.Attributes.PutStr("user", "secret")
	})
	b.take("a/shop", about, opening("s"))
	b.take("a/lab", closing("s"))
	require.NoError(t, b.Close(context.Background()))
	assert.Empty(t, b.out)

	b = newBench(t, stored)
	_, unreadable, err := b.Restore(context.Background())
	require.NoError(t, err)
	require.Zero(t, unreadable)
	b.take("a/lab", opening("s"))
	b.take("a/shop", closing("s"))
	require.Len(t, b.out, 2)
	assert.Equal(t, "lab", b.out[0].project)
	assert.NotContains(t, b.out[0].span.Attributes().AsRaw(), "user")
	assert.Equal(t, "shop", b.out[1].project)
	assert.Equal(t, "secret", b.out[1].span.Attributes().AsRaw()["user"])
	assert.Zero(t, b.counts[Late]+b.counts[Duplicate])

	b.take("a/shop", opening("u"), closing("u"))
	b.take("a/lab", opening("u"), closing("u"))
	assert.Len(t, b.out, 4, "gone in one project is not gone in the other")
}

func TestWaitingEnds(t *testing.T) {
	b := newBench(t, nil)
	b.take("a", opening("begun"), closing("ended"))
	b.now = b.now.Add(29 * time.Second)
	require.NoError(t, b.Sweep(context.Background()))
	assert.Empty(t, b.out)
	b.now = b.now.Add(2 * time.Second)
	require.NoError(t, b.Sweep(context.Background()))
	assert.Equal(t, "no_start", b.one()["watchllm.native.incomplete"], "a span that has begun may stay open for longer")
	b.now = b.now.Add(time.Hour)
	require.NoError(t, b.Sweep(context.Background()))
	require.Len(t, b.out, 2)
	assert.Equal(t, "no_end", b.out[1].span.Attributes().AsRaw()["watchllm.native.incomplete"])
	assert.Equal(t, 2, b.counts[Expired])

	b.take("a", closing("begun"))
	b.now = b.now.Add(time.Minute)
	require.NoError(t, b.Sweep(context.Background()))
	assert.Len(t, b.out, 2, "what comes late is no second span")
	assert.Equal(t, 1, b.counts[Late])
}

// What a trace says of itself reaches its spans, whichever comes first, and is not lost when no span comes.
func TestWholeTrace(t *testing.T) {
	about := part("", func(p *Part) {
		p.WholeTrace = true
		p.Attributes.PutStr("user", "u")
		p.Attributes.PutStr("input", "of the trace")
		p.RootOnly.PutStr("question", "q")
	})
	root := part("root", func(p *Part) {
		p.Opens, p.Closes, p.AwaitsTrace = true, true, true
		p.Attributes.PutStr("input", "own")
	})
	child := part("child", func(p *Part) { p.Opens, p.Closes, p.AwaitsTrace, p.ParentID = true, true, true, "root" })
	for name, send := range map[string]func(*bench){
		"together": func(b *bench) { b.take("a", root, about, child) },
		"before":   func(b *bench) { b.take("a", about); b.take("a", root); b.take("a", child) },
		"after":    func(b *bench) { b.take("a", child); b.take("a", root); b.take("a", about) },
		"between":  func(b *bench) { b.take("a", root); b.take("a", about); b.take("a", child) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			send(b)
			require.Len(t, b.out, 2)
			for _, s := range b.out {
				got := s.span.Attributes().AsRaw()
				assert.Equal(t, "u", got["user"])
				if s.span.ParentSpanID().IsEmpty() {
					assert.Equal(t, "own", got["input"])
					assert.Equal(t, "q", got["question"])
				} else {
					assert.Equal(t, "of the trace", got["input"])
					assert.NotContains(t, got, "question")
				}
			}
			b.now = b.now.Add(2 * traceWait)
			require.NoError(t, b.Sweep(context.Background()))
			assert.Len(t, b.out, 2)
			_, bytes := b.Held()
			assert.Zero(t, bytes)
		})
	}
	t.Run("alone", func(t *testing.T) {
		b := newBench(t, nil)
		b.take("a", about)
		b.now = b.now.Add(2 * traceWait)
		require.NoError(t, b.Sweep(context.Background()))
		assert.Equal(t, "q", b.one()["question"])
	})
	t.Run("never", func(t *testing.T) {
		b := newBench(t, nil)
		b.take("a", root)
		assert.Empty(t, b.out)
		b.now = b.now.Add(31 * time.Second)
		require.NoError(t, b.Sweep(context.Background()))
		assert.Equal(t, "own", b.one()["input"])
	})
}

// What was acknowledged is there after the process is killed, and belongs to whoever sent it.
func TestRestart(t *testing.T) {
	store := &memory{data: map[string][]byte{"not a number": []byte("x"), "zz": []byte("{}\nnot OTLP")}}
	with := func(s *Settings) { s.Storage = store }
	before := newBench(t, with)
	delete(store.data, "zz")
	before.take("a", opening("s"), part("", func(p *Part) { p.WholeTrace = true; p.Attributes.PutStr("user", "u") }))
	store.data["zz"] = []byte("{}\nnot OTLP")

	after := newBench(t, with)
	parts, unreadable, err := after.Restore(context.Background())
	require.NoError(t, err)
	assert.Equal(t, [2]int{2, 2}, [2]int{parts, unreadable})
	after.take("a", opening("s")) // the client never heard that it was taken
	after.take("b", closing("s"))
	assert.Empty(t, after.out)
	after.take("a", closing("s"))
	got := after.one()
	assert.Equal(t, "a", after.out[0].tenant)
	assert.Equal(t, []any{"hello", int64(7), "u"}, []any{got["input"], got["tokens"], got["user"]})
	after.now = after.now.Add(2 * time.Hour)
	require.NoError(t, after.Sweep(context.Background()))
	assert.Empty(t, store.data, "storage does not grow")

	store.fail = errors.New("disk full")
	require.ErrorIs(t, after.Take(as("a"), "v", []Part{opening("n")}), store.fail, "not acknowledged unless it is kept")
	spans, _ := after.Held()
	assert.Zero(t, spans)
}

func TestShutdownWithoutStorage(t *testing.T) {
	b := newBench(t, nil)
	b.take("a", opening("s"))
	require.NoError(t, b.Close(context.Background()))
	assert.Equal(t, "no_end", b.one()["watchllm.native.incomplete"])
}

// The oldest makes room, the tenant's own first; what does not fit and cannot leave is refused.
func TestBounds(t *testing.T) {
	b := newBench(t, func(s *Settings) { s.MaxBytes, s.MaxTenantBytes = 20_000, 10_000 })
	b.take("b", opening("other"))
	for i := range 100 {
		b.take("a", opening(fmt.Sprint(i)))
	}
	_, bytes := b.Held()
	assert.LessOrEqual(t, bytes, int64(12_000))
	assert.Greater(t, b.counts[Evicted], 50)
	assert.Equal(t, b.counts[Evicted], len(b.out))
	for _, s := range b.out {
		require.Equal(t, "a", s.tenant, "one tenant's flood costs another nothing")
	}
	b.refuse = errors.New("queue is full")
	require.ErrorIs(t, b.Take(as("a"), "v", []Part{opening("x"), opening(strings.Repeat("y", 9000))}), b.refuse)
	_, after := b.Held()
	assert.LessOrEqual(t, after, bytes)
	b.refuse = nil
	for i := range 100 {
		b.take(fmt.Sprint("tenant", i), opening("s"))
	}
	_, bytes = b.Held()
	assert.LessOrEqual(t, bytes, int64(20_000))
}

// A pipeline that is full loses nothing: the client is told, or the span stays and is tried again.
func TestPipelineRefuses(t *testing.T) {
	b := newBench(t, nil)
	b.refuse = errors.New("queue is full")
	whole := []Part{opening("s"), closing("s")}
	require.ErrorIs(t, b.Take(as("a"), "v", whole), b.refuse)
	spans, _ := b.Held()
	assert.Zero(t, spans)

	require.NoError(t, b.Take(as("a"), "v", whole[:1]))
	require.ErrorIs(t, b.Take(as("a"), "v", whole[1:]), b.refuse)
	b.refuse = nil
	b.now = b.now.Add(retryWait)
	require.NoError(t, b.Sweep(context.Background()))
	assert.NotContains(t, b.one(), "watchllm.native.incomplete")
	b.take("a", whole[1])
	assert.Equal(t, 1, b.counts[Duplicate])
	assert.Len(t, b.out, 1)

	b.take("a", opening("p"))
	b.refuse = consumererror.NewPermanent(errors.New("never"))
	require.Error(t, b.Take(as("a"), "v", []Part{closing("p")}))
	spans, _ = b.Held()
	assert.Zero(t, spans)
}

// Whatever the order of arrival, the spans are the same.
func TestOrderDoesNotMatter(t *testing.T) {
	var all []Part
	for i := range 20 {
		id := fmt.Sprint(i)
		all = append(all, opening(id), closing(id))
	}
	all = append(all, part("", func(p *Part) { p.WholeTrace = true; p.Attributes.PutStr("user", "u") }))
	for i := range all {
		all[i].AwaitsTrace = !all[i].WholeTrace
	}
	want := ""
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		b := newBench(t, nil)
		order := rnd.Perm(len(all))
		for len(order) > 0 {
			n := min(1+rnd.IntN(5), len(order))
			var parts []Part
			for _, i := range order[:n] {
				parts = append(parts, all[i])
			}
			b.take("a", parts...)
			order = order[n:]
		}
		got := map[string]map[string]any{}
		for _, s := range b.out {
			got[s.span.SpanID().String()] = s.span.Attributes().AsRaw()
		}
		if want == "" {
			want = fmt.Sprint(got)
		}
		require.Len(t, b.out, 20)
		require.Equal(t, want, fmt.Sprint(got))
	}
}

// With storage a stop hands on what only lacks an end, or its trace, and keeps halves for the next start.
func TestShutdownWithStorage(t *testing.T) {
	store := &memory{data: map[string][]byte{}}
	with := func(s *Settings) { s.Storage = store }
	b := newBench(t, with)
	answered := opening("answered")
	answered.Enough = true
	orphan := part("orphan", func(p *Part) { p.Final, p.AwaitsTrace = true, true })
	b.take("a", opening("open"), closing("closed"), answered, orphan)
	require.NoError(t, b.Close(context.Background()))
	assert.Len(t, b.out, 2)
	after := newBench(t, with)
	parts, _, err := after.Restore(context.Background())
	require.NoError(t, err)
	assert.Equal(t, 2, parts)
	after.take("a", closing("open"), opening("closed"))
	assert.Len(t, after.out, 2)
}

// A span is no place to put any number of records.
func TestPartsOfOneSpanAreBounded(t *testing.T) {
	b := newBench(t, nil)
	for i := range 2 * maxParts {
		p := opening("s")
		p.Attributes.PutInt("n", int64(i))
		about := part("", func(p *Part) { p.WholeTrace = true; p.Attributes.PutInt("n", int64(i)) })
		b.take("a", p, about)
	}
	require.Len(t, b.out, 1)
	assert.Equal(t, maxParts, b.counts[Late]/2)
	_, bytes := b.Held()
	assert.Less(t, bytes, int64(maxParts*1024))
}
