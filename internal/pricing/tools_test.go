package pricing

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What tools on the provider's side did is charged beside the tokens, by the prices of who bills.
func TestToolFees(t *testing.T) {
	tokens := func(u Usage) Usage {
		u.Input, u.Output = n(0), n(0)
		return u
	}
	for name, tc := range map[string]struct {
		provider, model, when string
		usage                 Usage
		status, amount        string
	}{
		"searches of files":                     {"openai", "gpt-5", "", Usage{FileSearches: n(3)}, "exact", "0.0075"},
		"an imported model of the provider":     {"openai", "gpt-4o-search-preview", "", Usage{FileSearches: n(1)}, "exact", "0.0025"},
		"containers":                            {"openai", "gpt-5", "", Usage{CodeSessions: n(2)}, "exact", "0.06"},
		"containers on Azure":                   {"azure", "gpt-5", "", Usage{CodeSessions: n(2)}, "assumed:deployment_type", "0.066"},
		"searches of the web on Azure":          {"azure", "gpt-4.1", "", Usage{WebSearches: n(1000)}, "assumed:deployment_type", "14"},
		"reasoning models search at one fee":    {"openai", "gpt-5", "", Usage{WebSearches: n(1)}, "exact", "0.01"},
		"others by one of two tools":            {"openai", "gpt-4.1", "", Usage{WebSearches: n(1)}, "assumed:search_tool", "0.01"},
		"Claude's containers by the hour":       {"anthropic", "claude-opus-4-8", "", Usage{CodeMilliseconds: n(1_800_000)}, "exact", "0.025"},
		"Claude's runs of unknown length":       {"anthropic", "claude-opus-4-8", "", Usage{CodeExecutions: n(2)}, "partial", "0"},
		"Gemini 3 by the query":                 {"gemini", "gemini-3.5-flash", "", Usage{WebSearches: n(3)}, "assumed:free_allowance", "0.042"},
		"Gemini 2 by the prompt":                {"gemini", "gemini-2.5-flash", "", Usage{WebSearches: n(3)}, "assumed:free_allowance", "0.035"},
		"Gemini 2 on Vertex":                    {"vertex_ai", "gemini-2.0-flash", "", Usage{WebSearches: n(3)}, "assumed:free_allowance", "0.035"},
		"maps by the query":                     {"gemini", "gemini-3.5-flash", "", Usage{MapSearches: n(2)}, "assumed:free_allowance", "0.028"},
		"maps by the prompt":                    {"gemini", "gemini-2.5-pro", "", Usage{MapSearches: n(2)}, "assumed:free_allowance", "0.025"},
		"xAI's tools while they were free":      {"xai", "grok-4", "2025-11-25", Usage{WebSearches: n(2), CodeExecutions: n(1)}, "exact", "0"},
		"xAI's tools":                           {"xai", "grok-4", "2026-07-15", Usage{WebSearches: n(2), CodeExecutions: n(1)}, "exact", "0.015"},
		"xAI's collections and attachments":     {"xai", "grok-4.6", "2026-08-15", Usage{FileSearches: n(2), DocumentSearches: n(3)}, "exact", "0.035"},
		"Live Search by the source":             {"xai", "grok-3", "2025-07-15", Usage{SearchSources: n(4)}, "exact", "0.1"},
		"sources of a model without it":         {"xai", "grok-4.6", "2026-08-15", Usage{SearchSources: n(4)}, "exact", "0"},
		"a tool that its provider has not":      {"mistral", "mistral-large-2512", "", Usage{CodeSessions: n(1)}, "partial", "0"},
		"a tool of a model that writes no text": {"openai", "whisper-1", "", Usage{Milliseconds: n(3_600_000), FileSearches: n(1)}, "partial", "0.36"},
	} {
		t.Run(name, func(t *testing.T) {
			c := Call{Provider: tc.provider, RequestModel: tc.model, Time: july, Usage: tokens(tc.usage)}
			if tc.when != "" {
				c.Time = at(tc.when + "T12:00:00Z")
			}
			r := book(t).Price(&c)
			assert.Equal(t, tc.status, r.StatusText())
			assert.Equal(t, tc.amount, r.Amount.String())
		})
	}
}

func TestCachedPictures(t *testing.T) {
	price := func(model string, u Usage) string {
		u.Input, u.Output = n(1_000_000), n(0)
		r := book(t).Price(&Call{Provider: "openai", RequestModel: model, Time: july, Usage: u})
		require.Equal(t, "exact", r.StatusText())
		return r.Amount.String()
	}
	half := Usage{CacheRead: n(500_000), ImageInput: n(400_000), ImageCacheRead: n(300_000)}
	assert.Equal(t, "4", price("gpt-image-1", half), "200000 of text at 1.25, 300000 of pictures at 2.5, 100000 of pictures at 10, 400000 of text at 5")
	assert.Equal(t, "1.25", price("gpt-4o", Usage{CacheRead: n(1_000_000), ImageInput: n(400_000), ImageCacheRead: n(300_000)}), "one price for all that is cached")
}

