package openaiagents

import (
	"errors"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
)

// Decoder of the traces and spans of the OpenAI Agents SDKs. The format has no convention of attributes; those written here are
// openai_agents.*, read by the dialect of that name.
var Decoder = foreign.Decoder{Name: "openai_agents", Routes: []string{"POST /v1/traces/ingest"}, Decode: decode}

func decode(r *foreign.Request) (foreign.Result, error) {
	root, err := foreign.Parse(r.Body)
	if err != nil {
		return foreign.Result{}, err
	}
	data := root.Get("data")
	if data.Kind() != jsontree.Array {
		return foreign.Result{}, errors.New("data: must be a list of traces and spans, is " + data.Kind().String())
	}
	sdk := client{version: r.Header.Get("User-Agent")}
	if name, version, ok := strings.Cut(sdk.version, " "); ok && strings.HasPrefix(name, "Agents/") { // Agents/JavaScript 0.20.0
		sdk = client{strings.ToLower(strings.TrimPrefix(name, "Agents/")), version}
	} else {
		sdk = client{}
	}
	var out foreign.Result
	for i, v := range data.Elements() {
		if err := vendorjson.TooMany(i); err != nil {
			return foreign.Result{}, err
		}
		p, ok := sdk.part(v)
		if !ok {
			out.Rejected++
			continue
		}
		out.Parts = append(out.Parts, p)
	}
	return out, nil
}

// client is which SDK sent it.
type client struct{ language, version string }

func (c client) part(v jsontree.Value) (p foreign.Part, ok bool) {
	p = foreign.NewPart()
	p.Scope, p.ScopeVersion = "openai-agents", c.version
	if c.language != "" {
		p.Resource.PutStr("telemetry.sdk.language", c.language)
	}
	id := v.Get("id").Text()
	if id == "" {
		return p, false
	}
	switch v.Get("object").Text() {
	case "trace":
		p.WholeTrace, p.TraceID, p.Name = true, id, v.Get("workflow_name").Text()
		foreign.PutText(p.Attributes, "openai_agents.workflow_name", v.Get("workflow_name"))
		foreign.PutText(p.Attributes, "openai_agents.group_id", v.Get("group_id"))
		foreign.Flatten(p.Attributes, "openai_agents.metadata.", v.Get("metadata"))
		p.RootOnly.PutStr("openai_agents.span.type", "trace") // of the trace itself, if no span of it comes
		return p, true
	case "trace.span":
		p.ID = id
		span(&p, v)
		return p, true
	}
	return p, false
}

func span(p *foreign.Part, v jsontree.Value) {
	p.TraceID, p.ParentID = v.Get("trace_id").Text(), v.Get("parent_id").Text()
	p.Start, p.End = foreign.Time(v.Get("started_at")), foreign.Time(v.Get("ended_at"))
	// A span is exported once, when it has ended; what its trace says comes in a record of its own.
	p.Final, p.AwaitsTrace = true, p.TraceID != ""
	if failure := v.Get("error"); failure.Kind() == jsontree.Object {
		p.StatusCode, p.StatusMessage = ptrace.StatusCodeError, failure.Get("message").Text()
		foreign.Put(p.Attributes, "openai_agents.error.data", failure.Get("data"))
	}
	data := v.Get("span_data")
	kind := data.Get("type").Text()
	p.Name = data.Get("name").Text()
	if kind == "custom" {
		// The SDKs' own turns and tasks are custom spans that say so.
		inner := data.Get("data")
		if own := inner.Get("sdk_span_type").Text(); own != "" {
			kind = own
			data = inner
		} else {
			foreign.Flatten(p.Attributes, "openai_agents.data.", inner)
		}
	}
	if p.Name == "" {
		p.Name = kind
	}
	p.Kind = ptrace.SpanKindInternal
	if kind == "generation" || kind == "response" {
		p.Kind = ptrace.SpanKindClient
	}
	a := p.Attributes
	if kind != "" {
		a.PutStr("openai_agents.span.type", kind)
	}
	describe(a, data, kind)
	if first := foreign.Time(data.Get("first_content_at")); first.After(p.Start) {
		a.PutDouble("openai_agents.time_to_first_content", first.Sub(p.Start).Seconds())
	}
}

// fakeID is what the Python SDK writes where a provider gave no id.
const fakeID = "__fake_id__"

// plain are fields that become attributes as they are.
var plain = []struct{ key, field string }{
	{"openai_agents.model", "model"},
	{"openai_agents.model_config", "model_config"},
	{"openai_agents.input", "input"},
	{"openai_agents.output", "output"},
	{"openai_agents.response.id", "response_id"},
	{"openai_agents.agent.name", "agent_name"},
	{"openai_agents.turn", "turn"},
	{"openai_agents.tools", "tools"},
	{"openai_agents.handoffs", "handoffs"},
	{"openai_agents.output_type", "output_type"},
	{"openai_agents.handoff.from", "from_agent"},
	{"openai_agents.handoff.to", "to_agent"},
	{"openai_agents.guardrail.triggered", "triggered"},
	{"openai_agents.mcp.server", "server"},
	{"openai_agents.mcp.data", "mcp_data"},
	{"openai_agents.mcp.tools", "result"},
}

func describe(a pcommon.Map, data jsontree.Value, kind string) {
	for _, f := range plain {
		value := data.Get(f.field)
		// A voice agent's recordings come as base64 beside their format: nothing reads them, and they are large.
		if sound := value.Get("data"); sound.Kind() == jsontree.String && (kind == "transcription" && f.field == "input" || kind == "speech" && f.field == "output") {
			foreign.PutText(a, f.key+".format", value.Get("format"))
			a.PutInt(f.key+".size", int64(len(sound.Text())))
			continue
		}
		foreign.Put(a, f.key, value)
	}
	usage := data.Get("usage")
	if usage.Kind() != jsontree.Object {
		usage = jsontree.Value{}
	}
	var reasons []string
	// With Chat Completions the output is the list of answers, each as the API gave it.
	for _, answer := range data.Get("output").Elements() {
		if u := answer.Get("usage"); usage.IsNothing() && u.Kind() == jsontree.Object {
			usage = u
		}
		choices := answer.Get("choices")
		if choices.Kind() == jsontree.Array || answer.Get("object").Text() == "response" {
			if id := answer.Get("id"); id.Text() != fakeID {
				foreign.PutText(a, "openai_agents.response.id", id)
			}
			foreign.PutText(a, "openai_agents.response.model", answer.Get("model"))
			foreign.PutText(a, "openai_agents.response.service_tier", answer.Get("service_tier"))
			for _, c := range choices.Elements() {
				if reason := c.Get("finish_reason").Text(); reason != "" {
					reasons = append(reasons, reason)
				}
			}
		}
	}
	foreign.PutTexts(a, "openai_agents.response.finish_reasons", reasons)
	foreign.Put(a, "openai_agents.usage", usage)
}
