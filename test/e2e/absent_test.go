package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"testing"
)

// withoutEngine is collector.yaml for a ClickHouse that somebody else runs.
const withoutEngine = `
service:
  extensions: [queue_storage, file_storage, api_key_auth, otlp_guard, llm_query, health_check]
`

// storeUp is the exporter's own word on whether the store answers.
var storeUp = regexp.MustCompile(`(?m)^otelcol_exporter_llm_clickhouse_store_up(?:\{[^}]*\})? (\S+)$`)

func (i *instance) storeUp() (string, error) {
	code, body, err := i.answers("http://" + i.metrics + "/metrics")
	if err != nil || code != http.StatusOK {
		return "", fmt.Errorf("metrics answer %d: %w", code, err)
	}
	found := storeUp.FindStringSubmatch(body)
	if found == nil {
		return "", fmt.Errorf("no metric store_up")
	}
	return found[1], nil
}

// A collector that starts before its ClickHouse takes data, says what is missing, and stores everything once it is there.
func TestClickHouseComesLater(t *testing.T) {
	i := prepareInstance(t, []string{"early"}, withoutEngine)
	i.start(t)
	within(t, startLimit, "ports", i.isListening)
	within(t, lateLimit, "readyz says that the store is away", func() error {
		code, body, err := i.answers("http://" + i.query + "/readyz")
		if err != nil {
			return err
		}
		if !regexp.MustCompile(`"store":\s*\{\s*"status":\s*"down"`).MatchString(body) {
			return fmt.Errorf("readyz answers %d: %s", code, body)
		}
		return want("status", code, http.StatusServiceUnavailable)
	})
	const requests, perRequest = 40, 5
	for range requests {
		if err := i.post("early", requestOf(perRequest)); err != nil {
			t.Fatal(err)
		}
	}
	within(t, lateLimit, "metric says that the store is away", func() error {
		up, err := i.storeUp()
		if err != nil {
			return err
		}
		return want("store_up", up, "0")
	})
	if code, err := i.get(i.keys["early"], "/api/v1/traces", &traceList{}); code != http.StatusServiceUnavailable {
		t.Errorf("the API answers %d (%v), want 503", code, err)
	}
	// Restarted while ClickHouse is still absent, it keeps what it has.
	i.process.kill()
	i.start(t)
	within(t, startLimit, "ports", i.isListening)
	if err := i.post("early", requestOf(perRequest)); err != nil {
		t.Fatal(err)
	}

	startEngine(t, i)
	i.waitReady(t)
	within(t, lateLimit, "everything arrives once", func() error { return i.exactly("early", (requests+1)*perRequest) })
	within(t, lateLimit, "metric says that the store is there", func() error {
		up, err := i.storeUp()
		if err != nil {
			return err
		}
		return want("store_up", up, "1")
	})
}

// startEngine runs the engine by itself on the address at which the instance expects its ClickHouse.
func startEngine(t *testing.T, i *instance) {
	t.Helper()
	engine, err := launch(nil, i.dir, filepath.Join(i.dir, "engine.log"), program(t, "watchllm-engine"),
		"--path", i.path("clickhouse"), "--listen", i.clickhouse, "--password-file", i.path("clickhouse-password"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.stop(stopLimit); err != nil && engine.running() {
			t.Error(err)
		}
	})
}
