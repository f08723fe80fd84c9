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

// resourceTags are tags that describe the program, not the span.
var resourceTags = map[string]string{
	"service": semconv.ServiceName,
	"version": semconv.ServiceVersion,
	"env":     semconv.DeploymentEnvironmentName,
}

// maxTags bounds what one span can put into the attributes.
const maxTags = 128

// tag is one text of the form "key:value", with the name of the attribute that it becomes.
type tag struct {
	name, value string
	ofResource  bool
}

// tagsOf reads tags; one without a value says nothing.
func tagsOf(list jsontree.Value) (tags []tag) {
	for i, v := range list.Elements() {
		if i >= maxTags {
			break
		}
		key, value, ok := strings.Cut(v.Text(), ":")
		if !ok || key == "" || value == "" {
			continue
		}
		if name, ofResource := resourceTags[key]; ofResource {
			tags = append(tags, tag{name, value, true})
		} else {
			tags = append(tags, tag{prefix + "tags." + key, value, false})
		}
	}
	return tags
}

func putTags(part *foreign.Part, tags []tag) {
	for _, t := range tags {
		if t.ofResource {
			part.Resource.PutStr(t.name, t.value)
		} else {
			part.Attributes.PutStr(t.name, t.value)
		}
	}
}
