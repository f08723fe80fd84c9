package llmcostprocessor

import (
	_ "embed"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/testkit"
)

//go:embed testdata/unsupported_cases.txt
var unsupportedCases string

// unsupported are the recorded cases not read right yet. The list may only shrink.
func unsupported() map[string]bool {
	list := map[string]bool{}
	for line := range strings.Lines(unsupportedCases) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			list[line] = true
		}
	}
	return list
}

// figuresOf adds up what stands on the spans: only usage role call counts, and what no span says stays unknown.
func figuresOf(td ptrace.Traces) testkit.CaseFigures {
	var f testkit.CaseFigures
	for _, span := range allSpans(td) {
		a := span.Attributes()
		if text(a, semconv.WatchLLMUsageRole) != semconv.UsageRoleCall {
			continue
		}
		if text(a, semconv.WatchLLMOutcome) == semconv.OutcomeError {
			f.FailedCalls++
		} else {
			f.Calls++
		}
		for key, dst := range map[string]**int64{
			semconv.GenAIUsageInputTokens:           &f.Input,
			semconv.GenAIUsageOutputTokens:          &f.Output,
			semconv.GenAIUsageCacheReadInputTokens:  &f.CacheRead,
			semconv.GenAIUsageCacheWriteInputTokens: &f.CacheWrite,
			semconv.GenAIUsageReasoningOutputTokens: &f.Reasoning,
		} {
			if v, ok := a.Get(key); ok && v.Type() == pcommon.ValueTypeInt {
				if *dst == nil {
					*dst = new(int64)
				}
				**dst += v.Int()
			}
		}
	}
	return f
}

func text(a pcommon.Map, key string) string {
	v, _ := a.Get(key)
	return v.Str()
}

func describe(f testkit.CaseFigures) string {
	n := func(p *int64) string {
		if p == nil {
			return "unknown"
		}
		return fmt.Sprint(*p)
	}
	return fmt.Sprintf("calls %d, failed %d, input %s, output %s, cache read %s, cache write %s, reasoning %s",
		f.Calls, f.FailedCalls, n(f.Input), n(f.Output), n(f.CacheRead), n(f.CacheWrite), n(f.Reasoning))
}

// Every recorded client's spans, through the real processor: calls and the five token numbers must be what the bytes allow.
func TestReplayCaptures(t *testing.T) {
	p, _ := newTestProcessor(t, &Config{})
	list := unsupported()
	passed, total := 0, 0
	for _, c := range testkit.Cases(t) {
		if !c.HasTraces() {
			continue
		}
		total++
		want := describe(c.Expect)
		once := process(t, p, testkit.OneRequest(c.Traces(t)))
		got := describe(figuresOf(once))
		switch {
		case got == want && list[c.Name()]:
			t.Errorf("%s is read right now: take it off testdata/unsupported_cases.txt", c.Name())
		case got == want:
			passed++
			assert.Equal(t, want, describe(figuresOf(process(t, p, once))), "%s, processed twice", c.Name())
		case !list[c.Name()]:
			t.Errorf("%s\n got: %s\nwant: %s", c.Name(), got, want)
		}
		delete(list, c.Name())
	}
	require.Empty(t, list, "testdata/unsupported_cases.txt names cases that do not exist")
	t.Logf("%d of %d recorded trace cases give exactly what the bytes allow", passed, total)
}
