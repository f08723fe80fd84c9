package helicone

import (
	"net/http"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
)

// headers are those that describe the call. Others are left alone: among them are keys.
var headers = map[string]string{
	"helicone-request-id":     "helicone.request_id",
	"helicone-session-id":     "helicone.session_id",
	"helicone-session-name":   "helicone.session_name",
	"helicone-session-path":   "helicone.session_path",
	"helicone-user-id":        "helicone.user_id",
	"helicone-prompt-id":      "helicone.prompt_id",
	"helicone-model-override": "helicone.model_override",
}

const property = "helicone-property-"

// maxProperties bounds what one request can put into the attributes.
const maxProperties = 64

// putHeaders takes the logger's own headers from the body, where it repeats those it was made with, and from the request, where those
// of this one call are too and win.
func putHeaders(a pcommon.Map, inBody jsontree.Value, ofRequest http.Header) {
	properties := 0
	put := func(name, value string) {
		name = strings.ToLower(name)
		if key, ok := headers[name]; ok {
			vendorjson.PutText(a, key, value)
			return
		}
		if key, ok := strings.CutPrefix(name, property); ok && properties < maxProperties {
			properties++
			vendorjson.PutText(a, "helicone.property."+key, value)
		}
	}
	for name, value := range inBody.Members() {
		put(name, vendorjson.ID(value))
	}
	for name, values := range ofRequest {
		if len(values) > 0 {
			put(name, values[0])
		}
	}
}
