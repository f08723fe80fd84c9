package contract

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Contract is one major version.
type Contract struct {
	Schema string `yaml:"schema"`
	Major  int    `yaml:"major"`
	Title  string `yaml:"title"`
	Brief  string `yaml:"brief"`
	// MaxEvents is how many events one request may hold.
	MaxEvents int `yaml:"max_events"`
	// Envelope are the fields beside the list of events.
	Envelope []Field `yaml:"envelope"`
	// Common are the fields that every type has.
	Common []Field `yaml:"common"`
	// Bodies are the names of the object that holds the fields of a type; none where they stand beside the common ones.
	Bodies []string `yaml:"bodies"`
	// TypeNames are the names of the field that holds the type.
	TypeNames []string `yaml:"type_names"`
	// Closed is true when types that are not listed are rejected.
	Closed bool    `yaml:"closed"`
	Groups []Group `yaml:"groups"`
	Sets   []Group `yaml:"sets"`
	Types  []Type  `yaml:"types"`
}

// Group is a named list of fields: an object, or fields that several types share.
type Group struct {
	Name   string  `yaml:"name"`
	Fields []Field `yaml:"fields"`
}

// Type is one type of event.
type Type struct {
	Name    string `yaml:"name"`
	Becomes string `yaml:"becomes"`
	// Uses are the sets whose fields the type has too.
	Uses   []string `yaml:"uses"`
	Fields []Field  `yaml:"fields"`
	// Required are fields that must be there, by their own names.
	Required []string `yaml:"required"`
}

// Field is one field.
type Field struct {
	Name    string   `yaml:"name"`
	Aliases []string `yaml:"aliases"`
	Kind    string   `yaml:"kind"`
	// Group names the fields of an object.
	Group string `yaml:"group"`
	// Role is the role of a message that was sent as text.
	Role string `yaml:"role"`
	// Values are the only ones there are.
	Values []string `yaml:"values"`
	// Attribute is what the field becomes; empty for fields that become something else than an attribute.
	Attribute string `yaml:"attribute"`
	// On is resource for attributes of the resource.
	On    string `yaml:"on"`
	Brief string `yaml:"brief"`
}

// Load reads every contract of a directory, the oldest first.
func Load(dir string) ([]*Contract, error) {
	files, err := filepath.Glob(filepath.Join(dir, "events-*.yaml"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no events-*.yaml in %s", dir)
	}
	slices.Sort(files)
	var out []*Contract
	for _, f := range files {
		c, err := read(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f, err)
		}
		out = append(out, c)
	}
	return out, nil
}

func read(path string) (*Contract, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var c Contract
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil {
		return nil, err
	}
	for _, name := range []string{c.Schema, c.Title, c.Brief} {
		if name == "" {
			return nil, fmt.Errorf("schema, title and brief must be there")
		}
	}
	check := func(where string, fields []Field) error {
		seen := map[string]bool{}
		for _, f := range fields {
			switch {
			case f.Brief == "" || kinds[f.Kind] == nil:
				return fmt.Errorf("%s.%s: needs a brief and a known kind (has %q)", where, f.Name, f.Kind)
			case f.Group != "" && c.Group(f.Group) == nil:
				return fmt.Errorf("%s.%s: there is no group %q", where, f.Name, f.Group)
			}
			for _, s := range f.Spellings() {
				if seen[s] {
					return fmt.Errorf("%s.%s: %q is there twice", where, f.Name, s)
				}
				seen[s] = true
			}
		}
		return nil
	}
	for _, g := range slices.Concat(c.Groups, c.Sets, []Group{{"envelope", c.Envelope}, {"common", c.Common}}) {
		if err := check(g.Name, g.Fields); err != nil {
			return nil, err
		}
	}
	for _, t := range c.Types {
		fields, err := c.Own(t)
		if err == nil {
			err = check(t.Name, fields)
		}
		if err != nil {
			return nil, err
		}
	}
	return &c, nil
}

// Group returns the fields of an object; nil if there is none of the name.
func (c *Contract) Group(name string) []Field { return fieldsOf(c.Groups, name) }

func fieldsOf(groups []Group, name string) []Field {
	for _, g := range groups {
		if g.Name == name {
			return g.Fields
		}
	}
	return nil
}

// Own are the fields of a type with those of the sets it uses; a field of the type replaces one of a set.
func (c *Contract) Own(t Type) ([]Field, error) {
	var out []Field
	for _, name := range t.Uses {
		set := fieldsOf(c.Sets, name)
		if set == nil {
			return nil, fmt.Errorf("%s: there is no set %q", t.Name, name)
		}
		out = override(out, set)
	}
	return override(out, t.Fields), nil
}

// Fields are all fields of a type, the common ones among them unless they stand apart from a body.
func (c *Contract) Fields(t Type) []Field {
	own, _ := c.Own(t) // checked when it was read
	if len(c.Bodies) > 0 {
		return own
	}
	return override(c.Common, own)
}

func override(base, with []Field) []Field {
	out := slices.DeleteFunc(slices.Clone(base), func(b Field) bool {
		return slices.ContainsFunc(with, func(f Field) bool { return f.Name == b.Name })
	})
	return append(out, with...)
}

// Type returns a type by its name.
func (c *Contract) Type(name string) (Type, bool) {
	i := slices.IndexFunc(c.Types, func(t Type) bool { return t.Name == name })
	if i < 0 {
		return Type{}, false
	}
	return c.Types[i], true
}

// Spellings are all names of a field: its own, its aliases, and each in camelCase.
func (f Field) Spellings() []string {
	var out []string
	for _, name := range append([]string{f.Name}, f.Aliases...) {
		for _, s := range []string{name, camel(name)} {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// SpellingsOf maps every name of the fields to the field's own name.
func SpellingsOf(fields []Field) map[string]string {
	out := map[string]string{}
	for _, f := range fields {
		for _, s := range f.Spellings() {
			out[s] = f.Name
		}
	}
	return out
}

func camel(snake string) string {
	words := strings.Split(snake, "_")
	for i, w := range words[1:] {
		if w != "" {
			words[i+1] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "")
}
