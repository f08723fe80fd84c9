package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Case is one scenario of one client, as index.json of a captures folder lists it.
type Case struct {
	Client   string `json:"client"`
	Version  string `json:"version"`
	Variant  string `json:"variant"`
	Dir      string `json:"dir"`
	Scenario string `json:"scenario"`
	About    string `json:"about"`
	Files    []struct {
		Signal string `json:"signal"`
		Proto  string `json:"pb"`
	} `json:"files"`
	Truth struct {
		SuccessfulCalls int `json:"successful_llm_calls"`
		EmbeddingCalls  int `json:"embedding_calls"`
		FailedCalls     int `json:"failed_calls"`
		Totals          struct {
			Tokens
		} `json:"totals"`
	} `json:"truth"`
	// Expect is what the bytes allow; nil where a folder does not say.
	Expect *Expectation `json:"expect"`
}

// Expectation is what can be known from the bytes of a case.
type Expectation struct {
	Calls       int `json:"calls"`
	FailedCalls int `json:"failed_calls_visible"`
	Tokens
	Note string `json:"note"`
}

// Tokens are sums over the calls of a case. Nil is unknown, which is not zero. Input includes cached tokens, output reasoning.
type Tokens struct {
	Input      *int64 `json:"input_tokens"`
	Output     *int64 `json:"output_tokens"`
	CacheRead  *int64 `json:"cache_read_input_tokens"`
	CacheWrite *int64 `json:"cache_write_input_tokens"`
	Reasoning  *int64 `json:"reasoning_output_tokens"`
}

// Name is what results call the case.
func (c *Case) Name() string { return c.Dir + "/" + c.Scenario }

// signals are what a file of a case may be; metrics are known and left out.
var signals = []string{"traces", "logs", "native", "metrics"}

// Unsent says which files of a case nobody will send, because their signal is not known.
func (c *Case) Unsent() (out []string) {
	for _, f := range c.Files {
		if !slices.Contains(signals, f.Signal) {
			out = append(out, fmt.Sprintf("%s: signal %q is not sent; want %s", c.Name(), f.Signal, strings.Join(signals[:3], ", ")))
		}
	}
	return out
}

// ReadCases reads index.json of a captures folder.
func ReadCases(dir string) ([]Case, error) {
	file := filepath.Join(dir, "index.json")
	raw, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: not a captures folder, it has no index.json", dir)
	}
	if err != nil {
		return nil, err
	}
	var index struct {
		Cases []Case `json:"cases"`
	}
	if err := json.Unmarshal(raw, &index); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(index.Cases) == 0 {
		return nil, fmt.Errorf("%s: lists no cases; docs/conformance.md shows one", file)
	}
	seen := map[string]bool{}
	for i := range index.Cases {
		name := index.Cases[i].Name()
		if seen[name] {
			return nil, fmt.Errorf("%s: case %s stands there twice; give the second another scenario name", file, name)
		}
		seen[name] = true
	}
	return index.Cases, nil
}
