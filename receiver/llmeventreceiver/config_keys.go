package llmeventreceiver

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/confmap"
)

var _ confmap.Unmarshaler = (*Config)(nil)

// Unmarshal refuses keys that do not exist. The collector does not notice them in a configuration that squashes an HTTP server's,
// and a mistyped limit would silently keep its default.
func (c *Config) Unmarshal(conf *confmap.Conf) error {
	known := map[string]bool{}
	collectKeys(reflect.TypeFor[Config](), known)
	var unknown []string
	for key := range conf.ToStringMap() {
		if !known[key] {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return fmt.Errorf("unknown keys %q; known are %s", unknown, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
	}
	return conf.Unmarshal(c)
}

// collectKeys gathers the keys of a struct and of those it squashes.
func collectKeys(t reflect.Type, keys map[string]bool) {
	for f := range t.Fields() {
		name, rest, _ := strings.Cut(f.Tag.Get("mapstructure"), ",")
		switch {
		case !f.IsExported():
		case strings.Contains(rest, "squash"):
			collectKeys(f.Type, keys)
		case name != "":
			keys[name] = true
		}
	}
}
