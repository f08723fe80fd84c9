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
	"banded": {
		Provider: "xai", RequestModel: "grok-4.7", ResponseModel: "grok-4.7", ServerAddress: "api.x.ai", Time: time.Unix(1_790_000_000, 0),
		Usage: Usage{Input: KnownCount(250_000), Output: KnownCount(2_000), CacheRead: KnownCount(6_400)},
	},
	"tenant": {
		Tenant: "acme", Provider: "openai", RequestModel: "gpt-5.4", ResponseModel: "gpt-5.4-2026-03-05", Time: time.Unix(1_790_000_000, 0),
		Usage: Usage{Input: KnownCount(12_345), Output: KnownCount(678), CacheRead: KnownCount(1024)},
	},
	"tenant's model": {
		Tenant: "acme", Provider: "anthropic", RequestModel: "claude-opus-4-8", ResponseModel: "claude-opus-4-8", Time: time.Unix(1_790_000_000, 0),
		Usage: Usage{Input: KnownCount(12_345), Output: KnownCount(678), CacheRead: KnownCount(1024)},
	},
	"tenant's bill": {
		Tenant: "acme", Provider: "openrouter", RequestModel: "openai/gpt-5.4", Time: time.Unix(1_790_000_000, 0),
		Usage: Usage{Input: KnownCount(12_345), Output: KnownCount(678)}, Reported: Reported{Amount: USD(1_234_567), Authoritative: true},
	},
	"ARN": {
		Provider: "aws.bedrock", ServerAddress: "bedrock-runtime.us-east-1.amazonaws.com", Time: time.Unix(1_790_000_000, 0),
		RequestModel:  "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-5-20251101-v1:0",
		ResponseModel: "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-5-20251101-v1:0",
		Usage:         Usage{Input: KnownCount(10_000), Output: KnownCount(2_000), CacheRead: KnownCount(6_400), CacheWrite: KnownCount(100)},
	},
	"assumed": {
		Provider: "openai", RequestModel: "gpt-4o-2026-01-01", Batch: true, ServiceTier: "scale", Speed: "fast",
		Usage: Usage{Input: KnownCount(10_000), Output: KnownCount(2_000), CacheRead: KnownCount(10), CacheWrite: KnownCount(100_000)},
	},
	"unpriced": {
		Provider: "openai", RequestModel: "gpt-4.1", Time: time.Unix(1_790_000_000, 0),
		Usage: Usage{Input: KnownCount(10_000), AudioInput: KnownCount(10), Pages: KnownCount(3), Milliseconds: KnownCount(7)},
	},
	"unknown": {
		Provider: "acme", RequestModel: "acme-internal-llm-v3", Time: time.Unix(1_790_000_000, 0),
		Usage: Usage{Input: KnownCount(10_000), Output: KnownCount(2_000)},
	},
	"partial": {
		Provider: "openai", RequestModel: "gpt-4.1", Time: time.Unix(1_790_000_000, 0), Usage: Usage{Input: KnownCount(10_000)},
	},
}

// benchBook is the built-in book with rules of tenants.
func benchBook(t testing.TB) *Book {
	return with(t, `
tenants:
  acme:
    - {times: 0.9, bills: true}
    - {provider: openai, times: 0.85}
    - {model: anthropic/claude-opus-4-8, times: 0.7, to: 2026-09-01}
    - {model: anthropic/claude-opus-4-8, times: 0.8, from: 2026-09-01}
  "*": [{times: 1.05, from: 2027-01-01}]
`)
}

func BenchmarkPrice(b *testing.B) {
	bk := benchBook(b)
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
	for _, name := range []string{"chat", "cached", "ARN", "unknown"} {
		c := benchCalls[name]
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bk.resolve(&c)
			}
		})
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
	bk := benchBook(t)
	for name, c := range benchCalls {
		var r Result
		if got := testing.AllocsPerRun(100, func() { r = bk.Price(&c); _ = r.StatusText() }); got != 0 {
			t.Errorf("%s: %v allocations (%s)", name, got, r.StatusText())
		}
	}
}
