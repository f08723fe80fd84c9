//go:build unix

package chdbextension

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/watchllm/watchllm/extension/chdbextension/internal/metadata"
	"github.com/watchllm/watchllm/internal/chdb/engineproc"
	"github.com/watchllm/watchllm/internal/chdb/library"
	"github.com/watchllm/watchllm/internal/testkit"
)

// statusHost is a host that keeps the component's status.
type statusHost struct {
	component.Host
	mu     sync.Mutex
	events []*componentstatus.Event
}

func newStatusHost() *statusHost { return &statusHost{Host: componenttest.NewNopHost()} }

func (h *statusHost) Report(e *componentstatus.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, e)
}

func (h *statusHost) last() (componentstatus.Status, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.events) == 0 {
		return componentstatus.StatusNone, nil
	}
	e := h.events[len(h.events)-1]
	return e.Status(), e.Err()
}

type fixture struct {
	extension extension.Extension
	config    *Config
	host      *statusHost
	telemetry *componenttest.Telemetry
	logs      *observer.ObservedLogs
}

// start runs the extension with a real engine on a port of its own.
func start(t *testing.T, edit func(*Config)) *fixture {
	t.Helper()
	testkit.StartEngine(t) // skips without the library, and builds the program
	binary, err := testkit.EngineBinary()
	require.NoError(t, err)
	dir := t.TempDir()
	config := createDefaultConfig().(*Config)
	config.Path, config.Binary, config.Listen = filepath.Join(dir, "clickhouse"), binary, freePort(t)
	config.MemoryLimit = 1 << 30
	if edit != nil {
		edit(config)
	}
	f := &fixture{config: config, host: newStatusHost(), telemetry: componenttest.NewTelemetry()}
	set := extensiontest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = f.telemetry.NewTelemetrySettings()
	core, logs := observer.New(zapcore.DebugLevel)
	set.Logger, f.logs = zap.New(core), logs
	f.extension, err = NewFactory().Create(t.Context(), set, config)
	require.NoError(t, err)
	require.NoError(t, f.extension.Start(t.Context(), f.host))
	t.Cleanup(func() {
		assert.NoError(t, f.extension.Shutdown(context.Background()))
		assert.NoError(t, f.telemetry.Shutdown(context.Background()))
	})
	return f
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

func (f *fixture) awaitStatus(t *testing.T, want componentstatus.Status) {
	t.Helper()
	require.Eventually(t, func() bool {
		got, _ := f.host.last()
		return got == want
	}, 30*time.Second, 10*time.Millisecond)
}

func (f *fixture) query(statement string) (string, error) {
	password, err := os.ReadFile(f.config.Path + "-password")
	if err != nil {
		return "", err
	}
	r, err := http.NewRequest(http.MethodPost, "http://"+f.config.Listen, strings.NewReader(statement))
	if err != nil {
		return "", err
	}
	r.SetBasicAuth("default", strings.TrimSpace(string(password)))
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s", body)
	}
	return string(body), err
}

func (f *fixture) pid() int { return f.extension.(*engineExtension).supervisor.pid() }

func TestEngineIsStartedAndStopped(t *testing.T) {
	f := start(t, nil)
	status, err := f.host.last()
	assert.Equal(t, componentstatus.StatusRecoverableError, status, "honest from the start")
	require.ErrorIs(t, err, errStarting)
	f.awaitStatus(t, componentstatus.StatusOK)
	out, err := f.query("SELECT 1")
	require.NoError(t, err)
	assert.Equal(t, "1\n", out)
	pid := f.pid()
	require.NoError(t, f.extension.Shutdown(t.Context()))
	assert.Error(t, syscall.Kill(pid, 0), "no process is left")
	assert.NotEmpty(t, f.logs.FilterMessageSnippet("closed").All(), "it closed by itself")
}

