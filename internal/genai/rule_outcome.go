package genai

import (
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
)

// maxErrorType cuts error classes that turn out to be messages.
const maxErrorType = 128

// applyOutcome says how the operation ended. Clients hide errors in the status, in an attribute, in an exception event under an OK
// status, or in the finish reason; a model span that shows neither an error nor an answer ended unknown.
func applyOutcome(r *reading) {
	c, f := r.call, r.facts
	attribute := f.str(fieldErrorType)
	exception, raised := exceptionOf(r.span)
	httpStatus, _ := f.number(fieldHTTPStatus)
	hasAnswer := len(c.FinishReasons) > 0 || r.usage.Any() || c.ResponseID != "" || c.ResponseModel != "" || f.has(fieldOutputMessages)

	switch status := r.span.Status().Code(); {
	case r.failed, status == ptrace.StatusCodeError && (raised || !r.completed()), attribute != "", httpStatus >= 400,
		finishedWithError(c.FinishReasons):
		c.Outcome = semconv.OutcomeError
	case raised && !hasAnswer:
		// An exception beside an answer was handled inside, as a retry is.
		c.Outcome = semconv.OutcomeError
	case status == ptrace.StatusCodeOk, hasAnswer:
		c.Outcome = semconv.OutcomeOk
	case IsModelRole(c.Role):
		c.Outcome = semconv.OutcomeUnknown
	default:
		c.Outcome = semconv.OutcomeOk
	}
	if c.Outcome != semconv.OutcomeError {
		return
	}
	switch {
	case attribute != "":
		c.ErrorType = attribute
	case exception != "":
		c.ErrorType = exception
	case httpStatus >= 400 && httpStatus < 1000:
		c.ErrorType = strconv.Itoa(int(httpStatus))
	default:
		c.ErrorType = "_OTHER" // the status message is no class: it carries stacks, paths and ids
	}
	if len(c.ErrorType) > maxErrorType {
		c.ErrorType = cutUTF8(c.ErrorType, maxErrorType)
	}
}

// completed reports whether the provider's answer is there to its end. A bare error status on such a call is that of something around
// it: a span processor that marks all of a trace when one attempt failed.
func (r *reading) completed() bool {
	return IsModelRole(r.call.Role) && r.call.ResponseID != "" && len(r.call.FinishReasons) > 0 && r.usage.Output.N > 0
}

func finishedWithError(reasons []string) bool {
	for _, reason := range reasons {
		if reason == "error" {
			return true
		}
	}
	return false
}

// exceptionOf is the type of the last exception the span recorded.
func exceptionOf(span ptrace.Span) (class string, raised bool) {
	events := span.Events()
	for i := events.Len() - 1; i >= 0; i-- {
		if e := events.At(i); e.Name() == "exception" || e.Name() == "gen_ai.client.operation.exception" {
			if v, ok := e.Attributes().Get("exception.type"); ok && v.Type() == pcommon.ValueTypeStr {
				class = v.Str()
			}
			return class, true
		}
	}
	return "", false
}

// cutUTF8 cuts s to at most n bytes without splitting a character.
func cutUTF8(s string, n int) string {
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
