package captures

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// Case is one scenario of one client: what it sent, what was true, and what can be known from the bytes.
type Case struct {
	Client   string `json:"client"`
	Version  string `json:"version"`
	Variant  string `json:"variant"`
	Dir      string `json:"dir"`
	Scenario string `json:"scenario"`
	About    string `json:"about"`
	Files    []File `json:"files"`
	Truth    Truth  `json:"truth"`
	// Expect is what the bytes allow; nil where a folder does not say.
	Expect *Figures `json:"expect"`
}

// File is one request of the client; its names are below the case's folder.
type File struct {
	Signal      string `json:"signal"` // traces, metrics, logs, or native for a vendor's own body
	Path        string `json:"path"`
	ContentType string `json:"content_type"`
	Wire        string `json:"wire"`      // encoding the client used
	Proto       string `json:"pb"`        // the request as protobuf
	JSON        string `json:"json"`      // the same as OTLP/JSON
	WireJSON    string `json:"wire_json"` // the request as sent, when that was OTLP/JSON
	File        string `json:"file"`      // a vendor's own body
}

// Truth is what the fake provider really answered.
type Truth struct {
	SuccessfulCalls int     `json:"successful_llm_calls"`
	EmbeddingCalls  int     `json:"embedding_calls"`
	FailedCalls     int     `json:"failed_calls"`
	Totals          Figures `json:"totals"`
}

// Figures are the numbers a case is judged by.
type Figures struct {
	Calls       int `json:"calls"`
	FailedCalls int `json:"failed_calls_visible"`
	Tokens
	Note string `json:"note"`
}

// Name is the case as "<dir>/<scenario>".
func (c *Case) Name() string { return c.Dir + "/" + c.Scenario }

// Read reads index.json of a folder. The folder's name is for errors only.
func Read(folder fs.FS, name string) ([]Case, error) {
	raw, err := fs.ReadFile(folder, "index.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: not a captures folder, it has no index.json", name)
	}
	if err != nil {
		return nil, err
	}
	var index struct {
		Cases []Case `json:"cases"`
	}
	file := path.Join(name, "index.json")
	if err := json.Unmarshal(raw, &index); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(index.Cases) == 0 {
		return nil, fmt.Errorf("%s: lists no cases; docs/conformance.md shows one", file)
	}
	seen := map[string]bool{}
	for i := range index.Cases {
		c := index.Cases[i].Name()
		if seen[c] {
			return nil, fmt.Errorf("%s: case %s stands there twice; give the second another scenario name", file, c)
		}
		seen[c] = true
	}
	return index.Cases, nil
}

// Matching keeps the cases that the glob matches, by "client@version/scenario", by client or by scenario alone. Empty keeps all.
func Matching(cases []Case, glob string) ([]Case, error) {
	if glob == "" {
		return cases, nil
	}
	var out []Case
	for _, c := range cases {
		for _, name := range []string{c.Name(), c.Dir, c.Scenario} {
			ok, err := path.Match(glob, name)
			if err != nil {
				return nil, fmt.Errorf("case %q: %w", glob, err)
			}
			if ok {
				out = append(out, c)
				break
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("case %q: matches none of %d recorded cases", glob, len(cases))
	}
	return out, nil
}
