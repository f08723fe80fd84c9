package pricing

import (
	"strconv"
	"testing"
	"time"
)

var benchCalls = map[string]Call{
	"chat": {
		Provider: "openai", RequestModel: "gpt-5.4", ResponseModel: "gpt-5.4-2026-03-05", Time: time.Unix(1_790_000_000, 0),
		Usage: Usage{Input: KnownCount(12_345), Output: KnownCount(678)},
	},
	"cached": {
		Provider: "anthropic", RequestModel: "claude-opus-4-8", ResponseModel: "claude-opus-4-8", ServerAddress: "api.anthropic.com",
		Region: "us", Time: time.Unix(1_790_000_000, 0),
		Usage: Usage{Input: KnownCount(100_000), Output: KnownCount(2_000), CacheRead: KnownCount(80_000), CacheWrite: KnownCount(9_000)},
	},
	"tier": {
		Provider: "openai", RequestModel: "gpt-5.6-sol", ResponseModel: "gpt-5.6-sol", ServiceTier: "priority", Time: time.Unix(1_790_000_000, 0),
		Usage: Usage{Input: KnownCount(300_000), Output: KnownCount(678), CacheRead: KnownCount(1024), Reasoning: KnownCount(512), WebSearches: KnownCount(3)},
	},
	"off-peak": {
		Provider: "deepseek", RequestModel: "deepseek-flash", ResponseModel: "deepseek-flash", Time: time.Unix(1_790_000_000, 0),
		Usage: Usage{Input: KnownCount(10_000), Output: KnownCount(2_000), CacheRead: KnownCount(6_400)},
	},
	"unknown": {
		Provider: "acme", RequestModel: "acme-internal-llm-v3", Time: time.Unix(1_790_000_000, 0),
		Usage: Usage{Input: KnownCount(10_000), Output: KnownCount(2_000)},
	},
	"partial": {
		Provider: "openai", RequestModel: "gpt-4.1", Time: time.Unix(1_790_000_000, 0), Usage: Usage{Input: KnownCount(10_000)},
	},
}

func BenchmarkPrice(b *testing.B) {
	bk := book(b)
	for name, c := range benchCalls {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := bk.Price(&c)
				_ = r.StatusText()
			}
		})
	}
}

func BenchmarkResolveWarm(b *testing.B) {
	bk := book(b)
	c := benchCalls["cached"]
	b.ReportAllocs()
	for b.Loop() {
		bk.resolve(&c)
	}
}

// BenchmarkResolveHostile meets a new name every time, as a client that invents them would make it.
func BenchmarkResolveHostile(b *testing.B) {
	bk := book(b)
	c := benchCalls["chat"]
	i := 0
	for b.Loop() {
		c.ResponseModel = strconv.Itoa(i)
		i++
		bk.resolve(&c)
	}
}

func BenchmarkAmountAppendText(b *testing.B) {
	buf := make([]byte, 0, 32)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = USD(1_234_567_890).AppendText(buf)
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Default(); err != nil {
			b.Fatal(err)
		}
	}
}

func TestPriceDoesNotAllocate(t *testing.T) {
	bk := book(t)
	for name, c := range benchCalls {
		var r Result
		if got := testing.AllocsPerRun(100, func() { r = bk.Price(&c); _ = r.StatusText() }); got != 0 {
			t.Errorf("%s: %v allocations (%s)", name, got, r.StatusText())
		}
	}
}
