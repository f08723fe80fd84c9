package e2e

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"
	"time"
)

// vendorBody makes a request of a vendor's client: one whole call, or nothing, with claims in it.
type vendorBody func() (body, contentType string)

// vendorDoors are the routes of other vendors' clients. The path's variables name the victim.
func vendorDoors() []writeDoor {
	var doors []writeDoor
	add := func(rows int, body vendorBody, routes ...string) {
		for _, route := range routes {
			method, path, _ := strings.Cut(route, " ")
			path = strings.NewReplacer("{$}", "", "{project}", "acme", "{project_id}", "shop").Replace(path)
			doors = append(doors, writeDoor{name: route, rows: rows, route: route, send: func(_ *testing.T, w *walls, key string) error {
				// A run's id is part of its address.
				text, media := body()
				return w.claim(key, method, "http://"+w.events+strings.Replace(path, "{id}", newUUID(), 1), media, []byte(text))
			}})
		}
	}
	empty := func() (string, string) { return claimObject(), jsonType }

	add(1, func() (string, string) {
		b, media, _ := jsonOf(claimingTraces())
		return string(b), media
	}, "POST /api/public/otel/v1/traces", "POST /otel/v1/traces", "POST /api/otel/v1/traces", "POST /api/v1/otel/v1/traces", "POST /v1/traces")
	add(1, langfuseCall, "POST /api/public/ingestion")
	add(1, langfuseScore, "POST /api/public/scores")
	add(0, empty, "GET /api/public/projects")
	for _, prefix := range []string{"", "/api", "/api/v1"} {
		add(1, langSmithBatch, "POST "+prefix+"/runs/batch")
		add(1, langSmithMultipart, "POST "+prefix+"/runs/multipart")
		add(1, langSmithOne, "POST "+prefix+"/runs", "PATCH "+prefix+"/runs/{id}")
		add(1, langSmithScore, "POST "+prefix+"/feedback")
	}
	add(1, agentsCall, "POST /v1/traces/ingest")
	add(1, heliconeCall, "POST /custom/v1/log", "POST /oai/v1/log", "POST /anthropic/v1/log", "POST /googleapis/v1/log")
	add(1, braintrustCall, "POST /logs3", "POST /api/logs3", "POST /v1/project_logs/{project_id}/insert")
	add(0, empty, "POST /api/apikey/login", "POST /api/project/register")
	add(1, datadogCall, "POST /evp_proxy/v2/api/v2/llmobs", "POST /evp_proxy/v4/api/v2/llmobs", "POST /api/v2/llmobs", "POST /api/intake/llm-obs/v1/trace/spans")
	add(1, posthogCall, "POST /batch", "POST /batch/{$}", "POST /i/v0/ai/batch/{$}", "POST /capture", "POST /capture/{$}", "POST /e/{$}", "POST /i/v0/e", "POST /i/v0/e/{$}")
	add(1, sentryCall, "POST /api/{project}/envelope", "POST /api/{project}/envelope/{$}")
	add(1, liteLLMCall, "POST /litellm", "POST /litellm/{$}")
	return doors
}

