package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/watchllm/watchllm/internal/semconv"
)

var wrapperCases = []settleCase{
	{"two calls side by side", []Fact{seen("a", 0, 9, tokens(10, 2)), seen("b", 0, 9, tokens(10, 2))}, `
		a: call
		b: call`},
	{"wrapper", []Fact{seen("out", 0, 9, tokens(10, 2)), seen("in<out", 1, 8, tokens(10, 2))}, `
		out: duplicate in wrapper
		in: call`},
	{"through spans that mean nothing", []Fact{
		seen("out", 0, 9, tokens(10, 2)), seen("h<out", 0, 9, of(semconv.RoleOther)), seen("s<h", 0, 9, of(semconv.RoleStep)),
		seen("in<s", 1, 8, tokens(10, 2)),
	}, `
		out: duplicate in wrapper
		h: none
		s: none
		in: call`},
	{"a tool between them makes two calls", []Fact{
		seen("out", 0, 9, tokens(10, 2)), seen("t<out", 0, 9, of(semconv.RoleTool)), seen("in<t", 1, 8, tokens(10, 2), scoped("other")),
	}, `
		out: call
		t: none
		in: call`},
	{"an embedding below a chat is another call", []Fact{seen("out", 0, 9, tokens(10, 2)), seen("in<out", 1, 8, tokens(10, 0), of(semconv.RoleEmbedding))}, `
		out: call
		in: call`},
	{"only the outer knows the usage", []Fact{seen("out", 0, 9, tokens(10, 2)), seen("in<out", 1, 8)}, `
		out: call
		in: duplicate out wrapper`},
	{"zeros are no usage", []Fact{seen("out", 0, 9, tokens(10, 2)), seen("in<out", 1, 8, tokens(0, 0))}, `
		out: call
		in: duplicate out wrapper`},
	{"the outer alone knows the parts", []Fact{seen("out", 0, 9, tokens(10, 2), detailed(5)), seen("in<out", 1, 8, tokens(10, 2))}, `
		out: call
		in: duplicate out wrapper`},
	{"parts of other counts do not matter", []Fact{seen("out", 0, 9, tokens(20, 4), detailed(5)), seen("in<out", 1, 8, tokens(10, 2))}, `
		out: duplicate in wrapper
		in: call`},
	{"neither knows", []Fact{seen("out", 0, 9), seen("in<out", 1, 8)}, `
		out: duplicate in wrapper
		in: call`},
	{"three deep", []Fact{seen("a", 0, 9, tokens(10, 2)), seen("b<a", 1, 8, tokens(10, 2)), seen("c<b", 2, 7, tokens(10, 2))}, `
		a: duplicate c wrapper
		b: duplicate c wrapper
		c: call`},
	{"three deep, only the outermost knows", []Fact{seen("a", 0, 9, tokens(10, 2)), seen("b<a", 1, 8), seen("c<b", 2, 7)}, `
		a: call
		b: duplicate a wrapper
		c: duplicate a wrapper`},
	{"one wrapper, two calls", []Fact{seen("out", 0, 9, tokens(30, 6)), seen("a<out", 1, 4, tokens(10, 2)), seen("b<out", 5, 8, tokens(20, 4))}, `
		out: duplicate a wrapper
		a: call
		b: call`},
	{"failed attempt and success below a wrapper", []Fact{
		seen("out", 0, 9, tokens(10, 2)), seen("x<out", 1, 2, failing), seen("ok<out", 3, 8, tokens(10, 2)),
	}, `
		out: duplicate ok wrapper
		x: call
		ok: call`},
	{"the outer succeeded after a failed attempt", []Fact{seen("out", 0, 9, tokens(10, 2)), seen("x<out", 1, 2, failing)}, `
		out: call
		x: call`},
	{"both failed", []Fact{seen("out", 0, 9, failing), seen("in<out", 1, 8, failing)}, `
		out: duplicate in wrapper
		in: call`},
	{"two failed attempts of a failed call", []Fact{seen("out", 0, 9, failing), seen("x<out", 1, 3, failing), seen("y<out", 4, 8, failing)}, `
		out: duplicate x wrapper
		x: call
		y: call`},
	{"another tenant's span of the same ids", []Fact{
		seen("out", 0, 9, tokens(10, 2), inTenant("a")), seen("in<out", 1, 8, tokens(10, 2), inTenant("b")),
	}, `
		out: call
		in: call`},
	{"its own parent", []Fact{seen("a<a", 0, 9, tokens(10, 2)), seen("b", 0, 9, tokens(10, 2))}, `
		a: call
		b: call`},
	{"a cycle ends", []Fact{seen("a<b", 0, 9, tokens(10, 2)), seen("b<a", 0, 9, tokens(10, 2))}, `
		a: call
		b: call`},
}

func TestSettleWrappers(t *testing.T) { runSettleCases(t, wrapperCases) }

func TestTheOuterSpanHandsDownWhatItKnows(t *testing.T) {
	knows := func(h Handed) func(*Fact) { return func(f *Fact) { f.Handed = h } }
	facts := []Fact{
		seen("far", 0, 9, tokens(30, 6), knows(Handed{ConversationID: "far", PromptName: "p"})),
		seen("near<far", 0, 9, tokens(30, 6), knows(Handed{ConversationID: "near", UserID: "u"})),
		seen("x<near", 1, 2, failing),
		seen("a<near", 1, 4, tokens(10, 2)),
		seen("b<near", 5, 8, tokens(20, 4), knows(Handed{UserID: "own"})),
	}
	Settle(facts)
	for i, want := range []Handed{
		2: {ConversationID: "near", UserID: "u", PromptName: "p"},
		3: {ConversationID: "near", UserID: "u", PromptName: "p"},
		4: {ConversationID: "near", UserID: "own", PromptName: "p"},
	} {
		if i > 1 {
			assert.Equal(t, want, facts[i].Handed, nameOf(facts[i].SpanID))
		}
	}
}
