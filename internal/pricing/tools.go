package pricing

import (
	"fmt"
	"maps"
	"slices"
)

// tools takes in what a provider charges for tools on its side, and which of its tiers are capacity bought in advance.
func (c *compiler) tools(f *sourceFile) error {
	t := table{same: map[unit]unit{}}
	if err := t.set(f.Fees, false); err != nil {
		return fmt.Errorf("%s: fees: %w", f.file, err)
	}
	if len(f.Fees) > 0 {
		fees := maps.Clone(c.fees[f.Provider])
		if fees == nil {
			fees = map[string]string{}
		}
		maps.Copy(fees, f.Fees)
		c.fees[f.Provider] = fees
	}
	for _, name := range f.Committed {
		set := servedTier(name)
		if set == 0 || set == tierBatch || set == tierOther {
			return fmt.Errorf("%s: committed: %q: one of flex, priority, fast, ultrafast, provisioned", f.file, name)
		}
		c.committed[f.Provider] |= set
	}
	return nil
}

// withFees is a period's fees and those of its provider's tools, which only models that write text can use.
func (c *compiler) withFees(provider string, sp sourcePeriod) map[string]string {
	if tools := c.fees[provider]; len(tools) > 0 && sp.MTok["input"] != "" && sp.MTok["output"] != "" {
		fees := maps.Clone(tools)
		maps.Copy(fees, sp.Fees)
		return fees
	}
	return sp.Fees
}

// retool gives a period that was taken over from another provider this one's fees for tools.
func (c *compiler) retool(provider string, p *period) error {
	t := table{same: map[unit]unit{}}
	if err := t.set(c.fees[provider], false); err != nil {
		return err
	}
	own := func(r *rates) {
		if !r.has.has(unitInput) || !r.has.has(unitOutput) {
			return
		}
		for rest := t.has; rest != 0; {
			u := rest.pop()
			r.has.add(u)
			r.pico[u] = t.pico[u]
		}
	}
	for i := range p.cards {
		k := &p.cards[i]
		own(&k.base)
		k.doubts = slices.DeleteFunc(slices.Clone(k.doubts), func(d doubt) bool { return d.of != 0 && d.of&^t.has == 0 })
		k.bands = slices.Clone(k.bands)
		for j := range k.bands {
			own(&k.bands[j].rates)
		}
	}
	return nil
}
