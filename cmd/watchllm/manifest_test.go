package main

import (
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"golang.org/x/mod/modfile"
)

type module struct {
	Gomod  string `yaml:"gomod"`
	Import string `yaml:"import"`
}

type manifest struct {
	Dist struct {
		Module  string `yaml:"module"`
		Version string `yaml:"version"`
	} `yaml:"dist"`
	Receivers  []module `yaml:"receivers"`
	Processors []module `yaml:"processors"`
	Exporters  []module `yaml:"exporters"`
	Connectors []module `yaml:"connectors"`
	Extensions []module `yaml:"extensions"`
	Providers  []module `yaml:"providers"`
}

func (m manifest) all() map[string][]module {
	return map[string][]module{
		"receivers": m.Receivers, "processors": m.Processors, "exporters": m.Exporters,
		"connectors": m.Connectors, "extensions": m.Extensions, "providers": m.Providers,
	}
}

func readManifest(t *testing.T) manifest {
	raw, err := os.ReadFile("../../builder-config.yaml")
	require.NoError(t, err)
	var m manifest
	require.NoError(t, yaml.Unmarshal(raw, &m))
	return m
}

// The manifest says which components and versions the distribution has, go.mod says what is compiled.
func TestManifestAndGoModAgree(t *testing.T) {
	raw, err := os.ReadFile("../../go.mod")
	require.NoError(t, err)
	gomod, err := modfile.Parse("go.mod", raw, nil)
	require.NoError(t, err)
	required := map[string]string{}
	for _, r := range gomod.Require {
		required[r.Mod.Path] = r.Mod.Version
	}
	m := readManifest(t)
	require.Equal(t, gomod.Module.Mod.Path, m.Dist.Module)
	for kind, list := range m.all() {
		require.NotEmpty(t, list, kind)
		for _, c := range list {
			path, version, ok := strings.Cut(c.Gomod, " ")
			require.True(t, ok, "%s: %q needs a version", kind, c.Gomod)
			if path == m.Dist.Module {
				require.Equal(t, "v"+m.Dist.Version, version, "%s: our own components carry the distribution's version", c.Import)
				continue
			}
			require.Equal(t, required[path], version, "%s: builder-config.yaml and go.mod name different versions of %s", kind, path)
		}
	}
}

// framework is what ocb's template imports besides the components.
var framework = []string{
	"go.opentelemetry.io/collector/component", "go.opentelemetry.io/collector/connector", "go.opentelemetry.io/collector/exporter",
	"go.opentelemetry.io/collector/extension", "go.opentelemetry.io/collector/otelcol", "go.opentelemetry.io/collector/processor",
	"go.opentelemetry.io/collector/receiver", "go.opentelemetry.io/collector/service/telemetry/otelconftelemetry",
}

// components.go is generated from the manifest: each module of it must be linked in, and nothing else.
func TestComponentsAreGeneratedFromTheManifest(t *testing.T) {
	_, err := components()
	require.NoError(t, err)
	m := readManifest(t)
	want := slices.Clone(framework)
	for _, list := range [][]module{m.Receivers, m.Processors, m.Exporters, m.Connectors, m.Extensions} {
		for _, c := range list {
			path := c.Import
			if path == "" {
				path, _, _ = strings.Cut(c.Gomod, " ")
			}
			want = append(want, path)
		}
	}
	file, err := parser.ParseFile(token.NewFileSet(), "components.go", nil, parser.ImportsOnly)
	require.NoError(t, err)
	var got []string
	for _, i := range file.Imports {
		got = append(got, strings.Trim(i.Path.Value, `"`))
	}
	require.ElementsMatch(t, want, got, "run: make generate")
}
