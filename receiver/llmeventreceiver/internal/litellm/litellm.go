package litellm

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
)

// Decoder of LiteLLM's generic API callback. What a payload says is written under the names of LiteLLM's OpenTelemetry callback, so that
// one reader knows both.
var Decoder = foreign.Decoder{Name: "litellm", Routes: []string{"POST /litellm", "POST /litellm/{$}"}, Decode: decode}

func decode(r *foreign.Request) (foreign.Result, error) {
	d := decoder{version: strings.TrimPrefix(firstWord(r.Header.Get("User-Agent")), "litellm/")}
	if err := d.body(r.Body); err != nil {
		return foreign.Result{}, err
	}
	return foreign.Result{
		Parts: d.parts, Rejected: d.rejected.Count,
		Answer: foreign.Answer{Body: d.rejected.Answer(map[string]any{"status": "ok"})},
	}, nil
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	if !strings.HasPrefix(word, "litellm/") {
		return ""
	}
	return word
}

type decoder struct {
	version  string
	parts    []foreign.Part
	rejected vendorjson.Rejections
}

// body reads the three forms of the callback's log_format: a list, one payload a line, and one payload. All of them come as
// application/json.
func (d *decoder) body(body []byte) error {
	root, err := foreign.Parse(body)
	switch {
	case err != nil:
		if d.lines(body) {
			return nil
		}
		return err
	case root.Kind() == jsontree.Array:
		for i, v := range root.Elements() {
			if err := vendorjson.TooMany(i); err != nil {
				return err
			}
			d.payload(v, fmt.Sprintf("[%d]", i))
		}
		return nil
	case root.Kind() == jsontree.Object:
		d.payload(root, "body")
		return nil
	}
	return vendorjson.Unexpected("body", root, "a payload or a list of them")
}

// lines reads one payload a line and reports whether it is that: the first line must be one by itself, and not the only one.
func (d *decoder) lines(body []byte) bool {
	n := 0
	for line := range bytes.Lines(body) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		v, err := foreign.Parse(line)
		if n++; n == 1 && (err != nil || v.Kind() != jsontree.Object || len(line) == len(bytes.TrimSpace(body))) {
			return false
		}
		path := fmt.Sprintf("line %d", n)
		if vendorjson.TooMany(n-1) != nil {
			err = errors.New("is one too many; send fewer in one request")
		}
		if err != nil {
			d.rejected.Add(fmt.Errorf("%s: %w", path, err))
			continue
		}
		d.payload(v, path)
	}
	return n > 0
}

// payload takes one call, or says what is wrong with it.
func (d *decoder) payload(v jsontree.Value, path string) {
	if v.Kind() != jsontree.Object {
		d.rejected.Add(vendorjson.Unexpected(path, v, "an object"))
		return
	}
	start := v.Get("startTime")
	if start.Kind() != jsontree.Number {
		d.rejected.Add(fmt.Errorf("%s.startTime: is %s, expected a number: the format of generic_api_use_v1 is not read, leave that off", path, start.Kind()))
		return
	}
	p := call{v: v, a: foreign.NewPart()}
	d.parts = append(d.parts, p.part(d.version))
}
