package genai

import "go.opentelemetry.io/collector/pdata/pcommon"

// Count is a number that may not have been reported. The zero value is unknown, which is never the same as zero.
type Count struct {
	N     int64
	Known bool
}

func known(n int64) Count { return Count{N: n, Known: true} }

// Usage is what one span says it consumed, in tokens unless said otherwise. After Read, Input includes cache reads and writes, Output
// includes reasoning and citations.
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
	ImageCacheRead Count // subset of ImageInput and CacheRead
	ImageOutput    Count // subset of Output
	VideoInput     Count // subset of Input
	Citation       Count // subset of Output

	WebSearches  Count // requests to the provider's search tool
	SearchUnits  Count // of a rerank
	Images       Count // images produced
	Pages        Count // pages read
	Characters   Count // characters of input billed as such
	Milliseconds Count // audio or compute time, milliseconds

	// What tools on the provider's side did.
	FileSearches     Count // searches of files or collections that it keeps
	DocumentSearches Count // searches of files attached to a message
	MapSearches      Count // requests to its maps
	SearchSources    Count // sources that a search handed to the model
	CodeExecutions   Count // runs of code
	CodeSessions     Count // containers that code ran in
	CodeMilliseconds Count // time that containers were up, milliseconds

	// Total is the sum the client sent, unconverted; it is checked, never used.
	Total Count

	Source        string // semconv.UsageSource*; empty when the span carries no usage and should carry none
	MissingReason string // semconv.UsageMissingReason*; empty unless Source is missing or partial
	Basis         string // semconv.UsageBasis*; how Input related to the cache counts on the wire
	Flags         Flags
}

// Any reports whether the span says what was used: tokens in or out, or something else that is metered.
func (u *Usage) Any() bool { return u.HasTokens() || u.Metered() }

// HasTokens reports whether the span gave an input or an output count.
func (u *Usage) HasTokens() bool { return u.Input.Known || u.Output.Known }

// Metered reports whether the span counts something that is no token, and that was used.
func (u *Usage) Metered() bool {
	for i := range counts {
		if c := &counts[i]; c.meter && c.of(u).N > 0 {
			return true
		}
	}
	return false
}

// Reported is a cost that came with the span.
type Reported struct {
	Text     string  // decimal as sent; empty when it came as a double
	Float    float64 // meaningful when Text is empty
	Known    bool
	Currency string // ISO 4217; empty means USD
	// Provider is set when the figure is the provider's own bill and not an estimate of a library: the sender says so
	// (gen_ai.usage.cost.source = provider), or it stands in the provider's own usage object.
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
	AskedTier     string // tier that the request asked for
	Batch         bool   // made through a batch API
	Speed         string // the provider's speed mode, as "fast", where it changes the price
	Region        string // where the provider processed the call: an inference geography ("us"), a cloud region ("eu-west-1")
	Thinking      bool   // made in a thinking mode; reasoning tokens say the same
	SearchContext string // low, medium, high
	ImageSize     string // "1024x1792"
	ImageQuality  string // "hd"

	Reported Reported
}

// IsModel reports whether the span stands for a call of a model, the only kind whose usage may count.
func (c *Call) IsModel() bool { return IsModelRole(c.Role) }
