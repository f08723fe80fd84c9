package pricing

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write generated files instead of comparing them")

// promised are the providers that docs/prices.md says are covered.
var promised = []string{
	"ai21", "alibaba_cloud", "anthropic", "arcee", "assemblyai", "aws.bedrock", "azure.ai.openai", "baseten", "cerebras", "cloudflare",
	"cohere", "crusoe", "cursor", "databricks", "deepgram", "deepinfra", "deepseek", "elevenlabs", "fireworks_ai", "friendliai", "gcp.gemini",
	"gcp.vertex_ai", "github.copilot", "gmi", "groq", "huggingface", "hyperbolic", "ibm.watsonx.ai", "inception", "jina_ai", "lambda_ai",
	"meta", "minimax", "mistral_ai", "moonshot_ai", "morph", "nebius", "novita", "nscale", "oci", "openai", "openrouter", "ovhcloud",
	"perplexity", "replicate", "sambanova", "scaleway", "snowflake", "together_ai", "vercel.ai_gateway", "voyageai", "xai", "zai",
}

// withoutPrices are providers that are known by name and host, and publish no price of a call. docs/prices.md says why.
var withoutPrices = []string{"nvidia", "ollama_cloud"}

const (
	coverageFile  = "../../docs/prices.md"
	coverageBegin = "<!-- coverage: go test ./internal/pricing -run TestCoverage -update -->\n"
	coverageEnd   = "<!-- /coverage -->"
)

func TestCoverage(t *testing.T) {
	b := book(t)
	for _, name := range withoutPrices {
		p := b.providers[name]
		require.NotNil(t, p, name)
		assert.Empty(t, p.models, "%s has prices now: say so in docs/prices.md", name)
	}
	var table strings.Builder
	table.WriteString("| Provider | Models | by hand | in and out | input only | hour | characters | image | page | search |\n")
	table.WriteString("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, name := range promised {
		p := b.providers[name]
		require.NotNil(t, p, name)
		require.NotEmpty(t, p.models, "%s is promised and has no prices", name)
		table.WriteString(coverage(p))
	}
	text, err := os.ReadFile(coverageFile)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(text), coverageBegin)
	require.True(t, ok, "%s has no %s", coverageFile, coverageBegin)
	have, after, ok := strings.Cut(rest, coverageEnd)
	require.True(t, ok)
	if *update {
		require.NoError(t, os.WriteFile(coverageFile, []byte(before+coverageBegin+table.String()+coverageEnd+after), 0o600))
		return
	}
	assert.Equal(t, table.String(), have, "run this test with -update")
	for _, name := range withoutPrices {
		assert.Contains(t, after, name)
	}
}

// coverage is a provider's row: how many models it has, and how many of them are priced in each way.
func coverage(p *provider) string {
	models := map[*model]bool{}
	for _, m := range p.models {
		models[m] = true
	}
	byHand := 0
	kinds := make([]int, 7)
	for m := range models {
		if !m.imported {
			byHand++
		}
		period := &m.periods[len(m.periods)-1]
		var has unitSet
		for i := range period.cards {
			has |= period.cards[i].base.has
		}
		kind := slices.IndexFunc([]unit{unitOutput, unitInput, unitMillisecond, unitCharacter, unitImage, unitPage, unitSearchUnit}, has.has)
		if kind >= 0 {
			kinds[kind]++
		}
	}
	row := fmt.Sprintf("| %s | %d | %d |", p.name, len(models), byHand)
	for _, n := range kinds {
		row += " " + strings.TrimPrefix(fmt.Sprint(n), "0") + " |"
	}
	return row + "\n"
}
