package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func runPrices(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := newPricesCommand()
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	cmd.SetArgs(args)
	err = cmd.Execute()
	return out.String(), errs.String(), err
}

func TestPricesExplain(t *testing.T) {
	out, _, err := runPrices(t, "explain", "--provider", "anthropic", "--model", "claude-opus-4-8", "--region", "us", "--time", "2026-07-15",
		"--input", "60000", "--cache-read", "50000", "--output", "2000", "--web-searches", "1")
	require.NoError(t, err)
	assert.Equal(t, `cost        0.1475 USD
status      exact
record      anthropic/claude-opus-4-8@2026-05-28#8a677570
model       anthropic/claude-opus-4-8
matched by  claude-opus-4-8
valid       from 2026-05-28
rates       standard
multiplier  1.1 on tokens (place of processing: us inference)
source      https://platform.claude.com/docs/en/about-claude/pricing
read        2026-11-23 (two tables)

        UNIT  COUNT  USD      PER    COST
       input  10000    5  1000000   0.055
  cache_read  50000  0.5  1000000  0.0275
      output   2000   25  1000000   0.055
  web_search      1   10     1000    0.01

(10000*5/1000000 + 50000*0.5/1000000 + 2000*25/1000000)*1.1 + 1*10/1000 = 0.1475
`, out)
}

func TestPricesExplainWithoutAPrice(t *testing.T) {
	out, _, err := runPrices(t, "explain", "--provider", "openai", "--model", "gpt-99", "--input", "1", "--output", "1")
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(out, "cost    not known\nstatus  unknown_model\nsays    The book has no price for this call (provider \"openai\", model \"gpt-99\")."), out)

	out, _, err = runPrices(t, "explain", "--provider", "openai", "--model", "gpt-4.1", "--input", "1000", "--time", "2026-07-15T00:00:00Z")
	require.NoError(t, err)
	assert.Contains(t, out, "status           partial\nwithout a price  output\n")

	_, _, err = runPrices(t, "explain", "--time", "yesterday")
	require.ErrorContains(t, err, `--time "yesterday"`)
	_, _, err = runPrices(t, "explain", "--reported", "much")
	require.ErrorContains(t, err, "--reported")
}

func TestPricesList(t *testing.T) {
	out, _, err := runPrices(t, "list", "--provider", "x_ai", "--model", "grok-4.7")
	require.NoError(t, err)
	lines := strings.Split(out, "\n")
	require.Greater(t, len(lines), 4)
	assert.Contains(t, lines[0], "PROVIDER")
	assert.Regexp(t, `^xai +grok-4\.7 +2026-09-21 +standard +2 +0\.5 +2 +6`, lines[1])
	assert.Contains(t, out, "batch, prompt of 200000 tokens or more")

	_, _, err = runPrices(t, "list", "--provider", "acme")
	require.ErrorContains(t, err, "providers: ai21, ")
}

func TestPricesOfOnesOwn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.yaml")
	require.NoError(t, os.WriteFile(file, []byte("provider: openai\nmodels: {gpt-4.1: {like: openai/gpt-4.1, times: 0.8}}\n"), 0o600))
	out, _, err := runPrices(t, "--prices", file, "explain", "--provider", "openai", "--model", "gpt-4.1", "--input", "1000000", "--output", "0", "--time", "2026-07-15")
	require.NoError(t, err)
	assert.Contains(t, out, "cost        1.6 USD")

	_, _, err = runPrices(t, "--prices", file+".none", "list")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestPricesLint(t *testing.T) {
	out, _, err := runPrices(t, "lint")
	require.NoError(t, err)
	assert.Empty(t, out)
}
