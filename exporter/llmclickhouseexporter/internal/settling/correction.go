package settling

import (
	"encoding/hex"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/semconv"
)

// Correction is what a row has to say instead.
type Correction struct {
	Trace
	Project string
	Span    pcommon.SpanID
	Start   int64
	// Ingested names the copy of the row that is corrected.
	Ingested int64

	UsageRole, Reason, CountedBy string
	// Sum says that the usage counts although it is a sum.
	Sum bool
	// Fill holds what is handed down into columns that are empty.
	Fill genai.Handed

	roleChanged bool
}

// Values of the reason by which corrections are counted, beside those of the registry.
const (
	reasonAlone      = "span_alone"
	reasonHandedDown = "handed_down"
)

// Label is the correction's reason as a metric counts it.
func (c *Correction) Label() string {
	switch {
	case c.Reason != "":
		return c.Reason
	case c.roleChanged:
		return reasonAlone
	}
	return reasonHandedDown
}

// correct compares what was decided with what the row says. Spans that are no part of any usage are left as they came, also when
// somebody else than llm_cost wrote something on them.
func correct(r *Row, f *genai.Fact) (Correction, bool) {
	if r.Role == "" || r.Role == semconv.RoleOther {
		return Correction{}, false
	}
	c := Correction{
		Trace: Trace{r.Tenant, r.TraceID}, Project: r.Project, Span: r.SpanID, Start: r.Start, Ingested: r.Before.Ingested,
		UsageRole: f.Verdict.UsageRole, Reason: f.Verdict.Reason, CountedBy: countedBy(&f.Verdict), Sum: f.Verdict.FromAggregate(),
		Fill: fill(&r.Handed, &f.Handed),
	}
	c.roleChanged = c.UsageRole != r.Before.UsageRole
	changed := c.roleChanged || c.Reason != r.Before.Reason || c.CountedBy != r.Before.CountedBy || c.Sum != r.Before.Flagged
	return c, changed || c.Fill != genai.Handed{}
}

func countedBy(v *genai.Verdict) string {
	if v.CountedBy.IsEmpty() {
		return ""
	}
	return hex.EncodeToString(v.CountedIn[:]) + ":" + hex.EncodeToString(v.CountedBy[:])
}

// fill is what now has and had had not.
func fill(had, now *genai.Handed) genai.Handed {
	take := func(had, now string) string {
		if had == "" {
			return now
		}
		return ""
	}
	return genai.Handed{
		ConversationID: take(had.ConversationID, now.ConversationID),
		UserID:         take(had.UserID, now.UserID),
		AgentName:      take(had.AgentName, now.AgentName),
		WorkflowName:   take(had.WorkflowName, now.WorkflowName),
		PromptName:     take(had.PromptName, now.PromptName),
		PromptVersion:  take(had.PromptVersion, now.PromptVersion),
	}
}
