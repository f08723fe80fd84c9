package llmqueryextension

import (
	"bytes"
	"maps"
	"mime"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
)

// loadDocument reads the document as clients get it.
var loadDocument = sync.OnceValues(func() (*openapi3.T, error) {
	text, err := openapiJSON()
	if err != nil {
		return nil, err
	}
	return openapi3.NewLoader().LoadFromData(text)
})

const documentURL = "https://watchllm.test/openapi.json"

// loadSchemas compiles schemas of the document by their JSON pointer. OpenAPI 3.1 schemas are JSON Schema
// 2020-12, so a validator of that is asked and not one of OpenAPI 3.0's dialect.
var loadSchemas = sync.OnceValues(func() (*jsonschema.Compiler, error) {
	text, err := openapiJSON()
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	return c, c.AddResource(documentURL, doc)
})

// compiled schemas, because compiling one takes longer than using it.
var (
	compiledMu sync.Mutex
	compiled   = map[string]*jsonschema.Schema{}
)

func compileSchema(t testing.TB, pointer string) *jsonschema.Schema {
	t.Helper()
	compiledMu.Lock()
	defer compiledMu.Unlock()
	if s, ok := compiled[pointer]; ok {
		return s
	}
	c, err := loadSchemas()
	require.NoError(t, err)
	s, err := c.Compile(documentURL + "#" + pointer)
	require.NoError(t, err)
	compiled[pointer] = s
	return s
}

func escapePointer(s string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(s)
}

// documentedPath finds the path template of a request.
func documentedPath(t testing.TB, doc *openapi3.T, path string) string {
	t.Helper()
	got := strings.Split(path, "/")
	for template := range doc.Paths.Map() {
		want := strings.Split(template, "/")
		if len(want) != len(got) {
			continue
		}
		if slices.EqualFunc(want, got, func(w, g string) bool { return w == g || strings.HasPrefix(w, "{") }) {
			return template
		}
	}
	require.Failf(t, "not in the document", "path %s", path)
	return ""
}

// requireDocumented fails unless the document describes this very answer: its path, status, media type,
// required headers and every field of the body.
func requireDocumented(t testing.TB, req *http.Request, rec *httptest.ResponseRecorder) {
	t.Helper()
	doc, err := loadDocument()
	require.NoError(t, err)
	path := documentedPath(t, doc, req.URL.Path)
	ref := doc.Paths.Value(path).Get.Responses.Value(strconv.Itoa(rec.Code))
	require.NotNil(t, ref, "%s: status %d is not in the document: %s", path, rec.Code, rec.Body)
	for name := range ref.Value.Headers {
		require.NotEmpty(t, rec.Header().Get(name), "%s %d: header %s", path, rec.Code, name)
	}
	media, _, err := mime.ParseMediaType(rec.Header().Get("Content-Type"))
	require.NoError(t, err)
	require.NotNil(t, ref.Value.Content.Get(media), "%s %d: media type %s", path, rec.Code, media)
	if req.Method == http.MethodHead {
		return
	}
	pointer := "/paths/" + escapePointer(path) + "/get/responses/" + strconv.Itoa(rec.Code)
	if ref.Ref != "" {
		pointer = strings.TrimPrefix(ref.Ref, "#")
	}
	schema := compileSchema(t, pointer+"/content/"+escapePointer(media)+"/schema")
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(rec.Body.Bytes()))
	require.NoError(t, err)
	require.NoError(t, schema.Validate(value), "%s: %s", req.URL, rec.Body)
}

func TestDocumentIsValid(t *testing.T) {
	doc, err := loadDocument()
	require.NoError(t, err)
	require.Equal(t, "3.1.0", doc.OpenAPI)
	require.NoError(t, doc.Validate(t.Context()))
}

// Every object of the document lists all its fields as required and forbids others, so that a field that is
// added to an answer, or lost from one, fails the tests until the document says so too.
func TestDocumentIsStrict(t *testing.T) {
	doc, err := loadDocument()
	require.NoError(t, err)
	optional := map[string][]string{"Problem": {"detail", "errors"}, "Health": {"reason"}}
	var check func(name string, s *openapi3.Schema)
	check = func(name string, s *openapi3.Schema) {
		var missing []string
		for field, sub := range s.Properties {
			if !slices.Contains(s.Required, field) && !slices.Contains(optional[name], field) {
				missing = append(missing, field)
			}
			if sub.Ref == "" {
				check(name, sub.Value)
			}
		}
		if s.Properties != nil && name != "Timeseries" {
			require.Empty(t, missing, name)
			require.NotNil(t, s.AdditionalProperties.Has, name)
			require.False(t, *s.AdditionalProperties.Has, name)
		}
		if s.Items != nil && s.Items.Ref == "" {
			check(name, s.Items.Value)
		}
	}
	for name, s := range doc.Components.Schemas {
		check(name, s.Value)
	}
}

