package litellm

import (
	"net/url"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
)

// call is one payload on its way to a span.
type call struct {
	v jsontree.Value
	a foreign.Part
}

func (c *call) part(version string) foreign.Part {
	v, p := c.v, &c.a
	callID := vendorjson.ID(v.Get("litellm_call_id"))
	// A router keeps the call's id for every attempt: only the moment tells a failure from what was tried next.
	p.ID = strings.Join([]string{callID, vendorjson.ID(v.Get("id")), string(v.Get("startTime").Raw())}, "/")
	p.TraceID = vendorjson.First(vendorjson.ID(v.Get("trace_id")), callID)
	p.Scope, p.ScopeVersion = "litellm", version
	p.Name = strings.TrimSpace(v.Get("call_type").Text() + " " + v.Get("model").Text())
	p.Kind = ptrace.SpanKindClient
	p.Start, p.End = foreign.Time(v.Get("startTime")), foreign.Time(v.Get("endTime"))
	if p.End.Before(p.Start) {
		p.End = p.Start
	}
	p.Final = true

	c.names(callID)
	c.usage()
	c.outcome()
	c.answer()
	c.parameters()
	c.caller()
	return *p
}

func (c *call) names(callID string) {
	v, a := c.v, c.a.Attributes
	vendorjson.PutText(a, "litellm.call_id", callID)
	foreign.PutText(a, "llm.request.type", v.Get("call_type"))
	foreign.PutText(a, semconv.GenAIRequestModel, v.Get("model"))
	foreign.PutText(a, "gen_ai.system", v.Get("custom_llm_provider"))
	for _, f := range []string{"model_group", "model_id"} {
		foreign.PutText(a, "litellm."+f, v.Get(f))
	}
	foreign.PutText(a, "litellm.session_id", v.Get("session_id"))
	if base, err := url.Parse(v.Get("api_base").Text()); err == nil && base.Hostname() != "" {
		a.PutStr("server.address", base.Hostname())
		if port, err := strconv.ParseInt(base.Port(), 10, 64); err == nil {
			a.PutInt("server.port", port)
		}
	}
	foreign.Put(a, "litellm.cache_hit", v.Get("cache_hit"))
	foreign.Put(a, "llm.is_streaming", v.Get("stream"))
	first := foreign.Time(v.Get("completionStartTime"))
	// Where nothing was streamed it repeats the end.
	if v.Get("stream").Bool() && first.After(c.a.Start) && !first.After(c.a.End) {
		a.PutDouble("gen_ai.response.time_to_first_chunk", first.Sub(c.a.Start).Seconds())
	}
	hidden := v.Get("hidden_params")
	foreign.Put(a, "litellm.overhead_time_ms", hidden.Get("litellm_overhead_time_ms"))
	// Of the provider's other headers none is taken: there may be cookies among them.
	headers := hidden.Get("additional_headers")
	vendorjson.PutText(a, "litellm.provider_request_id", vendorjson.First(
		headers.Get("llm_provider-x-request-id").Text(), headers.Get("llm_provider-request-id").Text()))
}

func (c *call) outcome() {
	v, p := c.v, &c.a
	if v.Get("status").Text() != "failure" {
		return
	}
	e := v.Get("error_information")
	p.StatusCode = ptrace.StatusCodeError
	p.StatusMessage = vendorjson.First(vendorjson.Message(e.Get("error_message")), vendorjson.Message(v.Get("error_str")))
	foreign.PutText(p.Attributes, semconv.ErrorType, e.Get("error_class"))
	if status, err := strconv.ParseInt(vendorjson.ID(e.Get("error_code")), 10, 32); err == nil {
		p.Attributes.PutInt("http.response.status_code", status)
	}
	for _, f := range []string{"normalized_error", "error_rate_limit_category", "error_rate_limit_type", "error_provider_request_id"} {
		foreign.PutText(p.Attributes, "litellm."+f, e.Get(f))
	}
}

