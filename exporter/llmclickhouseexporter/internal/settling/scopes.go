package settling

// Scopes knows which services were seen through more than one instrumentation: only there can one call be two spans of two
// instrumentations with nothing but their counts in common.
type Scopes struct {
	tenants map[string]map[string]*scopesOf
	n       int
}

type scopesOf struct {
	first   string
	several bool
}

// maxServices bounds the memory, at about 150 bytes each. Services beyond it are taken to have several.
const maxServices = 50_000

// NewScopes knows nothing yet.
func NewScopes() *Scopes { return &Scopes{tenants: map[string]map[string]*scopesOf{}} }

// Note takes down that a call of a service came through a scope, and reports whether that made it several.
func (s *Scopes) Note(tenant, service, scope string) bool {
	services := s.tenants[tenant]
	if services == nil {
		services = map[string]*scopesOf{}
		s.tenants[tenant] = services
	}
	of := services[service]
	switch {
	case of == nil:
		if s.n < maxServices {
			s.n++
			services[service] = &scopesOf{first: scope}
		}
		return false
	case of.several || of.first == scope:
		return false
	}
	of.several = true
	return true
}

// Several reports whether calls of the service came through more than one scope.
func (s *Scopes) Several(tenant, service string) bool {
	of := s.tenants[tenant][service]
	return of == nil || of.several
}
