package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	clickhousego "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/costing"
	"github.com/watchllm/watchllm/internal/testkit"
)

const ownPrices = `provider: house
source: {page: "https://house.example/prices", read: 2026-05-01, confidence: vendor}
models: {big: {prices: [{from: 2026-01-01, mtok: {input: 5, output: 25}}]}}
`

// golden compares with a file in testdata; UPDATE_GOLDEN=1 rewrites it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "UPDATE_GOLDEN=1 go test writes it")
	require.Equal(t, string(want), got)
}

func TestPricesExplainOfAStoredSpan(t *testing.T) {
	engine := testkit.StartEngine(t)
	store := clickhouse.NewDefaultClientConfig()
	store.Endpoint, store.Username, store.Password = engine.Endpoint, engine.Username, configopaque.String(engine.Password)
	store.Database = engine.Database(t)
	_, err := clickhouse.Migrate(t.Context(), store, t.Name())
	require.NoError(t, err)
	conn, err := store.Open()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })

	dir := t.TempDir()
	prices, config := filepath.Join(dir, "house.yaml"), filepath.Join(dir, "collector.yaml")
	require.NoError(t, os.WriteFile(prices, []byte(ownPrices), 0o600))
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, `exporters: {llm_clickhouse: {endpoint: %q, username: %q, password: %q, database: %q}}
processors: {llm_cost: {prices: [%q]}}
`, engine.Endpoint, engine.Username, engine.Password, store.Database, prices), 0o600))

	trace, span := strings.Repeat("a", 32), strings.Repeat("b", 16)
	start := time.Date(2026, 4, 1, 10, 0, 0, 5, time.UTC)
	insert := func(tenant, project, status string) {
		require.NoError(t, conn.Exec(t.Context(), `INSERT INTO llm_spans (tenant_id, project_id, trace_id, span_id, start_time, end_time, role, usage_role,
			provider, request_model, input_tokens, output_tokens, cost_status, ingested_at, retention_days)
			VALUES ({tenant:String}, {project:String}, {trace:String}, {span:String}, fromUnixTimestamp64Nano({start:Int64}, 'UTC'), fromUnixTimestamp64Nano({start:Int64}, 'UTC'),
			'llm', 'call', 'house', 'big', 1000, 10, {status:String}, now64(3), 36500)`,
			clickhousego.Named("tenant", tenant), clickhousego.Named("project", project), clickhousego.Named("trace", trace), clickhousego.Named("span", span),
			clickhousego.Named("start", start.UnixNano()), clickhousego.Named("status", status)))
	}
	insert("acme", "default", "unknown_model")
	require.NoError(t, conn.Exec(t.Context(), `INSERT INTO llm_cost_adjustments (tenant_id, project_id, trace_id, span_id, start_time, revision, adjusted_at, run_id,
		reason, book_read_on, cost_after, cost_currency_after, cost_status_before, cost_status_after, price_id_after, cost_input, cost_output, retention_days)
		VALUES ('acme', 'default', {trace:String}, {span:String}, fromUnixTimestamp64Nano({start:Int64}, 'UTC'), 1, '2026-05-02 10:00:00', 'r1',
		'the model has a price now', '2026-05-01', 0.00525, 'USD', 'unknown_model', 'exact', 'house/big@2026-01-01', 0.005, 0.00025, 36500)`,
		clickhousego.Named("trace", trace), clickhousego.Named("span", span), clickhousego.Named("start", start.UnixNano())))

	out, _, err := runPrices(t, "explain", trace, span, "--config", config)
	require.NoError(t, err)
	golden(t, "explain_stored.txt", out)
	colon, _, err := runPrices(t, "explain", strings.ToUpper(trace)+":"+span, "--config", config, "--tenant", "acme")
	require.NoError(t, err)
	require.Equal(t, out, colon)
	shown, _, err := runPrices(t, "explain", trace, span, "--config", config, "--json")
	require.NoError(t, err)
	var account costing.Account
	require.NoError(t, json.Unmarshal([]byte(shown), &account))
	assert.Nil(t, account.Booked.Amount)
	assert.Equal(t, "0.00525", *account.Known.Amount)

	_, _, err = runPrices(t, "explain", trace, strings.Repeat("c", 16), "--config", config)
	require.ErrorContains(t, err, "the store has no span "+strings.Repeat("c", 16))
	_, _, err = runPrices(t, "explain", trace, span, "--config", config, "--tenant", "globex")
	require.ErrorContains(t, err, `tenant "globex" has no span`)
	listed, _, err := runPrices(t, "explain", strings.ToUpper(trace), "--config", config)
	require.NoError(t, err)
	assert.Regexp(t, "acme +default +"+span+" +house +big +0.00525 USD +exact", listed)
	assert.Contains(t, listed, "prices explain "+trace+" SPAN_ID")
	_, _, err = runPrices(t, "explain", strings.Repeat("c", 32), "--config", config)
	require.ErrorContains(t, err, "no model call in trace "+strings.Repeat("c", 32))
	insert("globex", "default", "no_usage")
	_, _, err = runPrices(t, "explain", trace, span, "--config", config)
	require.ErrorContains(t, err, "name one with --tenant: acme, globex")
	out, _, err = runPrices(t, "explain", trace, span, "--config", config, "--tenant", "globex")
	require.NoError(t, err)
	assert.Contains(t, out, "status          no_usage")
	assert.Contains(t, out, "Never corrected")

	// Another project's call has nothing of this one's but the ids.
	insert("acme", "lab", "no_usage")
	_, _, err = runPrices(t, "explain", trace, span, "--config", config, "--tenant", "acme")
	require.ErrorContains(t, err, "name one with --project: default, lab")
	_, _, err = runPrices(t, "explain", trace, span, "--config", config, "--tenant", "acme", "--project", "none")
	require.ErrorContains(t, err, `project "none" has no span`)
	out, _, err = runPrices(t, "explain", trace, span, "--config", config, "--tenant", "acme", "--project", "lab")
	require.NoError(t, err)
	assert.Contains(t, out, "Never corrected")
	listed, _, err = runPrices(t, "explain", trace, "--config", config, "--project", "lab")
	require.NoError(t, err)
	assert.Contains(t, listed, "lab ")
	assert.NotContains(t, listed, "default")
}

