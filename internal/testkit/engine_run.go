//go:build unix

package testkit

import (
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/watchllm/watchllm/internal/chdb/engineproc"
)

// engineRun is one run of the engine's process. It keeps no goroutine: the
// components' tests check that none is left when the test binary ends, and the
// shared engine lives as long as that.
type engineRun struct {
	mu     sync.Mutex
	cmd    *exec.Cmd
	stdin  *os.File
	out    string // file of stdout
	err    string // file of stderr
	exited bool
	state  string
}

func startEngineRun(binary string, o engineproc.Options, dir string) (engineproc.Ready, *engineRun, error) {
	r := &engineRun{out: filepath.Join(dir, "stdout"), err: filepath.Join(dir, "stderr")}
	if err := r.spawn(binary, o); err != nil {
		return engineproc.Ready{}, nil, err
	}
	for deadline := time.Now().Add(engineStart); ; <-time.After(5 * time.Millisecond) {
		if ready, ok := r.ready(); ok {
			return ready, r, nil
		}
		if r.ended() {
			return engineproc.Ready{}, nil, fmt.Errorf("the test engine ended at its start (%s):\n%s", r.state, r.stderr())
		}
		if time.Now().After(deadline) {
			r.kill()
			return engineproc.Ready{}, nil, fmt.Errorf("the test engine was not ready after %s:\n%s", engineStart, r.stderr())
		}
	}
}

func (r *engineRun) spawn(binary string, o engineproc.Options) error {
	input, stdin, err := os.Pipe()
	if err != nil {
		return err
	}
	defer input.Close()
	out, err := os.Create(r.out)
	if err != nil {
		return err
	}
	defer out.Close()
	errors, err := os.Create(r.err)
	if err != nil {
		return err
	}
	defer errors.Close()
	r.cmd, r.stdin = exec.Command(binary, o.Args()...), stdin
	r.cmd.Stdin, r.cmd.Stdout, r.cmd.Stderr = input, out, errors
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := r.cmd.Start(); err != nil {
		_ = stdin.Close()
		return err
	}
	return nil
}

// ready looks for the whole line, which the process may be about to write.
func (r *engineRun) ready() (engineproc.Ready, bool) {
	text, _ := os.ReadFile(r.out)
	lines := strings.SplitAfter(string(text), "\n")
	for _, line := range lines[:len(lines)-1] {
		if ready, ok := engineproc.ParseReady(line); ok {
			return ready, true
		}
	}
	return engineproc.Ready{}, false
}

func (r *engineRun) stderr() string {
	text, _ := os.ReadFile(r.err)
	return string(text)
}

func (r *engineRun) pid() int { return r.cmd.Process.Pid }

// ended reports, without waiting, whether the process is gone.
func (r *engineRun) ended() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.exited {
		return true
	}
	var status syscall.WaitStatus
	pid, err := syscall.Wait4(r.cmd.Process.Pid, &status, syscall.WNOHANG, nil)
	if err == nil && pid == 0 {
		return false
	}
	r.exited = true
	r.state = fmt.Sprintf("exit %d signal %d", status.ExitStatus(), status.Signal())
	_ = r.stdin.Close()
	_ = r.cmd.Process.Release()
	return true
}

func (r *engineRun) await(timeout time.Duration) bool {
	for deadline := time.Now().Add(timeout); !r.ended(); <-time.After(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

func (r *engineRun) kill() {
	if !r.ended() {
		_ = syscall.Kill(r.pid(), syscall.SIGKILL)
		r.await(engineStart)
	}
}

func (r *engineRun) stop() error {
	if r.ended() {
		return nil
	}
	_ = r.stdin.Close()
	if r.await(30 * time.Second) {
		return nil
	}
	r.kill()
	return fmt.Errorf("the test engine did not stop within 30s:\n%s", r.stderr())
}

// testDatabaseName is a test's name as an identifier, made unique.
func testDatabaseName(test string) string {
	clean := strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_':
			return c
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		}
		return '_'
	}, test)
	return "test_" + clean[:min(len(clean), 40)] + "_" + strings.ToLower(rand.Text()[:8])
}
