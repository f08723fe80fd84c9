package genai

import (
	"testing"

	"github.com/watchllm/watchllm/internal/semconv"
)

var aggregateCases = []settleCase{
	{"the calls are visible", []Fact{
		seen("agent", 0, 90, tokens(30, 6), of(semconv.RoleAgent)), seen("a<agent", 1, 40, tokens(10, 2)), seen("b<agent", 41, 80, tokens(20, 4)),
	}, `
		agent: aggregate
		a: call
		b: call`},
	{"no call is visible", []Fact{seen("agent", 0, 90, tokens(30, 6), of(semconv.RoleAgent))}, `
		agent: sum`},
	{"a sum that came as an event is never counted", []Fact{
		seen("agent", 0, 90, tokens(30, 6), of(semconv.RoleAgent), scoped("watchllm.events")),
	}, `
		agent: aggregate`},
	{"nor beside others", []Fact{
		seen("agent", 0, 90, tokens(30, 6), of(semconv.RoleAgent), scoped("watchllm.events")), seen("tool<agent", 1, 2, of(semconv.RoleTool)),
	}, `
		agent: aggregate
		tool: none`},
	{"turn before task before agent", []Fact{
		seen("task", 0, 90, tokens(30, 6), of(semconv.RoleWorkflow)), seen("agent<task", 1, 89, of(semconv.RoleAgent)),
		seen("t1<agent", 1, 40, tokens(10, 2), of(semconv.RoleStep)), seen("t2<agent", 41, 80, tokens(20, 4), of(semconv.RoleStep)),
	}, `
		task: aggregate
		agent: none
		t1: sum
		t2: sum`},
	{"an answer without counts below each turn", []Fact{
		seen("task", 0, 90, tokens(30, 6), of(semconv.RoleWorkflow)),
		seen("t1<task", 1, 40, tokens(10, 2), of(semconv.RoleStep)), seen("r1<t1", 2, 39, answer("r-1")),
		seen("t2<task", 41, 80, tokens(20, 4), of(semconv.RoleStep)), seen("r2<t2", 42, 79, answer("r-2")),
	}, `
		task: aggregate
		t1: sum
		r1: duplicate t1 wrapper
		t2: sum
		r2: duplicate t2 wrapper`},
	{"two silent calls below one sum are two calls", []Fact{
		seen("agent", 0, 90, tokens(30, 6), of(semconv.RoleAgent)), seen("a<agent", 1, 40), seen("b<agent", 41, 80),
	}, `
		agent: sum
		a: duplicate agent wrapper
		b: call`},
	{"a failed call below stays visible", []Fact{
		seen("agent", 0, 90, tokens(30, 6), of(semconv.RoleAgent)), seen("x<agent", 1, 40, failing),
	}, `
		agent: sum
		x: call`},
	{"one turn's call is visible, the other's is not", []Fact{
		seen("task", 0, 90, tokens(30, 6), of(semconv.RoleWorkflow)), seen("t1<task", 1, 40, tokens(10, 2), of(semconv.RoleStep)),
		seen("c<t1", 2, 39, tokens(10, 2)), seen("t2<task", 41, 80, tokens(20, 4), of(semconv.RoleStep)),
	}, `
		task: aggregate
		t1: aggregate
		c: call
		t2: sum`},
	{"children without a parent", []Fact{seen("agent", 0, 90, tokens(30, 6), of(semconv.RoleAgent)), seen("a", 1, 40, tokens(30, 6))}, `
		agent: aggregate
		a: call`},
	{"children whose parent did not come", []Fact{
		seen("root", 0, 99, of(semconv.RoleOther)), seen("agent<root", 0, 90, tokens(30, 6), of(semconv.RoleAgent)), seen("a<gone", 1, 40, tokens(30, 6)),
	}, `
		root: none
		agent: aggregate
		a: call`},
	{"the calls of another agent at the same time", []Fact{
		seen("root", 0, 99, of(semconv.RoleOther)), seen("agent<root", 0, 90, tokens(30, 6), of(semconv.RoleAgent)),
		seen("other<root", 1, 80, tokens(30, 6), of(semconv.RoleAgent)), seen("a<other", 2, 40, tokens(30, 6)),
	}, `
		root: none
		agent: sum
		other: aggregate
		a: call`},
	{"a call at another time", []Fact{seen("agent", 0, 90, tokens(30, 6), of(semconv.RoleAgent)), seen("a", 200, 240, tokens(30, 6))}, `
		agent: sum
		a: call`},
	{"a call in another trace", []Fact{seen("agent", 0, 90, tokens(30, 6), of(semconv.RoleAgent)), seen("a", 1, 40, tokens(7, 1), inTrace(2))}, `
		agent: sum
		a: call`},
	{"a part of a call", []Fact{seen("call", 0, 90, tokens(30, 6)), seen("step<call", 1, 89, tokens(30, 6), of(semconv.RoleStep))}, `
		call: call
		step: aggregate`},
	{"a tool's agent below a call", []Fact{
		seen("call", 0, 90, tokens(30, 6)), seen("tool<call", 1, 89, of(semconv.RoleTool)), seen("agent<tool", 2, 88, tokens(5, 1), of(semconv.RoleAgent)),
	}, `
		call: call
		tool: none
		agent: sum`},
	{"sums one in another without a parent", []Fact{
		seen("task", 0, 90, tokens(30, 6), of(semconv.RoleWorkflow)), seen("turn", 1, 40, tokens(30, 6), of(semconv.RoleStep)),
	}, `
		task: aggregate
		turn: sum`},
	{"a silent call without a parent", []Fact{seen("agent", 0, 90, tokens(30, 6), of(semconv.RoleAgent)), seen("a", 1, 40)}, `
		agent: sum
		a: duplicate agent wrapper`},
	{"a tool's usage is nobody's", []Fact{seen("t", 0, 90, tokens(30, 6), of(semconv.RoleTool))}, `
		t: none`},
}

func TestSettleAggregates(t *testing.T) { runSettleCases(t, aggregateCases) }
