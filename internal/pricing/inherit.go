package pricing

import (
	"math"
	"slices"
	"strings"
)

// like takes over another model's history under this model's own rules, or that which the layer below has for this very model.
func (c *compiler) like(m *model, src modelSource) error {
	var of *model
	var err error
	if below, ok := c.below[layered{m.id, src.file.layer}]; ok && src.model.Like == m.id {
		of, err = c.build(m.id, below)
	} else {
		of, err = c.referred(src.model.Like, src)
	}
	if err != nil {
		return src.errorf("like: %w", err)
	}
	switch provider, _, _ := strings.Cut(of.id, "/"); {
	case of.id == m.id, provider != src.file.Provider && !src.file.user:
		m.names = append(m.names, of.names...)
	case provider != src.file.Provider:
		m.spare = of.names
	}
	// Another name of the same provider costs the same in the same places.
	if strings.HasPrefix(of.id, src.file.Provider+"/") && src.model.Region == "" && (src.file.user || of.id == m.id) {
		m.region = of.region
	}
	m.open = m.open || of.open
	m.free = of.free
	m.minMillis = max(m.minMillis, of.minMillis)
	m.assume |= of.assume
	m.once |= of.once
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
		if provider, _, _ := strings.Cut(of.id, "/"); provider != src.file.Provider && !src.file.user {
			if err := c.retool(src.file.Provider, &p); err != nil {
				return src.errorf("fees: %w", err)
			}
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
		if note != (sourceNote{}) || !src.file.user { // a discount of one's own changes nothing of where the price was read
			p.source, p.readOn, p.confidence, p.note = note.Page, note.Read, note.Confidence, note.Note
		}
		m.periods = append(m.periods, p)
	}
	return c.noteRead(note, src)
}

// referred is the model that another is like. A list that comes with the program and is like another provider's does not follow the
// user's corrections of that one: what was agreed with one says nothing of what the other takes.
func (c *compiler) referred(id string, by modelSource) (*model, error) {
	provider, _, _ := strings.Cut(id, "/")
	if by.file.user || provider == by.file.Provider || !c.corrected[provider] {
		return c.model(id)
	}
	if c.builtIn == nil {
		files := slices.DeleteFunc(slices.Clone(c.files), func(f *sourceFile) bool { return f.user })
		var err error
		if c.builtIn, err = compile(files); err != nil {
			return nil, err
		}
	}
	return c.builtIn.model(id)
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
		m.standsFor = append(m.standsFor, of)
		m.open, m.region = m.open || of.open, of.region
		m.feesAssume |= of.feesAssume
		m.assume |= of.assume
		m.once |= of.once
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
