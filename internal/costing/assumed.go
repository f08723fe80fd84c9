package costing

import (
	"strings"

	"github.com/watchllm/watchllm/internal/pricing"
)

// An Assumption is one thing that nobody said and the price depends on: what was taken for granted, and what would make it exact.
type Assumption struct {
	Name    string `json:"name"`
	Assumed string `json:"assumed"`
	ExactIf string `json:"exact_if"`
}

// assumedTexts has every assumption there is, which a test proves.
var assumedTexts = map[string]Assumption{
	"cache_write_ttl": {
		Assumed: "The cached tokens were written for the shorter time, five minutes.",
		ExactIf: "The span says how many were written for how long (cache_creation tokens of 5 minutes and of 1 hour).",
	},
	"no_cache_price": {
		Assumed: "Cached tokens cost what other input costs: the price list has no price of their own.",
		ExactIf: "A price file gives the model a price for cache reads or writes.",
	},
	"service_tier": {
		Assumed: "The standard price: the list has none for the service tier that served the call, or a dearer tier was asked for and nobody says what served it.",
		ExactIf: "The span says which tier served the call (openai.response.service_tier), and a price file has a price for it.",
	},
	"batch": {
		Assumed: "The standard price: the list has none for a batch.",
		ExactIf: "A price file gives the model a price for batches.",
	},
	"speed": {
		Assumed: "The standard price: the list has none for this speed mode.",
		ExactIf: "A price file gives the model a price for that mode.",
	},
	"region": {
		Assumed: "The global endpoint, without a surcharge for a region. A full Bedrock id without a profile's prefix is taken for the endpoint of one region, with it.",
		ExactIf: "The span says where the call was processed (the server's address or the cloud region).",
	},
	"deployment_type": {
		Assumed: "An Azure deployment of the type Global Standard.",
		ExactIf: "The span says the type of the deployment as its region (watchllm.call.region), such as data_zone or regional.",
	},
	"provider": {
		Assumed: "The model's own vendor billed the call: nobody named a provider.",
		ExactIf: "The span has gen_ai.provider.name or server.address.",
	},
	"request_model": {
		Assumed: "The price of the model that was asked for: the one that answered is not in the book.",
		ExactIf: "The model that answered gets a price, or is reported under a name that the book has.",
	},
	"snapshot": {
		Assumed: "The price of the model without a date: this dated snapshot is not listed, and its snapshots have not all cost the same.",
		ExactIf: "The snapshot is listed in a price file.",
	},
	"time": {
		Assumed: "The price of the day on which the book was read: the call has no time.",
		ExactIf: "The span has a start time.",
	},
	"price_date": {
		Assumed: "The nearest price there is: the call is older than the first known price, newer than the last, or of a time in which the price changed on a day that nobody wrote down.",
		ExactIf: "A price file has the price of that day.",
	},
	"usage_overlap": {
		Assumed: "No part is larger than its whole: the counts of the call contradict each other, and what was too much was cut.",
		ExactIf: "The client reports counts that add up.",
	},
	"free_allowance": {
		Assumed: "Everything is charged: part of it may be within a free allowance that no span can show.",
		ExactIf: "The provider's own bill says how much of the allowance was left.",
	},
	"moving_alias": {
		Assumed: "The name stood for the model that it stands for now; when it moved, nobody wrote down.",
		ExactIf: "The span has the model that answered under its own name.",
	},
	"route": {
		Assumed: "The usual price: the router chose who served the call, and that changes the price.",
		ExactIf: "The router's own bill is passed on (gen_ai.usage.cost.source is provider).",
	},
	"search_context": {
		Assumed: "The provider's default size of the search context.",
		ExactIf: "The span says the size (watchllm.call.search_context).",
	},
	"plugin_fee": {
		Assumed: "No fee for the router's plug-in: no span shows it.",
		ExactIf: "The router's own bill is passed on (gen_ai.usage.cost.source is provider).",
	},
	"disputed_price": {
		Assumed: "The likelier price of several: the sources give it differently, and none settles it.",
		ExactIf: "A price file has the price that you are billed.",
	},
	"holiday": {
		Assumed: "The day was, or was not, a public holiday as the calendar in the price list says: other hours hold on holidays, and the provider publishes no calendar.",
		ExactIf: "A price file has the day among those on which the hours do not count (not_on), or the calendar's end (not_on_until) after it.",
	},
	"search_tool": {
		Assumed: "The fee of the current search tool: its predecessor costs another, and a span does not say which one searched.",
		ExactIf: "A price file has one fee for searches with this model.",
	},
	"committed_capacity": {
		Assumed: "What the call costs without the commitment: it ran on capacity that was bought in advance, which has no price of a call.",
		ExactIf: "A price file has a price for the tier or the deployment, such as 0 where the capacity is paid elsewhere.",
	},
	assumedAggregate: {
		Assumed: "The sum of several calls was priced as if it were one; prices that depend on the size of a call may not add up.",
		ExactIf: "The calls below it are traced, too: they count then, and not their sum.",
	},
}

// assumptions are those of a list joined by "+", in words.
func assumptions(list string) []Assumption {
	out := []Assumption{}
	for name := range strings.SplitSeq(list, "+") {
		if name == "" {
			continue
		}
		a, ok := assumedTexts[name]
		if !ok {
			a.Assumed, a.ExactIf = "This version of the program does not know the name of this assumption.", "A version that does says more."
		}
		a.Name = name
		out = append(out, a)
	}
	return out
}

// assumedOf is what a stored status says was assumed: "assumed:region+time".
func assumedOf(status string) string {
	list, _ := strings.CutPrefix(status, string(pricing.StatusAssumed)+":")
	if list == status {
		return ""
	}
	return list
}
