package genai

import (
	"math/bits"
	"strings"
)

// dialects is every convention that can be read. The order decides when a span carries the markers of several: the one that knows
// most about the span comes first. A new dialect is one file and one line here.
var dialects = []*dialect{
	canonicalDialect, // our own output, read back
	watchllmEvents,
	vercelAI,
	openInference,
	anthropicSDK,
	openLIT,
	openLLMetry,
	otelGenAI, // what most others are written on top of: last
}

// marker is one attribute name, or the beginning of one, that tells which dialects may have written a span.
type marker struct {
	name   string
	prefix bool
	strong uint32 // dialects that alone write it
	scoped uint32 // dialects for which it is enough under their own scope
}

// markers is indexed by the first byte of the name, so that an ordinary attribute is done with after one look.
var markers [256][]marker

func init() {
	index := map[string]*marker{}
	var order []string
	note := func(pattern string) *marker {
		m, ok := index[pattern]
		if !ok {
			name, open := strings.CutSuffix(pattern, "*")
			m = &marker{name: name, prefix: open}
			index[pattern] = m
			order = append(order, pattern)
		}
		return m
	}
	for i, d := range dialects {
		d.compile(uint8(i)) //nolint:gosec // a handful of dialects
		for _, p := range d.markers {
			note(p).strong |= 1 << i
		}
		for _, p := range d.scoped {
			note(p).scoped |= 1 << i
		}
	}
	for _, p := range order {
		m := index[p]
		markers[m.name[0]] = append(markers[m.name[0]], *m)
	}
	indexContentKeys()
}

// markersOf adds the dialects that the attribute name points to.
func markersOf(key string, strong, scoped *uint32) {
	if key == "" {
		return
	}
	for i := range markers[key[0]] {
		m := &markers[key[0]][i]
		if m.prefix && strings.HasPrefix(key, m.name) || key == m.name {
			*strong |= m.strong
			*scoped |= m.scoped
		}
	}
}

// Scope is what an instrumentation scope tells about its spans. Resolve it once per ScopeSpans.
type Scope struct {
	Name    string
	Version string
	dialect *dialect
	label   string // name@version, built when first needed
}

// NewScope resolves a scope name. An unknown scope is no obstacle: markers decide then.
func NewScope(name, version string) Scope {
	s := Scope{Name: name, Version: version}
	for _, d := range dialects {
		if matchAny(d.scopes, name) {
			s.dialect = d
			break
		}
	}
	return s
}

func (s *Scope) dialectVersion() string {
	if s.label == "" && s.Name != "" {
		s.label = s.Name
		if s.Version != "" {
			s.label += "@" + s.Version
		}
	}
	return s.label
}

// KnownDialect reports whether the name is one of the dialects here, for uses that need a bounded set.
func KnownDialect(name string) bool {
	for _, d := range dialects {
		if d.name == name {
			return true
		}
	}
	return false
}

// detect chooses the one dialect a span is read as: its scope's, when the span carries anything of it, else the first whose marker is
// there. Nil means an ordinary span.
func detect(scope *Scope, strong, scoped uint32) *dialect {
	if strong&1 != 0 { // what an earlier WatchLLM wrote is read back as it is, whatever the scope
		return dialects[0]
	}
	if d := scope.dialect; d != nil && (strong|scoped)&(1<<d.id) != 0 {
		return d
	}
	if strong == 0 {
		return nil
	}
	return dialects[bits.TrailingZeros32(strong)]
}
