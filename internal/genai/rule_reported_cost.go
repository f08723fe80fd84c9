package genai

import (
	"math"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// applyReportedCost takes the cost a client or gateway computed. It is stored beside ours and never replaces it.
func applyReportedCost(r *reading) {
	cost := r.claimed
	if f := r.facts; f.has(fieldReportedCost) {
		cost.read(f.vals[fieldReportedCost])
	}
	if !cost.Known {
		return
	}
	if cost.zero && !r.usage.Any() {
		return // clients write 0 when there was nothing to compute from: that is not a free call
	}
	r.call.Reported = cost
}

// read takes a non-negative amount; anything else leaves what was there.
func (c *Reported) read(v pcommon.Value) {
	n, ok := toNumber(v)
	if !ok || math.IsNaN(n) || math.IsInf(n, 0) || n < 0 {
		return
	}
	c.Float, c.Text, c.Known, c.zero = n, "", true, n == 0
	if v.Type() == pcommon.ValueTypeStr {
		c.Text = v.Str()
	}
}