const toolBook = `
provider: maker
source: {page: p, read: "2026-01-02"}
vendor: true
committed: [priority]
fees: {thousand_file_searches: 2, code_session: 0.5}
models:
  chat:
    prices:
      - mtok: {input: 1, output: 2}
        fees: {code_session: 0.25}
        assume: {search_tool: [thousand_file_searches], disputed_price: [cache_read]}
        modes: [{batch: true, times: 0.5, assume: {batch: []}}]
  embed: {prices: [{mtok: {input: 1}}]}
---
provider: seller
source: {page: p, read: "2026-01-02"}
fees: {thousand_file_searches: 3}
models:
  chat: {like: maker/chat}
`

func TestFeesOfProviders(t *testing.T) {
	b := load(t, toolBook)
	price := func(provider, model string, u Usage, more ...func(*Call)) string {
		u.Input, u.Output = n(0), n(0)
		c := Call{Provider: provider, RequestModel: model, Time: july, Usage: u}
		for _, f := range more {
			f(&c)
		}
		r := b.Price(&c)
		return r.StatusText() + " " + r.Amount.String()
	}
	assert.Equal(t, "assumed:search_tool 0.002", price("maker", "chat", Usage{FileSearches: n(1)}))
	assert.Equal(t, "exact 0.25", price("maker", "chat", Usage{CodeSessions: n(1)}), "a model's own fee decides")
	assert.Equal(t, "partial 0", price("maker", "embed", Usage{FileSearches: n(1)}), "no text, no tools")
	assert.Equal(t, "exact 0.003", price("seller", "chat", Usage{FileSearches: n(1)}), "who sells it has a fee, and no doubts about it")
	assert.Equal(t, "exact 0.25", price("seller", "chat", Usage{CodeSessions: n(1)}))
	assert.Equal(t, "assumed:batch 0.25", price("maker", "chat", Usage{CodeSessions: n(1)}, func(c *Call) { c.Batch = true }), "doubts about everything")
	assert.Equal(t, "assumed:committed_capacity 0", price("maker", "chat", Usage{}, func(c *Call) { c.ServiceTier = "priority" }))
	assert.Equal(t, "assumed:service_tier 0", price("seller", "chat", Usage{}, func(c *Call) { c.ServiceTier = "priority" }))
}

func TestDoubtsAreAboutWhatIsCharged(t *testing.T) {
	price := func(u Usage) string {
		r := book(t).Price(&Call{Provider: "openai", RequestModel: "gpt-4.1", Batch: true, Time: july, Usage: u})
		return r.StatusText()
	}
	assert.Equal(t, "exact", price(Usage{Input: n(1000), Output: n(1)}))
	assert.Equal(t, "exact", price(Usage{Input: n(1000), Output: n(1), CacheRead: n(0)}))
	assert.Equal(t, "assumed:disputed_price", price(Usage{Input: n(1000), Output: n(1), CacheRead: n(1)}))
}

// A tier that was asked for is not one that was served: where it has a price of its own, nobody knows which was taken.
func TestAskedTier(t *testing.T) {
	status := func(model, asked, served string) string {
		c := Call{Provider: "openai", RequestModel: model, AskedTier: asked, ServiceTier: served, Time: july, Usage: Usage{Input: n(1000), Output: n(1)}}
		r := book(t).Price(&c)
		return r.StatusText()
	}
	assert.Equal(t, "assumed:service_tier", status("gpt-4.1", "priority", ""))
	assert.Equal(t, "exact", status("gpt-4.1", "priority", "default"))
	assert.Equal(t, "exact", status("gpt-4.1", "auto", ""))
	assert.Equal(t, "exact", status("gpt-4", "priority", ""), "no price of its own: the standard one, served or not")
}

// Who pays for capacity elsewhere says so with a price for the tier.
func TestCommittedCapacityPaidElsewhere(t *testing.T) {
	b := with(t, `
provider: gcp.vertex_ai
models:
  gemini-2.5-pro: {prices: [{mtok: {input: 1.25, output: 10}, modes: [{tier: [provisioned], mtok: {input: 0, output: 0}}]}]}
`)
	c := Call{Provider: "vertex_ai", RequestModel: "gemini-2.5-pro", ServiceTier: "PROVISIONED_THROUGHPUT", Time: july, Usage: Usage{Input: n(1000), Output: n(500)}}
	r := b.Price(&c)
	assert.Equal(t, "exact 0", r.StatusText()+" "+r.Amount.String())
	c.ServiceTier = "ON_DEMAND"
	r = b.Price(&c)
	assert.Equal(t, "exact 0.00625", r.StatusText()+" "+r.Amount.String())
}