func TestEngineComesBackAfterEachSignal(t *testing.T) {
	f := start(t, nil)
	f.awaitStatus(t, componentstatus.StatusOK)
	_, err := f.query("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
	require.NoError(t, err)
	signals := []syscall.Signal{syscall.SIGKILL, syscall.SIGSEGV, syscall.SIGABRT, syscall.SIGTERM}
	for i, signal := range signals {
		_, err := f.query(fmt.Sprintf("INSERT INTO t VALUES (%d)", i))
		require.NoError(t, err)
		pid := f.pid()
		require.NoError(t, syscall.Kill(pid, signal))
		require.Eventually(t, func() bool {
			out, err := f.query("SELECT count() FROM t")
			return err == nil && out == fmt.Sprintln(i+1) && f.pid() != pid
		}, 20*time.Second, 20*time.Millisecond, "after %s", signal)
	}
	f.awaitStatus(t, componentstatus.StatusOK)
	assert.EqualValues(t, len(signals), f.metric(t, "otelcol_chdb_engine_restarts"))
	assert.EqualValues(t, 1, f.metric(t, "otelcol_chdb_engine_up"))
	assert.Greater(t, f.metric(t, "otelcol_chdb_engine_memory"), int64(10<<20))
	assert.EqualValues(t, len(signals)+1, f.metric(t, "otelcol_chdb_engine_start_duration"))
}

// metric is a metric's value, for a histogram the number of measurements.
func (f *fixture) metric(t *testing.T, name string) int64 {
	t.Helper()
	m, err := f.telemetry.GetMetric(name)
	require.NoError(t, err)
	switch data := m.Data.(type) {
	case metricdata.Sum[int64]:
		return data.DataPoints[0].Value
	case metricdata.Gauge[int64]:
		return data.DataPoints[0].Value
	case metricdata.Histogram[float64]:
		return int64(data.DataPoints[0].Count)
	}
	t.Fatalf("%s is a %T", name, m.Data)
	return 0
}

// After the collector was killed, its engine takes a moment to notice.
func TestEngineWaitsForTheOneBefore(t *testing.T) {
	var old *testkit.Engine
	f := start(t, func(c *Config) {
		old = testkit.StartPrivateEngine(t, engineproc.Options{Path: c.Path, PasswordFile: c.Path + "-password", Databases: c.Databases})
	})
	require.Eventually(t, func() bool {
		_, err := f.host.last()
		return err != nil && strings.Contains(err.Error(), "stop it, or choose another path")
	}, 20*time.Second, 10*time.Millisecond)
	_, err := f.host.last()
	require.ErrorContains(t, err, fmt.Sprintf("another engine (process %d)", old.Pid()))
	require.NoError(t, old.Stop())
	f.awaitStatus(t, componentstatus.StatusOK)
	locked := f.logs.FilterLevelExact(zapcore.WarnLevel).FilterMessageSnippet("away")
	assert.Equal(t, 1, locked.Len(), "one reason is told once")
}

func TestMissingLibraryHealsWhenItComes(t *testing.T) {
	installed, err := library.Find("")
	if err != nil {
		t.Skip(err)
	}
	missing := filepath.Join(t.TempDir(), library.FileName)
	f := start(t, func(c *Config) { c.Library = missing })
	require.Eventually(t, func() bool {
		_, err := f.host.last()
		return err != nil && strings.Contains(err.Error(), library.InstallCommand)
	}, 20*time.Second, 10*time.Millisecond)
	assert.NotEmpty(t, f.logs.FilterLevelExact(zapcore.ErrorLevel).FilterMessageSnippet("away").All())
	assert.EqualValues(t, 0, f.metric(t, "otelcol_chdb_engine_up"))
	require.NoError(t, os.Symlink(installed, missing))
	f.awaitStatus(t, componentstatus.StatusOK)
}

func TestPortInUseIsToldWithItsCure(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	f := start(t, func(c *Config) { c.Listen = l.Addr().String() })
	require.Eventually(t, func() bool {
		_, err := f.host.last()
		return err != nil && strings.Contains(err.Error(), "address already in use: stop what uses the address")
	}, 20*time.Second, 10*time.Millisecond)
	require.NoError(t, l.Close())
	f.awaitStatus(t, componentstatus.StatusOK)
}

func TestShutdownWhileStarting(t *testing.T) {
	f := start(t, nil)
	require.NoError(t, f.extension.Shutdown(t.Context()))
}

func TestMissingProgramIsAnError(t *testing.T) {
	config := createDefaultConfig().(*Config)
	config.Binary = filepath.Join(t.TempDir(), "nothing")
	e, err := NewFactory().Create(t.Context(), extensiontest.NewNopSettings(metadata.Type), config)
	require.NoError(t, err)
	require.ErrorContains(t, e.Start(t.Context(), componenttest.NewNopHost()), "go build ./cmd/watchllm-engine")
	require.NoError(t, e.Shutdown(t.Context()))

	t.Setenv("PATH", t.TempDir())
	_, err = findBinary("")
	require.ErrorContains(t, err, "neither next to the collector nor in PATH")
	program := filepath.Join(os.Getenv("PATH"), binaryName)
	require.NoError(t, os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755))
	found, err := findBinary("")
	require.NoError(t, err)
	assert.Equal(t, program, found)
}
