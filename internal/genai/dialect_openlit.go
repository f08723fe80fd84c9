package genai

import "strings"

// openLIT writes the gen_ai names, some of its own, and values it invented where the client had none.
var openLIT = &dialect{
	name:    "openlit",
	scopes:  []string{"@openlit/*", "openlit*"},
	markers: []string{"openlit.*", "gen_ai.sdk.version", "gen_ai.usage.cost"},
	scoped:  []string{"gen_ai.*"},
	rows:    genAIRows,
	adjust: func(r *reading) {
		// The JavaScript client starts its clock when the response headers are there: 2 to 10 ms after which any model answers.
		if strings.HasPrefix(r.scope.Name, "@openlit/") {
			r.facts.drop(fieldTTFT)
		}
	},
}
