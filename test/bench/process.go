package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a collector under test.
type process struct {
	cmd    *exec.Cmd
	log    string
	exited chan error
}

func start(binary, dir, config string) (*process, error) {
	file := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p := &process{cmd: exec.Command(binary, "--config", file), log: log.Name(), exited: make(chan error, 1)}
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.Env = append(os.Environ(), "WATCHLLM_DATA_DIR="+dir)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { p.exited <- p.cmd.Wait() }()
	return p, nil
}

// ready waits until the receiver answers.
func (p *process) ready(url string) error {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		res, err := http.Get(url)
		if err == nil {
			_ = res.Body.Close()
			return nil
		}
		select {
		case err := <-p.exited:
			return fmt.Errorf("the collector ended at its start: %w\n%s", err, p.tail())
		case <-time.After(50 * time.Millisecond):
		}
	}
	return fmt.Errorf("the collector does not answer at %s\n%s", url, p.tail())
}

func (p *process) tail() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-3000):])
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(20 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.exited
	}
}

// ticks is the kernel's USER_HZ, which is 100 on every Linux that Go runs on.
const ticks = 100

// cpu is the time in seconds that the process has used, user and system.
func (p *process) cpu() (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	// The command's name, in brackets, may hold spaces.
	f := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, err1 := strconv.Atoi(f[11])
	system, err2 := strconv.Atoi(f[12])
	if err1 != nil || err2 != nil {
		return 0, fmt.Errorf("unreadable times %q and %q", f[11], f[12])
	}
	return float64(user+system) / ticks, nil
}

// memory is a line of the process's status in MB, such as VmHWM, the most it ever had in memory.
func (p *process) memory(line string) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for l := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(l, line+":"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			return float64(kb) * 1024 / 1e6, err
		}
	}
	return 0, fmt.Errorf("no %s in the status of the process", line)
}
