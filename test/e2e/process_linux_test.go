package e2e

import "syscall"

// dieWithParent keeps a collector from outliving a test run that was killed.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
