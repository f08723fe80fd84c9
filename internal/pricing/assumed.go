package pricing

import "strings"

// assumption is a set of things a price had to take for granted.
type assumption uint32

const (
	assumeCacheWriteTTL     assumption = 1 << iota // tokens were written to a cache for an unstated time: the shorter lifetime
	assumeNoCachePrice                             // cached tokens of a model without cache price: the input price
	assumeServiceTier                              // a served tier this model has no price for: the standard price
	assumeBatch                                    // a batch call of a model without batch price: the standard price
	assumeSpeed                                    // a speed mode this model has no price for: the standard price
	assumeRegion                                   // an endpoint whose place is not known: the global one
	assumeDeploymentType                           // an Azure deployment whose type is not known: Global Standard
	assumeProvider                                 // no provider was named: the model's own vendor
	assumeRequestModel                             // the model that answered is not known: the one that was asked for
	assumeSnapshot                                 // an unlisted dated snapshot of a model whose snapshots have had different prices
	assumeTime                                     // no time was given: the price of the day the book was read
	assumePriceDate                                // the call is older than the first known price, or newer than the last
	assumeUsageOverlap                             // parts of the usage add up to more than the whole
	assumeFreeAllowance                            // a fee with a free allowance that no span can show: all of it charged
	assumeMovingAlias                              // a name that moves from model to model, at times nobody wrote down: the present one
	assumeRoute                                    // a router's choice of who serves the call, which changes the price: the usual one
	assumeSearchContext                            // a fee by the size of the search context, which was not given: the provider's default
	assumeNoPluginFee                              // a router's plug-in, whose fee no span shows: none
	assumeDisputedPrice                            // a price that its sources give differently, and nobody can tell who is right: the likelier one
	assumeHoliday                                  // a day that may or may not be a public holiday, on which other hours hold: as the calendar in the book says
	assumeSearchTool                               // a search by one of two tools at different fees, which no span tells apart: the current one
	assumeCommittedCapacity                        // served from capacity that was bought in advance: what the call costs without it

	assumptionCount = iota
)

var assumptionNames = [assumptionCount]string{
	"cache_write_ttl", "no_cache_price", "service_tier", "batch", "speed", "region", "deployment_type", "provider",
	"request_model", "snapshot", "time", "price_date", "usage_overlap", "free_allowance", "moving_alias",
	"route", "search_context", "plugin_fee", "disputed_price", "holiday", "search_tool", "committed_capacity",
}

var assumptionByName = func() map[string]assumption {
	m := make(map[string]assumption, assumptionCount)
	for i, name := range assumptionNames {
		m[name] = 1 << i
	}
	return m
}()

const assumedPrefix = string(StatusAssumed) + ":"

// assumedTexts are the texts of the sets of assumptions met so far: "assumed:region+time".
var assumedTexts setCache[assumption, string]

func (a assumption) statusText() string { return assumedTexts.get(a, assumption.text) }

func (a assumption) text() string {
	var parts []string
	for i, name := range assumptionNames {
		if a&(1<<i) != 0 {
			parts = append(parts, name)
		}
	}
	return assumedPrefix + strings.Join(parts, "+")
}
