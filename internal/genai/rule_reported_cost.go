package genai

import (
	"math"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// applyReportedCost takes the cost that came with the call. The provider's own bill comes first, in its own usage object or marked as
// such; what a client or gateway computed is stored beside ours and never replaces it.
func applyReportedCost(r *reading) {
	if bill := r.bill(); bill.Known && !bill.zero {
		r.call.Reported = bill
		return
	}
	cost := r.claimed
	if f := r.facts; !cost.Known || !cost.Provider {
		f.adopt(fieldReportedCost, fieldBilledCost) // of a provider that is not known to bill in its answers
		if f.has(fieldReportedCost) {
			cost.read(f.vals[fieldReportedCost])
		}
	}
	if !cost.Known {
		return
	}
	if cost.zero && !r.usage.Any() {
		return // clients write 0 when there was nothing to compute from: that is not a free call
	}
	r.call.Reported = cost
}

// bill is what the provider says in its answer that the call cost.
func (r *reading) bill() Reported {
	f, s := r.facts, &r.said
	var b Reported
	switch {
	case f.has(fieldBilledTicks):
		b.readText(dollarsOfTicks(f.str(fieldBilledTicks)))
	case s.ticks != "":
		b.readText(dollarsOfTicks(s.ticks))
	case s.total != "":
		b.readText(s.total)
	case s.estimated != "" && r.from("deepinfra"):
		b.readText(s.estimated)
	case s.cost != "" && (s.routed || r.from("openrouter")):
		b.readText(s.cost)
	case f.has(fieldBilledCost) && (r.from("openrouter") || r.from("perplexity") || r.from("deepinfra")):
		b.read(f.vals[fieldBilledCost])
	}
	if !b.Known && f.has(fieldRouted) && f.has(fieldReportedCost) {
		b.read(f.vals[fieldReportedCost])
	}
	b.Provider = b.Known
	return b
}

// from reports whether the call went to a provider, by its name or its host.
func (r *reading) from(provider string) bool {
	return r.call.Provider == provider || strings.Contains(r.call.ServerAddress, provider)
}

// dollarsOfTicks shifts the point of xAI's integers by ten places.
func dollarsOfTicks(ticks string) string {
	const places = 10
	n, _ := countText(ticks, 0)
	if n.N == 0 || len(ticks) > 2*places || strings.ContainsAny(ticks, ".eE+") {
		return ""
	}
	if len(ticks) <= places {
		ticks = strings.Repeat("0", places+1-len(ticks)) + ticks
	}
	return ticks[:len(ticks)-places] + "." + ticks[len(ticks)-places:]
}

func (c *Reported) readText(s string) {
	if s != "" {
		c.read(pcommon.NewValueStr(s))
	}
}

const (
	// maxCost is more than any call costs, and more than the store's column holds.
	maxCost = 1_000_000
	// maxCostText is longer than any amount: the shortest spelling of a double has 24 characters.
	maxCostText = 64
)

// read takes a non-negative amount; anything else leaves what was there.
func (c *Reported) read(v pcommon.Value) {
	text := ""
	if v.Type() == pcommon.ValueTypeStr {
		if text = strings.TrimSpace(v.Str()); len(text) > maxCostText || !isDecimal(text) {
			return
		}
	}
	n, ok := toNumber(v)
	if !ok || math.IsNaN(n) || n < 0 || n >= maxCost {
		return
	}
	c.Float, c.Text, c.Known, c.zero = n, text, true, n == 0
}
