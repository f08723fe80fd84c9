package imports

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/watchllm/watchllm/internal/pricing"
)

// The packages are not at hand here, but a curated list that has come to know an imported name shows without them that the imported
// lists were made before it.
func TestImportedListsAreOfTheseCuratedOnes(t *testing.T) {
	prices := filepath.Join("..", "..", "..", "prices")
	curated, err := pricing.Load(os.DirFS(filepath.Join(prices, "curated")))
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(prices, "imported", "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	models := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var list struct {
			Provider string
			Models   map[string]yaml.Node
		}
		require.NoError(t, yaml.Unmarshal(text, &list), file)
		for name := range list.Models {
			models++
			require.False(t, curated.Knows(list.Provider, name) && !ownGeoPrice(list.Provider, name),
				"%s: %s has its price in prices/curated: run watchllmctl prices update", file, name)
		}
	}
	require.Positive(t, models)
}
