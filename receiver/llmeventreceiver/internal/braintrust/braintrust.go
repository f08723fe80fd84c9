package braintrust

import (
	"fmt"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
)

// Decoder is Braintrust's log API, and the three requests its clients make first: log in, register the project, ask the version.
var Decoder = foreign.Decoder{
	Name: "braintrust",
	Routes: []string{
		"POST /logs3", "POST /api/logs3", "POST /v1/project_logs/{project_id}/insert",
		"POST " + loginPath, "POST " + registerPath,
	},
	Greetings: map[string]foreign.Answer{"GET /version": {Body: []byte(`{"version":"watchllm"}`)}},
	Decode:    decode,
}

func decode(r *foreign.Request) (foreign.Result, error) {
	if answer, ok := shakeHands(r); ok {
		return foreign.Result{Answer: answer}, nil
	}
	body, err := foreign.Parse(r.Body)
	if err != nil {
		return foreign.Result{}, err
	}
	rows, path := body.Get("rows"), "rows"
	if rows.Kind() == jsontree.Missing {
		rows, path = body.Get("events"), "events" // what the REST API calls them
	}
	if rows.Kind() != jsontree.Array {
		return foreign.Result{}, vendorjson.Unexpected("rows", body.Get("rows"), "a list of rows")
	}
	var (
		parts    []foreign.Part
		rejected vendorjson.Rejections
		ids      = []string{}
	)
	for i, row := range rows.Elements() {
		if err := vendorjson.TooMany(i); err != nil {
			return foreign.Result{}, err
		}
		part, isSpan, err := read(row, fmt.Sprintf("%s[%d]", path, i))
		if err != nil {
			rejected.Add(err)
			continue
		}
		ids = append(ids, vendorjson.ID(row.Get("id")))
		if isSpan {
			parts = append(parts, part)
		}
	}
	return foreign.Result{
		Parts: parts, Rejected: rejected.Count,
		Answer: foreign.Answer{Body: rejected.Answer(map[string]any{"ids": ids, "row_ids": ids})},
	}, nil
}
