//go:build unix

package testkit

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/watchllm/watchllm/internal/chdb/engineproc"
	"github.com/watchllm/watchllm/internal/chdb/library"
)

const (
	engineMemory = 2 << 30
	engineStart  = time.Minute

	// testDatabases is the pattern of databases that tests may make and drop.
	testDatabases = "test_*"
)

// Engine is a running watchllm-engine, spoken to as a ClickHouse server.
type Engine struct {
	Endpoint string // http://127.0.0.1:PORT
	Username string
	Password string

	// PasswordFile holds the password, as the components read it.
	PasswordFile string

	binary string
	dir    string
	flags  engineproc.Options
	run    *engineRun
}

var shared struct {
	once   sync.Once
	engine *Engine
	err    error
}

// StartEngine gives the engine that all tests of a test binary share; it ends
// with the binary. Without the library the test is skipped, or fails when
// WATCHLLM_REQUIRE_ENGINE=1. A test that kills or stops its engine wants
// StartPrivateEngine.
func StartEngine(t testing.TB) *Engine {
	t.Helper()
	needLibrary(t)
	shared.once.Do(func() {
		sweepEngineFolders()
		shared.engine, shared.err = newEngine(engineproc.Options{})
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.engine
}

// StartPrivateEngine gives one test an engine of its own, stopped and deleted
// at its end. Options that are zero are as in StartEngine; Path, Listen and
// PasswordFile may be set to reopen something.
func StartPrivateEngine(t testing.TB, options ...engineproc.Options) *Engine {
	t.Helper()
	needLibrary(t)
	var o engineproc.Options
	if len(options) > 0 {
		o = options[0]
	}
	e, err := newEngine(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = e.Stop()
		_ = os.RemoveAll(e.dir)
	})
	return e
}

func needLibrary(t testing.TB) {
	t.Helper()
	if _, err := library.Find(""); err != nil {
		if os.Getenv("WATCHLLM_REQUIRE_ENGINE") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

func newEngine(o engineproc.Options) (*Engine, error) {
	binary, err := EngineBinary()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", engineFolder)
	if err != nil {
		return nil, err
	}
	setOption(&o.Path, filepath.Join(dir, "clickhouse"))
	setOption(&o.PasswordFile, filepath.Join(dir, "clickhouse-password"))
	setOption(&o.Listen, "127.0.0.1:0")
	setOption(&o.MemoryLimit, engineMemory)
	if o.Databases == nil {
		o.Databases = []string{"watchllm", testDatabases}
	}
	o.ExitWithInput = true
	e := &Engine{Username: "default", PasswordFile: o.PasswordFile, binary: binary, dir: dir, flags: o}
	if err := e.start(); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	password, err := os.ReadFile(o.PasswordFile)
	e.Password = strings.TrimSpace(string(password))
	return e, err
}

func setOption[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}

func (e *Engine) start() (err error) {
	ready, run, err := startEngineRun(e.binary, e.flags, e.dir)
	if err != nil {
		return err
	}
	e.run = run
	e.Endpoint = "http://" + ready.Addr
	// Started again, it comes back where its clients look for it.
	e.flags.Listen = ready.Addr
	return nil
}

// Addr is the engine's host:port.
func (e *Engine) Addr() string { return e.flags.Listen }

// Path is the engine's data directory.
func (e *Engine) Path() string { return e.flags.Path }

// Pid of the engine's process.
func (e *Engine) Pid() int { return e.run.pid() }

// Log is what the engine has written on stderr since it was started last.
func (e *Engine) Log() string { return e.run.stderr() }

// Kill ends the engine with SIGKILL, as a crash would.
func (e *Engine) Kill() { e.run.kill() }

// Stop lets the engine close its data.
func (e *Engine) Stop() error { return e.run.stop() }

// Restart starts a killed or stopped engine again on the same port and data; one
// that runs is stopped first.
func (e *Engine) Restart() error {
	if err := e.Stop(); err != nil {
		return err
	}
	return e.start()
}

// Database makes a fresh Atomic database for one test, dropped at its end.
func (e *Engine) Database(t testing.TB) string {
	t.Helper()
	name := testDatabaseName(t.Name())
	if _, err := e.Query("CREATE DATABASE " + name + " ENGINE = Atomic"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if e.run.ended() {
			return
		}
		if _, err := e.Query("DROP DATABASE IF EXISTS " + name + " SYNC"); err != nil {
			t.Logf("drop %s: %v", name, err)
		}
	})
	return name
}

// Query runs one statement over plain HTTP and returns the result's text,
// TabSeparated unless the statement names a format.
func (e *Engine) Query(statement string) (string, error) {
	request, err := http.NewRequest(http.MethodPost, e.Endpoint, strings.NewReader(statement))
	if err != nil {
		return "", err
	}
	request.SetBasicAuth(e.Username, e.Password)
	// Without kept connections nothing is left for a test's leak check to find.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s", response.Status, strings.TrimSpace(string(body)))
	}
	return string(body), nil
}
