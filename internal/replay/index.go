package replay

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
)

// recordedCase is one scenario of a captures folder: the requests that one run of one client sent.
type recordedCase struct {
	Dir      string         `json:"dir"`
	Scenario string         `json:"scenario"`
	Files    []recordedFile `json:"files"`
}

type recordedFile struct {
	Signal      string `json:"signal"` // traces, metrics, logs, or native for a vendor's own body
	Path        string `json:"path"`
	ContentType string `json:"content_type"`
	Wire        string `json:"wire"`      // encoding the client used
	Proto       string `json:"pb"`        // the request as protobuf
	File        string `json:"file"`      // a vendor's own body
	WireJSON    string `json:"wire_json"` // the request as sent, when that was OTLP/JSON
}

// name is what --case globs match.
func (c *recordedCase) name() string { return c.Dir + "/" + c.Scenario }

// readIndex reads index.json of a captures folder.
func readIndex(dir string) ([]recordedCase, error) {
	file := filepath.Join(dir, "index.json")
	raw, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: not a captures folder, it has no index.json", dir)
	}
	if err != nil {
		return nil, err
	}
	var index struct {
		Cases []recordedCase `json:"cases"`
	}
	if err := json.Unmarshal(raw, &index); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return index.Cases, nil
}

// chosen keeps the cases that the glob matches, by "client@version/scenario", by client or by scenario alone. Empty keeps all.
func chosen(cases []recordedCase, glob string) ([]recordedCase, error) {
	if glob == "" {
		return cases, nil
	}
	var out []recordedCase
	for _, c := range cases {
		for _, name := range []string{c.name(), c.Dir, c.Scenario} {
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
