package langfuse

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
)

const (
	ingestion = "/api/public/ingestion"
	projects  = "/api/public/projects"
	scores    = "/api/public/scores"
)

// project is what the SDKs that check their keys want to see: a key that may send has one.
const project = `{"data":[{"id":"watchllm","name":"watchllm","organization":{"id":"watchllm","name":"watchllm"},"metadata":{}}]}`

// Decoder of Langfuse's JSON. What the records say is written under the names that the newer SDKs use over OTLP, so that one reader
// knows both.
var Decoder = foreign.Decoder{
	Name:   "langfuse",
	Routes: []string{"POST " + ingestion, "POST " + scores, "GET " + projects},
	OTLP:   []string{"POST /api/public/otel/v1/traces"},
	Greetings: map[string]foreign.Answer{
		"GET /api/public/health": {Body: []byte(`{"status":"OK","version":"3.0.0"}`)},
	},
	Decode: decode,
}

// record is one event of a batch.
type record struct {
	id, kind string
	body     jsontree.Value
	// order is the time of the event, updates behind everything else, as Langfuse itself merges them.
	order int64
	scope scope
}

type scope struct{ name, version string }

// accepted and refused are the two lists of the answer.
type accepted struct {
	ID     string `json:"id"`
	Status int    `json:"status"`
}

type refused struct {
	ID      string `json:"id"`
	Status  int    `json:"status"`
	Message string `json:"message"`
	Error   string `json:"error"`
}

func decode(r *foreign.Request) (foreign.Result, error) {
	if r.Path == projects {
		return foreign.Result{Answer: foreign.Answer{Body: []byte(project)}}, nil
	}
	root, err := foreign.Parse(r.Body)
	if err != nil {
		return foreign.Result{}, err
	}
	if r.Path == scores {
		return decodeScores(root, r.Now)
	}
	batch := root.Get("batch")
	if batch.Kind() != jsontree.Array {
		return foreign.Result{}, errors.New("batch: must be a list of events, is " + batch.Kind().String())
	}
	sdk := scopeOf(root.Get("metadata"), r.Header)
	var out foreign.Result
	answer := struct {
		Successes []accepted `json:"successes"`
		Errors    []refused  `json:"errors"`
	}{[]accepted{}, []refused{}}
	for i, v := range batch.Elements() {
		if err := vendorjson.TooMany(i); err != nil {
			return foreign.Result{}, err
		}
		rec := record{id: v.Get("id").Text(), kind: v.Get("type").Text(), body: v.Get("body"), scope: sdk}
		rec.order = foreign.Time(v.Get("timestamp")).UnixMilli()
		if problem := rec.read(&out); problem != "" {
			out.Rejected++
			answer.Errors = append(answer.Errors, refused{rec.id, http.StatusBadRequest, "Invalid request data", problem})
			continue
		}
		answer.Successes = append(answer.Successes, accepted{rec.id, http.StatusCreated})
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return foreign.Result{}, err
	}
	out.Answer = foreign.Answer{Status: http.StatusMultiStatus, Body: body}
	return out, nil
}

func scopeOf(metadata jsontree.Value, h http.Header) scope {
	s := scope{metadata.Get("sdk_name").Text(), metadata.Get("sdk_version").Text()}
	if s.name == "" {
		s.name, s.version = h.Get("X-Langfuse-Sdk-Name"), h.Get("X-Langfuse-Sdk-Version")
	}
	switch {
	case s.name == "":
		s.name = "langfuse"
	case !strings.HasPrefix(s.name, "langfuse"): // the Python SDK calls itself python
		s.name = "langfuse-" + s.name
	}
	return s
}

// read adds what the record says to the result, or tells what is wrong with it.
func (rec *record) read(out *foreign.Result) (problem string) {
	what, verb, _ := cutLast(rec.kind, "-")
	switch {
	case rec.kind == "":
		return "type: is missing"
	case rec.kind == "sdk-log", rec.kind == "dataset-run-item-create":
		return "" // a client's own diagnosis; a link between a trace and a data set, which are not kept here
	case rec.body.Kind() != jsontree.Object:
		return "body: must be an object, is " + rec.body.Kind().String()
	case rec.kind == "score-create":
		return score(rec.body, rec.id, rec.order, out)
	case rec.kind == "trace-create":
		return rec.trace(out)
	case verb == "create" || verb == "update":
		return rec.observation(out, what, verb == "update")
	}
	return "type: " + rec.kind + " is not known"
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
