package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/clickhouse/deadletter"
	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/internal/testkit"
)

func refusedSpans(tenant string, numbers ...byte) ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	tenancy.Stamp(rs.Resource().Attributes(), tenant, "shop")
	ss := rs.ScopeSpans().AppendEmpty()
	for _, n := range numbers {
		s := ss.Spans().AppendEmpty()
		s.SetTraceID(pcommon.TraceID{1})
		s.SetSpanID(pcommon.SpanID{n})
		s.SetName(fmt.Sprintf("span %d", n))
		s.SetStartTimestamp(pcommon.NewTimestampFromTime(time.Now()))
	}
	return td
}

// deadletter runs the command and returns what it printed.
func runDeadletter(t *testing.T, args ...string) (string, error) {
	cmd := newDeadletterCommand()
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(args)
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	err := cmd.ExecuteContext(context.Background())
	return out.String(), err
}

func TestDeadletterListAndShow(t *testing.T) {
	dir := t.TempDir()
	out, err := runDeadletter(t, "list", "--dir", dir)
	require.NoError(t, err)
	require.Contains(t, out, "Nothing was refused")

	f := &deadletter.Folder{Dir: dir}
	require.NoError(t, f.Write(refusedSpans("acme", 1, 2), deadletter.Info{Time: time.Now(), Reason: "VIOLATED_CONSTRAINT", Code: 469, Error: "no", Tenants: map[string]int{"acme": 2}}))
	out, err = runDeadletter(t, "list", "--dir", dir)
	require.NoError(t, err)
	require.Contains(t, out, "acme:2")
	require.Contains(t, out, "1 files, 2 spans")

	out, err = runDeadletter(t, "list", "--dir", dir, "--json")
	require.NoError(t, err)
	var list struct{ Letters []deadletter.Letter }
	require.NoError(t, json.Unmarshal([]byte(out), &list))
	require.Len(t, list.Letters, 1)

	out, err = runDeadletter(t, "show", "--dir", dir, list.Letters[0].Name)
	require.NoError(t, err)
	require.Contains(t, out, "VIOLATED_CONSTRAINT (code 469)")
	require.Contains(t, out, "span 2")
	out, err = runDeadletter(t, "show", "--dir", dir, "--json", list.Letters[0].Name)
	require.NoError(t, err)
	require.Contains(t, out, `"resourceSpans"`)
	_, err = runDeadletter(t, "show", "--dir", dir, "missing.otlp.pb")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestDeadletterNeedsAFolder(t *testing.T) {
	config := filepath.Join(t.TempDir(), "collector.yaml")
	_, err := runDeadletter(t, "list", "--config", config)
	require.ErrorContains(t, err, "--dir names the folder")
	require.NoError(t, os.WriteFile(config, []byte("exporters:\n  llm_clickhouse:\n  debug:\n"), 0o600))
	_, err = runDeadletter(t, "list", "--config", config)
	require.ErrorContains(t, err, "dead_letter::directory")
	_, err = runDeadletter(t, "list", "--config", config, "--exporter", "llm_clickhouse/2")
	require.ErrorContains(t, err, "--exporter")
	_, err = runDeadletter(t, "resend", "--config", config, "--dir", t.TempDir())
	require.ErrorContains(t, err, "--all")
}

func TestDeadletterResend(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	dir := t.TempDir()
	t.Setenv("TEST_DEAD_LETTER", dir)
	config := filepath.Join(t.TempDir(), "collector.yaml")
	require.NoError(t, os.WriteFile(config, []byte(fmt.Sprintf(`exporters:
  llm_clickhouse:
    endpoint: %s
    password_file: %s
    database: %s
    dead_letter:
      directory: ${env:TEST_DEAD_LETTER}
    retention: {tenants: {acme: 90}}
`, engine.Endpoint, engine.PasswordFile, db)), 0o600))
	client := clickhouse.NewDefaultClientConfig()
	client.Endpoint, client.PasswordFile, client.Database = engine.Endpoint, engine.PasswordFile, db
	_, err := clickhouse.Migrate(context.Background(), client, "test")
	require.NoError(t, err)
	_, err = engine.Query("ALTER TABLE " + db + ".llm_spans ADD CONSTRAINT refused CHECK name != 'span 3'")
	require.NoError(t, err)

	f := &deadletter.Folder{Dir: dir}
	for _, td := range []ptrace.Traces{refusedSpans("acme", 1, 2, 3), refusedSpans("other", 1), refusedSpans("acme", 1)} {
		require.NoError(t, f.Write(td, deadletter.Info{Time: time.Now(), Reason: "x"}))
	}
	out, err := runDeadletter(t, "resend", "--config", config, "--all")
	require.ErrorContains(t, err, "1 spans were refused again")
	require.Contains(t, out, "2 stored, 1 refused again")
	letters, err := f.List()
	require.NoError(t, err)
	require.Len(t, letters, 1)
	require.Equal(t, "VIOLATED_CONSTRAINT", letters[0].Reason)

	_, err = engine.Query("ALTER TABLE " + db + ".llm_spans DROP CONSTRAINT refused")
	require.NoError(t, err)
	out, err = runDeadletter(t, "resend", "--config", config, letters[0].Name)
	require.NoError(t, err, out)
	out, err = runDeadletter(t, "resend", "--config", config, "--all")
	require.NoError(t, err)
	require.Contains(t, out, "Nothing to resend")
	rows, err := engine.Query("SELECT tenant_id, count(), max(retention_days) FROM " + db + ".llm_spans GROUP BY tenant_id ORDER BY tenant_id")
	require.NoError(t, err)
	require.Equal(t, "acme\t3\t90\nother\t1\t30", strings.TrimSpace(rows))
}

// Letters of log records are listed beside those of spans, shown and stored again.
func TestDeadletterOfLogs(t *testing.T) {
	engine := testkit.StartEngine(t)
	db := engine.Database(t)
	client := clickhouse.NewDefaultClientConfig()
	client.Endpoint, client.PasswordFile, client.Database = engine.Endpoint, engine.PasswordFile, db
	_, err := clickhouse.Migrate(context.Background(), client, "test")
	require.NoError(t, err)
	dir := t.TempDir()
	config := filepath.Join(t.TempDir(), "collector.yaml")
	require.NoError(t, os.WriteFile(config, []byte(fmt.Sprintf("exporters:\n  llm_clickhouse:\n    endpoint: %s\n    password_file: %s\n    database: %s\n    dead_letter:\n      directory: %s\n",
		engine.Endpoint, engine.PasswordFile, db, dir)), 0o600))
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	tenancy.Stamp(rl.Resource().Attributes(), "acme", "shop")
	for _, name := range []string{"gen_ai.evaluation.result", "other"} {
		r := rl.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		r.SetEventName(name)
		r.SetTimestamp(pcommon.NewTimestampFromTime(time.Now()))
	}
	f := &deadletter.Folder{Dir: dir}
	require.NoError(t, f.WriteLogs(ld, deadletter.Info{Time: time.Now(), Reason: "VIOLATED_CONSTRAINT", Code: 469, Tenants: map[string]int{"acme": 2}}))
	require.NoError(t, f.Write(refusedSpans("acme", 1), deadletter.Info{Time: time.Now(), Reason: "x"}))

	out, err := runDeadletter(t, "list", "--dir", dir)
	require.NoError(t, err)
	require.Contains(t, out, "2 files, 1 spans, 2 log records")
	letters, err := f.List()
	require.NoError(t, err)
	for _, l := range letters {
		if l.Records == 0 {
			continue
		}
		out, err = runDeadletter(t, "show", "--dir", dir, l.Name)
		require.NoError(t, err)
		require.Contains(t, out, "gen_ai.evaluation.result")
		out, err = runDeadletter(t, "show", "--dir", dir, "--json", l.Name)
		require.NoError(t, err)
		require.Contains(t, out, `"resourceLogs"`)
	}
	out, err = runDeadletter(t, "resend", "--config", config, "--all")
	require.NoError(t, err)
	require.Contains(t, out, ": 2 stored, 0 refused again")
	require.Contains(t, out, ": 1 stored, 0 refused again")
	counts, err := engine.Query("SELECT (SELECT count() FROM " + db + ".llm_scores), (SELECT count() FROM " + db + ".llm_logs), (SELECT count() FROM " + db + ".llm_spans)")
	require.NoError(t, err)
	require.Equal(t, "1\t1\t1", strings.TrimSpace(counts))
	letters, err = f.List()
	require.NoError(t, err)
	require.Empty(t, letters)
}
