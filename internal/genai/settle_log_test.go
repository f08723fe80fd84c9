package genai

import "testing"

var logInSpanCases = []settleCase{
	{"the span's own log", []Fact{seen("s", 0, 20, tokens(10, 2)), seen("l<s", 20, 20, tokens(10, 2), logged("done"))}, `
		s: call
		l: duplicate s log_of_span`},
	{"only the log has usage", []Fact{seen("s", 0, 20), seen("l<s", 20, 20, tokens(10, 2), logged("done"))}, `
		s: duplicate l log_of_span
		l: call`},
	{"the log knows the parts", []Fact{seen("s", 0, 20, tokens(10, 2)), seen("l<s", 20, 20, tokens(10, 3), detailed(4, 0, 1), logged("done"))}, `
		s: duplicate l log_of_span
		l: call`},
	{"logged far from now, in the span's context", []Fact{seen("s", 0, 20, tokens(10, 2)), seen("l<s", 9000, 9000, logged("done"))}, `
		s: call
		l: duplicate s log_of_span`},
	{"two kinds of event", []Fact{
		seen("s", 0, 20, tokens(10, 2)), seen("l<s", 20, 20, tokens(10, 2), logged("done")), seen("m<s", 21, 21, tokens(10, 2), logged("details")),
	}, `
		s: call
		l: duplicate s log_of_span
		m: duplicate s log_of_span`},
	{"two kinds of event, the span was not sent", []Fact{
		seen("l<s", 20, 20, tokens(10, 2), logged("done")), seen("m<s", 21, 21, tokens(10, 3), detailed(1), logged("details")),
	}, `
		l: duplicate m log_of_span
		m: call`},
	{"two events of a kind are two calls", []Fact{seen("l<s", 20, 20, tokens(10, 2), logged("done")), seen("m<s", 21, 21, tokens(10, 2), logged("done"))}, `
		l: call
		m: call`},
	{"events of several calls in one context", []Fact{seen("s", 0, 20, tokens(10, 2)), seen("l<s", 15, 15, tokens(40, 5), logged("done"))}, `
		s: call
		l: call`},
	{"a failed attempt of a call that succeeded", []Fact{seen("s", 0, 20, tokens(10, 2)), seen("l<s", 5, 5, failing, logged("error"))}, `
		s: call
		l: call`},
	{"the log of a failure", []Fact{seen("s", 0, 20, failing), seen("l<s", 5, 5, failing, logged("error"))}, `
		s: call
		l: duplicate s log_of_span`},
}

var logNearSpanCases = []settleCase{
	{"the same answer", []Fact{
		seen("s", 0, 20, tokens(10, 2), answer("r")), seen("l", 9000, 9000, tokens(10, 2), answer("r"), inTrace(2), logged("done"), scoped("events")),
	}, `
		s: call
		l: duplicate s log_of_span`},
	{"nothing but the counts", []Fact{seen("s", 0, 20, tokens(10, 2)), seen("l", 900, 900, tokens(10, 2), inTrace(2), logged("done"))}, `
		s: call
		l: duplicate s log_of_span`},
	{"too late", []Fact{seen("s", 0, 20, tokens(10, 2)), seen("l", 9000, 9000, tokens(10, 2), inTrace(2), logged("done"))}, `
		s: call
		l: call`},
	{"other counts", []Fact{seen("s", 0, 20, tokens(10, 2)), seen("l", 20, 20, tokens(11, 2), inTrace(2), logged("done"))}, `
		s: call
		l: call`},
	{"the span leaves the reasoning out", []Fact{
		seen("s", 0, 20, tokens(10, 2)), seen("l", 20, 20, tokens(10, 3), reasoned(1), inTrace(2), logged("done")),
	}, `
		s: duplicate l log_of_span
		l: call`},
	{"the span leaves something else out", []Fact{
		seen("s", 0, 20, tokens(10, 2)), seen("l", 20, 20, tokens(10, 4), reasoned(1), inTrace(2), logged("done")),
	}, `
		s: call
		l: call`},
	{"the span leaves the reasoning out, of another model", []Fact{
		seen("s", 0, 20, tokens(10, 2), model("m-2")), seen("l", 20, 20, tokens(10, 3), reasoned(1), inTrace(2), logged("done")),
	}, `
		s: call
		l: call`},
	{"the span leaves the reasoning out, of which the log tells too late", []Fact{
		seen("s", 0, 20, tokens(10, 2)), seen("l", 9000, 9000, tokens(10, 3), reasoned(1), inTrace(2), logged("done")),
	}, `
		s: call
		l: call`},
	{"three calls, three logs", []Fact{
		seen("s", 0, 20, tokens(10, 2)), seen("t", 1, 21, tokens(10, 2), inTrace(2)), seen("u", 2, 22, tokens(10, 2), inTrace(3)),
		seen("l", 21, 21, tokens(10, 2), inTrace(4), logged("done")), seen("m", 22, 22, tokens(10, 2), inTrace(5), logged("done")),
		seen("n", 23, 23, tokens(10, 2), inTrace(6), logged("done")), seen("o", 24, 24, tokens(10, 2), inTrace(7), logged("done")),
	}, `
		s: call
		t: call
		u: call
		l: duplicate t log_of_span
		m: duplicate u log_of_span
		n: duplicate s log_of_span
		o: call`},
	{"two kinds of event without any context", []Fact{
		seen("l", 20, 20, tokens(10, 2), inTrace(4), logged("done")), seen("m", 21, 21, tokens(10, 2), inTrace(5), logged("details")),
	}, `
		l: duplicate m log_of_span
		m: call`},
	{"the span lost its counts", []Fact{seen("s", 0, 20), seen("l", 20, 20, tokens(10, 2), inTrace(2), logged("done"))}, `
		s: duplicate l log_of_span
		l: call`},
	{"the span lost its counts, of another model", []Fact{seen("s", 0, 20, model("m-2")), seen("l", 20, 20, tokens(10, 2), inTrace(2), logged("done"))}, `
		s: call
		l: call`},
}

func TestSettleLogsInSpans(t *testing.T)   { runSettleCases(t, logInSpanCases) }
func TestSettleLogsNearSpans(t *testing.T) { runSettleCases(t, logNearSpanCases) }
