package llmclickhouseexporter

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/settling"
	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/semconv"
)

// nasty is text that would end a literal, were it not written in hexadecimal.
const nasty = "') OR 1 -- \\'{x:String}\x00"

func TestAppendStatement(t *testing.T) {
	at := testTime.UnixNano()
	part := []settling.Correction{
		{
			Trace: traceOf("acme", 1), Span: spanIDOf(2), Start: at, Ingested: 1000, UsageRole: semconv.UsageRoleDuplicate,
			Reason: semconv.UsageRoleReasonWrapper, CountedBy: "01:02", Fill: genai.Handed{UserID: nasty},
		},
		{Trace: traceOf(nasty, 3), Span: spanIDOf(4), Start: at + 1, Ingested: 2000, UsageRole: semconv.UsageRoleCall, Reason: semconv.UsageRoleReasonNoCallVisible, Sum: true},
	}
	for name, target := range map[string]clickhouse.Target{
		"single": {Database: "watchllm"}, "cluster": {Database: "watchllm", Cluster: "main"},
	} {
		got := appendText(target, part, time.UnixMilli(1_800_000_000_000)) + "\n"
		require.NotContains(t, got, "OR 1")
		path := filepath.Join("testdata", "golden", "settle_append_"+name+".sql")
		if *update {
			require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err, "run: go test -update")
		require.Equal(t, string(want), got)
	}
	require.Len(t, appendToken(part), 32)
	other := append([]settling.Correction(nil), part...)
	other[0].Ingested++
	require.NotEqual(t, appendToken(part), appendToken(other), "the original that comes again is corrected again")
}

func TestValuesCannotLeaveTheirLiterals(t *testing.T) {
	var b strings.Builder
	among(&b, "tenant_id", []string{nasty, ""})
	require.Regexp(t, regexp.MustCompile(`^tenant_id IN \(SELECT arrayJoin\(arrayMap\(x -> unhex\(x\), \['[0-9a-f]*',''\]\)\)\)$`), b.String())
	b.Reset()
	moment(&b, testTime.UnixNano()+5)
	require.Equal(t, "'2026-11-20 12:00:00.000000005'", b.String())
}
