package genai

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// sample is a span as a client sends it and what it means, in the words of gist. The span begins at 2026-11-23T02:13:20Z and takes two
// seconds.
type sample struct {
	name   string
	scope  string
	attrs  attrs
	change func(ptrace.Span)
	want   string
	// byScope is set where nothing but the scope's name shows the dialect; what the span means must not depend on it.
	byScope bool
}

// gist is everything of a call that is known, in one line.
func gist(c *Call) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s/%s", c.Dialect, c.Role, c.UsageRole)
	word := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, " %s=%s", name, value)
		}
	}
	count := func(name string, n Count) {
		if n.Known {
			fmt.Fprintf(&b, " %s=%d", name, n.N)
		}
	}
	u := &c.Usage
	word("op", c.Operation)
	word("provider", c.Provider)
	word("model", c.RequestModel)
	word("answered_by", c.ResponseModel)
	word("id", c.ResponseID)
	count("in", u.Input)
	count("out", u.Output)
	count("read", u.CacheRead)
	count("write", u.CacheWrite)
	count("reasoning", u.Reasoning)
	word("basis", u.Basis)
	word("missing", u.MissingReason)
	if c.StreamKnown {
		word("stream", fmt.Sprint(c.Stream))
	}
	if c.TTFTKnown {
		word("ttft", fmt.Sprintf("%.3f", c.TTFT))
	}
	word("finish", strings.Join(c.FinishReasons, ","))
	word("outcome", c.Outcome)
	word("error", c.ErrorType)
	word("conversation", c.ConversationID)
	word("user", c.UserID)
	word("agent", c.AgentName)
	word("workflow", c.WorkflowName)
	word("tool", c.ToolName)
	word("prompt", c.PromptName)
	word("prompt_version", c.PromptVersion)
	if c.Reported.Known {
		word("cost", fmt.Sprint(c.Reported.Float))
	}
	for flag := range u.Flags.Each {
		word("flag", flag)
	}
	return b.String()
}

func (s *sample) read(t testing.TB, scope string) Call {
	t.Helper()
	span := spanWith(t, s.attrs)
	span.SetName("span")
	if s.change != nil {
		s.change(span)
	}
	return readSpan(t, scope, span)
}

// checkSamples reads each span under its scope and under one nobody knows: the markers on it must be enough.
func checkSamples(t *testing.T, samples []sample) {
	t.Helper()
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			c := s.read(t, s.scope)
			assert.Equal(t, s.want, gist(&c))
			c = s.read(t, "unheard.of")
			got := gist(&c)
			if s.byScope {
				_, got, _ = strings.Cut(got, " ")
				_, want, _ := strings.Cut(s.want, " ")
				assert.Equal(t, want, got, "under an unknown scope")
				return
			}
			assert.Equal(t, s.want, got, "under an unknown scope")
		})
	}
}

// eventAt adds an event that long after the span's start.
func eventAt(name string, after int64, a attrs) func(ptrace.Span) {
	return func(span ptrace.Span) {
		e := span.Events().AppendEmpty()
		e.SetName(name)
		e.SetTimestamp(span.StartTimestamp() + pcommon.Timestamp(after)) //nolint:gosec // a test's own figure
		_ = e.Attributes().FromRaw(a)
	}
}

const ms = int64(1_000_000)
