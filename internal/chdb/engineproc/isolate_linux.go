package engineproc

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// isolate gives the engine a process group of its own: a Ctrl-C at the terminal
// must reach the collector first, so that the last batches can still be written.
func isolate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// preferAsVictim makes the kernel, when memory runs out, take the engine rather
// than the process that supervises it.
func preferAsVictim(pid int) {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/oom_score_adj", pid), []byte("500"), 0o644)
}
