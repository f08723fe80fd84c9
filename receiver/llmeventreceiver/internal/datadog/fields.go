package datadog

import (
	"strconv"
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// hexID writes an id as W3C does. dd-trace sends span ids as decimal numbers of 64 bits and trace ids as 32 hexadecimal digits, older
// ones as decimal numbers too; anything else is left to be hashed.
func hexID(id string, digits int) string {
	if len(id) == 32 && digits == 32 {
		return id
	}
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return id
	}
	const zeros = "00000000000000000000000000000000"
	text := strconv.FormatUint(n, 16)
	return zeros[:digits-len(text)] + text
}

func pick(own, shared jsontree.Value) jsontree.Value {
	if own.IsNothing() {
		return shared
	}
	return own
}

// resourceTags are tags that describe the program, not the span.
var resourceTags = map[string]string{
	"service": semconv.ServiceName,
	"version": semconv.ServiceVersion,
	"env":     semconv.DeploymentEnvironmentName,
}

// maxTags bounds what one span can put into the attributes.
const maxTags = 128

// putTags writes tags, texts of the form "key:value"; one without a value says nothing.
func putTags(part *foreign.Part, tags jsontree.Value) {
	for i, tag := range tags.Elements() {
		key, value, ok := strings.Cut(tag.Text(), ":")
		if !ok || key == "" || value == "" || i >= maxTags {
			continue
		}
		if name, isResource := resourceTags[key]; isResource {
			part.Resource.PutStr(name, value)
			continue
		}
		part.Attributes.PutStr(prefix+"tags."+key, value)
	}
}
