package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
)

// process is the running collector.
type process struct {
	cmd  *exec.Cmd
	log  *os.File
	done chan error
}

// startCollector starts the collector that stands beside this binary. What it logs goes to a file, the log of the start
// before is kept beside it: a person's terminal shows addresses, not a collector's start-up.
// Later configurations are merged over earlier ones.
func startCollector(logFile string, configs ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	bin := filepath.Join(filepath.Dir(self), "watchllm")
	if _, err := os.Stat(bin); err != nil {
		if bin, err = exec.LookPath("watchllm"); err != nil {
			return nil, fmt.Errorf("the collector binary is neither beside %s nor in PATH; build it with: make build", self)
		}
	}
	if err := os.Rename(logFile, logFile+".1"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	var args []string
	for _, config := range configs {
		args = append(args, "--config", config)
	}
	cmd := exec.Command(bin, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = childAttributes()
	p := &process{cmd: cmd, log: log, done: make(chan error, 1)}
	started := make(chan error, 1)
	go func() {
		// The kernel ties the parent-death signal to the thread that forked, so that thread must stay.
		runtime.LockOSThread()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		p.done <- cmd.Wait()
	}()
	if err := <-started; err != nil {
		log.Close()
		return nil, fmt.Errorf("the collector does not start: %w", err)
	}
	return p, nil
}

// stop asks the collector to flush and leave, and waits for it.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	err := <-p.done
	if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGTERM {
		return nil // before it listened for the signal: it ended as asked, and what it had acknowledged is in its queue
	}
	return p.stopped(err)
}

// stopped turns the end of the collector into an error that says what it said last.
func (p *process) stopped(err error) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s\nwatchllmctl: the collector ended (%s). Its last lines stand above, the rest is in %s\n",
		p.lastLines(), exit.ProcessState, short(p.log.Name()))
	return exitCode(max(exit.ExitCode(), 1))
}

// lastLines of the log, enough to hold a start-up error.
func (p *process) lastLines() []byte {
	const window = 2 << 10
	info, err := p.log.Stat()
	if err != nil {
		return nil
	}
	from := max(info.Size()-window, 0)
	tail, _ := io.ReadAll(io.NewSectionReader(p.log, from, window))
	if _, rest, found := bytes.Cut(tail, []byte("\n")); found && from > 0 {
		tail = rest
	}
	// The collector's own verdict is clearer than how it shut down.
	if at := bytes.LastIndex(tail, []byte("\nError: ")); at >= 0 {
		tail = tail[at+1:]
		tail, _, _ = bytes.Cut(tail, []byte("\n20"))
	}
	return bytes.TrimRight(tail, "\n")
}
