package llmeventreceiver

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// Every path of every vendor answers anything in its own form: never with an error of ours, never with more memory than a body is
// worth, and goes on serving.
func TestEveryDoor(t *testing.T) {
	f := start(t, options{auth: true, edit: allVendors})
	deep := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
	bodies := map[string]string{
		"empty":         "",
		"null":          "null",
		"number":        "-0",
		"huge number":   "1e999999",
		"NaN":           "NaN",
		"text":          `"x"`,
		"invalid UTF-8": "{\"batch\":[{\"id\":\"\xff\",\"type\":\"\xfe\"}],\"a\xff\":1}",
		"surrogate":     `[{"id":"\ud800","span_id":"\udc00"}]`,
		"NUL":           `{"id":"\u0000","name":"\u0000"}`,
		"twice":         `{"id":"1","id":2,"batch":[],"batch":{}}`,
		"cut off":       `{"batch":[{`,
		"deep":          deep,
		"deep inside":   `{"batch":` + deep + `,"data":` + deep + `,"rows":` + deep + `,"post":[` + deep + `]}`,
		"wrong kinds":   `{"batch":{"a":[1]},"data":"x","rows":1,"post":[1,"x",null,{}],"patch":true,"events":[{}],"spans":[{"meta":[]}]}`,
		"mark":          "\ufeff{}",
		"UTF-16":        "\xff\xfe{\x00}\x00",
		"multipart":     "--x\r\n\r\n--x--",
		"many records":  `{"batch":[` + strings.Repeat(`{},`, 20_000) + `{}],"rows":[` + strings.Repeat(`{},`, 20_000) + `{}]}`,
		"fields":        `{"batch":[{` + strings.Repeat(`"a":1,`, 10_000) + `"z":1}]}`,
	}
	doors := 0
	for i := range vendors {
		routes := append(append([]string{}, vendors[i].Routes...), vendors[i].OTLP...)
		for _, route := range routes {
			method, path, _ := strings.Cut(route, " ")
			if method != "POST" || strings.HasPrefix(path, "/api/runs") || strings.HasPrefix(path, "/api/v1/runs") {
				continue // the same under other prefixes
			}
			doors++
			for _, hole := range []string{"{project}", "{project_id}", "{id}", "{$}"} {
				path = strings.ReplaceAll(path, hole, map[bool]string{true: "", false: "1"}[hole == "{$}"])
			}
			for name, body := range bodies {
				for _, contentType := range []string{"application/json", "multipart/form-data; boundary=x", ""} {
					if contentType != "application/json" && name != "multipart" && name != "empty" {
						continue
					}
					var a answer
					cost := allocated(func() { a = f.post(t, path, body, "Content-Type", contentType) })
					where := path + " " + name + " " + contentType
					assert.Less(t, a.status, 500, where)
					assert.True(t, utf8.ValidString(a.text), where)
					assert.Less(t, len(a.text), 4096+16*len(body), where)
					assert.Less(t, cost, int64(16<<20)+100*int64(len(body)), where)
					if a.status >= 400 && !strings.Contains(path, "otel") {
						assert.True(t, json.Valid([]byte(a.text)), "%s: %s", where, a.text)
					}
				}
			}
			require.Equal(t, 401, f.post(t, path, `{}`, "X-API-Key", "").status, path)
		}
	}
	require.GreaterOrEqual(t, doors, 18)
	f.serves(t)
	require.Eventually(t, func() bool { return inFlight(f) == 0 }, patience, polling)
}

// What nests too deep in one record of a vendor's does not cost the others, and says what it was.
func TestDeepRecordOfAVendor(t *testing.T) {
	f := start(t, options{auth: true, edit: allVendors})
	deep := strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000)
	a := f.post(t, "/api/public/ingestion", langfuseGeneration(`"usageDetails":{"input":3},"input":`+deep))
	require.Equal(t, 207, a.status, a.text)
	require.Contains(t, a.text, `"errors":[]`)
	require.Eventually(t, func() bool { return f.traces.SpanCount() > 0 }, patience, polling)
	span := f.traces.AllTraces()[0].ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
	var found bool
	for _, v := range span.Attributes().All() {
		found = found || strings.Contains(v.AsString(), "(nested too deep)")
	}
	require.True(t, found, span.Attributes().AsRaw())
}

func TestDeepOTLPOnAVendorsPath(t *testing.T) {
	f := start(t, options{auth: true, edit: allVendors})
	td := ptrace.NewTraces()
	v := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty().Attributes().PutEmpty("a")
	for range 10_000 {
		v = v.SetEmptySlice().AppendEmpty()
	}
	req := ptraceotlp.NewExportRequestFromTraces(td)
	raw, err := req.MarshalProto()
	require.NoError(t, err)
	text, err := req.MarshalJSON()
	require.NoError(t, err)
	for contentType, body := range map[string]string{protobuf: string(raw), "application/json": string(text)} {
		a := f.post(t, "/api/public/otel/v1/traces", body, "Content-Type", contentType)
		require.Equal(t, 400, a.status, a.text)
		require.Contains(t, a.text, "nests too deep")
	}
	require.Zero(t, f.traces.SpanCount())
	f.serves(t)
}
