package engineproc

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Process is one run of watchllm-engine.
type Process struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	ready  chan Ready
	done   chan struct{}
	reason reason
}

// reason keeps what a process said of why it leaves: its own words and, before
// them, an exception that the library printed.
type reason struct {
	mu        sync.Mutex
	text      string
	exception string
}

func (r *reason) hear(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if text, ok := strings.CutPrefix(line, ReasonPrefix); ok {
		r.text = text
	} else if strings.HasPrefix(line, "Code: ") {
		r.exception = line
	}
}

func (r *reason) get() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.text != "" && r.exception != "" {
		return r.text + ": " + r.exception
	}
	return r.text + r.exception
}

// ExitError is how a run ended that was not asked to.
type ExitError struct {
	Code   int    // one of the Exit constants, -1 when a signal ended it
	Reason string // the process's last words, or the signal
}

func (e *ExitError) Error() string {
	if what, known := exitReasons[e.Code]; known {
		return fmt.Sprintf("the ClickHouse engine %s: %s", what, e.Reason)
	}
	return "the ClickHouse engine ended: " + e.Reason
}

// Start runs the engine's binary. It returns at once: Wait tells when the engine
// serves. Each line of its stderr goes to log, which may be nil.
func Start(binary string, o Options, log func(line string)) (*Process, error) {
	o.ExitWithInput = true
	cmd := exec.Command(binary, o.Args()...)
	isolate(cmd)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the ClickHouse engine %s: %w", binary, err)
	}
	preferAsVictim(cmd.Process.Pid)
	p := &Process{cmd: cmd, stdin: stdin, ready: make(chan Ready, 1), done: make(chan struct{})}
	go p.watch(stdout, stderr, log)
	return p, nil
}

func (p *Process) watch(stdout, stderr io.Reader, log func(string)) {
	var readers sync.WaitGroup
	readers.Go(func() {
		eachLine(stdout, func(line string) {
			if r, ok := ParseReady(line); ok {
				select {
				case p.ready <- r:
				default:
				}
			}
		})
	})
	readers.Go(func() {
		eachLine(stderr, func(line string) {
			p.reason.hear(line)
			if log != nil {
				log(line)
			}
		})
	})
	readers.Wait()
	_ = p.cmd.Wait()
	close(p.done)
}

// eachLine reads to the end whatever the lines' length: a process whose stderr
// nobody reads stands still.
func eachLine(r io.Reader, use func(string)) {
	br := bufio.NewReaderSize(r, 64<<10)
	for {
		line, more, err := br.ReadLine()
		if err != nil {
			return
		}
		if text := strings.TrimSpace(string(line)); text != "" {
			use(text)
		}
		for more && err == nil {
			_, more, err = br.ReadLine()
		}
	}
}

// Wait returns when the engine serves, or why it does not: an *ExitError, or
// the context's error, after which the process still runs.
func (p *Process) Wait(ctx context.Context) (Ready, error) {
	select {
	case r := <-p.ready:
		return r, nil
	default:
	}
	select {
	case r := <-p.ready:
		return r, nil
	case <-p.done:
		return Ready{}, p.Err()
	case <-ctx.Done():
		return Ready{}, ctx.Err()
	}
}

// Done is closed once the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Pid of the process.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Err is how the process ended, nil when it left as asked. It may be called once
// Done is closed.
func (p *Process) Err() error {
	state := p.cmd.ProcessState
	if state.ExitCode() == ExitOK {
		return nil
	}
	reason := p.reason.get()
	if state.ExitCode() < 0 || reason == "" {
		reason = state.String()
	}
	return &ExitError{Code: state.ExitCode(), Reason: reason}
}

// Stop asks the engine to close, and kills it when it has not after timeout.
func (p *Process) Stop(timeout time.Duration) error {
	_ = p.stdin.Close()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-p.done:
		return p.Err()
	case <-timer.C:
		_ = p.Kill()
		return fmt.Errorf("the ClickHouse engine did not stop within %s and was killed; nothing acknowledged is lost", timeout)
	}
}

// Kill ends the process with SIGKILL and waits until it is gone.
func (p *Process) Kill() error {
	err := p.cmd.Process.Kill()
	<-p.done
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}
