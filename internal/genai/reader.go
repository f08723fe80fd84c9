package genai

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/genai/message"
	"github.com/watchllm/watchllm/internal/semconv"
)

// Reader reads spans one after the other. It holds the scratch space of one span, so each goroutine needs its own; it never keeps
// anything of a span once the next is read.
type Reader struct {
	facts    facts
	reading  reading
	messages message.Converter
	dialect  *dialect
	claimed  Reported // cost under a name that is ours to write, taken off the span
	skip     string   // name of a rule to leave out, for the tests that prove each is needed
}

// Read fills call with the meaning of the span and reports whether the span has any: false means an ordinary span, whose call is
// only Role other, UsageRole none. Claims the payload makes about facts that only WatchLLM may state are removed from the span
// first; nothing else of it is changed.
func (r *Reader) Read(span ptrace.Span, scope *Scope, call *Call) bool {
	attrs := span.Attributes()
	var f found
	claims := false
	for key, v := range attrs.All() {
		markersOf(key, v, &f)
		claims = claims || isClaim(key)
	}
	*call = Call{Role: semconv.RoleOther, UsageRole: semconv.UsageRoleNone}
	r.claimed = Reported{}
	r.dialect = detect(scope, f)
	if claims {
		// Before any value is looked at: removing moves them.
		r.strip(attrs)
	}
	if r.dialect == nil {
		return false
	}
	r.facts.reset()
	for key, v := range attrs.All() {
		if s, ok := r.dialect.slots[key]; ok {
			r.facts.set(s, v)
		}
	}
	r.reading = reading{
		span: span, scope: scope, dialect: r.dialect, facts: &r.facts, call: call, usage: &call.Usage,
		canonical: r.dialect == canonicalDialect, claimed: r.claimed,
	}
	call.Dialect, call.DialectVersion = r.dialect.name, scope.dialectVersion()
	for i := range rules {
		if rules[i].name != r.skip {
			rules[i].apply(&r.reading)
		}
	}
	return true
}

// Release gives up the span that was read last.
func (r *Reader) Release() {
	r.reading = reading{}
	clear(r.facts.vals[:])
}

// costSourceProvider is the value of gen_ai.usage.cost.source for a figure the provider billed.
const costSourceProvider = "provider"

// isClaim is the quick look for attributes that isForged has to judge.
func isClaim(key string) bool {
	return strings.HasPrefix(key, "watchllm.") || strings.HasPrefix(key, "gen_ai.usage.cost.")
}

// strip removes what the payload has no right to say. A cost under the name ours will have becomes a reported cost, unless it is
// ours (own).
func (r *Reader) strip(attrs pcommon.Map) {
	own := r.dialect == canonicalDialect
	trusted := own || r.dialect == watchllmEvents
	attrs.RemoveIf(func(key string, v pcommon.Value) bool {
		if !own {
			switch key {
			case semconv.GenAIUsageCostAmount:
				r.claimed.read(v)
			case semconv.GenAIUsageCostCurrency:
				r.claimed.Currency = strings.ToUpper(strings.TrimSpace(v.Str()))
			}
		}
		if key == semconv.GenAIUsageCostSource && v.Str() == costSourceProvider {
			r.claimed.Provider = true
		}
		return isForged(key, own, trusted)
	})
}

// isForged tells attributes a payload has no right to: prices, costs and what counts are decided here and nowhere else. Behind
// another WatchLLM (own) the reading is taken over, but cost and usage role are decided again; what was done to counts is also taken
// from our own event receiver (trusted). What a client reports as cost, or names a user, it may.
func isForged(key string, own, trusted bool) bool {
	switch key {
	case semconv.WatchLLMUsageRole, semconv.WatchLLMUsageRoleReason, semconv.WatchLLMUsageCountedBy,
		semconv.WatchLLMUsageMissingReason:
		return true
	case semconv.WatchLLMUsageSource, semconv.WatchLLMRole, semconv.WatchLLMOutcome, semconv.WatchLLMFinishReasonRaw, semconv.WatchLLMDialectVersion:
		return !own
	case semconv.WatchLLMUsageBasis, semconv.WatchLLMUsageFlags:
		return !trusted
	case semconv.WatchLLMCostReported:
		return false
	}
	for _, prefix := range [...]string{"watchllm.cost.", "watchllm.price.", "watchllm.usage.estimated.", "gen_ai.usage.cost."} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}