func (c *call) answer() {
	v, a := c.v, c.a.Attributes
	response := v.Get("response")
	// The proxy gives its callers their own name for the model back.
	if model := response.Get("model").Text(); model != v.Get("model_group").Text() || model == v.Get("model").Text() {
		vendorjson.PutText(a, semconv.GenAIResponseModel, model)
	}
	foreign.PutText(a, semconv.GenAIResponseID, response.Get("id"))
	foreign.PutText(a, "gen_ai.response.service_tier", response.Get("service_tier"))
	foreign.PutText(a, "gen_ai.response.system_fingerprint", response.Get("system_fingerprint"))
	var reasons []string
	for _, choice := range response.Get("choices").Elements() {
		if reason := choice.Get("finish_reason").Text(); reason != "" {
			reasons = append(reasons, reason)
		}
	}
	foreign.PutTexts(a, "gen_ai.response.finish_reasons", reasons)

	input := v.Get("messages")
	if strings.Contains(v.Get("call_type").Text(), "embedding") {
		foreign.Put(a, "gen_ai.embeddings.input", input)
		return // vectors are nothing to read
	}
	foreign.Put(a, semconv.GenAIInputMessages, input)
	switch output := response.Get("choices", "output", "content"); {
	case !output.IsNothing():
		foreign.Put(a, semconv.GenAIOutputMessages, output)
	case response.Kind() == jsontree.String: // redacted by LiteLLM itself, or a provider's text
		foreign.PutText(a, semconv.GenAIOutputMessages, response)
	}
	if tool := v.Get("metadata").Get("mcp_tool_call_metadata"); tool.Kind() == jsontree.Object {
		c.tool(tool)
	}
}

// tool is a call of an MCP server's tool through the proxy, which is no model's.
func (c *call) tool(tool jsontree.Value) {
	a := c.a.Attributes
	a.PutStr("llm.request.type", "tools/call")
	foreign.PutText(a, "gen_ai.tool.name", tool.Get("name"))
	foreign.Put(a, "gen_ai.tool.call.arguments", tool.Get("arguments"))
	foreign.Put(a, "gen_ai.tool.call.result", tool.Get("result"))
	foreign.PutText(a, "litellm.mcp_server_name", tool.Get("mcp_server_name"))
}

// kept are the fields of metadata that are neither secrets nor budgets. The key itself is not among them; its hash is, which LiteLLM
// shows as the key's name.
var kept = []string{
	"user_api_key_alias", "user_api_key_user_id", "user_api_key_team_id", "user_api_key_team_alias", "user_api_key_org_id", "user_api_key_org_alias",
	"user_api_key_project_id", "user_api_key_project_alias", "user_api_key_end_user_id", "user_api_key_request_route", "applied_guardrails",
}

func (c *call) caller() {
	v, a := c.v, c.a.Attributes
	metadata := v.Get("metadata")
	foreign.PutText(a, "gen_ai.user.id", v.Get("end_user"))
	foreign.PutTexts(a, "litellm.request_tags", foreign.Texts(v.Get("request_tags")))
	for _, name := range kept {
		field := metadata.Get(name)
		if field.Kind() != jsontree.Array || field.Len() > 0 {
			foreign.Put(a, "metadata."+name, field)
		}
	}
	if hash := metadata.Get("user_api_key_hash").Text(); isHash(hash) {
		a.PutStr("metadata.user_api_key_hash", hash)
	}
	for _, name := range []string{"requester_metadata", "spend_logs_metadata"} {
		putOpen(a, "metadata."+name+".", metadata.Get(name))
	}
}

// isHash reports whether it is the SHA-256 that LiteLLM makes of a key: anything else might be the key.
func isHash(s string) bool {
	if len(s) != 64 {
		return false
	}
	for _, c := range s {
		if !strings.ContainsRune("0123456789abcdefABCDEF", c) {
			return false
		}
	}
	return true
}

// putOpen writes the members of an object that applications fill, but for those named like secrets.
func putOpen(a pcommon.Map, prefix string, object jsontree.Value) {
	for name, member := range object.Members() {
		if a.Len() >= vendorjson.MaxAttributes {
			return
		}
		if !soundsSecret(name) {
			foreign.Put(a, prefix+name, member)
		}
	}
}

func soundsSecret(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"api_key", "apikey", "secret", "password", "authorization", "credential", "cookie", "access_token", "auth_token"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}
