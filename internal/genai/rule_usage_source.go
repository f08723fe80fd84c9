package genai

import "github.com/watchllm/watchllm/internal/semconv"

// applyUsageSource says where the counts come from, and why they are missing when they are. An absent count is never a zero.
func applyUsageSource(r *reading) {
	c, u := r.call, r.usage
	if c.UsageRole == semconv.UsageRoleNone {
		return
	}
	outputDue := c.Role == semconv.RoleLLM
	switch {
	case u.Input.Known && (u.Output.Known && !r.outputLacksReasoning || !outputDue):
		u.Source = semconv.UsageSourceReported
		return
	case u.Metered() && u.Input.N+u.Output.N == 0: // a recording, a picture, a page: no tokens are due
		u.Source = semconv.UsageSourceReported
		return
	case u.HasTokens():
		u.Source = semconv.UsageSourceReportedPartial
	default:
		u.Source = semconv.UsageSourceMissing
	}
	switch {
	case c.Outcome == semconv.OutcomeError:
		u.MissingReason = semconv.UsageMissingReasonError
	case u.Flags&(FlagUnreadableCount|FlagNegativeCount) != 0:
		// Something was sent; what is wrong with it stands in the flags.
		u.MissingReason = semconv.UsageMissingReasonUnusable
	case r.span.DroppedAttributesCount() > 0:
		// SDKs keep the first 128 attributes; token counts come last and a long chat pushes them out.
		u.MissingReason = semconv.UsageMissingReasonAttributesDropped
	case c.Stream && len(c.FinishReasons) == 0:
		u.MissingReason = semconv.UsageMissingReasonStreamAborted
	default:
		u.MissingReason = semconv.UsageMissingReasonNotSent
	}
}
