package chdbextension

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

const binaryName = "watchllm-engine"

// findBinary looks for the engine's program where the configuration says, next
// to the running program, and in PATH.
func findBinary(configured string) (string, error) {
	if configured != "" {
		path, err := exec.LookPath(configured)
		if err != nil {
			return "", fmt.Errorf("binary %q is not a program (%w): build it with `go build ./cmd/%s`, or leave the setting out", configured, err, binaryName)
		}
		return filepath.Abs(path)
	}
	name := binaryName
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if program, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(program), name)
		if info, err := os.Stat(beside); err == nil && info.Mode().IsRegular() {
			return beside, nil
		}
	}
	path, err := exec.LookPath(binaryName)
	if err != nil {
		return "", fmt.Errorf("the program %s is neither next to the collector nor in PATH: build it with `go build ./cmd/%s` and put it there, or name it in the setting binary", binaryName, binaryName)
	}
	return filepath.Abs(path)
}

// residentMemory of a process in bytes; 0 where the system does not tell.
func residentMemory(pid int) int64 {
	if pid <= 0 {
		return 0
	}
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(content))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}
