package llmeventreceiver

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/watchllm/watchllm/sdk-conventions/schema"
)

// schemaPath lists the contracts; below it each has its JSON Schema.
const schemaPath = "/api/v1/schema"

// listedSchema is one contract in the list.
type listedSchema struct {
	Schema     string `json:"schema"`
	Major      int    `json:"major"`
	URL        string `json:"url"`
	Deprecated bool   `json:"deprecated"`
}

type schemaList struct {
	Newest  string         `json:"newest"`
	Schemas []listedSchema `json:"schemas"`
}

// schemaPaths are the list and every schema in it.
func schemaPaths() []string {
	paths := []string{schemaPath}
	for _, name := range schemas {
		paths = append(paths, schemaPath+"/events/"+majorOf(name))
	}
	return paths
}

func majorOf(schema string) string { return schema[strings.LastIndexByte(schema, '/')+1:] }

// routeSchemas serves the JSON Schemas. They need no key: they are the same for everybody.
func routeSchemas(mux *http.ServeMux) {
	list := schemaList{Newest: schemas[0]}
	for _, name := range schemas {
		major, _ := strconv.Atoi(majorOf(name)) // the names are ours
		list.Schemas = append(list.Schemas, listedSchema{name, major, schemaPath + "/events/" + majorOf(name), name != schemas[0]})
	}
	mux.HandleFunc(schemaPath, func(w http.ResponseWriter, req *http.Request) {
		if query := req.URL.Query(); query.Has("major") {
			serveSchema(w, req, query.Get("major"))
		} else if readOnly(w, req) {
			writeJSON(w, http.StatusOK, "application/json", list)
		}
	})
	mux.HandleFunc(schemaPath+"/events/{major}", func(w http.ResponseWriter, req *http.Request) {
		serveSchema(w, req, req.PathValue("major"))
	})
}

func serveSchema(w http.ResponseWriter, req *http.Request, major string) {
	if !readOnly(w, req) {
		return
	}
	n, err := strconv.Atoi(major)
	text, ok := schema.Events(n)
	if err != nil || !ok {
		(&problem{
			Status: http.StatusNotFound, Code: codeUnsupportedSchema, Supported: schemas,
			Detail: fmt.Sprintf("there is no schema of the major version %q; use %s", major, strings.Join(schemas, " or ")),
		}).write(w)
		return
	}
	sum := sha256.Sum256(text)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "public, max-age=3600")
	h.Set("X-Content-Type-Options", "nosniff")
	if matches(req.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "application/schema+json")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = w.Write(text) // nobody is left to tell; of a HEAD the server sends no body
}

func matches(header, tag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
			return true
		}
	}
	return false
}

// readOnly answers requests that would change something.
func readOnly(w http.ResponseWriter, req *http.Request) bool {
	if req.Method == http.MethodGet || req.Method == http.MethodHead {
		return true
	}
	w.Header().Set("Allow", "GET, HEAD")
	(&problem{Status: http.StatusMethodNotAllowed, Code: "method_not_allowed", Detail: "schemas are read with GET"}).write(w)
	return false
}
