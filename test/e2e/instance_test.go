package e2e

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

const (
	// A start opens the engine's data and applies the migrations; on a busy machine that takes a while.
	startLimit = 90 * time.Second
	stopLimit  = 40 * time.Second
	// seenLimit is the promise: a call is visible this long after its end.
	seenLimit = 5 * time.Second
	// lateLimit is for everything that has no promise of its own.
	lateLimit = 60 * time.Second
)

// instance is one WatchLLM with the repository's collector.yaml on ports and folders of its own.
type instance struct {
	dir  string
	env  []string
	args []string // of the collector

	grpc, http, events, query, clickhouse, health, metrics string // host:port

	process *process
	keys    map[string]string // by tenant
}

// newInstance prepares folders, ports and a key per tenant; nothing runs yet. Overrides are merged over collector.yaml in order.
func newInstance(tenants []string, overrides ...string) (*instance, error) {
	dir, err := os.MkdirTemp("", "watchllm-e2e-")
	if err != nil {
		return nil, err
	}
	addresses, err := freeAddresses(7)
	if err != nil {
		return nil, err
	}
	i := &instance{
		dir: dir, keys: map[string]string{},
		grpc: addresses[0], http: addresses[1], query: addresses[2], clickhouse: addresses[3], health: addresses[4], metrics: addresses[5], events: addresses[6],
		args: []string{"--config", filepath.Join(root(), "collector.yaml")},
	}
	metricsHost, metricsPort, err := net.SplitHostPort(i.metrics)
	if err != nil {
		return nil, err
	}
	i.env = []string{
		"WATCHLLM_DATA_DIR=" + i.data(),
		"WATCHLLM_OTLP_GRPC_ENDPOINT=" + i.grpc,
		"WATCHLLM_OTLP_HTTP_ENDPOINT=" + i.http,
		"WATCHLLM_EVENTS_ENDPOINT=" + i.events,
		"WATCHLLM_QUERY_ENDPOINT=" + i.query,
		"WATCHLLM_CLICKHOUSE_ENDPOINT=" + i.clickhouse,
		"WATCHLLM_HEALTH_ENDPOINT=" + i.health,
		"WATCHLLM_METRICS_HOST=" + metricsHost,
		"WATCHLLM_METRICS_PORT=" + metricsPort,
	}
	for n, override := range overrides {
		file := filepath.Join(dir, fmt.Sprintf("override-%d.yaml", n))
		if err := os.WriteFile(file, []byte(override), 0o600); err != nil {
			return nil, err
		}
		i.args = append(i.args, "--config", file)
	}
	if err := os.MkdirAll(i.data(), 0o700); err != nil {
		return nil, err
	}
	for _, tenant := range tenants {
		key, _, err := apikey.Create(i.path("keys.yaml"), apikey.Record{
			Tenant: tenant, Project: tenancy.Default, Name: "e2e", Roles: []tenancy.Role{tenancy.RoleIngest, tenancy.RoleRead},
		}, time.Now())
		if err != nil {
			return nil, err
		}
		i.keys[tenant] = key.Reveal()
	}
	return i, nil
}

// startInstance is newInstance for one test: started, ready, and removed at its end.
func startInstance(t *testing.T, tenants []string, overrides ...string) *instance {
	t.Helper()
	i := prepareInstance(t, tenants, overrides...)
	i.start(t)
	i.waitReady(t)
	return i
}

func prepareInstance(t *testing.T, tenants []string, overrides ...string) *instance {
	t.Helper()
	needEngine(t)
	i, err := newInstance(tenants, overrides...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		i.showLog(t)
		i.remove()
	})
	return i
}

// Ports below those that the kernel gives to outgoing connections: while an instance is down, a client that dials its port could
// otherwise be given just that port.
const (
	firstPort = 20_000
	lastPort  = 32_000
)

// freeAddresses holds all of them at once, so that none is given twice.
func freeAddresses(n int) ([]string, error) {
	var out []string
	var last error
	for range 100 * n {
		if len(out) == n {
			return out, nil
		}
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(firstPort+rand.IntN(lastPort-firstPort))))
		if err != nil {
			last = err
			continue
		}
		defer l.Close()
		out = append(out, l.Addr().String())
	}
	return nil, fmt.Errorf("no free ports between %d and %d: %w", firstPort, lastPort, last)
}

