package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// claim makes sure that no other WatchLLM runs on the data directory; it holds until release. The process's number is
// in the file, so that whoever comes second can name it.
func claim(dataDir string) (release func(), err error) {
	file := filepath.Join(dataDir, "run.lock")
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockFile(f); err != nil {
		pid, _ := io.ReadAll(f)
		f.Close()
		if errors.Is(err, errLocked) {
			return nil, fmt.Errorf("WatchLLM already runs on %s (process %s); stop it first, or set WATCHLLM_DATA_DIR. Demo traffic for the running one: watchllmctl replay --demo",
				short(dataDir), strings.TrimSpace(string(pid)))
		}
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := f.Truncate(0); err == nil {
		_, _ = fmt.Fprintln(f, os.Getpid())
	}
	return func() { f.Close() }, nil
}

// An engine whose collector was killed leaves within two seconds; its port is not somebody else's.
const portPatience = 5 * time.Second

// checkPorts says which address is taken before a collector fails on it, or worse, starts beside it.
func checkPorts(ctx context.Context, l layout) error {
	ctx, cancel := context.WithTimeout(ctx, portPatience)
	defer cancel()
	for _, x := range l.listeners() {
		for {
			err := try(ctx, x.address)
			if err == nil {
				break
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("%s, the address of %s, cannot be used (%w); stop what listens there, or set %s", x.address, x.what, err, x.variable)
			case <-time.After(100 * time.Millisecond):
			}
		}
	}
	return nil
}

func try(ctx context.Context, address string) error {
	ln, err := new(net.ListenConfig).Listen(context.WithoutCancel(ctx), "tcp", address)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) {
			return op.Err
		}
		return err
	}
	return ln.Close()
}
