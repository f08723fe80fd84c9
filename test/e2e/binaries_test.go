package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/watchllm/watchllm/internal/chdb/library"
)

// bin is the folder of the binaries under test: WATCHLLM_BIN_DIR, or a fresh build.
var bin = sync.OnceValues(func() (string, error) {
	if dir := os.Getenv("WATCHLLM_BIN_DIR"); dir != "" {
		dir, err := filepath.Abs(dir)
		if err != nil {
			return "", err
		}
		for _, name := range []string{"watchllm", "watchllm-engine", "watchllmctl"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
				return "", fmt.Errorf("WATCHLLM_BIN_DIR: %w; build it with: make build", err)
			}
		}
		return dir, nil
	}
	dir, err := os.MkdirTemp("", "watchllm-e2e-bin-")
	if err != nil {
		return "", err
	}
	builtBin = dir
	build := exec.Command("go", "build", "-o", dir+"/", "./cmd/watchllm", "./cmd/watchllm-engine", "./cmd/watchllmctl")
	build.Dir = root()
	// The flags of the Makefile, so that one build cache serves both.
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-trimpath -buildvcs=false")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return dir, nil
})

// builtBin is set when the binaries were built here, so that TestMain can remove them.
var builtBin string

// root is the module's folder; tests run in their package's.
func root() string {
	dir, err := filepath.Abs("../..")
	if err != nil {
		panic(err)
	}
	return dir
}

func TestMain(m *testing.M) {
	code := m.Run()
	shared.stop()
	if builtBin != "" {
		_ = os.RemoveAll(builtBin)
	}
	os.Exit(code)
}

// needEngine skips where the ClickHouse library was never installed, unless that is demanded.
func needEngine(t testing.TB) {
	t.Helper()
	if _, err := library.Find(""); err != nil {
		need(t, err)
	}
}

// need fails or skips for want of something that has to be installed first.
func need(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("WATCHLLM_REQUIRE_ENGINE") == "1" {
		t.Fatal(err)
	}
	t.Skip(err)
}

// run runs a program to its end and returns its output; the test fails when the program does.
func run(t testing.TB, env []string, dir string, name string, args ...string) string {
	t.Helper()
	out, err := tryRun(t, env, dir, name, args...)
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return out
}

// programTimeout is long: some clients take half a minute to load on a busy machine.
const programTimeout = 2 * time.Minute

func tryRun(t testing.TB, env []string, dir string, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), programTimeout, errors.New("the program took too long"))
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env, cmd.Dir = append(os.Environ(), env...), dir
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return string(out), err
}

// ctl runs watchllmctl in the module's folder.
func ctl(t testing.TB, env []string, args ...string) string {
	t.Helper()
	return run(t, env, root(), program(t, "watchllmctl"), args...)
}

// program is the path of a binary under test.
func program(t testing.TB, name string) string {
	t.Helper()
	dir, err := bin()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, name)
}
