package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/pricing/casefile"
)

const (
	publicCases = "../../internal/testkit/testdata/captures/cost-cases.jsonl"
	bugCases    = "../../internal/pricing/testdata/cases/bugs.jsonl"
)

// caseFiles are the public cases and our own.
func caseFiles(t *testing.T) []string {
	t.Helper()
	own, err := filepath.Glob("../../internal/pricing/testdata/cases/*.jsonl")
	require.NoError(t, err)
	require.NotEmpty(t, own)
	return append(own, publicCases)
}

// Every case comes to the last digit of what it must come to.
func TestPricesEvalIsRight(t *testing.T) {
	b := defaultBook(t)
	for _, file := range caseFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			cases := readCases(t, file)
			for _, c := range cases {
				assertRight(t, c, casefile.Auto, b, "")
			}
			t.Logf("%d cases", len(cases))
		})
	}
}

// notTold are the cases whose figure a description cannot give, with the reason.
var notTold = map[casefile.Source]map[string]string{
	casefile.FromAttributes: {
		"perplexity-005":     "the bill is only in the answer's usage object",
		"bug-deepinfra-cost": "the bill is only in the answer's usage object",
	},
}

// Any one description gives the same figure when it is all that a case has, beside the conditions that it cannot hold. Files whose
// usage objects or attributes are shortened are left out.
func TestPricesEvalAnyDescription(t *testing.T) {
	b := defaultBook(t)
	for _, file := range []string{publicCases, bugCases} {
		for _, from := range []casefile.Source{casefile.FromNormalized, casefile.FromUsage, casefile.FromAttributes} {
			t.Run(filepath.Base(file)+"/"+string(from), func(t *testing.T) {
				told := 0
				for _, c := range readCases(t, file) {
					reason := notTold[from][c.ID]
					if !keepOnly(c, from) {
						assert.Empty(t, reason, "%s has no such description", c.ID)
						continue
					}
					told++
					if reason != "" {
						o := evalCase(c, casefile.Auto, b)
						assert.False(t, c.Passes(&o), "%s passes: take it off the list", c.ID)
						continue
					}
					assertRight(t, c, casefile.Auto, b, from)
				}
				require.Greater(t, told, 20)
				t.Logf("%d cases", told)
			})
		}
	}
}

// keepOnly takes the other descriptions off a case and reports whether it has this one. Attributes stand for themselves: names, hosts,
// tiers and all else has to be read from them.
func keepOnly(c *casefile.Case, from casefile.Source) bool {
	switch from {
	case casefile.FromNormalized:
		bill := c.UsageRaw["cost"] != nil || c.UsageRaw["cost_in_usd_ticks"] != nil || c.UsageRaw["estimated_cost"] != nil
		c.UsageRaw, c.Attributes = nil, nil
		return len(c.Normalized) > 0 && !bill
	case casefile.FromUsage:
		c.Normalized, c.Attributes = nil, nil
		return len(c.UsageRaw) > 0
	default:
		*c = casefile.Case{
			ID: c.ID, Timestamp: c.Timestamp, Attributes: c.Attributes, Disputed: c.Disputed, Expected: c.Expected,
		}
		return len(c.Attributes) > 0
	}
}

func assertRight(t *testing.T, c *casefile.Case, from casefile.Source, b *pricing.Book, only casefile.Source) {
	t.Helper()
	o := evalCase(c, from, b)
	if !c.Passes(&o) {
		t.Errorf("%s %s: got %s (assumed %q), want %s = %s", c.ID, only, figureText(o.Status, o.Cost), o.Assumed,
			figureText(c.Expected.Status, c.Expected.Cost), c.Expected.Arithmetic)
	}
}

