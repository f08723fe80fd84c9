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
	all := conf.ToStringMap()
	if err := checkKeys(all, reflect.TypeFor[Config]()); err != nil {
		return err
	}
	if inner, ok := all["foreign"].(map[string]any); ok {
		if err := checkKeys(inner, reflect.TypeFor[ForeignConfig]()); err != nil {
			return fmt.Errorf("foreign: %w", err)
		}
	}
	return conf.Unmarshal(c)
}

func checkKeys(conf map[string]any, t reflect.Type) error {
	known := map[string]bool{}
	collectKeys(t, known)
	var unknown []string
	for key := range conf {
		if !known[key] {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	return fmt.Errorf("unknown keys %q; known are %s", unknown, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
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
