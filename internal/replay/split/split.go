package split

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Piece is a request of its own.
type Piece struct {
	Path, ContentType string
	Body              []byte
}

// format is how the requests of one kind are cut.
type format struct {
	// path is the end of the path, the prefix of the client's endpoint left open.
	path string
	// multipart is set where bodies of several parts are meant.
	multipart bool
	cut       func(contentType string, body []byte) ([]Piece, error)
}

// formats are the requests that hold several records; others are one piece.
var formats = []format{
	{"/api/public/ingestion", false, list("batch")},               // Langfuse
	{"/v1/traces/ingest", false, list("data")},                    // OpenAI Agents
	{"/runs/batch", false, list("post", "patch")},                 // LangSmith
	{"/runs/multipart", true, multipartBy(langSmithRecordOfPart)}, // LangSmith
	{"/batch", false, list("batch")},                              // PostHog
	{"/batch/", false, list("batch")},                             // PostHog
	{"/api/v2/llmobs", false, datadogSpans},                       // Datadog
	{"/logs3", false, list("rows")},                               // Braintrust
	{"/envelope", false, sentrySpans},                             // Sentry
	{"/envelope/", false, sentrySpans},                            // Sentry
}

// Split cuts the body of a request to path. A body with one record, or of a kind that is not cut, is returned as it is.
func Split(path, contentType string, body []byte) ([]Piece, error) {
	bare, _, _ := strings.Cut(path, "?")
	whole := []Piece{{path, contentType, body}}
	for _, f := range formats {
		if !strings.HasSuffix(bare, f.path) || f.multipart != strings.HasPrefix(contentType, "multipart/") {
			continue
		}
		pieces, err := f.cut(contentType, body)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if len(pieces) == 0 {
			return whole, nil
		}
		for i := range pieces {
			pieces[i].Path = path
		}
		return pieces, nil
	}
	return whole, nil
}

// list cuts a JSON object with lists of records under these names; everything else of the object goes with every record.
func list(names ...string) func(string, []byte) ([]Piece, error) {
	return func(contentType string, body []byte) (out []Piece, err error) {
		var envelope map[string]json.RawMessage
		if err := json.Unmarshal(body, &envelope); err != nil {
			return nil, err
		}
		records := map[string][]json.RawMessage{}
		for _, name := range names {
			if raw, ok := envelope[name]; ok {
				var elements []json.RawMessage
				if err := json.Unmarshal(raw, &elements); err != nil {
					return nil, fmt.Errorf("%s: %w", name, err)
				}
				records[name] = elements
				delete(envelope, name)
			}
		}
		for _, name := range names {
			for _, record := range records[name] {
				one := map[string]json.RawMessage{}
				for k, v := range envelope {
					one[k] = v
				}
				if one[name], err = json.Marshal([]json.RawMessage{record}); err != nil {
					return nil, err
				}
				raw, err := json.Marshal(one)
				if err != nil {
					return nil, err
				}
				out = append(out, Piece{ContentType: contentType, Body: raw})
			}
		}
		return out, nil
	}
}
