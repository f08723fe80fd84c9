package contract

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const registry = "../../sdk-conventions/registry"

// Every attribute that a field becomes is in the registry of attributes.
func TestAttributesAreRegistered(t *testing.T) {
	known := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(registry, "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		raw, err := os.ReadFile(f)
		require.NoError(t, err)
		var r struct {
			Attributes []struct{ ID string }
		}
		require.NoError(t, yaml.Unmarshal(raw, &r))
		for _, a := range r.Attributes {
			known[a.ID] = true
		}
	}
	contracts, err := Load(filepath.Join(registry, "contracts"))
	require.NoError(t, err)
	require.Len(t, contracts, 2)
	for _, c := range contracts {
		check := func(fields []Field) {
			for _, f := range fields {
				require.True(t, f.Attribute == "" || known[f.Attribute], "%s: %s becomes %s, which is not in the registry", c.Schema, f.Name, f.Attribute)
			}
		}
		check(c.Envelope)
		check(c.Common)
		for _, g := range c.Groups {
			check(g.Fields)
		}
		for _, typ := range c.Types {
			check(c.Fields(typ))
		}
	}
}

func TestSpellings(t *testing.T) {
	f := Field{Name: "request_model", Aliases: []string{"model", "costUSD"}}
	require.Equal(t, []string{"request_model", "requestModel", "model", "costUSD"}, f.Spellings())
	require.Equal(t, map[string]string{"request_model": "request_model", "requestModel": "request_model", "model": "request_model", "costUSD": "request_model"}, SpellingsOf([]Field{f}))
}

func TestATypesFieldReplacesASetsOne(t *testing.T) {
	c := Contract{
		Common: []Field{{Name: "a", Kind: "text"}, {Name: "b", Kind: "text"}}, Sets: []Group{{"s", []Field{{Name: "b", Kind: "whole"}}}},
	}
	require.Equal(t, []Field{{Name: "a", Kind: "text"}, {Name: "b", Kind: "whole"}}, c.Fields(Type{Uses: []string{"s"}}))
	require.Equal(t, []Field{{Name: "a", Kind: "text"}, {Name: "b", Kind: "number"}}, c.Fields(Type{Uses: []string{"s"}, Fields: []Field{{Name: "b", Kind: "number"}}}))
}

func TestWrongRegistries(t *testing.T) {
	head := "schema: x/1\nmajor: 1\ntitle: t\nbrief: b\n"
	for text, want := range map[string]string{
		"":                   "EOF",
		"title: t":           "schema, title and brief must be there",
		head + "colour: red": "colour",
		head + "common: [{name: a, kind: odd, brief: b}]":                                                                     `has "odd"`,
		head + "common: [{name: a, kind: text}]":                                                                              "needs a brief",
		head + "common: [{name: a, kind: object, group: g, brief: b}]":                                                        `no group "g"`,
		head + "common: [{name: a_b, kind: text, brief: b}, {name: aB, kind: text, brief: b}]":                                `"aB" is there twice`,
		head + "types: [{name: t, uses: [s]}]":                                                                                `no set "s"`,
		head + "types: [{name: t, fields: [{name: a, kind: text, brief: b, aliases: [b]}, {name: b, kind: text, brief: b}]}]": "twice",
	} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "events-1.yaml"), []byte(text), 0o600))
		_, err := Load(dir)
		require.ErrorContains(t, err, want, text)
	}
	_, err := Load(t.TempDir())
	require.ErrorContains(t, err, "no events-*.yaml")
}

func TestJSONSchemaIsJSON(t *testing.T) {
	text, err := (&Contract{Schema: "x/1", Title: "a < b", Brief: "b"}).JSONSchema()
	require.NoError(t, err)
	require.True(t, json.Valid(text))
	require.Contains(t, string(text), "a < b")
}
