package llmeventreceiver

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
)

var update = flag.Bool("update", false, "write the golden files anew")

var testClock = time.Date(2026, 11, 23, 10, 0, 30, 0, time.UTC)

// convert is what happens to a body between the socket and the pipeline.
func convert(t testing.TB, body []byte, lines, logsAsSpans bool) (ptrace.Traces, plog.Logs, *request, int) {
	t.Helper()
	d := newDecoder(createDefaultConfig().(*Config), "shop", testClock)
	read := d.json
	if lines {
		read = d.lines
	}
	in, p := read(body)
	require.Nil(t, p)
	records, duplicates, unlinked := event.Link(in.records)
	in.rejected = append(in.rejected, unlinked...)
	traces, logs := event.Encode(records, event.Source{Tenant: "acme", Now: testClock, Resource: in.resource, LogsAsSpans: logsAsSpans})
	return traces, logs, in, duplicates
}

// TestGolden shows the OTLP of every form of request. -update writes what it is now; read the difference before committing it.
func TestGolden(t *testing.T) {
	inputs, err := filepath.Glob(filepath.Join("testdata", "golden", "*.in.json"))
	require.NoError(t, err)
	require.NotEmpty(t, inputs)
	for _, input := range inputs {
		name := strings.TrimSuffix(filepath.Base(input), ".in.json")
		t.Run(name, func(t *testing.T) {
			body, err := os.ReadFile(input)
			require.NoError(t, err)
			traces, logs, in, duplicates := convert(t, body, false, name == "logs_as_spans")
			got := render(t, traces, logs, in, duplicates)
			golden := filepath.Join("testdata", "golden", name+".out.json")
			if *update {
				require.NoError(t, os.WriteFile(golden, got, 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got))

			again, moreLogs, _, _ := convert(t, body, false, name == "logs_as_spans")
			require.Equal(t, string(got), string(render(t, again, moreLogs, in, duplicates)), "the same events are the same spans")
		})
	}
}

func render(t *testing.T, traces ptrace.Traces, logs plog.Logs, in *request, duplicates int) []byte {
	t.Helper()
	tj, err := (&ptrace.JSONMarshaler{}).MarshalTraces(traces)
	require.NoError(t, err)
	lj, err := (&plog.JSONMarshaler{}).MarshalLogs(logs)
	require.NoError(t, err)
	out, err := json.Marshal(map[string]any{
		"traces": json.RawMessage(tj), "logs": json.RawMessage(lj), "rejected": in.rejected, "duplicates": duplicates,
	})
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, json.Indent(&b, out, "", " "))
	b.WriteByte('\n')
	return b.Bytes()
}
