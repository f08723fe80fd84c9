package throughput

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

const (
	requests = 440
	warmUp   = 40
	rounds   = 5
	senders  = 4
	// target is what the contract's JSON must reach of OTLP in protobuf.
	target = 0.6
)

// TestEventsAgainstOTLP sends the same calls through both doors of a built collector and counts the processor time that its process
// used for them. The client is another process and not counted. `make bench-json` runs it.
func TestEventsAgainstOTLP(t *testing.T) {
	binary := os.Getenv("WATCHLLM_THROUGHPUT_BINARY")
	if binary == "" {
		t.Skip("WATCHLLM_THROUGHPUT_BINARY names no collector; use make bench-json")
	}
	events, proto, otlpJSON := forms(t, requests)
	plain := []form{events, proto, otlpJSON}
	compressed := []form{zipped(t, events), zipped(t, proto), zipped(t, otlpJSON)}
	for _, f := range plain {
		t.Logf("%-20s %.1f KB a call", f.name, float64(len(f.bodies[0].data))/batch/1000)
	}
	for _, pipeline := range []struct{ name, config string }{{"receivers only", receiversOnly}, {"default path", defaultPath}} {
		for _, group := range [][]form{plain, compressed} {
			results := make([][]float64, len(group))
			for range rounds {
				for i := range group { // in turn, so that a machine that slows down does so for all
					results[i] = append(results[i], measure(t, binary, pipeline.config, group[i]))
				}
			}
			base := median(results[1])
			for i := range group {
				got := median(results[i])
				t.Logf("%-15s %-20s %8.0f calls per CPU second, %3.0f %% of protobuf  (%.0f to %.0f)", pipeline.name, group[i].name,
					got, 100*got/base, slices.Min(results[i]), slices.Max(results[i]))
			}
			if ratio := median(results[0]) / base; ratio < target {
				t.Errorf("%s, %s: %.2f of OTLP, want %.2f", pipeline.name, group[0].name, ratio, target)
			}
		}
	}
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

const head = `
receivers:
  otlp:
    protocols:
      http:
        endpoint: %[1]s
        max_request_body_size: 33554432
%[4]s
  llm_event:
    endpoint: %[2]s
    %[3]s
exporters:
  nop:
`

const receiversOnly = head + `
service:
  telemetry: {metrics: {level: none}, logs: {level: error}}
  pipelines:
    traces: {receivers: [otlp, llm_event], exporters: [nop]}
`

// defaultPath is that of collector.yaml up to the exporter.
const defaultPath = head + `
extensions:
  otlp_guard:
  api_key_auth:
    keys_file: %[5]s
processors:
  memory_limiter: {check_interval: 1s, limit_mib: 1024, spike_limit_mib: 256}
  llm_tenant: {require_identity: true}
  llm_cost:
connectors:
  forward:
service:
  telemetry: {metrics: {level: none}, logs: {level: error}}
  extensions: [api_key_auth, otlp_guard]
  pipelines:
    traces/in: {receivers: [otlp, llm_event], processors: [memory_limiter, llm_tenant], exporters: [forward]}
    traces: {receivers: [forward], processors: [llm_cost], exporters: [nop]}
`

// measure starts a collector, sends all requests of a form and returns how many calls it took per second of its processor time.
func measure(t *testing.T, binary, config string, f form) float64 {
	t.Helper()
	dir := t.TempDir()
	otlp, event, keysFile := address(t), address(t), filepath.Join(dir, "keys.yaml")
	key, _, err := apikey.Create(keysFile, apikey.Record{Tenant: "t", Project: "p", Roles: []tenancy.Role{tenancy.RoleIngest}}, time.Now())
	require.NoError(t, err)
	if config == defaultPath {
		config = fmt.Sprintf(config, otlp, event, "auth: {authenticator: api_key_auth}",
			"        middlewares: [{id: api_key_auth}, {id: otlp_guard}]\n        compression_algorithms: []", keysFile)
	} else {
		config = fmt.Sprintf(config, otlp, event, "", "")
	}
	file := filepath.Join(dir, "collector.yaml")
	require.NoError(t, os.WriteFile(file, []byte(config), 0o600))
	cmd := exec.Command(binary, "--config", file) //nolint:gosec,noctx // the binary under test
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() }) // it may be gone
	url := "http://" + otlp
	if f.bodies[0].path == "/api/v1/events" {
		url = "http://" + event
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders, DisableCompression: true}}
	defer client.CloseIdleConnections()
	require.Eventually(t, func() bool {
		resp, err := client.Get(url)
		if err != nil {
			return false
		}
		return resp.Body.Close() == nil
	}, time.Minute, 10*time.Millisecond)
	send(t, client, url, key.Reveal(), f.bodies[:warmUp])
	before := cpu(t, cmd.Process.Pid)
	send(t, client, url, key.Reveal(), f.bodies[warmUp:])
	used := cpu(t, cmd.Process.Pid) - before
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait())
	return float64((len(f.bodies)-warmUp)*batch) / used.Seconds()
}

func send(t *testing.T, client *http.Client, url, key string, bodies []body) {
	t.Helper()
	todo := make(chan body)
	errs := make(chan error, senders)
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			for b := range todo {
				if err := sendOne(client, url, key, b); err != nil {
					errs <- err
					break
				}
			}
			for range todo { //nolint:revive // the others go on
			}
		})
	}
	for _, b := range bodies {
		todo <- b
	}
	close(todo)
	wg.Wait()
	close(errs)
	require.NoError(t, <-errs)
}

func sendOne(client *http.Client, url, key string, b body) error {
	req, err := http.NewRequest(http.MethodPost, url+b.path, bytes.NewReader(b.data)) //nolint:noctx // of a test
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", b.contentType)
	req.Header.Set("X-API-Key", key)
	if b.encoding != "" {
		req.Header.Set("Content-Encoding", b.encoding)
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode/100 != 2 {
		err = fmt.Errorf("%d %s", resp.StatusCode, text)
	}
	return err
}

// cpu is the processor time a process has used, from /proc.
func cpu(t *testing.T, pid int) time.Duration {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Skip("processor time of another process is read from /proc, which is not here")
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+2:]))
	var ticks int64
	for _, f := range fields[11:13] { // utime and stime
		n, err := strconv.ParseInt(f, 10, 64)
		require.NoError(t, err)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
