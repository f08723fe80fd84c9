//go:build !linux

package main

import "errors"

var errNoSandbox = errors.New("there is no sandbox on this system")

func sandboxed() bool { return false }

func enterSandbox([]string, []string, []string) error { return errNoSandbox }
