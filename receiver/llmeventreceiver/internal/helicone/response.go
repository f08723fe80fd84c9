package helicone

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
)

// Names of the answer's parts that a stream has to be put together for.
const (
	answer        = "helicone.response."
	usageName     = answer + "usage"
	metadataName  = answer + "usageMetadata" // what Gemini calls its usage
	reasonsName   = answer + "finish_reasons"
	messagesName  = answer + "messages"
	streamedName  = answer + "streamed"
	usageDepth    = 3 // usage.prompt_tokens_details.cached_tokens
	errorDepth    = 2
	maxReasons    = 64
	vectorsMember = "data" // of an embedding: a thousand numbers for each text that nobody reads
)

// putResponse writes the provider's answer: sent as JSON, or as text that is JSON, or as the chunks of a stream one a line.
func putResponse(a pcommon.Map, response jsontree.Value) {
	if body := response.Get("json"); body.Kind() == jsontree.Object && body.Len() > 0 {
		putBody(a, body)
	}
	content := response.Get("textBody", "body").Text()
	if strings.TrimSpace(content) == "" {
		return
	}
	if whole, err := foreign.Parse([]byte(content)); err == nil {
		switch whole.Kind() {
		case jsontree.Object:
			if !isChunk(whole) {
				putBody(a, whole)
				return
			}
		case jsontree.Array: // Gemini's stream is a list of its chunks
			s := stream{attrs: a}
			for _, chunk := range whole.Elements() {
				s.chunk(chunk)
			}
			s.finish(content)
			return
		}
	}
	readStream(a, content)
}

// putBody writes a whole answer, member by member.
func putBody(a pcommon.Map, body jsontree.Value) {
	var reasons []string
	for key, member := range body.Members() {
		switch key {
		case "usage", "usageMetadata":
			vendorjson.Flatten(a, answer+key, member, usageDepth)
			continue
		case "error":
			vendorjson.Flatten(a, answer+key, member, errorDepth)
			continue
		case "choices", "candidates":
			for _, choice := range member.Elements() {
				reasons = appendReason(reasons, choice)
			}
		case vectorsMember:
			if areVectors(member) {
				continue
			}
		}
		if a.Len() < vendorjson.MaxAttributes {
			foreign.Put(a, answer+key, member)
		}
	}
	reasons = appendReason(reasons, body)
	if len(reasons) == 0 && body.Get("object").Text() == "response" {
		reasons = append(reasons, body.Get("status").Text())
	}
	foreign.PutTexts(a, reasonsName, reasons)
}

func appendReason(reasons []string, v jsontree.Value) []string {
	if reason := v.Get("finish_reason", "finishReason", "stop_reason", "stopReason").Text(); reason != "" && len(reasons) < maxReasons {
		reasons = append(reasons, reason)
	}
	return reasons
}

func areVectors(data jsontree.Value) bool {
	for _, first := range data.Elements() {
		return !first.Get("embedding").IsNothing()
	}
	return false
}
