package pricing

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// A compiler turns price files into providers and models.
type compiler struct {
	files     []*sourceFile
	providers map[string]*provider
	spellings map[string]*provider
	own       map[string]*provider // spellings of the user's
	hosts     []hostRule
	routes    []string
	sources   map[string]modelSource  // provider/model -> where it was written
	below     map[layered]modelSource // what the layers below said
	compiled  map[string]*model
	building  map[string]bool
	every     map[string][]sourceMode // by provider: rules of its imported models
	failed    map[string]error
	corrected map[string]bool              // providers whose models the user's files correct
	builtIn   *compiler                    // without the user's files; nil until something needs it
	regions   map[string]namedRegion       // by provider: the region rule of models that name none
	fees      map[string]map[string]string // by provider: fees of its tools
	committed map[string]tierSet           // by provider: tiers that are capacity bought in advance
	asOf      int64
	readOn    int64
}

type namedRegion struct {
	name string
	rule sourceRegion
}

// layered is a model as one layer has it.
type layered struct {
	id    string
	layer int
}

type modelSource struct {
	file  *sourceFile
	name  string
	model sourceModel
}

// A placedError is an error that says where it is.
type placedError struct{ error }

func (e *placedError) Unwrap() error { return e.error }

// errorf names the file and line of a model. An error that already has a place keeps it: it is what has to be corrected, however
// many models refer to it.
func (s modelSource) errorf(format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	var placed *placedError
	if errors.As(err, &placed) {
		return placed
	}
	return &placedError{fmt.Errorf("%s:%d: %s/%s: %w", s.file.file, s.file.line(s.name), s.file.Provider, s.name, err)}
}

