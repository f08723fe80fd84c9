package litellm

import (
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
)

// known are the parameters with a name of their own in the convention.
var known = map[string]string{
	"temperature": "gen_ai.request.temperature", "top_p": "gen_ai.request.top_p", "top_k": "gen_ai.request.top_k",
	"max_tokens": "gen_ai.request.max_tokens", "max_completion_tokens": "gen_ai.request.max_tokens", "max_output_tokens": "gen_ai.request.max_tokens",
	"frequency_penalty": "gen_ai.request.frequency_penalty", "presence_penalty": "gen_ai.request.presence_penalty",
	"n": "gen_ai.request.choice.count", "seed": "gen_ai.request.seed", "reasoning_effort": "gen_ai.request.reasoning_effort",
	"service_tier": "gen_ai.request.service_tier", "tools": "gen_ai.tool.definitions", "instructions": semconv.GenAISystemInstructions,
	"previous_response_id": "gen_ai.request.previous_response.id",
}

// parameters writes what the call asked for. Other parameters are kept where they are plain values: headers and bodies that a caller
// adds may hold secrets.
func (c *call) parameters() {
	a := c.a.Attributes
	for name, value := range c.v.Get("model_parameters").Members() {
		switch key, ok := known[name]; {
		case ok:
			foreign.Put(a, key, value)
		case name == "stop" && value.Kind() == jsontree.Array:
			foreign.PutTexts(a, "gen_ai.request.stop_sequences", foreign.Texts(value))
		case name == "stop":
			foreign.PutTexts(a, "gen_ai.request.stop_sequences", []string{value.Text()})
		case name == "user":
			foreign.PutText(a, "gen_ai.request.user", value)
		case name == "stream", soundsSecret(name), value.Kind() == jsontree.Object, value.Kind() == jsontree.Array, a.Len() >= vendorjson.MaxAttributes:
		default:
			foreign.Put(a, "litellm.model_parameters."+name, value)
		}
	}
}
