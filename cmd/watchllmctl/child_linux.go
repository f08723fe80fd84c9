package main

import "syscall"

// childAttributes gives the collector a group of its own, so that Ctrl-C reaches this process first and the
// collector is asked to stop exactly once, and ends it when this process is killed.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
