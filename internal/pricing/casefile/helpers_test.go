package casefile

import (
	"io"

	"github.com/watchllm/watchllm/internal/pricing"
)

// Read is every case of a file without a broken line.
func Read(r io.Reader) (cases []Case, err error) {
	for c, err := range Lines(r) {
		if err != nil {
			return nil, err
		}
		cases = append(cases, *c)
	}
	return cases, nil
}

// aggregates are operations that repeat the usage of calls below them.
var aggregates = map[string]bool{"invoke_agent": true, "create_agent": true, "invoke_workflow": true, "execute_tool": true, "plan": true}

// Run prices a case from its counts by the book alone: what only a span says is read by the tool, and tested there.
func (c *Case) Run(b *pricing.Book) Outcome {
	if op, _ := c.Attributes["gen_ai.operation.name"].(string); aggregates[op] {
		return Outcome{ID: c.ID, Status: StatusSkipAggregate}
	}
	call := pricing.Call{
		Provider: c.Provider, RequestModel: c.RequestModel, ResponseModel: c.ResponseModel, Operation: c.Operation, ServerAddress: c.ServerAddress,
	}
	call.ServiceTier, _ = object(c.Attributes).named("response.service_tier").(string)
	c.Usage(Auto, &call)
	c.Conditions(&call)
	c.Bill(&call)
	r := b.Price(&call)
	return OutcomeOf(c.ID, &r)
}

// text2 is a figure for a message.
func text2(f *Figure) string {
	if f == nil {
		return "(none)"
	}
	return string(*f)
}