func (i *instance) data() string            { return filepath.Join(i.dir, "data") }
func (i *instance) path(name string) string { return filepath.Join(i.data(), name) }
func (i *instance) logFile() string         { return filepath.Join(i.dir, "collector.log") }

func (i *instance) start(t testing.TB) {
	t.Helper()
	if err := i.launch(); err != nil {
		t.Fatal(err)
	}
}

func (i *instance) launch() error {
	dir, err := bin()
	if err != nil {
		return err
	}
	i.process, err = launch(i.env, root(), i.logFile(), filepath.Join(dir, "watchllm"), i.args...)
	return err
}

// answers asks one address of the instance.
func (i *instance) answers(url string) (int, string, error) {
	if !i.process.running() {
		return 0, "", errors.Join(errEnded, i.process.err)
	}
	resp, err := httpClient.Get(url)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), err
}

// httpClient keeps no connections: the other end is killed often.
var httpClient = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

func (i *instance) isReady() error {
	code, body, err := i.answers("http://" + i.query + "/readyz")
	if err != nil {
		return err
	}
	if code != http.StatusOK {
		return fmt.Errorf("readyz answers %d: %s", code, strings.TrimSpace(body))
	}
	return nil
}

func (i *instance) waitReady(t testing.TB) {
	t.Helper()
	within(t, startLimit, "ready", i.isReady)
}

// isListening asks for the ports that data comes in through; the store may still be away.
func (i *instance) isListening() error {
	for _, address := range []string{i.grpc, i.http} {
		if !i.process.running() {
			return errEnded
		}
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return err
		}
		_ = c.Close()
	}
	return nil
}

// stop ends the collector as an operator does.
func (i *instance) stop(t testing.TB) {
	t.Helper()
	if err := i.process.stop(stopLimit); err != nil {
		t.Fatalf("SIGTERM: %v", err)
	}
}

// remove ends what runs and deletes everything, the engine's process having left first.
func (i *instance) remove() {
	if i.process != nil && i.process.running() {
		if err := i.process.stop(stopLimit); err != nil {
			i.process.kill()
		}
	}
	_ = os.RemoveAll(i.dir)
}

var resourceInLog = regexp.MustCompile(`"resource": \{[^}]*\},? ?`)

// showLog prints the end of the collector's log of a failed test.
func (i *instance) showLog(t testing.TB) {
	if !t.Failed() {
		return
	}
	raw, err := os.ReadFile(i.logFile())
	if err != nil {
		t.Log(err)
		return
	}
	var lines []string
	for line := range strings.Lines(string(raw)) {
		// Every line repeats the resource, and a start says a lot that never fails.
		line = resourceInLog.ReplaceAllString(strings.TrimSpace(line), "")
		if !strings.Contains(line, "\tinfo\t") {
			lines = append(lines, line[:min(len(line), 600)])
		}
	}
	t.Logf("collector.log, last lines that are not information:\n%s", strings.Join(lines[max(0, len(lines)-25):], "\n"))
}

// sdkEnv is all that an application is given.
func (i *instance) sdkEnv(tenant string) []string {
	return []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + i.http, "OTEL_EXPORTER_OTLP_HEADERS=x-api-key=" + i.keys[tenant]}
}

// sharedInstance serves all tests that leave it running; each takes a tenant of its own and so sees nothing of the others.
type sharedInstance struct {
	once sync.Once
	i    *instance
	err  error

	mu   sync.Mutex
	next int
}

var shared sharedInstance

const sharedTenants = 96

func (s *sharedInstance) get(t testing.TB) *instance {
	t.Helper()
	needEngine(t)
	s.once.Do(func() {
		tenants := make([]string, sharedTenants)
		for n := range tenants {
			tenants[n] = fmt.Sprintf("tenant-%d", n)
		}
		if s.i, s.err = newInstance(tenants); s.err == nil {
			s.err = s.i.launch()
		}
	})
	if s.err != nil {
		t.Fatal(s.err)
	}
	t.Cleanup(func() { s.i.showLog(t) })
	s.i.waitReady(t)
	return s.i
}

// tenant is one that no other test uses.
func (s *sharedInstance) tenant(t testing.TB) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == sharedTenants {
		t.Fatal("raise sharedTenants")
	}
	s.next++
	return fmt.Sprintf("tenant-%d", s.next-1)
}

func (s *sharedInstance) stop() {
	if s.i != nil {
		s.i.remove()
	}
}

// alive reports whether a process exists.
func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }
