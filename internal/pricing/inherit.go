package pricing

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// like takes over another model's history under this model's own rules, or that which the layer below has for this very model.
func (c *compiler) like(m *model, src modelSource) error {
	var of *model
	var err error
	if below, ok := c.below[layered{m.id, src.file.layer}]; ok && src.model.Like == m.id {
		if of, err = c.build(m.id, below); err == nil {
			m.region = cmp.Or(m.region, of.region)
		}
	} else {
		of, err = c.model(src.model.Like)
	}
	if err != nil {
		return src.errorf("like: %w", err)
	}
	if provider, _, _ := strings.Cut(of.id, "/"); provider != src.file.Provider || of.id == m.id {
		m.names = append(m.names, of.names...)
	}
	m.open = m.open || of.open
	m.free = of.free
	m.minMillis = max(m.minMillis, of.minMillis)
	m.assume |= of.assume
	if src.model.FeesAssume == "" {
		m.feesAssume = of.feesAssume
	}
	if len(src.model.Prices) > 0 {
		return src.errorf("like and prices: one of them")
	}
	note := src.model.Source.over(src.file.Source)
	for _, p := range of.periods {
		p.cards = slices.Clone(p.cards)
		if len(src.model.Drop) > 0 {
			p.cards = slices.DeleteFunc(p.cards, func(k card) bool { return slices.Contains(src.model.Drop, k.label) })
		}
		if src.model.Times != "" {
			factor, err := parseFactor(src.model.Times)
			if err != nil {
				return src.errorf("times: %w", err)
			}
			if err := p.scale(factor); err != nil {
				return src.errorf("times %s: %w", src.model.Times, err)
			}
		}
		p.record = recordName(m.id, p.fromText)
		p.source, p.readOn, p.confidence, p.note = note.Page, note.Read, note.Confidence, note.Note
		m.periods = append(m.periods, p)
	}
	return c.noteRead(note, src)
}

// alias strings together the histories of the models a name has stood for.
func (c *compiler) alias(m *model, src modelSource) error {
	for i, span := range src.model.Alias {
		of, err := c.model(src.file.Provider + "/" + span.Model)
		if err != nil {
			return src.errorf("alias: %w", err)
		}
		from, _, err := parseInstant(span.From)
		if err != nil || (from == math.MinInt64) != (i == 0) {
			return src.errorf("alias %s: from: every span but the first has one, as YYYY-MM-DD", span.Model)
		}
		to := int64(math.MaxInt64)
		if i+1 < len(src.model.Alias) {
			if to, _, err = parseInstant(src.model.Alias[i+1].From); err != nil || to <= from {
				return src.errorf("alias %s: from: spans are written oldest first", src.model.Alias[i+1].Model)
			}
		}
		m.open, m.region = m.open || of.open, of.region
		m.feesAssume |= of.feesAssume
		m.assume |= of.assume
		m.minMillis = max(m.minMillis, of.minMillis)
		first := true
		for _, p := range of.periods {
			if p.to = min(p.to, to); p.to <= from {
				continue
			}
			if p.from = max(p.from, from); first {
				// The name may have meant this model before its first known price: stretch that rather than leave a hole.
				p.from, first = from, false
			}
			if p.from < p.to {
				m.periods = append(m.periods, p)
			}
		}
	}
	return nil
}
