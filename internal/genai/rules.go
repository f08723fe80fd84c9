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
	// wire is the input and output as sent, before any conversion.
	wireInput, wireOutput Count
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
	{"dialect", applyDialect},
	{"role", applyRole},
	{"cache", applyCache},
	{"reasoning", applyReasoning},
	{"invariants", applyInvariants},
	{"finish_reasons", applyFinishReasons},
	{"ttft", applyTTFT},
	{"outcome", applyOutcome},
	{"service_tier", applyServiceTier},
	{"reported_cost", applyReportedCost},
	{"usage_role", applyUsageRole},
	{"usage_source", applyUsageSource},
}

func applyDialect(r *reading) {
	if r.dialect.adjust != nil {
		r.dialect.adjust(r)
	}
}
