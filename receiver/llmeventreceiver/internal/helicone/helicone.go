package helicone

import (
	"fmt"
	"path"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
)

// Decoder is the manual logger. The first part of the path says whose API the bodies are of, where the program says it.
var Decoder = foreign.Decoder{
	Name:   "helicone",
	Routes: []string{"POST /custom/v1/log", "POST /oai/v1/log", "POST /anthropic/v1/log", "POST /googleapis/v1/log"},
	Decode: decode,
}

func decode(r *foreign.Request) (foreign.Result, error) {
	body, err := foreign.Parse(r.Body)
	if err != nil {
		return foreign.Result{}, err
	}
	request, response := body.Get("providerRequest"), body.Get("providerResponse")
	for _, part := range []struct {
		name string
		v    jsontree.Value
	}{{"providerRequest", request}, {"providerResponse", response}} {
		if part.v.Kind() != jsontree.Object {
			return foreign.Result{}, vendorjson.Unexpected(part.name, part.v, "an object")
		}
	}
	part := foreign.NewPart()
	part.Kind = ptrace.SpanKindClient
	part.Final = true
	a := part.Attributes
	putHeaders(a, response.Get("headers"), r.Header)

	part.ID = vendorjson.TextOf(a, "helicone.request_id")
	if part.Start, part.End, err = times(body.Get("timing"), r.Now); err != nil {
		return foreign.Result{}, err
	}
	foreign.Put(a, "helicone.timing.timeToFirstToken", body.Get("timing").Get("timeToFirstToken"))

	vendorjson.PutText(a, "helicone.provider", body.Get("provider").Text())
	if route, _, _ := strings.Cut(strings.TrimPrefix(path.Clean(r.Path), "/"), "/"); route != "custom" {
		vendorjson.PutText(a, "helicone.route", route)
	}
	vendorjson.PutText(a, "helicone.request.url", request.Get("url").Text())
	question := request.Get("json", "body")
	vendorjson.PutMembers(a, "helicone.request.", question)
	foreign.Put(a, "helicone.response.status", response.Get("status"))
	putResponse(a, response)

	part.Name = vendorjson.First(vendorjson.TextOf(a, "helicone.session_name"), vendorjson.TextOf(a, "helicone.request.toolName"), vendorjson.TextOf(a, "helicone.request.model"), "log")
	if status, ok := response.Get("status").Int(); ok {
		switch {
		case status >= 400:
			part.StatusCode = ptrace.StatusCodeError
			part.StatusMessage = failure(response)
		case status >= 200:
			part.StatusCode = ptrace.StatusCodeOk
		}
	}
	return foreign.Result{Parts: []foreign.Part{part}}, nil
}

func times(timing jsontree.Value, now time.Time) (start, end time.Time, err error) {
	start, end = now, now
	for _, t := range []struct {
		name string
		at   *time.Time
	}{{"startTime", &start}, {"endTime", &end}} {
		v := timing.Get(t.name)
		if v.IsNothing() {
			continue
		}
		seconds := foreign.Time(v.Get("seconds"))
		if seconds.IsZero() {
			return start, end, fmt.Errorf("timing.%s.seconds: is no time in seconds since 1970", t.name)
		}
		*t.at = seconds.Add(vendorjson.Duration(v.Get("milliseconds"), time.Millisecond))
	}
	return start, end, nil
}

// failure is the error a provider sent, or what a program put in place of the answer.
func failure(response jsontree.Value) string {
	if e := response.Get("json").Get("error"); !e.IsNothing() {
		return vendorjson.Message(e)
	}
	return vendorjson.Message(response.Get("textBody"))
}
