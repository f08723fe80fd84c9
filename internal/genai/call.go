package genai

import "go.opentelemetry.io/collector/pdata/pcommon"

// Count is a number that may not have been reported. The zero value is unknown, which is never the same as zero.
type Count struct {
	N     int64
	Known bool
}

func known(n int64) Count { return Count{N: n, Known: true} }

// Usage is what one span says it consumed, in tokens. After Read, Input includes cache reads and writes, Output includes reasoning.
type Usage struct {
	Input        Count
	Output       Count
	CacheRead    Count // subset of Input
	CacheWrite   Count // subset of Input
	CacheWrite5m Count // subset of CacheWrite
	CacheWrite1h Count // subset of CacheWrite
	Reasoning    Count // subset of Output

	AudioInput     Count // subset of Input
	AudioCacheRead Count // subset of AudioInput and CacheRead
	AudioOutput    Count // subset of Output
	ImageInput     Count // subset of Input
	ImageOutput    Count // subset of Output

	// Total is the sum the client sent, unconverted; it is checked, never used.
	Total Count

	Source        string // semconv.UsageSource*; empty when the span carries no usage and should carry none
	MissingReason string // semconv.UsageMissingReason*; empty unless Source is missing or partial
	Basis         string // semconv.UsageBasis*; how Input related to the cache counts on the wire
	Flags         Flags
}

// Any reports whether the span gave an input or an output count.
func (u *Usage) Any() bool { return u.Input.Known || u.Output.Known }

// Reported is a cost that came with the span.
type Reported struct {
	Text     string  // decimal as sent; empty when it came as a double
	Float    float64 // meaningful when Text is empty
	Known    bool
	Currency string // ISO 4217; empty means USD
	// Provider is set when the sender says that the figure is the provider's own bill (gen_ai.usage.cost.source = provider), not an
	// estimate of a library.
	Provider bool

	zero bool
}

// Call is what one span means. Empty strings are unknown.
type Call struct {
	Role      string // semconv.Role*
	UsageRole string // semconv.UsageRole*; only call may enter a total

	// What several spans told together (Settle): why the usage role is not what the span alone says, and which span counts instead.
	UsageRoleReason string // semconv.UsageRoleReason*
	CountedIn       pcommon.TraceID
	CountedBy       pcommon.SpanID

	Dialect        string // reader that read the span
	DialectVersion string // instrumentation scope, name@version

	Operation     string // gen_ai.operation.name
	Provider      string // as OpenTelemetry spells it; a framework's name is not a provider
	RequestModel  string
	ResponseModel string
	ResponseID    string

	Usage Usage

	Stream      bool
	StreamKnown bool
	TTFT        float64 // seconds
	TTFTKnown   bool

	FinishReasons   []string // unified
	FinishReasonRaw string   // as the provider spelled them, distinct ones joined by a comma
	Outcome         string   // semconv.Outcome*
	ErrorType       string   // low cardinality; only with Outcome error

	ConversationID string
	UserID         string
	AgentName      string
	WorkflowName   string
	ToolName       string
	PromptName     string
	PromptVersion  string

	ServerAddress string
	ServiceTier   string // tier that served the call, as far as the span tells
	Batch         bool   // made through a batch API
	Speed         string // the provider's speed mode, as "fast", where it changes the price

	Reported Reported
}

// IsModel reports whether the span stands for a call of a model, the only kind whose usage may count.
func (c *Call) IsModel() bool { return IsModelRole(c.Role) }
