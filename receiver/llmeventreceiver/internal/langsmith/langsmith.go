package langsmith

import (
	"errors"
	"mime"
	"net/http"
	"strings"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
)

// prefixes are put before the paths by clients whose endpoint is that of a self-hosted LangSmith.
var prefixes = []string{"", "/api", "/api/v1"}

// info is what SDKs ask for to choose how to send: many runs in one multipart body.
const info = `{"version":"0.12.0","license_expiration_time":null,` +
	`"batch_ingest_config":{"use_multipart_endpoint":true,"scale_up_qsize_trigger":1000,"scale_up_nthreads_limit":16,` +
	`"scale_down_nempty_trigger":4,"size_limit":100,"size_limit_bytes":10485760},` +
	`"instance_flags":{"gzip_body_enabled":true,"zstd_compression_enabled":true}}`

// Decoder of LangSmith's runs. They are written under the names that its SDKs use over OTLP, so that one reader knows both.
var Decoder = newDecoder()

func newDecoder() foreign.Decoder {
	d := foreign.Decoder{Name: "langsmith", Greetings: map[string]foreign.Answer{}, Decode: decode, Echo: echoOf}
	for _, prefix := range prefixes {
		for _, route := range []string{"POST %/runs/multipart", "POST %/runs/batch", "POST %/runs", "PATCH %/runs/{id}", "POST %/feedback"} {
			d.Routes = append(d.Routes, strings.Replace(route, "%", prefix, 1))
		}
		d.OTLP = append(d.OTLP, "POST "+prefix+"/otel/v1/traces")
		d.Greetings["GET "+prefix+"/info"] = foreign.Answer{Body: []byte(info)}
	}
	return d
}

// run is one record about a run: its beginning (post) or its end (patch). Large fields may come in parts of their own.
type run struct {
	patch  bool
	id     string
	base   jsontree.Value
	fields map[string]jsontree.Value
}

func (r *run) get(name string) jsontree.Value {
	if v, ok := r.fields[name]; ok {
		return v
	}
	return r.base.Get(name)
}

func (r *run) text(name string) string { return r.get(name).Text() }

// body is everything one request holds.
type body struct {
	runs     []*run
	feedback []jsontree.Value
	rejected int
}

var errNoObject = errors.New("the body must be an object")

func decode(r *foreign.Request) (foreign.Result, error) {
	in, err := read(r)
	if err != nil {
		return foreign.Result{}, err
	}
	out := foreign.Result{Rejected: in.rejected, Answer: foreign.Answer{Status: http.StatusAccepted}}
	for _, one := range in.runs {
		if p, ok := one.part(); ok {
			out.Parts = append(out.Parts, p)
		} else {
			out.Rejected++
		}
	}
	for _, v := range in.feedback {
		if s, ok := score(v); ok {
			out.Scores = append(out.Scores, s)
		} else {
			out.Rejected++
		}
	}
	if out.Rejected > 0 && len(out.Parts)+len(out.Scores) == 0 {
		return foreign.Result{}, errors.New("nothing in the body is a run with an id, or feedback with a key")
	}
	return out, nil
}

func read(r *foreign.Request) (body, error) {
	media, params, err := mime.ParseMediaType(r.ContentType)
	if err == nil && strings.HasPrefix(media, "multipart/") {
		return readMultipart(r, params["boundary"])
	}
	root, err := foreign.Parse(r.Body)
	if err != nil {
		return body{}, err
	}
	if root.Kind() != jsontree.Object {
		return body{}, errNoObject
	}
	var in body
	switch dir, last := cutLast(r.Path); {
	case last == "batch":
		for _, list := range []string{"post", "patch"} {
			for _, v := range root.Get(list).Elements() {
				if err := vendorjson.TooMany(len(in.runs)); err != nil {
					return body{}, err
				}
				in.runs = append(in.runs, &run{id: v.Get("id").Text(), base: v, patch: list == "patch"})
			}
		}
	case last == "feedback":
		in.feedback = append(in.feedback, root)
	case strings.HasSuffix(dir, "/runs"):
		in.runs = append(in.runs, &run{id: last, base: root, patch: true})
	default:
		in.runs = append(in.runs, &run{id: root.Get("id").Text(), base: root})
	}
	return in, nil
}

func cutLast(path string) (dir, last string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}
