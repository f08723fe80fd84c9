package pricing

import "time"

// Count is a number that a provider may or may not have reported. The zero value is unknown, which is never the same as zero.
type Count struct {
	N     int64
	Known bool
}

// KnownCount is a reported count, including a reported zero.
func KnownCount(n int64) Count { return Count{N: n, Known: true} }

// positive is the count when it is known and above zero, else 0. Negative counts are nobody's bill.
func (c Count) positive() int64 {
	if !c.Known || c.N < 0 {
		return 0
	}
	return c.N
}

// Usage is what one call consumed, in the canonical reading: Input includes cache reads and cache writes, Output includes
// reasoning, and the modality counts are subsets of Input and Output. Everything is tokens unless said otherwise.
type Usage struct {
	Input  Count // all input, cached or not
	Output Count // all output, hidden reasoning included

	CacheRead    Count // subset of Input
	CacheWrite   Count // subset of Input, of any lifetime; when known it is the sum of the two below
	CacheWrite5m Count // subset of CacheWrite
	CacheWrite1h Count // subset of CacheWrite
	Reasoning    Count // subset of Output

	AudioInput     Count // subset of Input
	AudioCacheRead Count // subset of AudioInput and of CacheRead
	AudioOutput    Count // subset of Output
	ImageInput     Count // subset of Input
	ImageCacheRead Count // subset of ImageInput and of CacheRead
	ImageOutput    Count // subset of Output
	VideoInput     Count // subset of Input
	Citation       Count // subset of Output

	WebSearches  Count // requests to the provider's search tool
	SearchUnits  Count // rerank search units
	Images       Count // images produced
	Pages        Count // pages read
	Characters   Count // characters of input billed as such
	Milliseconds Count // audio or compute time, milliseconds

	// What tools on the provider's side did.
	FileSearches     Count // searches of files or collections that were uploaded beforehand
	DocumentSearches Count // searches of files attached to a message
	MapSearches      Count // requests to the provider's maps
	SearchSources    Count // pages that a search handed to the model, where they are billed and not the search
	CodeExecutions   Count // runs of code
	CodeSessions     Count // containers that code ran in
	CodeMilliseconds Count // time that containers were up, milliseconds
}

// Call is everything that decides the price of one call. Names are taken as the client or provider spelled them.
type Call struct {
	Tenant        string // whose call it is; decides discounts and markups only
	Provider      string // gen_ai.provider.name or any older spelling; may be empty
	RequestModel  string
	ResponseModel string // decides before RequestModel when it has a price
	Operation     string // gen_ai.operation.name; changes no price today, and aggregates are not to be priced at all
	ServerAddress string // host the call went to, with or without port
	ServiceTier   string // tier that served the call, from the response; empty when it said nothing
	AskedTier     string // tier that the request asked for; says only that the served one is not known
	Batch         bool   // made through a batch API
	Speed         string // provider's speed mode, as "fast"
	Region        string // provider's place of processing: an inference geography ("us") or a cloud region ("eu-west-1")
	ImageSize     string // "1024x1024"
	ImageQuality  string // "hd", "high"
	SearchContext string // search context size: low, medium, high
	Thinking      bool   // the call ran in a thinking mode; a positive Reasoning count says the same
	Time          time.Time

	Usage    Usage
	Reported Reported
}

// billed reports whether the provider itself said what the call costs.
func (c *Call) billed() bool { return c.Reported.Authoritative && c.Reported.Amount.Known }

// Reported is a cost that came with the call instead of being computed here.
type Reported struct {
	Amount Amount // in Currency
	// Currency is an ISO 4217 code; empty means USD.
	Currency string
	// Authoritative is set when the figure is the provider's own bill for the call. A client library's estimate is not.
	Authoritative bool
}
