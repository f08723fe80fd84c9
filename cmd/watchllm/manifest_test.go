package main

import (
	"os"
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

// components.go is generated from the manifest: each module of it must be linked in, and nothing else.
func TestComponentsAreGeneratedFromTheManifest(t *testing.T) {
	factories, err := components()
	require.NoError(t, err)
	m := readManifest(t)
	count := func(list []module) int { return len(list) }
	require.Len(t, factories.Receivers, count(m.Receivers), "run: make generate")
	require.Len(t, factories.Processors, count(m.Processors), "run: make generate")
	require.Len(t, factories.Exporters, count(m.Exporters), "run: make generate")
	require.Len(t, factories.Connectors, count(m.Connectors), "run: make generate")
	require.Len(t, factories.Extensions, count(m.Extensions), "run: make generate")
	source, err := os.ReadFile("components.go")
	require.NoError(t, err)
	for _, list := range []([]module){m.Receivers, m.Processors, m.Exporters, m.Connectors, m.Extensions} {
		for _, c := range list {
			want := c.Import
			if want == "" {
				want, _, _ = strings.Cut(c.Gomod, " ")
			}
			require.Contains(t, string(source), `"`+want+`"`, "run: make generate")
		}
	}
}
