package langfuse

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// bucket is one count of usageDetails, the number as it was written.
type bucket struct{ name, number string }

// bucketNames are the spellings that became others when usage became buckets.
var bucketNames = map[string]string{
	"prompt": "prompt_tokens", "completion": "completion_tokens",
	"promptTokens": "prompt_tokens", "completionTokens": "completion_tokens", "totalTokens": "total_tokens",
}

// detailPrefix says what the details of OpenAI's object are details of.
var detailPrefix = map[string]string{
	"prompt_tokens_details": "input_", "input_tokens_details": "input_",
	"completion_tokens_details": "output_", "output_tokens_details": "output_",
}

// bucketsOf flattens a usage object. What is no number is left out.
func bucketsOf(v jsontree.Value) (out []bucket) {
	for name, n := range v.Members() {
		if prefix, ok := detailPrefix[name]; ok {
			for detail, m := range n.Members() {
				if number, ok := number(m); ok {
					out = append(out, bucket{prefix + detail, number})
				}
			}
			continue
		}
		if renamed, ok := bucketNames[name]; ok {
			name = renamed
		}
		if number, ok := number(n); ok && !strings.HasSuffix(name, "Cost") {
			out = append(out, bucket{name, number})
		}
	}
	return out
}

func number(v jsontree.Value) (string, bool) {
	if v.Kind() != jsontree.Number {
		return "", false
	}
	if _, finite := v.Float(); !finite {
		return "", false
	}
	return v.Compact(), true
}

func object(buckets []bucket) string {
	var b strings.Builder
	for i, c := range buckets {
		b.WriteByte("{,"[min(i, 1)])
		name, err := json.Marshal(c.name)
		if err != nil { // no text fails
			continue
		}
		b.Write(name)
		b.WriteByte(':')
		b.WriteString(c.number)
	}
	b.WriteByte('}')
	return b.String()
}

func unixMilli(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
