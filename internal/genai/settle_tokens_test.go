package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/watchllm/watchllm/internal/semconv"
)

var tokenCases = []settleCase{
	{"two instrumentations in two traces", []Fact{
		seen("a", 0, 20, tokens(10, 2)), seen("b", 5, 15, tokens(10, 2), inTrace(2), scoped("other")),
	}, `
		a: duplicate b same_tokens
		b: call`},
	{"the client's clock counts milliseconds", []Fact{
		seen("a", 4, 20, tokens(10, 2)), seen("b", 0, 24, tokens(10, 2), inTrace(2), scoped("other")),
	}, `
		a: call
		b: duplicate a same_tokens`},
	{"windows that only overlap", []Fact{
		seen("a", 0, 20, tokens(10, 2)), seen("b", 10, 30, tokens(10, 2), inTrace(2), scoped("other")),
	}, `
		a: call
		b: call`},
	{"one instrumentation makes as many calls as it reports", []Fact{
		seen("a", 0, 20, tokens(10, 2)), seen("b", 5, 15, tokens(10, 2), inTrace(2)),
	}, `
		a: call
		b: call`},
	{"other counts", []Fact{
		seen("a", 0, 20, tokens(10, 2)), seen("b", 5, 15, tokens(10, 3), inTrace(2), scoped("other")),
	}, `
		a: call
		b: call`},
	{"one leaves the cache out", []Fact{
		seen("a", 0, 20, tokens(10, 2)), seen("b", 5, 15, tokens(30, 2), cached(20), inTrace(2), scoped("other")),
	}, `
		a: duplicate b same_tokens
		b: call`},
	{"one has the input that another had cached", []Fact{
		seen("a", 0, 20, tokens(20, 2)), seen("b", 5, 15, tokens(30, 2), cached(20), inTrace(2), scoped("other")),
	}, `
		a: call
		b: call`},
	{"another model leaves the cache out", []Fact{
		seen("a", 0, 20, tokens(10, 2), model("m-2")), seen("b", 5, 15, tokens(30, 2), cached(20), inTrace(2), scoped("other")),
	}, `
		a: call
		b: call`},
	{"another service", []Fact{
		seen("a", 0, 20, tokens(10, 2)), seen("b", 5, 15, tokens(10, 2), inTrace(2), scoped("other"), inService("else")),
	}, `
		a: call
		b: call`},
	{"another role", []Fact{
		seen("a", 0, 20, tokens(10, 0)), seen("b", 5, 15, tokens(10, 0), inTrace(2), scoped("other"), of(semconv.RoleEmbedding)),
	}, `
		a: call
		b: call`},
	{"two answers", []Fact{
		seen("a", 0, 20, tokens(10, 2), answer("r-1")), seen("b", 5, 15, tokens(10, 2), answer("r-2"), inTrace(2), scoped("other")),
	}, `
		a: call
		b: call`},
	{"the request's id and the answer's", []Fact{
		seen("a", 0, 20, tokens(10, 2), answer("req_1")), seen("b", 5, 15, tokens(10, 2), answer("msg_2"), inTrace(2), scoped("other")),
	}, `
		a: duplicate b same_tokens
		b: call`},
	{"ids of two providers", []Fact{
		seen("a", 0, 20, tokens(10, 2), answer("chatcmpl-1"), model("gpt-5")),
		seen("b", 5, 15, tokens(10, 2), answer("msg_2"), model("claude"), inTrace(2), scoped("other")),
	}, `
		a: call
		b: call`},
	{"one knows the answer", []Fact{
		seen("a", 0, 20, tokens(10, 2), detailed(1, 0, 1)), seen("b", 5, 15, tokens(10, 2), answer("r-2"), inTrace(2), scoped("other")),
	}, `
		a: call
		b: duplicate a same_tokens`},
	{"three at once are three", []Fact{
		seen("a1", 0, 100, tokens(10, 2)), seen("a2", 1, 101, tokens(10, 2), inTrace(2)), seen("a3", 2, 99, tokens(10, 2), inTrace(3)),
		seen("b1", 10, 60, tokens(10, 2), inTrace(4), scoped("other")), seen("b2", 10, 98, tokens(10, 2), inTrace(5), scoped("other")),
		seen("b3", 12, 90, tokens(10, 2), inTrace(6), scoped("other")),
	}, `
		a1: duplicate b2 same_tokens
		a2: duplicate b3 same_tokens
		a3: duplicate b1 same_tokens
		b1: call
		b2: call
		b3: call`},
	{"three instrumentations", []Fact{
		seen("a", 0, 20, tokens(10, 2), scoped("x")), seen("b", 5, 15, tokens(10, 2), inTrace(2), scoped("z")), seen("c", 6, 14, tokens(10, 2), inTrace(3), scoped("y")),
	}, `
		a: duplicate c same_tokens
		b: duplicate c same_tokens
		c: call`},
	{"another convention under one scope", []Fact{
		seen("a", 0, 20, tokens(10, 2)), seen("b", 5, 15, tokens(10, 2), inTrace(2), func(f *Fact) { f.Dialect = "openinference" }),
	}, `
		a: duplicate b same_tokens
		b: call`},
	{"the counts were lost by one", []Fact{
		seen("a", 0, 20, model("gpt-5")), seen("b", 2, 18, tokens(10, 2), model("openai/gpt-5-2026-03-01"), inTrace(2), scoped("other")),
	}, `
		a: duplicate b same_tokens
		b: call`},
	{"the counts were lost by both, and it failed", []Fact{
		seen("a", 0, 20, failing), seen("b", 2, 18, failing, inTrace(2), scoped("other")),
	}, `
		a: duplicate b same_tokens
		b: call`},
	{"the counts were lost by one, the models differ", []Fact{
		seen("a", 0, 20, model("gpt-5")), seen("b", 2, 18, tokens(10, 2), model("claude"), inTrace(2), scoped("other")),
	}, `
		a: call
		b: call`},
	{"the counts were lost by one, a moment of the other", []Fact{
		seen("a", 0, 200), seen("b", 20, 60, tokens(10, 2), inTrace(2), scoped("other")),
	}, `
		a: call
		b: call`},
	{"a failure is no success", []Fact{
		seen("a", 0, 20, failing), seen("b", 2, 18, tokens(10, 2), inTrace(2), scoped("other")),
	}, `
		a: call
		b: call`},
	{"a call below a tool of another is another", []Fact{
		seen("a", 0, 20, tokens(10, 2)), seen("t<a", 4, 16, of(semconv.RoleTool)), seen("b<t", 5, 15, tokens(10, 2), scoped("other")),
	}, `
		a: call
		t: none
		b: call`},
}

func TestSettleSameTokens(t *testing.T) { runSettleCases(t, tokenCases) }

func TestKindOfID(t *testing.T) {
	for id, want := range map[string]string{
		"chatcmpl-Ab1": "chatcmpl", "msg_01": "msg", "req_x": "req", "": "", "abc": "", "550e8400-e29b": "", "-x": "",
	} {
		assert.Equal(t, want, kindOfID(id), id)
	}
}