// began and ended are the times of a call that is over.
func began() time.Time { return time.Now().Add(-time.Second) }
func iso(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func unix(t time.Time) string { return fmt.Sprintf("%.3f", float64(t.UnixMilli())/1000) }

func langfuseCall() (string, string) {
	trace, span := newID(), newID()[:16]
	return `{"batch":[` +
		`{"id":"` + newUUID() + `","type":"trace-create","timestamp":"` + iso(began()) + `","body":{"id":"` + trace + `","name":"chat","metadata":` + claimObject() + `,` + claimMembers() + `},` + claimMembers() + `},` +
		`{"id":"` + newUUID() + `","type":"generation-create","timestamp":"` + iso(began()) + `","body":{"id":"` + span + `","traceId":"` + trace + `","startTime":"` + iso(began()) +
		`","endTime":"` + iso(time.Now()) + `","model":"gpt-5-mini","usage":{"input":7,"output":3},"metadata":` + claimObject() + `,` + claimMembers() + `},` + claimMembers() + `}],` +
		`"metadata":` + claimObject() + `,` + claimMembers() + `}`, jsonType
}

func langfuseScore() (string, string) {
	return `{"id":"` + newUUID() + `","traceId":"` + newID() + `","observationId":"` + newID()[:16] + `","sessionId":"shop","name":"fair","value":1,"metadata":` + claimObject() + `,` + claimMembers() + `}`, jsonType
}

func langSmithRun() string {
	id := newUUID()
	return `{"id":"` + id + `","trace_id":"` + id + `","name":"ChatOpenAI","run_type":"llm","start_time":"` + iso(began()) + `","end_time":"` + iso(time.Now()) +
		`","dotted_order":"` + began().UTC().Format("20060102T150405000000Z") + id + `","inputs":{"model":"gpt-5-mini"},"outputs":{"usage_metadata":{"input_tokens":7,"output_tokens":3}},` +
		`"session_name":"acme","session_id":"shop","extra":{"metadata":` + claimObject() + `},` + claimMembers() + `}`
}

func langSmithOne() (string, string) { return langSmithRun(), jsonType }
func langSmithBatch() (string, string) {
	return `{"post":[` + langSmithRun() + `],` + claimMembers() + `}`, jsonType
}

func langSmithScore() (string, string) {
	return `{"id":"` + newUUID() + `","key":"fair","run_id":"` + newUUID() + `","score":1,` + claimMembers() + `}`, jsonType
}

func langSmithMultipart() (string, string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="post.` + newUUID() + `"`}, "Content-Type": {jsonType}, "X-Tenant-Id": {"acme"}})
	if err == nil {
		_, err = part.Write([]byte(langSmithRun()))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // into memory, and with fixed names
	}
	return b.String(), w.FormDataContentType()
}

func agentsCall() (string, string) {
	trace := "trace_" + newID()
	return `{"data":[{"object":"trace","id":"` + trace + `","workflow_name":"acme","group_id":"shop","metadata":` + claimObject() + `,` + claimMembers() + `},` +
		`{"object":"trace.span","id":"span_` + newID() + `","trace_id":"` + trace + `","started_at":"` + iso(began()) + `","ended_at":"` + iso(time.Now()) +
		`","span_data":{"type":"generation","model":"gpt-5-mini","usage":{"input_tokens":7,"output_tokens":3},"model_config":` + claimObject() + `},"error":null,` + claimMembers() + `}],` + claimMembers() + `}`, jsonType
}

func heliconeCall() (string, string) {
	at := func(t time.Time) string {
		return fmt.Sprintf(`{"seconds":%d,"milliseconds":%d}`, t.Unix(), t.Nanosecond()/1e6)
	}
	return `{"providerRequest":{"url":"custom-model-nopath","json":{"model":"gpt-5-mini","messages":[]},"meta":` + claimObject() + `,` + claimMembers() + `},` +
		`"providerResponse":{"status":200,"headers":` + claimObject() + `,"json":{"id":"` + newID() + `","model":"gpt-5-mini","choices":[{"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":3}}},` +
		`"timing":{"startTime":` + at(began()) + `,"endTime":` + at(time.Now()) + `},` + claimMembers() + `}`, jsonType
}

func braintrustCall() (string, string) {
	row := `{"id":"` + newID() + `","span_id":"` + newID()[:16] + `","root_span_id":"` + newID() + `","project_id":"shop","org_id":"acme","metrics":{"start":` + unix(began()) + `,"end":` + unix(time.Now()) +
		`,"prompt_tokens":7,"completion_tokens":3},"metadata":{"model":"gpt-5-mini","x":` + claimObject() + `},"span_attributes":{"name":"chat","type":"llm"},"_is_merge":false,"log_id":"g","watchllm.tenant.id":"acme","tenant":"acme"}`
	return `{"rows":[` + row + `],"events":[` + row + `],"api_version":2,` + claimMembers() + `}`, jsonType
}

func datadogCall() (string, string) {
	return `[{"_dd.stage":"raw","event_type":"span",` + claimMembers() + `,"spans":[{"trace_id":"` + newID() + `","span_id":"` + fmt.Sprint(rand.Uint64()) + `","parent_id":"undefined","name":"call",` +
		`"tags":["service:shop","tenant:acme","watchllm.tenant.id:acme","watchllm.project.id:shop","project_id:shop"],"start_ns":` + fmt.Sprint(began().UnixNano()) + `,"duration":1000000,"status":"ok",` +
		`"meta":{"span.kind":"llm","model_name":"gpt-5-mini","model_provider":"openai","metadata":` + claimObject() + `},"metrics":{"input_tokens":7,"output_tokens":3},` + claimMembers() + `}]}]`, jsonType
}

func posthogCall() (string, string) {
	event := `"event":"$ai_generation","uuid":"` + newUUID() + `","distinct_id":"acme","timestamp":"` + iso(time.Now()) + `","properties":{"$ai_provider":"openai","$ai_model":"gpt-5-mini","$ai_input_tokens":7,"$ai_output_tokens":3,` +
		`"$ai_trace_id":"` + newID() + `","$groups":{"company":"acme"},` + claimMembers() + `}`
	return `{"api_key":"phc",` + event + `,"batch":[{` + event + `,` + claimMembers() + `}],` + claimMembers() + `}`, jsonType
}

func sentryCall() (string, string) {
	return `{"sent_at":"` + iso(time.Now()) + `","dsn":"https://acme@shop/1","trace":{"environment":"acme","public_key":"acme","org_id":"acme"},` + claimMembers() + "}\n" +
		`{"type":"span","item_count":1,"content_type":"application/vnd.sentry.items.span.v2+json"}` + "\n" +
		`{"version":2,"items":[{"name":"chat","span_id":"` + newID()[:16] + `","trace_id":"` + newID() + `","start_timestamp":` + unix(began()) + `,"end_timestamp":` + unix(time.Now()) + `,"status":"ok","attributes":{` +
		`"sentry.op":{"value":"gen_ai.chat","type":"string"},"gen_ai.operation.name":{"value":"chat","type":"string"},"gen_ai.request.model":{"value":"gpt-5-mini","type":"string"},` +
		`"gen_ai.usage.input_tokens":{"value":7,"type":"integer"},"watchllm.tenant.id":{"value":"acme","type":"string"},"watchllm.project.id":{"value":"shop","type":"string"}},` + claimMembers() + `}]}` + "\n", "application/x-sentry-envelope"
}

func liteLLMCall() (string, string) {
	return `[{"id":"` + newID() + `","trace_id":"` + newUUID() + `","call_type":"acompletion","status":"success","startTime":` + unix(began()) + `,"endTime":` + unix(time.Now()) +
		`,"model":"gpt-5-mini","custom_llm_provider":"openai","prompt_tokens":7,"completion_tokens":3,"end_user":"acme","request_tags":["tenant:acme","watchllm.tenant.id:acme"],` +
		`"metadata":{"user_api_key_team_id":"acme","user_api_key_org_id":"acme","requester_metadata":` + claimObject() + `},"model_parameters":` + claimObject() + `,` + claimMembers() + `}]`, jsonType
}

// twoKeys sends one request with the keys of two tenants, in every pair of places where a key may be. Either nobody sent it, or the one
// whose key comes first in the order that the documentation gives.
func (w *walls) twoKeys(t *testing.T) {
	places := []struct {
		name string
		put  func(h http.Header, key string)
	}{
		{"X-API-Key", func(h http.Header, key string) { h.Add("X-Api-Key", key) }},
		{"Bearer", func(h http.Header, key string) { h.Add("Authorization", "Bearer "+key) }},
		{"Basic", func(h http.Header, key string) {
			r := http.Request{Header: http.Header{}}
			r.SetBasicAuth("acme", key)
			h.Add("Authorization", r.Header.Get("Authorization"))
		}},
		{"DD-API-KEY", func(h http.Header, key string) { h.Add("Dd-Api-Key", key) }},
		{"X-Sentry-Auth", func(h http.Header, key string) { h.Add("X-Sentry-Auth", "Sentry sentry_key="+key) }},
		{"Helicone-Auth", func(h http.Header, key string) { h.Add("Helicone-Auth", "Bearer "+key) }},
	}
	send := func(h http.Header, url string) int {
		t.Helper()
		a, err := w.send("", request{method: http.MethodPost, url: "http://" + w.http + url, contentType: protobufType, headers: h, body: raw(t, requestOf(1))})
		if err != nil {
			t.Fatal(err)
		}
		return a.code
	}
	before, counted := w.all(t, victim), w.rowsNow(t, rival)
	for n, first := range places {
		for _, second := range places[n:] {
			h := http.Header{}
			first.put(h, w.keys[rival])
			second.put(h, w.keys[victim])
			expected := http.StatusOK
			if first.name == second.name {
				expected = http.StatusUnauthorized
			} else {
				counted++
			}
			if code := send(h, "/v1/traces"); code != expected {
				t.Errorf("a key as %s and another as %s: answers %d, want %d", first.name, second.name, code, expected)
			}
		}
	}
	w.has(t, rival, counted)
	w.unchanged(t, victim, before)
}
