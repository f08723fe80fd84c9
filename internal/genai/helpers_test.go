package genai

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

type attrs = map[string]any

// spanWith is a two-second span with the given attributes.
func spanWith(t testing.TB, a attrs) ptrace.Span {
	t.Helper()
	span := ptrace.NewSpan()
	span.SetStartTimestamp(1_795_400_000_000_000_000)
	span.SetEndTimestamp(1_795_400_002_000_000_000)
	require.NoError(t, span.Attributes().FromRaw(a))
	return span
}

// readUnder reads one span under a scope given as name or name@version.
func readUnder(t testing.TB, scope string, a attrs) Call {
	t.Helper()
	return readSpan(t, scope, spanWith(t, a))
}

func readSpan(t testing.TB, scope string, span ptrace.Span) Call {
	t.Helper()
	var r Reader
	var c Call
	s := scopeOf(scope)
	r.Read(span, &s, &c)
	return c
}

func scopeOf(s string) Scope {
	for i := len(s) - 1; i > 0; i-- {
		if s[i] == '@' {
			return NewScope(s[:i], s[i+1:])
		}
	}
	return NewScope(s, "")
}

// rewrite reads a span, writes it, and returns its attributes.
func rewrite(t testing.TB, scope string, a attrs, dropOriginals bool) attrs {
	t.Helper()
	span := spanWith(t, a)
	rewriteSpan(scope, span, dropOriginals)
	return span.Attributes().AsRaw()
}

func rewriteSpan(scope string, span ptrace.Span, dropOriginals bool) Call {
	var r Reader
	var c Call
	s := scopeOf(scope)
	if r.Read(span, &s, &c) {
		r.Write(span, &c, dropOriginals)
	}
	WriteVerdict(span.Attributes(), &c)
	return c
}

// chat is the least a model call says, plus what is given.
func chat(more attrs) attrs {
	a := attrs{"gen_ai.operation.name": "chat", "gen_ai.request.model": "m-1"}
	for k, v := range more {
		a[k] = v
	}
	return a
}

func strValue(s string) pcommon.Value { return pcommon.NewValueStr(s) }
