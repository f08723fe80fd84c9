package settling

import "github.com/watchllm/watchllm/internal/genai"

// Sources knows of which services calls came from more than one instrumentation: only there can two spans that have no more in common
// than their counts and their time be of one call.
type Sources struct {
	tenants map[string]map[string]*sourcesOf
	n       int
}

// source is what tells reports of one instrumentation from those of another.
type source struct {
	scope, dialect, event string
	log                   bool
}

func sourceOf(f *genai.Fact) source { return source{f.Scope, f.Dialect, f.Event, f.FromLog} }

type sourcesOf struct {
	first   source
	several bool
}

// maxServices bounds the memory, at about 250 bytes each. Services beyond it are taken to have several.
const maxServices = 50_000

// NewSources knows nothing yet.
func NewSources() *Sources { return &Sources{tenants: map[string]map[string]*sourcesOf{}} }

// Note takes down where a call of a service came from, and reports whether that made it several.
func (s *Sources) Note(f *genai.Fact) bool {
	services := s.tenants[f.Tenant]
	if services == nil {
		services = map[string]*sourcesOf{}
		s.tenants[f.Tenant] = services
	}
	of := services[f.Service]
	switch {
	case of == nil:
		if s.n < maxServices {
			s.n++
			services[f.Service] = &sourcesOf{first: sourceOf(f)}
		}
		return false
	case of.several || of.first == sourceOf(f):
		return false
	}
	of.several = true
	return true
}

// Several reports whether calls of the service came from more than one source.
func (s *Sources) Several(tenant, service string) bool {
	of := s.tenants[tenant][service]
	return of == nil || of.several
}
