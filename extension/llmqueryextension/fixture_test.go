package llmqueryextension

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"github.com/watchllm/watchllm/extension/llmqueryextension/internal/metadata"
	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/pricing/live"
	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/internal/testkit"
)

// testNow is the present in all tests.
var testNow = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// testSpan is a row of llm_spans; columns that are not named here take their defaults.
type testSpan struct {
	Tenant    string    `ch:"tenant_id"`
	Project   string    `ch:"project_id"`
	TraceID   string    `ch:"trace_id"`
	SpanID    string    `ch:"span_id"`
	Parent    string    `ch:"parent_span_id"`
	Start     time.Time `ch:"start_time"`
	End       time.Time `ch:"end_time"`
	Duration  uint64    `ch:"duration_ns"`
	Ingested  time.Time `ch:"ingested_at"`
	Name      string    `ch:"name"`
	Kind      string    `ch:"kind"`
	Status    string    `ch:"status_code"`
	Outcome   string    `ch:"outcome"`
	ErrorType string    `ch:"error_type"`
	Service   string    `ch:"service_name"`
	Role      string    `ch:"role"`
	UsageRole string    `ch:"usage_role"`
	Provider  string    `ch:"provider"`
	Request   string    `ch:"request_model"`
	Response  string    `ch:"response_model"`

	Input      *uint64 `ch:"input_tokens"`
	Output     *uint64 `ch:"output_tokens"`
	CacheRead  *uint64 `ch:"cache_read_tokens"`
	CacheWrite *uint64 `ch:"cache_write_tokens"`
	Reasoning  *uint64 `ch:"reasoning_tokens"`

	Cost         *string  `ch:"cost"`
	CostInput    *string  `ch:"cost_input"`
	CostOutput   *string  `ch:"cost_output"`
	CostCurrency string   `ch:"cost_currency"`
	CostStatus   string   `ch:"cost_status"`
	PriceID      string   `ch:"price_id"`
	Unpriced     []string `ch:"cost_unpriced"`

	TTFT         *float64 `ch:"ttft_s"`
	Temperature  *float64 `ch:"request_temperature"`
	Conversation string   `ch:"conversation_id"`
	User         string   `ch:"user_id"`

	InputMessages  string             `ch:"input_messages"`
	OutputMessages string             `ch:"output_messages"`
	ToolArguments  string             `ch:"tool_arguments"`
	Strings        map[string]string  `ch:"attributes_string"`
	Ints           map[string]int64   `ch:"attributes_int"`
	Doubles        map[string]float64 `ch:"attributes_double"`
	Bools          map[string]bool    `ch:"attributes_bool"`
	JSONs          map[string]string  `ch:"attributes_json"`
	Resource       map[string]string  `ch:"resource_attributes"`

	EventTimes []time.Time         `ch:"events.time"`
	EventNames []string            `ch:"events.name"`
	EventAttrs []map[string]string `ch:"events.attributes"`
	LinkTraces []string            `ch:"links.trace_id"`
	LinkSpans  []string            `ch:"links.span_id"`
	LinkAttrs  []map[string]string `ch:"links.attributes"`

	Retention uint16 `ch:"retention_days"`

	RoleReason string `ch:"usage_role_reason"`
	CountedBy  string `ch:"usage_counted_by"`
	RoleBefore string `ch:"usage_role_before"`
	Signal     string `ch:"signal"`
	EventName  string `ch:"event_name"`

	Reported      *string `ch:"cost_reported"`
	Computed      *string `ch:"cost_computed"`
	Estimated     *string `ch:"cost_estimated"`
	EstimatedLow  *string `ch:"cost_estimated_low"`
	EstimatedHigh *string `ch:"cost_estimated_high"`
}

var testColumns = []string{
	"tenant_id", "project_id", "trace_id", "span_id", "parent_span_id", "start_time", "end_time", "duration_ns", "ingested_at",
	"name", "kind", "status_code", "outcome", "error_type", "service_name", "role", "usage_role", "provider", "request_model", "response_model",
	"input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens",
	"cost", "cost_input", "cost_output", "cost_currency", "cost_status", "price_id", "cost_unpriced", "ttft_s", "request_temperature", "conversation_id", "user_id",
	"input_messages", "output_messages", "tool_arguments", "attributes_string", "attributes_int", "attributes_double", "attributes_bool", "attributes_json",
	"resource_attributes", "events.time", "events.name", "events.attributes", "links.trace_id", "links.span_id", "links.attributes", "retention_days",
	"usage_role_reason", "usage_counted_by", "usage_role_before", "signal", "event_name",
	"cost_reported", "cost_computed", "cost_estimated", "cost_estimated_low", "cost_estimated_high",
}

func ptr[T any](v T) *T { return &v }

func traceID(n int) string { return fmt.Sprintf("%032x", n) }
func spanID(n int) string  { return fmt.Sprintf("%016x", n) }

// call is a successful, exactly priced call of acme/shop.
func call(trace, span int, start time.Time, took time.Duration) testSpan {
	return testSpan{
		Tenant: "acme", Project: "shop", TraceID: traceID(trace), SpanID: spanID(span),
		Start: start, End: start.Add(took), Duration: uint64(took), Ingested: start.Add(took),
		Name: "chat gpt-5", Kind: "client", Status: "unset", Outcome: "ok", Service: "shop-api",
		Role: "llm", UsageRole: "call", Provider: "openai", Request: "gpt-5", Response: "gpt-5-2026-01-01",
		Input: ptr(uint64(100)), Output: ptr(uint64(20)), CacheRead: ptr(uint64(40)), CacheWrite: ptr(uint64(0)), Reasoning: ptr(uint64(5)),
		Cost: ptr("0.001"), CostInput: ptr("0.0004"), CostOutput: ptr("0.0006"), CostCurrency: "USD", CostStatus: "exact",
		Unpriced: []string{},
		// testNow is long ago by the engine's clock, which drops what is past its time.
		Retention: 36500,
	}
}

