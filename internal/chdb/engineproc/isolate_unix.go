//go:build unix && !linux

package engineproc

import (
	"os/exec"
	"syscall"
)

// isolate gives the engine a process group of its own: a Ctrl-C at the terminal
// must reach the collector first, so that the last batches can still be written.
func isolate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func preferAsVictim(int) {}
