package genai

import "github.com/watchllm/watchllm/internal/semconv"

// applyUsageRole says whether the span's counts may enter a total. Only spans of model calls may; whatever encloses them repeats
// or sums their counts. That two model spans stand for one call is seen only by looking at both: see CrossSpanRule.
func applyUsageRole(r *reading) {
	c := r.call
	switch {
	case isModelRole(c.Role):
		c.UsageRole = semconv.UsageRoleCall
	case r.usage.Any() && (c.Role == semconv.RoleAgent || c.Role == semconv.RoleWorkflow || c.Role == semconv.RoleStep):
		c.UsageRole = semconv.UsageRoleAggregate
	default:
		c.UsageRole = semconv.UsageRoleNone
	}
}
