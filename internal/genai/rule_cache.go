package genai

import (
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
)

// semantics says whether a client's input count includes the cache counts.
type semantics uint8

const (
	semanticsUnknown semantics = iota
	includesCache
	excludesCache
)

// cacheClient is one row of what is known about clients of providers whose own API counts cached input apart from input.
// It was read from captured bytes or the client's source; the same key means opposite things in different clients and versions.
type cacheClient struct {
	scope string // scope name, a trailing * matches any continuation
	// before limits the row to versions below it ("0.23"); empty means all. A version that does not parse matches.
	before string
	means  semantics
}

// cacheClients is searched in order; the first match counts. For OpenAI, Gemini and the like no row is needed: there the provider's
// own input count includes cached tokens and clients pass it on.
var cacheClients = []cacheClient{
	{scope: "com.anthropic.sdk.*", means: includesCache},
	{scope: "gen_ai", means: includesCache},                                    // AI SDK 7
	{scope: "@traceloop/instrumentation-*", means: excludesCache},              // JavaScript passes the wire count on
	{scope: "opentelemetry.instrumentation.anthropic", means: includesCache},   // Python adds both
	{scope: "opentelemetry.instrumentation.anthropic.*", means: includesCache}, // the same, newer scope names
	{scope: "opentelemetry.instrumentation.bedrock", means: excludesCache},     // Converse's own count
	{scope: "opentelemetry.instrumentation.botocore*", means: excludesCache},   // the same
	{scope: "opentelemetry.util.genai*", means: includesCache},                 // as the convention asks
	{scope: "opentelemetry.instrumentation.genai.*", means: includesCache},     // the same
	{scope: "@openlit/*", means: excludesCache},
	{scope: "openlit*", means: excludesCache}, // Python passes the wire count on, too
	{scope: "com.anthropic.claude_code.*", means: excludesCache},
}

// applyCache makes the input count include cache reads and writes, and records what had to be done for it.
//
// Arithmetic beats the table: cache counts that together exceed the input cannot be part of it. The total proves in one direction
// only: input + cache + output = total means exclusive, while input + output = total says nothing, since clients compute it blindly.
func applyCache(r *reading) {
	u := r.usage
	r.wireInput, r.wireOutput = u.Input, u.Output
	if stated := r.facts.str(fieldUsageBasis); r.canonical || stated == semconv.UsageBasisExcludesCacheCorrected {
		u.Basis = stated // converted before it came here
		return
	}
	fillCacheWrite(u)
	if !u.Input.Known {
		return
	}
	if r.inclusive {
		u.Basis = semconv.UsageBasisExcludesCacheCorrected
		return
	}
	means := r.cacheSemantics()
	cached := u.CacheRead.N + u.CacheWrite.N
	if cached == 0 {
		u.Basis = basisWithoutCache(means, u.CacheRead.Known || u.CacheWrite.Known)
		return
	}
	exceeds := cached > u.Input.N
	totalProves := u.Total.Known && u.Output.Known && u.Total.N == u.Input.N+cached+u.Output.N
	switch {
	case exceeds || totalProves || means == excludesCache:
		if exceeds && means == includesCache {
			u.Flags |= FlagCacheExceedsInput // this client was known to include it: the contradiction must be seen
		}
		u.Input = known(u.Input.N + cached)
		u.Basis = semconv.UsageBasisExcludesCacheCorrected
	case means == includesCache:
		u.Basis = semconv.UsageBasisIncludesCache
	default:
		u.Basis = semconv.UsageBasisAssumed
	}
}

// fillCacheWrite derives the sum of cache writes from its lifetimes when only those were sent.
func fillCacheWrite(u *Usage) {
	if !u.CacheWrite.Known && (u.CacheWrite5m.Known || u.CacheWrite1h.Known) {
		u.CacheWrite = known(u.CacheWrite5m.N + u.CacheWrite1h.N)
	}
}

func basisWithoutCache(means semantics, zeroReported bool) string {
	switch {
	case means == includesCache || zeroReported:
		return semconv.UsageBasisIncludesCache
	case means == excludesCache:
		// The client drops the cache counts: what it calls input is only the part that was not cached.
		return semconv.UsageBasisUncachedOnlyLowerBound
	default:
		return semconv.UsageBasisAssumed
	}
}

// cacheSemantics is what is known about the client beforehand, without looking at the numbers.
func (r *reading) cacheSemantics() semantics {
	if r.facts.has(fieldUncached) {
		// The client sends the uncached part beside the input, so that input is the whole.
		return includesCache
	}
	if r.means != semanticsUnknown {
		return r.means
	}
	if r.dialect.cacheMeans != nil {
		if means := r.dialect.cacheMeans(r); means != semanticsUnknown {
			return means
		}
	}
	if !countsCacheApart(r.call.Provider, r.call.RequestModel, r.call.ResponseModel) {
		return includesCache
	}
	for i := range cacheClients {
		c := &cacheClients[i]
		if matchPattern(c.scope, r.scope.Name) && (c.before == "" || versionBefore(r.scope.Version, c.before)) {
			return c.means
		}
	}
	return semanticsUnknown
}

// countsCacheApart tells the APIs whose input count leaves cached tokens out: Anthropic's, wherever it is hosted, and Bedrock Converse.
// An unknown provider may be one of them.
func countsCacheApart(provider, requestModel, responseModel string) bool {
	switch provider {
	case "anthropic", "aws.bedrock":
		return true
	case "":
		return !knownInclusiveModel(requestModel, responseModel)
	default:
		return strings.Contains(requestModel, "claude") || strings.Contains(responseModel, "claude")
	}
}

// knownInclusiveModel recognises models of providers that include cached tokens, for spans that name no provider.
func knownInclusiveModel(models ...string) bool {
	for _, m := range models {
		for _, prefix := range [...]string{"gpt-", "o1", "o3", "o4", "chatgpt", "gemini", "text-embedding-", "deepseek", "grok", "mistral"} {
			if strings.HasPrefix(m, prefix) {
				return true
			}
		}
	}
	return false
}

// versionBefore compares the leading numbers of dotted versions.
func versionBefore(version, limit string) bool {
	for limit != "" {
		var a, b string
		a, version, _ = strings.Cut(version, ".")
		b, limit, _ = strings.Cut(limit, ".")
		x, y := leadingInt(a), leadingInt(b)
		if x != y {
			return x < y
		}
	}
	return false
}

func leadingInt(s string) int {
	n := 0
	for i := 0; i < len(s) && s[i] >= '0' && s[i] <= '9' && n < 1<<20; i++ {
		n = n*10 + int(s[i]-'0')
	}
	return n
}
