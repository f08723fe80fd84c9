package testkit

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"path"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

//go:embed testdata/captures*
var captures embed.FS

// Captures is the folder of recorded client telemetry; its README says what lies where.
func Captures() fs.FS { return folder("testdata/captures") }

// Recorded is its sibling with what tools/recorder wrote: the same form, other clients.
func Recorded() fs.FS { return folder("testdata/captures-recorded") }

func folder(name string) fs.FS {
	sub, err := fs.Sub(captures, name)
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return sub
}

// Case is one scenario of one client: what it sent, what was true, and what can be known from the bytes.
type Case struct {
	Client   string        `json:"client"`
	Version  string        `json:"version"`
	Variant  string        `json:"variant"`
	Dir      string        `json:"dir"`
	Scenario string        `json:"scenario"`
	About    string        `json:"about"`
	Files    []CaptureFile `json:"files"`
	Truth    CaseTruth     `json:"truth"`
	Expect   CaseFigures   `json:"expect"`

	in fs.FS
}

// CaptureFile is one request of the client.
type CaptureFile struct {
	Path   string `json:"path"`
	Signal string `json:"signal"` // traces, metrics, logs or native
	Wire   string `json:"wire"`
	PB     string `json:"pb"`
	JSON   string `json:"json"`
	File   string `json:"file"` // of a native body
}

// CaseTruth is what the fake provider really answered.
type CaseTruth struct {
	SuccessfulCalls int         `json:"successful_llm_calls"`
	EmbeddingCalls  int         `json:"embedding_calls"`
	FailedCalls     int         `json:"failed_calls"`
	Totals          CaseFigures `json:"totals"`
}

// CaseFigures are the numbers a case is judged by. A nil count is unknown, which is not zero.
type CaseFigures struct {
	Calls       int    `json:"calls"`
	FailedCalls int    `json:"failed_calls_visible"`
	Input       *int64 `json:"input_tokens"`
	Output      *int64 `json:"output_tokens"`
	CacheRead   *int64 `json:"cache_read_input_tokens"`
	CacheWrite  *int64 `json:"cache_write_input_tokens"`
	Reasoning   *int64 `json:"reasoning_output_tokens"`
	Note        string `json:"note"`
}

// Name is the case as "<dir>/<scenario>".
func (c *Case) Name() string { return c.Dir + "/" + c.Scenario }

// HasTraces reports whether the client sent any OTLP spans.
func (c *Case) HasTraces() bool {
	for _, f := range c.Files {
		if f.Signal == "traces" {
			return true
		}
	}
	return false
}

// Folders are all the folders of recordings there are.
func Folders(t testing.TB) []fs.FS {
	t.Helper()
	names, err := fs.Glob(captures, "testdata/captures*")
	require.NoError(t, err)
	var all []fs.FS
	for _, name := range names {
		all = append(all, folder(name))
	}
	return all
}

// Cases lists every recorded case of all folders, sorted by name.
func Cases(t testing.TB) []Case {
	t.Helper()
	var all []Case
	for _, in := range Folders(t) {
		all = append(all, CasesOf(t, in)...)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name() < all[j].Name() })
	return all
}

// CasesOf lists the recorded cases of one folder.
func CasesOf(t testing.TB, in fs.FS) []Case {
	t.Helper()
	raw, err := fs.ReadFile(in, "index.json")
	require.NoError(t, err)
	var index struct {
		Cases []Case `json:"cases"`
	}
	require.NoError(t, json.Unmarshal(raw, &index))
	for i := range index.Cases {
		index.Cases[i].in = in
	}
	return index.Cases
}

// Traces loads the requests with spans of a case, in the order they were sent.
func (c *Case) Traces(t testing.TB) []ptrace.Traces {
	t.Helper()
	var out []ptrace.Traces
	for _, f := range c.Files {
		if f.Signal != "traces" {
			continue
		}
		td, err := c.load(f)
		require.NoError(t, err, c.Name())
		out = append(out, td)
	}
	return out
}

// Logs loads the requests with log records of a case, in the order they were sent.
func (c *Case) Logs(t testing.TB) []plog.Logs {
	t.Helper()
	var out []plog.Logs
	for _, f := range c.Files {
		if f.Signal != "logs" || f.PB == "" {
			continue
		}
		raw, err := fs.ReadFile(c.in, path.Join(c.Dir, f.PB))
		require.NoError(t, err, c.Name())
		ld, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(raw)
		require.NoError(t, err, c.Name())
		out = append(out, ld)
	}
	return out
}

// Body is a request of the case that is no OTLP, as the client sent it.
func (c *Case) Body(t testing.TB, f CaptureFile) []byte {
	t.Helper()
	raw, err := fs.ReadFile(c.in, path.Join(c.Dir, f.File))
	require.NoError(t, err, c.Name())
	return raw
}

// Raw is the attributes as Go values that can be compared and written as JSON: clients do send NaN, as the count of a stream that
// reported none.
func Raw(attributes pcommon.Map) map[string]any {
	out := attributes.AsRaw()
	for key, v := range out {
		if n, ok := v.(float64); ok && math.IsNaN(n) {
			out[key] = "NaN"
		}
	}
	return out
}

func (c *Case) load(f CaptureFile) (ptrace.Traces, error) {
	name := f.PB
	if name == "" {
		name = f.JSON
	}
	raw, err := fs.ReadFile(c.in, path.Join(c.Dir, name))
	if err != nil {
		return ptrace.Traces{}, err
	}
	switch {
	case strings.HasSuffix(name, ".pb"):
		return (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(raw)
	case strings.HasSuffix(name, ".json"):
		return (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(raw)
	default:
		return ptrace.Traces{}, fmt.Errorf("capture %s: neither .pb nor .json", name)
	}
}

// OneRequest joins the requests of a case into one, as a batching client or a collector in between would.
func OneRequest(requests []ptrace.Traces) ptrace.Traces {
	out := ptrace.NewTraces()
	for _, td := range requests {
		td.ResourceSpans().MoveAndAppendTo(out.ResourceSpans())
	}
	return out
}
