// Package confkeys refuses configuration keys that do not exist, and says which do.
package confkeys

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/confmap"
)

// Unmarshal reads a configuration into a struct. It is what a component's Unmarshal does.
func Unmarshal(conf *confmap.Conf, config any) error {
	if err := Check(conf.ToStringMap(), config); err != nil {
		return err
	}
	return conf.Unmarshal(config)
}

// Check compares the keys of a configuration with those of a struct and of the structs inside it that are ours. Keys of upstream structs
// are left to the collector.
func Check(conf map[string]any, config any) error {
	t := reflect.TypeOf(config)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return check("", conf, t, ours(t))
}

// ours is the module of a type: what stands before the first path element that is not a host, an owner or a repository.
func ours(t reflect.Type) string {
	parts := strings.SplitN(t.PkgPath(), "/", 4)
	return strings.Join(parts[:min(3, len(parts))], "/") + "/"
}

func check(path string, conf map[string]any, t reflect.Type, module string) error {
	known := map[string]reflect.Type{}
	collect(t, known)
	for _, key := range slices.Sorted(maps.Keys(conf)) {
		inner, ok := known[key]
		if !ok {
			if path != "" {
				path += ": "
			}
			return fmt.Errorf("%sunknown key %q; known are %s", path, key, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		}
		if err := checkValue(below(path, key), conf[key], inner, module); err != nil {
			return err
		}
	}
	return nil
}

func checkValue(path string, value any, t reflect.Type, module string) error {
	section, ok := value.(map[string]any)
	if !ok {
		return nil
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t.Kind() == reflect.Struct && strings.HasPrefix(t.PkgPath(), module):
		return check(path, section, t, module)
	case t.Kind() == reflect.Map:
		for _, name := range slices.Sorted(maps.Keys(section)) {
			if err := checkValue(below(path, name), section[name], t.Elem(), module); err != nil {
				return err
			}
		}
	}
	return nil
}

func below(path, key string) string {
	if path == "" {
		return key
	}
	return path + "::" + key
}

// collect gathers the keys of a struct and of those it squashes.
func collect(t reflect.Type, keys map[string]reflect.Type) {
	for f := range t.Fields() {
		name, rest, _ := strings.Cut(f.Tag.Get("mapstructure"), ",")
		switch {
		case !f.IsExported():
		case strings.Contains(rest, "squash"):
			collect(f.Type, keys)
		case name != "" && name != "-":
			keys[name] = f.Type
		}
	}
}
