package imports

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const genaiModule = `"""Generated"""
from decimal import Decimal

providers: list[Provider] = [
    Provider(
        id='groq', pricing_urls=['https://groq.com/pricing'],
        models=[
            ModelInfo(
                id='m-1', match=ClauseOr(or_=[ClauseEquals(equals='m-1'), ClauseEquals(equals='M-One'), ClauseStartsWith(starts_with='m')]),
                prices=ModelPrice(input_mtok=Decimal('1'), cache_read_mtok=Decimal('0.5'), output_mtok=Decimal('2')),
                price_variants=[
                    PriceVariant(when={'processing': 'batch'}, prices=ModelPrice(input_mtok=Decimal('0.5'), cache_read_mtok=Decimal('0.25'), output_mtok=Decimal('1'))),
                    PriceVariant(when={'colour': 'red'}, prices=ModelPrice(input_mtok=Decimal('9'))),
                ],
            ),
            ModelInfo(
                id='long', match=ClauseContains(contains='long'),
                prices=ModelPrice(
                    input_mtok=TieredPrices(base=Decimal('1'), tiers=[Tier(start=200000, price=Decimal('2'))]), output_mtok=Decimal('4')
                ),
            ),
            ModelInfo(
                id='peak', match=ClauseEquals(equals='peak'),
                prices=[
                    ConditionalPrice(constraint=None, prices=ModelPrice(input_mtok=Decimal('1'), output_mtok=Decimal('1'))),
                    ConditionalPrice(constraint=TimeOfDateConstraint(start_time=datetime.time(1, 0), end_time=datetime.time(4, 0)), prices=ModelPrice(input_mtok=Decimal('2'), output_mtok=Decimal('2'))),
                ],
            ),
            ModelInfo(id='curated-one', match=ClauseEquals(equals='curated-one'), prices=ModelPrice(input_mtok=Decimal('1'))),
            ModelInfo(id='included', match=ClauseEquals(equals='included'), prices=ModelPrice()),
        ],
    ),
    Provider(
        id='openrouter',
        models=[ModelInfo(id='a/b:free', match=ClauseEquals(equals='a/b:free'), prices=ModelPrice())],
    ),
    Provider(id='nobody-here', models=[ModelInfo(id='x', match=ClauseEquals(equals='x'), prices=ModelPrice(input_mtok=Decimal('1')))]),
]
`

const litellmTable = `{
  "groq/m-1": {"litellm_provider": "groq", "mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06},
  "groq/m-1-20260101": {"litellm_provider": "groq", "mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06},
  "groq/broken": {"litellm_provider": "groq", "mode": "chat", "input_cost_per_token": 1, "output_cost_per_token": 1}
}`

// pin writes a package into dir.
func pin(t *testing.T, dir, pkg, version, date, table string) Pin {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(tableFiles[pkg])
	require.NoError(t, err)
	_, err = io.WriteString(w, table)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	sum := sha256.Sum256(b.Bytes())
	p := Pin{Package: pkg, Version: version, Date: date, File: strings.ReplaceAll(pkg, "-", "_") + "-" + version + "-py3-none-any.whl", SHA256: hex.EncodeToString(sum[:])}
	require.NoError(t, os.WriteFile(filepath.Join(dir, p.File), b.Bytes(), 0o600))
	return p
}

func TestBuild(t *testing.T) {
	dir := t.TempDir()
	pins := &Pins{Packages: []Pin{
		pin(t, dir, packageLiteLLM, "1.0.0", "2026-02-03", litellmTable),
		pin(t, dir, packageGenAI, "0.1.0", "2026-02-03", genaiModule),
	}}
	require.NoError(t, pins.Verify(dir))
	layer, rep, err := Build(pins, dir, func(provider, name string) bool { return provider == "groq" && name == "curated-one" })
	require.NoError(t, err)
	assert.Equal(t, []string{"litellm: groq/broken: input costs 1000000 per million tokens"}, rep.Dropped)
	assert.Empty(t, rep.Disagreements)
	const note = `read: "2026-02-03", via: "genai-prices 0.1.0, litellm 1.0.0", confidence: one_table}`
	assert.Equal(t, Layer{
		"groq.yaml": Header + `provider: groq
source: {page: "https://groq.com/pricing", ` + note + `
models:
  long: {prices: [{mtok: {input: 1, output: 4}, bands: [{prompt_over: 200000, mtok: {input: 2}}]}]}
  m-1: {prices: [{mtok: {input: 1, cache_read: 0.5, output: 2}, modes: [{batch: true, times: 0.5}]}], source: {confidence: two_tables}}
  m-1-20260101: {prices: [{mtok: {input: 1, output: 2}}]}
  m-one: {prices: [{mtok: {input: 1, cache_read: 0.5, output: 2}, modes: [{batch: true, times: 0.5}]}]}
  peak: {prices: [{mtok: {input: 1, output: 1}}]}
`,
		"openrouter.yaml": Header + `provider: openrouter
source: {page: "https://openrouter.ai/models", ` + note + `
models:
  "a/b:free": {free: true}
`,
	}, layer)

	again, _, err := Build(pins, dir, func(provider, name string) bool { return provider == "groq" && name == "curated-one" })
	require.NoError(t, err)
	assert.Equal(t, layer, again, "the same packages give the same files")
}

