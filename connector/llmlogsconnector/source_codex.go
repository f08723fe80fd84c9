package llmlogsconnector

import (
	"strconv"
	"strings"
)

// codex tells of each piece of a stream. One is the answer's end, and of that one there are two: the piece as it came, and, with the
// counts, what it held. A request that failed before there was a stream is told apart.
var codex = source{
	name: "codex",
	events: map[string]judge{
		"codex.sse_event":         codexStream,
		"codex.api_request":       codexRequest,
		"codex.websocket_request": codexRequest,
		"codex.tool_result":       toolCall,

		"codex.websocket_connect": ignore(ignoreProgress),
		"codex.websocket_event":   ignore(ignoreProgress),
		"codex.user_prompt":       ignore(ignoreMessage),
	},
}

func codexStream(e *event) finding {
	switch {
	case text(e.attrs, "event.kind") != "response.completed":
		// Whatever ended the stream early is told once more under the name of the end that did not come.
		return finding{ignored: ignoreProgress}
	case hasAny(e.attrs, "input_token_count", "output_token_count"):
		return call("chat")
	case hasAny(e.attrs, "error.message"):
		return failedCall("chat")
	default:
		return finding{ignored: ignoreProgress}
	}
}

// codexRequest takes failed requests to a model: lists of models and the like are fetched by the same means.
func codexRequest(e *event) finding {
	endpoint := text(e.attrs, "endpoint")
	inference := endpoint == "" || endpoint == "unknown" || strings.Contains(endpoint, "responses") || strings.Contains(endpoint, "completions")
	if !inference {
		return finding{ignored: ignoreOther}
	}
	status, _ := strconv.Atoi(anyText(e.attrs, "http.response.status_code"))
	if status >= 400 || hasAny(e.attrs, "error.message") {
		return failedCall("chat")
	}
	return finding{ignored: ignoreProgress}
}