func compile(files []*sourceFile) (*compiler, error) {
	c := &compiler{
		files:     files,
		providers: map[string]*provider{},
		spellings: map[string]*provider{},
		own:       map[string]*provider{},
		sources:   map[string]modelSource{},
		below:     map[layered]modelSource{},
		compiled:  map[string]*model{},
		building:  map[string]bool{},
		every:     map[string][]sourceMode{},
		failed:    map[string]error{},
		corrected: map[string]bool{},
		regions:   map[string]namedRegion{},
		fees:      map[string]map[string]string{},
		committed: map[string]tierSet{},
	}
	for _, f := range files {
		if f.Tenants != nil {
			continue
		}
		if err := c.provider(f); err != nil {
			return nil, err
		}
		c.corrected[f.Provider] = c.corrected[f.Provider] || f.user && len(f.Models) > 0
		for name, m := range f.Models {
			id := f.Provider + "/" + name
			src := modelSource{file: f, name: name, model: m}
			if old, ok := c.sources[id]; ok && old.file.layer == f.layer {
				return nil, src.errorf("also in %s: one layer holds a model once", old.file.file)
			}
			if old, ok := c.sources[id]; ok {
				c.below[layered{id, f.layer}] = old
			}
			c.sources[id] = src
		}
	}
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(c.sources)) {
		if _, err := c.model(id); err != nil && !slices.Contains(errs, err) {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if err := c.index(); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *compiler) provider(f *sourceFile) error {
	p := c.providers[f.Provider]
	if p == nil {
		p = &provider{name: f.Provider, models: map[string]*model{}}
		c.providers[f.Provider] = p
	}
	for _, list := range []struct {
		key   string
		texts []string
	}{
		{"spellings", f.Spellings}, {"prefixes", f.Prefixes}, {"geo_prefixes", f.Geos}, {"families", f.Families},
		{"suffixes", slices.Collect(maps.Keys(f.Suffixes))}, {"models", slices.Collect(maps.Keys(f.Models))},
	} {
		if slices.ContainsFunc(list.texts, func(s string) bool { return strings.TrimSpace(s) == "" }) {
			return fmt.Errorf("%s: %s: an empty text, which every name begins and ends with: remove it", f.file, list.key)
		}
	}
	p.prefixes = append(p.prefixes, f.Prefixes...)
	p.geos = append(p.geos, f.Geos...)
	p.families = append(p.families, f.Families...)
	for _, name := range f.Every {
		rule, ok := f.Rules[name]
		if !ok {
			return fmt.Errorf("%s: every: no rule %q in this file", f.file, name)
		}
		rule.name = name
		c.every[f.Provider] = append(c.every[f.Provider], rule)
	}
	if f.Region != "" {
		rule, ok := f.Regions[f.Region]
		if !ok {
			return fmt.Errorf("%s: region: no region rule %q in this file", f.file, f.Region)
		}
		c.regions[f.Provider] = namedRegion{f.Region, rule}
	}
	if err := c.tools(f); err != nil {
		return err
	}
	for suffix, meaning := range f.Suffixes {
		if err := p.suffix(suffix, meaning); err != nil {
			return fmt.Errorf("%s: suffixes: %w", f.file, err)
		}
	}
	p.local = p.local || f.Local
	p.gateway = p.gateway || f.Gateway
	p.vendor = p.vendor || f.Vendor
	if err := c.spell(f, p); err != nil {
		return err
	}
	c.routes = append(c.routes, f.Routes...)
	for _, pattern := range slices.Sorted(maps.Keys(f.Hosts)) {
		rule, err := newHostRule(pattern, f.Hosts[pattern], p)
		if err != nil {
			return fmt.Errorf("%s: %w", f.file, err)
		}
		if f.user {
			rule.layer = f.layer
		}
		c.hosts = append(c.hosts, rule)
	}
	return nil
}

// spell enters the names of a provider. A user's spelling may be one of another provider's, whose it then is no longer; the name
// under which a provider has its prices stays its own.
func (c *compiler) spell(f *sourceFile, p *provider) error {
	for i, s := range append([]string{f.Provider}, f.Spellings...) {
		s = strings.ToLower(strings.TrimSpace(s))
		old := c.spellings[s]
		switch {
		case old == nil || old == p:
		case i == 0:
			return fmt.Errorf("%s: provider %q is a spelling of provider %s: write that", f.file, s, old.name)
		case old.name == s && f.user:
			return fmt.Errorf("%s: spelling %q is the name of another provider: say by hosts which of its calls %s bills", f.file, s, p.name)
		case !f.user:
			return fmt.Errorf("%s: spelling %q is also one of provider %s", f.file, s, old.name)
		}
		c.spellings[s] = p
		if f.user && i > 0 {
			c.own[s] = p
		}
	}
	return nil
}

// model compiles a model and whatever it refers to.
func (c *compiler) model(id string) (*model, error) {
	if m := c.compiled[id]; m != nil {
		return m, nil
	}
	src, ok := c.sources[id]
	if !ok {
		return nil, fmt.Errorf("no model %s", id)
	}
	if err := c.failed[id]; err != nil {
		return nil, err
	}
	if c.building[id] {
		return nil, src.errorf("refers to itself")
	}
	c.building[id] = true
	defer delete(c.building, id)
	m, err := c.build(id, src)
	if err != nil {
		c.failed[id] = err
		return nil, err
	}
	c.compiled[id] = m
	return m, nil
}

// maxMinSeconds is an hour: who bills longer for less bills by the hour.
const maxMinSeconds = 60 * 60

func (c *compiler) build(id string, src modelSource) (*model, error) {
	m := &model{
		id:        id,
		names:     append([]string{src.name}, src.model.Names...),
		open:      src.model.OpenWeights,
		imported:  src.file.imported,
		user:      src.file.user,
		free:      src.model.Free,
		minMillis: src.model.MinSeconds * 1000,
	}
	if s := src.model.MinSeconds; s < 0 || s > maxMinSeconds {
		return nil, src.errorf("min_seconds: %d: a number of seconds from 0 to %d", s, maxMinSeconds)
	}
	if err := c.options(m, src); err != nil {
		return nil, err
	}
	var err error
	switch s := src.model; {
	case s.Like != "":
		err = c.like(m, src)
	case len(s.Alias) > 0:
		err = c.alias(m, src)
	case s.Free:
		m.periods = []period{c.freePeriod(m, src)}
	default:
		err = c.history(m, src)
	}
	m.identify()
	return m, err
}

// noRegion is the region rule of a model that costs the same everywhere, though the one that it is like does not.
const noRegion = "none"

func (c *compiler) options(m *model, src modelSource) error {
	at := c.regions[src.file.Provider]
	if name := src.model.Region; name == noRegion {
		at = namedRegion{}
	} else if name != "" {
		r, ok := src.file.Regions[name]
		if !ok {
			return src.errorf("no region rule %q in this file", name)
		}
		at = namedRegion{name, r}
	}
	if name, r := at.name, at.rule; name != "" {
		rule, err := compileRegion(name, r)
		if err != nil {
			return src.errorf("region rule %s: %w", name, err)
		}
		m.region = rule
	}
	var err error
	if m.once, err = unitsOf(src.model.FeesOnce); err != nil || m.once&tokenUnits != 0 {
		return src.errorf("fees_once %v: names of fees, such as thousand_web_searches", src.model.FeesOnce)
	}
	m.committed = c.committed[src.file.Provider]
	if what := src.model.Assume; what != "" {
		if m.assume = assumptionByName[what]; m.assume == 0 {
			return src.errorf("assume: no assumption is called %q", what)
		}
	}
	if what := src.model.FeesAssume; what != "" {
		if m.feesAssume = assumptionByName[what]; m.feesAssume == 0 {
			return src.errorf("fees_assume: no assumption is called %q", what)
		}
	}
	return nil
}

func (c *compiler) freePeriod(m *model, src modelSource) period {
	note := src.model.Source.over(src.file.Source)
	var all rates
	all.has = tokenUnits
	return period{
		from: math.MinInt64, to: math.MaxInt64, record: m.id,
		source: note.Page, readOn: note.Read, confidence: note.Confidence, note: note.Note,
		cards: []card{{label: standardLabel, base: all}},
	}
}

const standardLabel = "standard"

func (c *compiler) history(m *model, src modelSource) error {
	if len(src.model.Prices) == 0 {
		return src.errorf("no prices: give prices, like, alias or free")
	}
	for i, sp := range src.model.Prices {
		p, err := c.period(m, src, sp)
		if err != nil {
			return err
		}
		if i > 0 {
			prev := &m.periods[i-1]
			if p.from <= prev.from {
				return src.errorf("from %s: prices are written oldest first", sp.From)
			}
			if prev.to == math.MaxInt64 {
				prev.to = p.from
			}
			if prev.to > p.from {
				return src.errorf("from %s: overlaps the price before it", sp.From)
			}
		}
		m.periods = append(m.periods, p)
	}
	return nil
}

func (c *compiler) period(m *model, src modelSource, sp sourcePeriod) (period, error) {
	from, fromText, err := parseInstant(sp.From)
	if err != nil {
		return period{}, src.errorf("from: %w", err)
	}
	to := int64(math.MaxInt64)
	if sp.To != "" {
		if to, _, err = parseInstant(sp.To); err != nil || to <= from {
			return period{}, src.errorf("to %s: a day or time after from", sp.To)
		}
	}
	note := sp.Source.over(src.model.Source.over(src.file.Source))
	p := period{
		from: from, to: to, fromText: fromText, record: recordName(m.id, fromText),
		source: note.Page, readOn: note.Read, confidence: note.Confidence, note: note.Note,
	}
	if err := c.noteRead(note, src); err != nil {
		return period{}, err
	}
	if len(sp.MTok)+len(sp.Fees)+len(sp.Modes) == 0 {
		return period{}, src.errorf("prices: neither mtok, fees nor modes: say what it costs, 0 included")
	}
	sp.Fees = c.withFees(src.file.Provider, sp)
	b := cardBuilder{period: sp}
	modes := slices.Clone(sp.Modes)
	for _, name := range sp.Rules {
		rule, ok := src.file.Rules[name]
		if !ok {
			return period{}, src.errorf("no rule %q in this file", name)
		}
		rule.name = name
		modes = append(modes, rule)
	}
	if src.file.imported && len(sp.MTok) > 0 {
		for _, rule := range c.every[src.file.Provider] {
			if !slices.ContainsFunc(modes, rule.sameKind) {
				modes = append(modes, rule)
			}
		}
	}
	for _, mode := range modes {
		k, err := b.mode(mode)
		if err != nil {
			return period{}, src.errorf("%s: %w", modeLabel(mode), err)
		}
		p.cards = append(p.cards, k)
	}
	k, err := b.mode(sourceMode{name: standardLabel})
	if err != nil {
		return period{}, src.errorf("%w", err)
	}
	p.cards = append(p.cards, k)
	return p, nil
}