func TestBuildLeavesOutDatedNamesThatCostTheSame(t *testing.T) {
	dir := t.TempDir()
	pins := &Pins{Packages: []Pin{pin(t, dir, packageLiteLLM, "1.0.0", "2026-02-03", litellmTable)}}
	layer, _, err := Build(pins, dir, func(string, string) bool { return false })
	require.NoError(t, err)
	assert.Contains(t, layer["groq.yaml"], "  m-1: ")
	assert.NotContains(t, layer["groq.yaml"], "m-1-20260101")
}

func TestBuildRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, table := range map[string]string{
		"not JSON":  "{",
		"no number": `{"groq/m": {"litellm_provider": "groq", "input_cost_per_token": -1}}`,
	} {
		t.Run(name, func(t *testing.T) {
			pins := &Pins{Packages: []Pin{pin(t, dir, packageLiteLLM, "1.0.0", "2026-02-03", table)}}
			_, _, err := Build(pins, dir, func(string, string) bool { return false })
			assert.ErrorContains(t, err, "litellm-1.0.0-py3-none-any.whl")
		})
	}
	pins := &Pins{Packages: []Pin{pin(t, dir, packageGenAI, "1.0.0", "2026-02-03", "\nproviders = [Oops()]")}}
	_, _, err := Build(pins, dir, func(string, string) bool { return false })
	require.ErrorContains(t, err, "not a list of Provider(...)")
}

func TestVerify(t *testing.T) {
	dir := t.TempDir()
	p := pin(t, dir, packageLiteLLM, "1.0.0", "2026-02-03", litellmTable)
	require.NoError(t, os.WriteFile(filepath.Join(dir, p.File), []byte("another"), 0o600))
	require.ErrorContains(t, (&Pins{Packages: []Pin{p}}).Verify(dir), "pinned is "+p.SHA256)
	p.File = "missing.whl"
	require.ErrorIs(t, (&Pins{Packages: []Pin{p}}).Verify(dir), os.ErrNotExist)
}

func TestReadPins(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sources.yaml")
	sum := strings.Repeat("a", 64)
	write := func(format string, args ...any) {
		require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, format, args...), 0o600))
	}
	write("packages:\n  - {package: litellm, version: 2, date: \"2026-02-01\", file: b.whl, sha256: %s}\n  - {package: litellm, version: 1, date: \"2026-01-01\", file: a.whl, sha256: %s}\nfree: [a/b]\n", sum, sum)
	pins, err := ReadPins(file)
	require.NoError(t, err)
	assert.Equal(t, "1", pins.Packages[0].Version, "oldest first")
	assert.Equal(t, []string{"a/b"}, pins.Free)

	for want, entry := range map[string]string{
		`package "wheel"`: `{package: wheel, version: 1, date: "2026-01-01", file: a.whl, sha256: ` + sum + `}`,
		"name of a wheel": `{package: litellm, version: 1, date: "2026-01-01", file: ../a.whl, sha256: ` + sum + `}`,
		"64 hexadecimal":  `{package: litellm, version: 1, date: "2026-01-01", file: a.whl, sha256: abc}`,
		`date "January"`:  `{package: litellm, version: 1, date: January, file: a.whl, sha256: ` + sum + `}`,
		"field colour":    `{colour: red}`,
	} {
		write("packages: [%s]\n", entry)
		_, err := ReadPins(file)
		assert.ErrorContains(t, err, want)
	}
	write("packages: []\n")
	_, err = ReadPins(file)
	require.ErrorContains(t, err, "packages: none")
}

func TestDiff(t *testing.T) {
	doc := func(models string) Layer { return Layer{"x.yaml": "provider: x\nmodels:\n" + models} }
	got, err := Diff(doc(`
  gone: {prices: [{mtok: {input: 1}}]}
  same: {prices: [{mtok: {input: 1}}]}
  dearer: {prices: [{mtok: {input: 0.8, output: 2}}]}
  retired: {prices: [{mtok: {input: 1}}]}
`), doc(`
  new: {free: true}
  same: {prices: [{mtok: {input: 1}}]}
  dearer: {prices: [{mtok: {input: 0.8, output: 2}}, {from: 2026-10-01, mtok: {input: 1, cache_read: 0.1}}]}
  retired: {prices: [{to: 2026-11-01, mtok: {input: 1}}]}
`))
	require.NoError(t, err)
	assert.Equal(t, []string{
		"~ x/dearer input 0.8 -> 1 (+25.0%), cache_read is new: 0.1, output is gone: 2, from 2026-10-01",
		"- x/gone input 1",
		"+ x/new free",
		"! x/retired in no table since 2026-11-01",
	}, got)
}
