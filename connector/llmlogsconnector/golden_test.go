package llmlogsconnector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/testkit"
)

// golden compares with a file; UPDATE_GOLDEN=1 rewrites it: read the difference before you commit it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o750))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "UPDATE_GOLDEN=1 go test makes it")
	assert.Equal(t, string(want), got)
}

// What becomes of the log records of every recorded client, and of which reasons nothing does.
func TestRecordedLogs(t *testing.T) {
	var out strings.Builder
	for _, c := range testkit.Cases(t) {
		requests := c.Logs(t)
		if len(requests) == 0 {
			continue
		}
		var all tally
		con := newTest(t, nil)
		var spans []scopedSpan
		for _, ld := range requests {
			spans = append(spans, spansOf([]ptrace.Traces{con.convert(ld, &all)})...)
		}
		fmt.Fprintf(&out, "%s: %d records, ignored %v\n", c.Name(), all.records, all.ignored)
		for _, s := range spans {
			fmt.Fprintf(&out, "  %s:%s below %s, %s, %s, %s\n", s.TraceID(), s.SpanID(), s.ParentSpanID(), s.Name(), s.EndTimestamp().AsTime().Sub(s.StartTimestamp().AsTime()), s.Status().Code())
		}
	}
	golden(t, "recorded.txt", out.String())
}

// Whole spans of the client whose events are its only record for most of its users.
func TestClaudeCodeSpans(t *testing.T) {
	for _, c := range testkit.Cases(t) {
		if c.Dir != "anthropic-ai-claude-code@2.1.330" {
			continue
		}
		raw, err := (&ptrace.JSONMarshaler{}).MarshalTraces(testkit.OneRequest(through(t, c.Logs(t)...)))
		require.NoError(t, err)
		var indented bytes.Buffer
		require.NoError(t, json.Indent(&indented, raw, "", " "))
		golden(t, "claude_code_"+c.Scenario+".json", indented.String()+"\n")
	}
}

// A user of Claude Code who sends no traces sees the figures of one who does.
func TestLogsAlone(t *testing.T) {
	want, got := map[string]string{}, map[string]string{}
	for _, c := range testkit.Cases(t) {
		if !strings.HasPrefix(c.Dir, "anthropic-ai-claude-code") || len(c.Logs(t)) == 0 {
			continue
		}
		want[c.Name()] = c.Expect.String()
		got[c.Name()] = figuresOf(read(through(t, c.Logs(t)...))).String()
	}
	require.NotEmpty(t, want)
	assert.Equal(t, want, got)
}

// Where spans exist as well, the spans made of the logs never say more calls than there were.
func TestLogsBesideSpans(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine at a time: nothing for the race detector")
	}
	for _, c := range testkit.Cases(t) {
		requests := c.Logs(t)
		if len(requests) == 0 || !c.HasTraces() {
			continue
		}
		f, _ := stored(priced(t, through(t, requests...)))
		assert.LessOrEqual(t, f.Calls, c.Expect.Calls, c.Name())
		assert.LessOrEqual(t, f.FailedCalls, c.Expect.FailedCalls, c.Name())
	}
}

// The same events are the same spans in whatever requests and order they come.
func TestOneIdentity(t *testing.T) {
	for _, c := range testkit.Cases(t) {
		var parts, whole []string
		for _, ld := range c.Logs(t) {
			for _, s := range spansOf(through(t, ld)) {
				whole = append(whole, s.TraceID().String()+s.SpanID().String()+s.Name()+s.StartTimestamp().String())
			}
			for _, rl := range ld.ResourceLogs().All() {
				for _, sl := range rl.ScopeLogs().All() {
					for i := sl.LogRecords().Len() - 1; i >= 0; i-- {
						one, r := recordOf(t, sl.Scope().Name(), nil)
						rl.Resource().CopyTo(one.ResourceLogs().At(0).Resource())
						sl.LogRecords().At(i).CopyTo(r)
						for _, s := range spansOf(through(t, one)) {
							parts = append(parts, s.TraceID().String()+s.SpanID().String()+s.Name()+s.StartTimestamp().String())
						}
					}
				}
			}
		}
		slices.Sort(parts)
		slices.Sort(whole)
		require.Equal(t, whole, parts, c.Name())
		require.Len(t, slices.Compact(slices.Clone(whole)), len(whole), "%s: two events became one span", c.Name())
	}
}