func TestPricesEvalCommand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cases.jsonl")
	write := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text), 0o600)) }
	write("\ufeff" +
		`{"id":"a","provider":"openai","request_model":"gpt-4o","timestamp":"2026-07-15T12:00:00Z","normalized":{"inp":1000,"out":500},"expected":{"status":"priced","cost_usd":"0.0075"},"author":{"name":"x"}}` + "\r\n\n" +
		`{"id":"b","provider":"acme","request_model":"x","timestamp":"2026-07-15T12:00:00Z","normalized":{"inp":1},"expected":{"status":"priced","cost_usd":1}}` + "\n" +
		`{"request_model":"gpt-4o","provider":"openai","usage_raw":{"prompt_tokens":1000,"completion_tokens":500}}`)
	out, errs, err := runPrices(t, "eval", "--cases", file)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 3)
	assert.JSONEq(t, `{"id":"a","status":"priced","cost_usd":"0.0075","assumed":""}`, lines[0])
	assert.JSONEq(t, `{"id":"b","status":"unknown_model","cost_usd":null,"assumed":""}`, lines[1])
	assert.JSONEq(t, `{"id":"line-4","status":"priced","cost_usd":"0.0075","assumed":"time"}`, lines[2])
	assert.Equal(t, "b: unknown_model, expected priced 1\n3 cases: priced 2, unknown_model 1\n1 of 2 as expected (50.0%)\n", errs)

	write("{\n[1]\n{\"id\":\"c\"} {}\n{\"timestamp\":\"noon\"}\n{\"id\":\"d\",\"otel_attributes\":{\"gen_ai.operation.name\":\"invoke_agent\"}}\n")
	out, errs, err = runPrices(t, "eval", "--cases", file)
	require.ErrorContains(t, err, "lines that are no case: 4")
	assert.JSONEq(t, `{"id":"d","status":"skip_aggregate","cost_usd":null,"assumed":""}`, out, "the good lines are priced all the same")
	for _, want := range []string{"line 1: the JSON object ends", "line 2: starts with '['", "line 3: something follows", `line 4: timestamp "noon": a time as`} {
		assert.Contains(t, errs, want)
	}

	_, _, err = runPrices(t, "eval", "--cases", file+".none")
	require.ErrorIs(t, err, os.ErrNotExist)
	_, _, err = runPrices(t, "eval", "--cases", file, "--from", "memory")
	require.ErrorContains(t, err, `--from "memory": one of auto`)
}

// What a usage object leaves out, the attributes of the same call may say.
func TestPricesEvalFillsUsage(t *testing.T) {
	var c casefile.Case
	require.NoError(t, json.Unmarshal([]byte(`{"id":"x","provider":"openai","request_model":"gpt-4.1","timestamp":"2026-07-15","operation":"chat"}`), &c))
	c.UsageRaw = map[string]any{"prompt_tokens": json.Number("1000"), "completion_tokens": json.Number("500")}
	c.Attributes = map[string]any{"gen_ai.usage.input_tokens": json.Number("7"), "x.usage.web_search.requests": json.Number("2")}
	o := evalCase(&c, casefile.Auto, defaultBook(t))
	assert.Equal(t, "priced 0.026", figureText(o.Status, o.Cost), "1000*2/1000000 + 500*8/1000000 + 2*10/1000")
	o = evalCase(&c, casefile.FromUsage, defaultBook(t))
	assert.Equal(t, "priced 0.006", figureText(o.Status, o.Cost))
}

// A count that nobody here has a name for is named, never left out in silence.
func TestPricesEvalNamesUnreadCounts(t *testing.T) {
	var c casefile.Case
	require.NoError(t, json.Unmarshal([]byte(`{"id":"x","provider":"openai","request_model":"gpt-4o","timestamp":"2026-07-15"}`), &c))
	c.Normalized = map[string]any{"inp": json.Number("10"), "holograms": json.Number("2")}
	o := evalCase(&c, casefile.Auto, defaultBook(t))
	assert.Equal(t, casefile.StatusPartialUnknown, o.Status)
	assert.Equal(t, "not_read:holograms", o.Assumed)

	c.UsageRaw = map[string]any{"prompt_tokens": json.Number("10"), "completion_tokens": json.Number("2")}
	o = evalCase(&c, casefile.Auto, defaultBook(t))
	assert.Equal(t, "priced 0.000045", figureText(o.Status, o.Cost), "a description that can be read is better")
}

func defaultBook(t *testing.T) *pricing.Book {
	t.Helper()
	b, err := pricing.Default()
	require.NoError(t, err)
	return b
}

func readCases(t *testing.T, file string) (cases []*casefile.Case) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	for c, err := range casefile.Lines(bytes.NewReader(text)) {
		require.NoError(t, err, file)
		cases = append(cases, c)
	}
	require.NotEmpty(t, cases)
	return cases
}
