package braintrust

import (
	"encoding/json"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
)

const (
	loginPath    = "/api/apikey/login"
	registerPath = "/api/project/register"
)

// shakeHands answers what a client asks before it sends rows. It is told of one organisation, and that its project exists under the
// very name it gave. The address of the log API is not in the answer: behind a proxy we do not know it, so clients are given it with
// BRAINTRUST_API_URL.
func shakeHands(r *foreign.Request) (foreign.Answer, bool) {
	var body any
	switch r.Path {
	case loginPath:
		body = map[string]any{"org_info": []any{map[string]any{
			"id": "watchllm", "name": "watchllm", "api_url": "", "proxy_url": "", "git_metadata": map[string]any{"collect": "none"},
		}}}
	case registerPath:
		name := "default"
		if asked, err := foreign.Parse(r.Body); err == nil {
			if given := asked.Get("project_name").Text(); given != "" {
				name = given
			}
		}
		body = map[string]any{"project": map[string]any{"id": name, "name": name, "org_id": "watchllm"}}
	default:
		return foreign.Answer{}, false
	}
	raw, err := json.Marshal(body)
	return foreign.Answer{Body: raw}, err == nil
}
