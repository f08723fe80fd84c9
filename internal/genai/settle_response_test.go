package genai

import (
	"testing"

	"github.com/watchllm/watchllm/internal/semconv"
)

const minute = 60_000

var responseCases = []settleCase{
	{"two instrumentations, two traces", []Fact{
		seen("a", 0, 9, tokens(10, 2), answer("r-1")), seen("b", 1, 8, tokens(10, 2), answer("r-1"), inTrace(2), scoped("other")),
	}, `
		a: duplicate b same_response
		b: call`},
	{"also across services and with other counts", []Fact{
		seen("a", 0, 9, tokens(10, 2), answer("r-1")), seen("b", 1, 8, tokens(10, 3), answer("r-1"), inTrace(2), scoped("other"), inService("gateway")),
	}, `
		a: duplicate b same_response
		b: call`},
	{"the one that knows the parts counts", []Fact{
		seen("a", 0, 9, tokens(10, 2), answer("r-1"), detailed(4)), seen("b", 1, 8, tokens(10, 2), answer("r-1"), inTrace(2), scoped("other")),
	}, `
		a: call
		b: duplicate a same_response`},
	{"the one with usage counts", []Fact{
		seen("a", 0, 9, tokens(10, 2), answer("r-1")), seen("b", 1, 8, answer("r-1"), inTrace(2), scoped("other")),
	}, `
		a: call
		b: duplicate a same_response`},
	{"another tenant's id", []Fact{
		seen("a", 0, 9, tokens(10, 2), answer("r-1"), inTenant("x")), seen("b", 1, 8, tokens(10, 3), answer("r-1"), inTrace(2), scoped("other"), inTenant("y")),
	}, `
		a: call
		b: call`},
	{"one answer logged twice by one client", []Fact{
		seen("a", 10, 10, tokens(10, 2), answer("r-1"), logged("details")), seen("b", 400, 400, tokens(10, 2), answer("r-1"), logged("details")),
	}, `
		a: duplicate b log_of_span
		b: call`},
	{"a server that begins its ids anew", []Fact{
		seen("a", 0, 9, tokens(10, 2), answer("r-1")), seen("b", 100, 109, tokens(10, 2), answer("r-1"), inTrace(2)),
	}, `
		a: call
		b: call`},
	{"a server that always gives the same id, calls at once", []Fact{
		seen("a", 0, 9, tokens(10, 2), answer("r-1")), seen("b", 2, 8, tokens(10, 2), answer("r-1"), inTrace(2)),
		seen("c", 3, 9, tokens(10, 2), answer("r-1"), inTrace(3), inService("else")),
	}, `
		a: call
		b: call
		c: call`},
	{"the same below one agent", []Fact{
		seen("agent", 0, 9, of(semconv.RoleAgent)), seen("a<agent", 0, 9, tokens(10, 2), answer("r-1")), seen("b<agent", 1, 8, tokens(10, 2), answer("r-1")),
	}, `
		agent: none
		a: call
		b: call`},
	{"the same, each call in a wrapper", []Fact{
		seen("x1", 0, 20, tokens(10, 2), answer("r-1")), seen("x2", 1, 21, tokens(10, 2), answer("r-1"), inTrace(2)),
		seen("y1<x1", 2, 18, tokens(10, 2), answer("r-1"), scoped("other")), seen("y2<x2", 3, 19, tokens(10, 2), answer("r-1"), scoped("other"), inTrace(2)),
	}, `
		x1: duplicate y1 same_response
		x2: duplicate y2 same_response
		y1: call
		y2: call`},
	{"the same, two instrumentations in traces of their own", []Fact{
		seen("x1", 0, 20, tokens(10, 2), answer("r-1")), seen("x2", 1, 21, tokens(10, 2), answer("r-1"), inTrace(2)),
		seen("y1", 2, 18, tokens(10, 2), answer("r-1"), scoped("other"), inTrace(3)), seen("y2", 3, 17, tokens(10, 2), answer("r-1"), scoped("other"), inTrace(4)),
	}, `
		x1: duplicate y2 same_response
		x2: duplicate y1 same_response
		y1: call
		y2: call`},
	{"one source, one around the other", []Fact{
		seen("a", 0, 9, tokens(10, 2), answer("r-1")), seen("p<a", 1, 9, of(semconv.RoleOther)), seen("b<p", 2, 8, tokens(10, 3), answer("r-1")),
	}, `
		a: duplicate b same_response
		p: none
		b: call`},
	{"one source, the span between is missing", []Fact{
		seen("a", 0, 9, tokens(10, 2), answer("r-1")), seen("b<lost", 2, 8, tokens(10, 2), answer("r-1")),
	}, `
		a: duplicate b same_response
		b: call`},
	{"clocks of two machines", []Fact{
		seen("a", 0, 9, tokens(10, 2), answer("r-1")), seen("b", minute, minute+7, tokens(10, 2), answer("r-1"), inTrace(2), inService("gateway")),
	}, `
		a: duplicate b same_response
		b: call`},
	{"two sources long apart", []Fact{
		seen("a", 0, 9, tokens(10, 2), answer("r-1")), seen("b", 11*minute, 11*minute+9, tokens(10, 3), answer("r-1"), inTrace(2), scoped("other")),
	}, `
		a: call
		b: call`},
	{"two sources and a server that begins its ids anew", []Fact{
		seen("a1", 0, 9, tokens(10, 2), answer("r-1")), seen("b1", 1, 8, tokens(10, 2), answer("r-1"), inTrace(2), scoped("other")),
		seen("a2", 100, 109, tokens(10, 2), answer("r-1"), inTrace(3)), seen("b2", 101, 108, tokens(10, 2), answer("r-1"), inTrace(4), scoped("other")),
	}, `
		a1: duplicate b1 same_response
		b1: call
		a2: duplicate b2 same_response
		b2: call`},
	{"an embedding is no chat", []Fact{
		seen("a", 0, 9, tokens(10, 2), answer("r-1")), seen("b", 1, 8, tokens(10, 0), answer("r-1"), scoped("other"), of(semconv.RoleEmbedding)),
	}, `
		a: call
		b: call`},
	{"the wrapper of one and the library of the other", []Fact{
		seen("out", 0, 9, tokens(10, 2), answer("r-1")), seen("in<out", 1, 8, tokens(10, 2), scoped("inner")),
		seen("b", 2, 7, tokens(10, 2), answer("r-1"), inTrace(2), scoped("other")),
	}, `
		out: duplicate in same_response
		in: call
		b: duplicate in same_response`},
}

func TestSettleSameResponse(t *testing.T) { runSettleCases(t, responseCases) }