// A store without the ledger is no riddle: every command that reads it says what to do.
func TestALedgerThatIsNotThereYet(t *testing.T) {
	engine := testkit.StartEngine(t)
	config := filepath.Join(t.TempDir(), "collector.yaml")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, "exporters: {llm_clickhouse: {endpoint: %q, username: %q, password: %q, database: %q}}\nprocessors: {llm_cost: }\n",
		engine.Endpoint, engine.Username, engine.Password, engine.Database(t)), 0o600))
	for _, args := range [][]string{
		{"rerate", "--from", "2026-01-01", "--dry-run"}, {"rerate", "history"}, {"prices", "unknown"},
		{"prices", "explain", strings.Repeat("a", 32), strings.Repeat("b", 16)},
	} {
		root := newRootCommand()
		root.SetArgs(append(args, "--config", config))
		root.SetOut(io.Discard)
		require.ErrorContains(t, root.ExecuteContext(t.Context()), "start the collector of this version once", args)
	}
}

func TestPricesExplainRefusesWhatItCannotMean(t *testing.T) {
	for want, args := range map[string][]string{
		`trace id "abc"`:           {"abc", strings.Repeat("b", 16)},
		"span id \"\"":             {strings.Repeat("a", 32) + ":"},
		"not both":                 {strings.Repeat("a", 32), strings.Repeat("b", 16), "--span", "x.json"},
		"no such file":             {"--span", filepath.Join(t.TempDir(), "absent.json")},
		"--reported: amount":       {"--reported", "much"},
		"accepts at most 2 arg(s)": {"a", "b", "c"},
	} {
		config := filepath.Join(t.TempDir(), "collector.yaml")
		require.NoError(t, os.WriteFile(config, []byte("exporters: {llm_clickhouse: {}}\n"), 0o600))
		_, _, err := runPrices(t, append([]string{"explain", "--config", config}, args...)...)
		require.ErrorContains(t, err, want)
	}
}

// A call that a provider is paid for, and a span that is no call at all.
const twoSpans = `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[
{"scope":{"name":"opentelemetry.instrumentation.anthropic"},"spans":[
 {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"chat big","kind":3,
  "startTimeUnixNano":"1784116800000000000","endTimeUnixNano":"1784116801000000000","attributes":[
  {"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},
  {"key":"gen_ai.provider.name","value":{"stringValue":"house"}},
  {"key":"gen_ai.request.model","value":{"stringValue":"big"}},
  {"key":"gen_ai.response.model","value":{"stringValue":"big"}},
  {"key":"gen_ai.usage.input_tokens","value":{"intValue":"1000"}},
  {"key":"gen_ai.usage.output_tokens","value":{"intValue":"10"}}]},
 {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b175","name":"GET /","attributes":[]}]}]}]}`

func TestPricesExplainOfASpanInAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "spans.json")
	require.NoError(t, os.WriteFile(file, []byte(twoSpans), 0o600))
	prices := filepath.Join(t.TempDir(), "house.yaml")
	require.NoError(t, os.WriteFile(prices, []byte(ownPrices), 0o600))
	out, _, err := runPrices(t, "explain", "--prices", prices, "--span", file)
	require.NoError(t, err)
	golden(t, "explain_span.txt", out)
	var spans []spanExplained
	shown, _, err := runPrices(t, "explain", "--prices", prices, "--span", file, "--json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal([]byte(shown), &spans))
	require.Len(t, spans, 2)
	assert.Equal(t, "0.00525", *spans[0].Cost.Amount)
	assert.Equal(t, map[string]int64{"input": 1000, "output": 10}, spans[0].Counts)
	assert.Nil(t, spans[1].Cost)

	// One span alone, from standard input.
	begin := strings.Index(twoSpans, `{"traceId"`)
	single := twoSpans[begin : strings.Index(twoSpans, "]},\n {")+2]
	cmd := newPricesCommand()
	var printed bytes.Buffer
	cmd.SetOut(&printed)
	cmd.SetIn(strings.NewReader(single))
	cmd.SetArgs([]string{"explain", "--prices", prices, "--span", "-"})
	require.NoError(t, cmd.Execute())
	assert.Contains(t, printed.String(), "1000*5/1000000 + 10*25/1000000 = 0.00525")

	for text, want := range map[string]string{"[]": "not one JSON object", "{}": "neither resourceSpans nor attributes", `{"resourceSpans":[]}`: "no span in it"} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		_, _, err := runPrices(t, "explain", "--span", file)
		require.ErrorContains(t, err, want)
	}
}
