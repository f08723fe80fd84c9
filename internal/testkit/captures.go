package testkit

import (
	"embed"
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

	"github.com/watchllm/watchllm/internal/captures"
)

//go:embed testdata/captures*
var recordings embed.FS

// Captures is the folder of recorded client telemetry; its README says what lies where.
func Captures() fs.FS { return folder("testdata/captures") }

// Recorded is its sibling with what tools/recorder wrote: the same form, other clients.
func Recorded() fs.FS { return folder("testdata/captures-recorded") }

func folder(name string) fs.FS {
	sub, err := fs.Sub(recordings, name)
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return sub
}

// Case is one scenario of one client, with its requests at hand.
type Case struct {
	captures.Case
	// Expect is what the bytes allow; every case here says it.
	Expect CaseFigures

	in fs.FS
}

// What a case consists of.
type (
	CaptureFile = captures.File
	CaseTruth   = captures.Truth
	CaseFigures = captures.Figures
)

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
	names, err := fs.Glob(recordings, "testdata/captures*")
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
	list, err := captures.Read(in, "testdata")
	require.NoError(t, err)
	out := make([]Case, len(list))
	for i, c := range list {
		require.NotNil(t, c.Expect, c.Name())
		out[i] = Case{Case: c, Expect: *c.Expect, in: in}
	}
	return out
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
		if f.Signal != "logs" || f.Proto == "" {
			continue
		}
		raw, err := fs.ReadFile(c.in, path.Join(c.Dir, f.Proto))
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
	name := f.Proto
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
