package braintrust

import (
	"fmt"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
)

// prefix and the names behind it are those that Braintrust itself reads from OpenTelemetry spans.
const prefix = "braintrust."

// read takes one row. A client writes several about one span: one when it begins, one when it ends, more when something is learnt in
// between, each with only what is new. Rows that are no spans are left out: those of data sets, and feedback, which names a row and
// no span.
func read(row jsontree.Value, path string) (part foreign.Part, isSpan bool, err error) {
	if row.Kind() != jsontree.Object {
		return part, false, vendorjson.Unexpected(path, row, "an object")
	}
	id, spanID := vendorjson.ID(row.Get("id")), vendorjson.ID(row.Get("span_id"))
	if id == "" && spanID == "" {
		return part, false, fmt.Errorf("%s.id: is missing", path)
	}
	if !row.Get("dataset_id").IsNothing() || vendorjson.True(row.Get("_object_delete")) || spanID == "" && vendorjson.True(row.Get("_is_merge")) {
		return part, false, nil
	}
	metrics := row.Get("metrics")
	if k := metrics.Kind(); k != jsontree.Object && !metrics.IsNothing() {
		return part, false, vendorjson.Unexpected(path+".metrics", metrics, "an object")
	}

	part = foreign.NewPart()
	part.ID = vendorjson.First(spanID, id)
	part.TraceID = vendorjson.First(vendorjson.ID(row.Get("root_span_id")), part.ID)
	for _, parent := range row.Get("span_parents").Elements() {
		if p := vendorjson.ID(parent); p != part.ID {
			part.ParentID = p // a span with several parents is rare; the last one is where it was made
		}
	}
	part.Name = row.Get("span_attributes").Get("name").Text()
	placeInTime(&part, row, metrics)

	origin := row.Get("context").Get("span_origin")
	part.Scope, part.ScopeVersion = origin.Get("name").Text(), origin.Get("version").Text()
	if project := vendorjson.ID(row.Get("project_id")); project != "" && !isUUID(project) {
		part.Resource.PutStr(semconv.ServiceName, project) // with our answer to the log-in, the project's name
	}

	if failure := row.Get("error"); !failure.IsNothing() {
		part.StatusCode = ptrace.StatusCodeError
		part.StatusMessage = vendorjson.Message(failure)
	}
	putFields(part.Attributes, row, id)
	return part, true, nil
}

// placeInTime takes the times of the metrics. A client's first row about a span has its start, one of the later ones its end; a row of
// the REST API may have only the time it was created, and is all there is.
func placeInTime(part *foreign.Part, row, metrics jsontree.Value) {
	part.Start, part.End = foreign.Time(metrics.Get("start")), foreign.Time(metrics.Get("end"))
	part.Opens, part.Closes = !part.Start.IsZero(), !part.End.IsZero()
	merges := vendorjson.True(row.Get("_is_merge"))
	if part.Start.IsZero() && !merges {
		part.Start = foreign.Time(row.Get("created"))
		part.Final = !part.Closes
		part.Opens = true
	}
	// What a span says last counts, in whatever order its rows come.
	switch {
	case part.Closes:
		part.Order = 2
	case merges:
		part.Order = 1
	}
}

func putFields(a pcommon.Map, row jsontree.Value, id string) {
	vendorjson.PutText(a, prefix+"id", id)
	for _, name := range [...]string{"project_id", "experiment_id", "log_id", "expected", "tags", "error"} {
		foreign.Put(a, prefix+name, row.Get(name))
	}
	for _, name := range [...]string{"metrics", "metadata", "span_attributes", "scores"} {
		vendorjson.Flatten(a, prefix+name, row.Get(name), 1)
	}
	for _, name := range [...]string{"input", "output"} {
		switch v := row.Get(name); v.Kind() {
		case jsontree.Array, jsontree.Object:
			foreign.Put(a, prefix+name+"_json", v)
		default:
			foreign.Put(a, prefix+name, v)
		}
	}
	foreign.PutTexts(a, prefix+"output.finish_reasons", finishReasons(row.Get("output")))
}

// maxReasons bounds the list: one for each choice a model was asked for.
const maxReasons = 64

// finishReasons are found in the provider's answer, which a row holds as it came or, for OpenAI's chat API, without its envelope.
func finishReasons(output jsontree.Value) (reasons []string) {
	add := func(v jsontree.Value) {
		if reason := v.Get("finish_reason", "finishReason", "stop_reason", "stopReason").Text(); reason != "" && len(reasons) < maxReasons {
			reasons = append(reasons, reason)
		}
	}
	choices := output
	if output.Kind() == jsontree.Object {
		add(output)
		choices = output.Get("choices", "candidates")
	}
	for _, choice := range choices.Elements() {
		add(choice)
	}
	return reasons
}

func isUUID(s string) bool {
	return len(s) == 36 && strings.Count(s, "-") == 4 && strings.Trim(s, "0123456789abcdefABCDEF-") == ""
}
