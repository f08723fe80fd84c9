package pricing

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// noteRead keeps the newest day on which any price was read: the day the book speaks for.
func (c *compiler) noteRead(note sourceNote, src modelSource) error {
	if note.Page == "" || note.Read == "" {
		if src.file.user {
			return nil // a user's own price needs no witness
		}
		return src.errorf("source: page and read are missing: every price says where and when it was read")
	}
	t, err := time.Parse(time.DateOnly, note.Read)
	if err != nil {
		return src.errorf("source: read %q: a day as YYYY-MM-DD", note.Read)
	}
	c.asOf = max(c.asOf, t.Unix())
	if !src.file.user {
		c.readOn = max(c.readOn, t.Unix())
	}
	return nil
}

// index gives every name its model, and checks that no name has two.
func (c *compiler) index() error {
	ids := slices.Sorted(maps.Keys(c.compiled))
	// Higher layers last, so that a user's names win over ours.
	slices.SortStableFunc(ids, func(a, b string) int { return c.sources[a].file.layer - c.sources[b].file.layer })
	layerOf := map[*model]int{}
	for _, id := range ids {
		m, src := c.compiled[id], c.sources[id]
		p := c.providers[src.file.Provider]
		layerOf[m] = src.file.layer
		for _, name := range m.names {
			name = strings.ToLower(name)
			if old := p.models[name]; old != nil && old != m && layerOf[old] == src.file.layer {
				return src.errorf("name %q is also one of %s", name, old.id)
			}
			p.models[name] = m
		}
	}
	for _, id := range ids {
		m, p := c.compiled[id], c.providers[c.sources[id].file.Provider]
		for _, name := range m.spare {
			if name = strings.ToLower(name); p.models[name] == nil {
				p.models[name] = m
				m.names = append(m.names, name)
			}
		}
	}
	for _, p := range c.providers {
		for name, m := range p.models {
			if base, ok := dropDate(name); ok {
				if of := p.models[base]; of != nil && of != m {
					of.snapshots = true
				}
			}
		}
	}
	return nil
}

func recordName(model, from string) string {
	if from == "" {
		return model
	}
	return model + "@" + from
}

// parseInstant reads a day or a UTC time. An empty one is the beginning of time.
func parseInstant(s string) (unix int64, text string, err error) {
	if s == "" {
		return math.MinInt64, "", nil
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04Z"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Unix(), s, nil
		}
	}
	return 0, "", fmt.Errorf("%q: a day as YYYY-MM-DD or a time as YYYY-MM-DDThh:mmZ", s)
}
