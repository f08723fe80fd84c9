package spanblock

import "go.opentelemetry.io/collector/pdata/pcommon"

// What rows of other signals share with spans: the same resource, scope, times and texts must read the same in every table.

// ServiceVersion is the resource's service.version.
func (r *Resource) ServiceVersion() string { return r.serviceVersion }

// Environment is the resource's deployment.environment.name, or what it was called before.
func (r *Resource) Environment() string { return r.environ }

// Rest are the resource's attributes without a column, as text or JSON.
func (r *Resource) Rest() map[string]string { return asMap(r.attributes) }

// ScopeVersion is the version of the instrumentation scope.
func (s *Scope) ScopeVersion() string { return s.version }

// Rest are the scope's attributes, as text or JSON.
func (s *Scope) Rest() map[string]string { return asMap(s.attributes) }

func asMap(attrs []keyValue) map[string]string {
	out := make(map[string]string, len(attrs))
	for _, kv := range attrs {
		out[kv.key] = kv.value
	}
	return out
}

// Plausible tells whether something can have happened at a time in nanoseconds since 1970.
func Plausible(t pcommon.Timestamp, now int64) bool { return plausible(uint64(t), now) }

// Text is a value as a column of texts holds it: JSON where it is no text.
func Text(v pcommon.Value) string { return asText(v) }