// with changes a copy.
func (s testSpan) with(change func(*testSpan)) testSpan { change(&s); return s }

// testStore is a fresh database with the real schema on the real engine.
type testStore struct {
	config clickhouse.ClientConfig
	conn   driver.Conn
}

func newTestStore(t testing.TB) *testStore {
	t.Helper()
	engine := testkit.StartEngine(t)
	cfg := clickhouse.NewDefaultClientConfig()
	cfg.Endpoint, cfg.Username, cfg.Password = engine.Endpoint, engine.Username, configopaque.String(engine.Password)
	cfg.Database = engine.Database(t)
	_, err := clickhouse.Migrate(t.Context(), cfg, t.Name())
	require.NoError(t, err)
	conn, err := cfg.Open()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return &testStore{config: cfg, conn: conn}
}

func (s *testStore) insert(t testing.TB, spans ...testSpan) {
	t.Helper()
	query := "INSERT INTO llm_spans ("
	for i, name := range testColumns {
		if i > 0 {
			query += ", "
		}
		query += "`" + name + "`"
	}
	batch, err := s.conn.PrepareBatch(t.Context(), query+")")
	require.NoError(t, err)
	for i := range spans {
		require.NoError(t, batch.AppendStruct(&spans[i]))
	}
	require.NoError(t, batch.Send())
}

// testKeys is an authenticator with fixed keys.
type testKeys map[string]tenancy.Identity

func (k testKeys) Authenticate(ctx context.Context, headers map[string][]string) (context.Context, error) {
	id, ok := k[http.Header(headers).Get("X-Api-Key")]
	if !ok {
		return ctx, fmt.Errorf("no such key")
	}
	info := client.FromContext(ctx)
	info.Auth = id
	return client.NewContext(ctx, info), nil
}

var keys = testKeys{
	"shop":   {Tenant: "acme", Project: "shop", KeyID: "k1", Roles: []tenancy.Role{tenancy.RoleRead}},
	"lab":    {Tenant: "acme", Project: "lab", KeyID: "k2", Roles: []tenancy.Role{tenancy.RoleRead}},
	"boss":   {Tenant: "acme", Project: "shop", KeyID: "k3", Roles: []tenancy.Role{tenancy.RoleAdmin}},
	"rival":  {Tenant: "rival", Project: "shop", KeyID: "k4", Roles: []tenancy.Role{tenancy.RoleRead}},
	"rboss":  {Tenant: "rival", Project: "shop", KeyID: "k5", Roles: []tenancy.Role{tenancy.RoleAdmin}},
	"writer": {Tenant: "acme", Project: "shop", KeyID: "k6", Roles: []tenancy.Role{tenancy.RoleIngest}},
	"nobody": {KeyID: "k7", Roles: []tenancy.Role{tenancy.RoleRead}},
}

// builtInPrices is the book that comes with the program, compiled once for all tests.
var builtInPrices = sync.OnceValues(func() (*live.Prices, error) { return live.Open(nil, 0, zap.NewNop()) })

func defaultLimits() LimitsConfig { return createDefaultConfig().(*Config).Limits }

// newTestAPI serves the API over a connection, at testNow.
func newTestAPI(t testing.TB, conn querier, target clickhouse.Target, change ...func(*api)) *api {
	t.Helper()
	telemetry, err := metadata.NewTelemetryBuilder(componenttest.NewNopTelemetrySettings())
	require.NoError(t, err)
	prices, err := builtInPrices()
	require.NoError(t, err)
	a := &api{
		gate: &gate{authenticator: keys}, prices: &priceBook{live: prices}, limits: defaultLimits(), logger: zaptest.NewLogger(t), telemetry: telemetry,
		now: func() time.Time { return testNow },
		ready: &readiness{
			probe: func(context.Context) error { return errTestStore }, now: time.Now, changed: func(storeCheck, error) {},
		},
	}
	if real, ok := conn.(driver.Conn); ok {
		a.ready.probe = schemaProbe(real, target)
	}
	for _, c := range change {
		c(a)
	}
	a.store = newStore(conn, a.limits, telemetry, func(error) {})
	return a
}

// ask sends a GET and checks the answer against the OpenAPI document.
func ask(t testing.TB, a *api, key, target string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequest(http.MethodGet, target, nil)
	if key != "" {
		req.Header.Set("X-API-Key", key)
	}
	rec := httptest.NewRecorder()
	a.handler().ServeHTTP(rec, req)
	requireDocumented(t, req, rec)
	return rec
}

// body asks and decodes an answer that must be 200.
func body[T any](t testing.TB, a *api, key, target string) T {
	t.Helper()
	rec := ask(t, a, key, target)
	require.Equal(t, http.StatusOK, rec.Code, "%s: %s", target, rec.Body)
	var out T
	require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &out))
	return out
}

// refused asks for what must fail with the status and returns the problem.
func refused(t testing.TB, a *api, key, target string, status int) problem {
	t.Helper()
	rec := ask(t, a, key, target)
	require.Equal(t, status, rec.Code, "%s: %s", target, rec.Body)
	var out problem
	require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &out))
	require.Equal(t, status, out.Status)
	require.Equal(t, "urn:uuid:"+rec.Header().Get("X-Request-Id"), out.Instance)
	return out
}
