package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/rerate"
)

func TestPrintableNames(t *testing.T) {
	for name, want := range map[string]string{
		"gpt-5.4":                "gpt-5.4",
		"große Müllabfuhr 漢":     "große Müllabfuhr 漢",
		"it's \"quoted\"":        "it's \"quoted\"",
		"a\nb\tc":                `"a\nb\tc"`,
		"\x1b[2J":                `"\x1b[2J"`,
		"\u202egnp":              `"\u202egnp"`,
		"\xff":                   `"\xff"`,
		strings.Repeat("m", 500): strings.Repeat("m", 79) + "…",
	} {
		assert.Equal(t, want, printable(name))
	}
}

// Whatever clients call themselves and their models, no table has a line or a control character of theirs.
func TestTablesHoldWhatClientsNameThings(t *testing.T) {
	const evil = "x\ntotal\t\t\t0\x1b[2J"
	amount, err := pricing.ParseAmount("1")
	require.NoError(t, err)
	call := &rerate.Call{}
	call.Tenant, call.Provider, call.RequestModel, call.UsageRole, call.SpanID = evil, evil, evil, "call", evil
	row := rerate.Named{Provider: evil, RequestModel: evil, Host: evil, Calls: 1, Unknown: 1}
	diff := rerate.DiffOf(rerate.Adjustment{Call: call, After: rerate.State{Cost: amount, PriceID: evil}})
	for name, print := range map[string]func(*strings.Builder) error{
		"rerate": func(b *strings.Builder) error {
			return printRerate(b, &rerateResult{Report: rerate.Report{Corrections: 1, Diff: diff}, Reason: evil}, true, true)
		},
		"history": func(b *strings.Builder) error {
			return printHistory(b, []rerate.PastRun{{Run: "r", Reason: evil, At: time.Now()}})
		},
		"unknown": func(b *strings.Builder) error {
			return (&unknownModels{Unknown: []unknownModel{{Named: row}}, KnownNow: []rerate.Named{row}}).print(b)
		},
	} {
		var b strings.Builder
		require.NoError(t, print(&b), name)
		assert.Contains(t, b.String(), `\x1b[2J`, name)
		assert.NotContains(t, b.String(), "\x1b", name)
		assert.NotContains(t, b.String(), "\ntotal\t", name)
		assert.LessOrEqual(t, strings.Count(b.String(), "\ntotal "), 1, name)
	}
}

func TestCallsOfATraceCannotForgeLines(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, writeCalls(&out, "0123", []traceCall{{Tenant: "a\tb", SpanID: "1", Name: "x\x1b[2J", Provider: "p\nq", Model: "m\r", Status: "exact"}}))
	assert.NotContains(t, out.String(), "\x1b")
	assert.NotContains(t, out.String(), "\r")
	assert.Equal(t, 4, strings.Count(out.String(), "\n"), out.String())
}
