package pricing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Bounds that a figure outside of is nearly always a slip of the decimal point or of the unit.
const (
	minTokenPico = 1e9  // 0.001 USD per million tokens
	maxTokenPico = 1e15 // 1000 USD per million tokens
)

// lintExceptions are figures that break rules because the vendor's page does: record and rules.
var lintExceptions = map[string]string{
	"anthropic/claude-3-haiku":             "cache_write", // 0.30 instead of 0.3125
	"aws.bedrock/claude-3-haiku":           "cache_write",
	"gcp.vertex_ai/claude-3-haiku":         "cache_write",
	"cloudflare/@cf/meta/llama-guard-3-8b": "output", // a classifier: it writes a word
	"openai/ft:gpt-4o-2024-08-06":          "batch",  // 2.225 and 12.50
	"azure.ai.openai/ft:gpt-4o-2024-08-06": "batch",

	// Halves rounded to the cent.
	"aws.bedrock/google.gemma-3-12b-it":           "batch flex",
	"aws.bedrock/google.gemma-3-27b-it":           "batch flex",
	"aws.bedrock/mistral.ministral-3-8b-instruct": "batch flex",
	"aws.bedrock/qwen.qwen3-vl-235b-a22b-v1:0":    "batch",
	"gcp.gemini/gemini-2.5-flash-preview":         "output", // 3.50 for output that was thought about, 0.60 else
	"gcp.vertex_ai/gemini-2.5-flash-preview":      "output",
	"openrouter/openai/gpt-4o-2024-05-13":         "snapshot", // the name has never stood for it there
}

// lintRegions are region rules whose uplift is not the usual tenth, ten-thousandths.
var lintRegions = map[string]uint64{"together_ai/geo": 12_500, "aws.bedrock/govcloud": 12_000}

// Lint checks every record of the book against what is true of all prices of its kind, and says what is suspicious. It is for whoever
// edits the files: a book with findings still works.
func (b *Book) Lint() []string {
	var found []string
	seen := map[*model]bool{}
	for _, p := range b.providers {
		for _, m := range p.models {
			if seen[m] || m.free {
				continue
			}
			seen[m] = true
			for i := range m.periods {
				found = append(found, m.lint(p, &m.periods[i])...)
			}
			if r := m.region; r != nil && (r.factor < 10_989 || r.factor > 11_011) && r.factor != lintRegions[p.name+"/"+r.name] {
				found = append(found, fmt.Sprintf("%s: region rule %s: %s is not 1.1", m.id, r.name, decimalOf(r.factor)))
			}
		}
	}
	found = append(found, b.lintSnapshots()...)
	slices.SortFunc(found, cmp.Compare[string])
	return found
}

// lintSnapshots compares dated names with the name they are snapshots of: the present price of a snapshot is that of its name, under
// the same conditions, unless the name has moved on.
func (b *Book) lintSnapshots() []string {
	var found []string
	for _, p := range b.providers {
		for name, m := range p.models {
			short, ok := dropDate(name)
			of := p.models[short]
			if !ok || of == nil || of == m || m.free || of.free || len(of.periods) > 1 || lintExceptions[m.id] == "snapshot" {
				continue
			}
			is, was := m.periods[len(m.periods)-1].cards, of.periods[0].cards
			for i := range was {
				k := &was[i]
				j := slices.IndexFunc(is, func(o card) bool { return o.label == k.label })
				switch {
				case j < 0:
					found = append(found, fmt.Sprintf("%s: no %s price, which %s has", m.id, k.label, of.id))
				case !is[j].base.agrees(&k.base):
					found = append(found, fmt.Sprintf("%s: another %s price than %s", m.id, k.label, of.id))
				}
			}
		}
	}
	return found
}

func (m *model) lint(p *provider, at *period) []string {
	var found []string
	say := func(rule, format string, args ...any) {
		if !slices.Contains(strings.Fields(lintExceptions[m.id]), rule) {
			found = append(found, at.record+": "+fmt.Sprintf(format, args...))
		}
	}
	standard := &at.cards[len(at.cards)-1]
	for i := range at.cards {
		k := &at.cards[i]
		k.base.lint(m, k.label, say)
		for j := range k.bands {
			k.bands[j].rates.lint(m, k.label+", "+k.bands[j].label, say)
		}
		for _, u := range []unit{unitInput, unitOutput} {
			was, is := standard.base.pico[u], k.base.pico[u]
			if was == 0 || !k.base.has.has(u) || k.when.thinking {
				continue // a thinking mode has its own price to take half of
			}
			ratio := float64(is) / float64(was)
			switch w := &k.when; {
			case w.batch && p.name == "xai" && !near(ratio, 0.8), w.batch && p.name != "xai" && !near(ratio, 0.5):
				say("batch", "batch %s is %.3g of the standard price", units[u].key, ratio)
			case w.tiers == tierFlex && !near(ratio, 0.5) && !(p.name == "groq" && ratio == 1): // its flex is a limit, not a price
				say("flex", "flex %s is %.3g of the standard price", units[u].key, ratio)
			case w.tiers == tierPriority && (ratio < 1.2 || ratio > 3):
				say("priority", "priority %s is %.3g of the standard price", units[u].key, ratio)
			}
		}
	}
	return found
}

// agrees reports whether two price lists have the same price of every unit that both have.
func (r *rates) agrees(o *rates) bool {
	for rest := r.has & o.has; rest != 0; {
		if u := rest.pop(); r.pico[u] != o.pico[u] {
			return false
		}
	}
	return true
}

func near(x, want float64) bool { return x > want*0.99 && x < want*1.01 }

func (r *rates) lint(m *model, where string, say func(rule, format string, args ...any)) {
	for rest := r.has & tokenUnits; rest != 0; {
		u := rest.pop()
		if p := r.pico[u]; p < minTokenPico || p > maxTokenPico {
			say("magnitude", "%s: %s costs %s per million tokens", where, units[u].key, USD(p))
		}
	}
	in := r.pico[unitInput]
	// Equal is how some batch tables say that caching takes nothing off.
	if read := r.pico[unitCacheRead]; r.has.has(unitCacheRead) && (read > in || read == in && where == standardLabel) {
		say("cache_read", "%s: a cache read costs no less than input", where)
	}
	// Imported prices have been through wider bounds, which know of more kinds of models.
	if r.has.has(unitOutput) && !m.imported && (r.pico[unitOutput] < in/2 || r.pico[unitOutput] > in*20) {
		say("output", "%s: output costs %s, input %s", where, USD(r.pico[unitOutput]), USD(in))
	}
	if strings.Contains(m.id, "/claude-") && r.has.has(unitCacheWrite5m) {
		if r.pico[unitCacheWrite5m]*4 != in*5 {
			say("cache_write", "%s: a 5-minute cache write is not 1.25x of input", where)
		}
		if r.pico[unitCacheWrite1h] != in*2 && (r.has.has(unitCacheWrite1h) || !m.imported) {
			say("cache_write", "%s: a 1-hour cache write is not 2x of input", where)
		}
	}
}
