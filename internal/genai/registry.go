package genai

import (
	"math/bits"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// dialects is every convention that can be read. The order decides when a span carries the markers of several: the one that knows
// most about the span comes first. A new dialect is one file and one line here.
var dialects = []*dialect{
	canonicalDialect, // our own output, read back
	watchllmEvents,
	vercelAI,
	openInference,
	langfuse,
	langSmith,
	openAIAgents,
	mlflow,
	googleADK,
	mastra,
	strands,
	pydanticAI,
	logfire,
	haystack,
	liteLLM,
	laminar,
	microsoftAI,
	anthropicSDK,
	claudeCode,
	codexCLI,
	geminiCLI,
	postHog,
	datadogLLMObs,
	braintrust,
	helicone,
	sentry,
	openLIT,
	openLLMetry,
	otelGenAI, // what most others are written on top of: last
}

// marker is one attribute name, or the beginning of one, that tells which dialects may have written a span. Where many write the name,
// the value tells: "event.name=codex.*".
type marker struct {
	name   string
	prefix bool
	value  string // pattern of the text under the name; empty takes any value
	found
}

// dialectSet is a set of dialects by their place in the list.
type dialectSet uint64

// found is what the attributes of a span point to.
type found struct {
	strong dialectSet // dialects that alone write one of them
	scoped dialectSet // dialects for which one is enough under their own scope
	hinted dialectSet // dialects for which one stands in for the scope
}

func (f *found) has(m found) bool {
	return m.strong&^f.strong|m.scoped&^f.scoped|m.hinted&^f.hinted == 0
}

// markers is indexed by the first byte of the name, so that an ordinary attribute is done with after one look.
var markers [256][]marker

func init() {
	index := map[string]*marker{}
	var order []string
	note := func(pattern string) *marker {
		m, ok := index[pattern]
		if !ok {
			name, value, _ := strings.Cut(pattern, "=")
			name, open := strings.CutSuffix(name, "*")
			m = &marker{name: name, prefix: open, value: value}
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
		for _, p := range d.hints {
			note(p).hinted |= 1 << i
		}
	}
	for _, p := range order {
		m := index[p]
		markers[m.name[0]] = append(markers[m.name[0]], *m)
	}
	indexContentKeys()
}

// markersOf adds the dialects that the attribute points to.
func markersOf(key string, v pcommon.Value, f *found) {
	if key == "" {
		return
	}
	for i := range markers[key[0]] {
		m := &markers[key[0]][i]
		n := len(m.name)
		// Most names differ in their length or in the last byte, or say nothing that is not known.
		if len(key) < n || key[n-1] != m.name[n-1] || len(key) > n && !m.prefix || f.has(m.found) || key[:n] != m.name {
			continue
		}
		if m.value == "" || matchPattern(m.value, v.Str()) {
			f.strong |= m.strong
			f.scoped |= m.scoped
			f.hinted |= m.hinted
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
func detect(scope *Scope, f found) *dialect {
	if f.strong&1 != 0 { // what an earlier WatchLLM wrote is read back as it is, whatever the scope
		return dialects[0]
	}
	if d := scope.dialect; d != nil && (f.strong|f.scoped)&(1<<d.id) != 0 {
		return d
	}
	strong := f.strong | f.scoped&f.hinted
	if strong == 0 {
		return nil
	}
	return dialects[bits.TrailingZeros64(uint64(strong))]
}