func TestSchemasRefuseWhatIsNotDocumented(t *testing.T) {
	schema := compileSchema(t, "/components/schemas/Count")
	for text, ok := range map[string]bool{
		`{"total":null,"unknown_calls":1}`:          true,
		`{"total":5,"unknown_calls":0}`:             true,
		`{"total":"5","unknown_calls":0}`:           false,
		`{"total":5}`:                               false,
		`{"total":5,"unknown_calls":0,"surplus":1}`: false,
	} {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		require.NoError(t, err)
		require.Equal(t, ok, schema.Validate(value) == nil, text)
	}
}

func TestDocumentListsEveryRoute(t *testing.T) {
	doc, err := loadDocument()
	require.NoError(t, err)
	var served []string
	for _, rt := range (&api{}).routes() {
		served = append(served, rt.path)
		item := doc.Paths.Value(rt.path)
		require.NotNil(t, item, rt.path)
		require.Len(t, item.Operations(), 1, rt.path)
		if rt.answer == nil {
			require.NotNil(t, item.Get.Security, rt.path)
			require.Empty(t, *item.Get.Security, "%s needs no key", rt.path)
		} else {
			require.Nil(t, item.Get.Security, "%s must not opt out of the key", rt.path)
		}
	}
	documented := slices.Collect(maps.Keys(doc.Paths.Map()))
	slices.Sort(documented)
	slices.Sort(served)
	require.Equal(t, served, documented)
}

// The parameters an endpoint reads are those the document lists: it refuses all others by name.
func TestDocumentListsEveryParameter(t *testing.T) {
	doc, err := loadDocument()
	require.NoError(t, err)
	for _, rt := range (&api{}).routes() {
		if rt.answer == nil || rt.seed {
			continue
		}
		a := newTestAPI(t, &fakeConn{err: errTestStore}, noTarget)
		var documented []string
		for _, p := range doc.Paths.Value(rt.path).Get.Parameters {
			if p.Value.In == "query" {
				documented = append(documented, p.Value.Name)
			}
		}
		p := newParams(nil, false)
		p.text("project_id")
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.SetPathValue("trace_id", traceID(1))
		req.SetPathValue("span_id", spanID(1))
		_, err := rt.answer(a, t.Context(), scope{"acme", "shop"}, p, req)
		if err != nil && rt.path == "/api/v1/prices" {
			require.ErrorContains(t, err, "name a provider", rt.path)
		} else if rt.path != "/api/v1/prices/book" {
			require.ErrorIs(t, err, errTestStore, rt.path)
		}
		read := slices.Collect(maps.Keys(p.known))
		slices.Sort(read)
		slices.Sort(documented)
		require.Equal(t, documented, read, rt.path)
	}
}

// What the code accepts and what the document says are one list.
func TestDocumentListsEveryChoice(t *testing.T) {
	doc, err := loadDocument()
	require.NoError(t, err)
	choices := func(path, name string) (out []string) {
		for _, v := range doc.Paths.Value(path).Get.Parameters.GetByInAndName("query", name).Schema.Value.Enum {
			out = append(out, v.(string))
		}
		return out
	}
	var metrics, intervals []string
	for _, m := range seriesMetrics {
		metrics = append(metrics, m.name)
	}
	for _, i := range seriesIntervals {
		intervals = append(intervals, i.name)
	}
	require.Equal(t, metrics, choices("/api/v1/stats/timeseries", "metric"))
	require.Equal(t, intervals, choices("/api/v1/stats/timeseries", "interval"))
	hours := doc.Components.Parameters["hours"].Value.Schema.Value
	require.InDelta(t, maxHours, *hours.Max, 0)
}

func TestDocumentIsServed(t *testing.T) {
	a := newTestAPI(t, &fakeConn{err: errTestStore}, noTarget)
	rec := ask(t, a, "", "/api/v1/openapi.json")
	require.Equal(t, http.StatusOK, rec.Code)
	served, err := openapi3.NewLoader().LoadFromData(rec.Body.Bytes())
	require.NoError(t, err)
	require.NoError(t, served.Validate(t.Context()))
}
