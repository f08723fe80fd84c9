package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/pricing"
)

// pricesTree is a prices folder of its own, with the packages it pins.
func pricesTree(t *testing.T) (dir, packages string) {
	t.Helper()
	dir, packages = t.TempDir(), t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "curated"), 0o700))
	write(t, filepath.Join(dir, "curated", "groq.yaml"), `provider: groq
source: {page: p, read: "2026-01-02"}
models: {ours: {prices: [{mtok: {input: 1, output: 2}}]}}
`)
	return dir, packages
}

func write(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

// pinTables writes litellm packages with the given tables, and pins them, a month apart.
func pinTables(t *testing.T, dir, packages string, tables ...string) {
	t.Helper()
	pins := "packages:\n"
	for i, table := range tables {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, err := z.Create("litellm/model_prices_and_context_window_backup.json")
		require.NoError(t, err)
		_, err = w.Write([]byte(table))
		require.NoError(t, err)
		require.NoError(t, z.Close())
		name := fmt.Sprintf("litellm-1.%d-py3-none-any.whl", i)
		write(t, filepath.Join(packages, name), b.String())
		sum := sha256.Sum256(b.Bytes())
		pins += fmt.Sprintf("  - {package: litellm, version: \"1.%d\", date: \"2026-0%d-01\", file: %s, sha256: %s}\n", i, i+1, name, hex.EncodeToString(sum[:]))
	}
	write(t, filepath.Join(dir, "sources.yaml"), pins)
}

func litellmEntry(price string) string {
	return `{"groq/m": {"litellm_provider": "groq", "mode": "chat", "input_cost_per_token": ` + price + `, "output_cost_per_token": 8e-06},
	  "groq/ours": {"litellm_provider": "groq", "mode": "chat", "input_cost_per_token": 1, "output_cost_per_token": 1}}`
}

func TestPricesUpdate(t *testing.T) {
	dir, packages := pricesTree(t)
	pinTables(t, dir, packages, litellmEntry("1e-06"))
	out, _, err := runPrices(t, "update", "--dir", dir, "--from", packages)
	require.NoError(t, err)
	assert.Contains(t, out, "changes: 1\n  + groq/m input 1, output 8\n")
	assert.Contains(t, out, "left out: 1\n  litellm: groq/ours: input costs 1000000 per million tokens\n")
	assert.Contains(t, out, "lint: 0\n")

	out, _, err = runPrices(t, "update", "--dir", dir, "--from", packages, "--check")
	require.NoError(t, err)
	assert.Contains(t, out, "changes: 0\n")

	// A newer table closes the old price and opens a new one.
	pinTables(t, dir, packages, litellmEntry("1e-06"), litellmEntry("1.5e-06"))
	out, _, err = runPrices(t, "update", "--dir", dir, "--from", packages, "--check")
	require.ErrorContains(t, err, "groq.yaml is not what the packages give")
	assert.Contains(t, out, "  ~ groq/m input 1 -> 1.5 (+50.0%), from 2026-02-01\n")
	_, _, err = runPrices(t, "update", "--dir", dir, "--from", packages)
	require.NoError(t, err)
	_, _, err = runPrices(t, "update", "--dir", dir, "--from", packages, "--check")
	require.NoError(t, err)

	b, err := pricing.LoadFrom(os.DirFS(filepath.Join(dir, "imported")), os.DirFS(filepath.Join(dir, "curated")))
	require.NoError(t, err)
	var prices []string
	for _, l := range b.List("groq", "m") {
		prices = append(prices, l.From+".."+l.To+" "+l.Prices[0].Amount.String())
	}
	assert.Equal(t, []string{"..2026-02-01 1", "2026-02-01.. 1.5"}, prices)
	_, err = os.Stat(filepath.Join(dir, "imported.json.gz"))
	require.NoError(t, err)
}

func TestPricesUpdateRefuses(t *testing.T) {
	dir, packages := pricesTree(t)
	pinTables(t, dir, packages, litellmEntry("1e-06"))
	write(t, filepath.Join(packages, "litellm-1.0-py3-none-any.whl"), "something else")
	_, _, err := runPrices(t, "update", "--dir", dir, "--from", packages)
	require.ErrorContains(t, err, "sha256 is")
	_, err = os.Stat(filepath.Join(dir, "imported"))
	require.ErrorIs(t, err, os.ErrNotExist, "nothing is written")

	// A file nobody generated is as wrong as one that is out of date.
	pinTables(t, dir, packages, litellmEntry("1e-06"))
	_, _, err = runPrices(t, "update", "--dir", dir, "--from", packages)
	require.NoError(t, err)
	write(t, filepath.Join(dir, "imported", "mine.yaml"), "provider: mine\n")
	_, _, err = runPrices(t, "update", "--dir", dir, "--from", packages, "--check")
	require.ErrorContains(t, err, "mine.yaml: the packages give no such file")
}
