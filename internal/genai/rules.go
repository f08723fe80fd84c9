package genai

import "go.opentelemetry.io/collector/pdata/ptrace"

// reading is a span on its way to becoming a call.
type reading struct {
	span    ptrace.Span
	scope   *Scope
	dialect *dialect
	facts   *facts
	call    *Call
	usage   *Usage // of call

	// canonical is set when the span was written by WatchLLM itself: its counts are converted already.
	canonical bool
	// role and operation are what a dialect found the span to be where neither its operation name nor its kind says so.
	role, operation string
	// means is what the counts themselves showed about the input, where a dialect keeps them as the provider sent them.
	means semantics
	// reasoningApart is set where the name of the reasoning count itself says that output leaves it out.
	reasoningApart bool
	// outputLacksReasoning is set where output leaves reasoning out and nothing says how much that was: it is less than what is billed.
	outputLacksReasoning bool
	// inclusive is set when a dialect added cache to the input already.
	inclusive bool
	// failed is set where a dialect has its own way to say so, under whatever status.
	failed bool
	// wire is the input and output as sent, before any conversion.
	wireInput, wireOutput Count
	// said is what a provider's own answer says beside its counts.
	said remarks
	// claimed is a cost the client put under the name that is ours to write.
	claimed Reported
}

// rule is one step of the reading. Each has its file and its test; the order matters and is this list's.
type rule struct {
	name  string
	apply func(r *reading)
}

var rules = []rule{
	{"names", applyNames},
	{"provider", applyProvider},
	{"counts", applyCounts},
	{"wire_usage", applyWireUsage},
	{"dialect", applyDialect},
	{"role", applyRole},
	{"total_input", applyTotalInput},
	{"zero_input", applyZeroInput},
	{"cache", applyCache},
	{"reasoning", applyReasoning},
	{"invariants", applyInvariants},
	{"finish_reasons", applyFinishReasons},
	{"ttft", applyTTFT},
	{"outcome", applyOutcome},
	{"conditions", applyConditions},
	{"reported_cost", applyReportedCost},
	{"usage_role", applyUsageRole},
	{"usage_source", applyUsageSource},
}

func applyDialect(r *reading) {
	if r.dialect.adjust != nil {
		r.dialect.adjust(r)
	}
}
