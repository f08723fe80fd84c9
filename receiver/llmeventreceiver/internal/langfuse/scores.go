package langfuse

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
)

// decodeScores reads the scores API: one score, or the list that SDKs from version 5 (Python) send instead of ingestion records.
func decodeScores(root jsontree.Value, now time.Time) (foreign.Result, error) {
	var out foreign.Result
	at := now.UnixMilli()
	switch root.Kind() {
	case jsontree.Object:
		if problem := score(root, "", at, &out); problem != "" {
			return foreign.Result{}, errors.New(problem[len("body."):])
		}
		out.Scores[0].Identify()
		id, err := json.Marshal(map[string]string{"id": out.Scores[0].ID})
		out.Answer = foreign.Answer{Body: id}
		return out, err
	case jsontree.Array:
	default:
		return foreign.Result{}, errors.New("the body must be a score or a list of scores, is " + root.Kind().String())
	}
	type refusal struct {
		Message string `json:"message"`
	}
	refusals := []refusal{}
	for i, v := range root.Elements() {
		if err := vendorjson.TooMany(i); err != nil {
			return foreign.Result{}, err
		}
		problem := "body: must be an object, is " + v.Kind().String()
		if v.Kind() == jsontree.Object {
			problem = score(v, "", at, &out)
		}
		if problem != "" {
			refusals = append(refusals, refusal{problem})
		}
	}
	out.Rejected = len(refusals)
	if out.Rejected == 0 {
		out.Answer = foreign.Answer{Status: http.StatusAccepted, Body: []byte(`{"message":"Accepted"}`)}
		return out, nil
	}
	body, err := json.Marshal(map[string]any{"accepted": len(out.Scores), "rejected": out.Rejected, "errors": refusals})
	out.Answer = foreign.Answer{Status: http.StatusMultiStatus, Body: body}
	return out, err
}

// score reads an evaluation or a user's feedback. The id and the time, in milliseconds since 1970, are those of the record around
// it, for a score that has none of its own.
func score(b jsontree.Value, id string, at int64, out *foreign.Result) (problem string) {
	s := foreign.NewScore()
	if s.ID = b.Get("id").Text(); s.ID == "" {
		s.ID = id
	}
	if s.Name = b.Get("name").Text(); s.Name == "" {
		return "body.name: is missing; it says what was scored"
	}
	switch v := b.Get("value"); v.Kind() {
	case jsontree.Number:
		s.Value, s.HasValue = v.Float()
	case jsontree.String:
		s.Label = v.Text()
	case jsontree.Bool:
		s.Label = v.Compact()
	}
	if !s.HasValue && s.Label == "" {
		return "body.value: must be a number or text"
	}
	s.TraceID, s.SpanID = b.Get("traceId").Text(), b.Get("observationId").Text()
	s.SessionID = b.Get("sessionId").Text()
	s.Explanation, s.Source = b.Get("comment").Text(), b.Get("source").Text()
	if s.Time = foreign.Time(b.Get("timestamp")); s.Time.IsZero() && at > 0 {
		s.Time = unixMilli(at)
	}
	foreign.PutText(s.Attributes, "langfuse.score.data_type", b.Get("dataType"))
	foreign.PutText(s.Attributes, "langfuse.environment", b.Get("environment"))
	foreign.Flatten(s.Attributes, "langfuse.score.metadata.", b.Get("metadata"))
	out.Scores = append(out.Scores, s)
	return ""
}
