//go:build unix

package testkit

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/watchllm/watchllm/internal/chdb/library"
)

var engineBinary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("WATCHLLM_ENGINE_BIN"); path != "" {
		return filepath.Abs(path)
	}
	return buildEngine()
})

// EngineBinary is the path of a watchllm-engine built from this tree, or the one
// of WATCHLLM_ENGINE_BIN.
func EngineBinary() (string, error) { return engineBinary() }

// buildEngine leaves the linking to the go command, which does it only when
// something changed. The file is shared by every test binary of the machine, so
// it is replaced under a lock and never while it runs.
func buildEngine() (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	cache, err := library.CacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "test")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	lock, err := os.OpenFile(filepath.Join(dir, "build.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", err
	}
	built := filepath.Join(dir, "watchllm-engine.build")
	cmd := exec.Command("go", "build", "-o", built, "./cmd/watchllm-engine")
	cmd.Dir = root
	// A test with the race detector needs cgo; the engine must not have it.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build watchllm-engine: %w\n%s", err, out)
	}
	return publish(built, dir)
}

// publish gives the build a name of its content's time, which stays what it is
// while engines run from it.
func publish(built, dir string) (string, error) {
	info, err := os.Stat(built)
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, fmt.Sprintf("watchllm-engine-%d", info.ModTime().UnixNano()))
	if _, err := os.Stat(name); err == nil {
		return name, nil
	}
	removeOld(filepath.Join(dir, "watchllm-engine-*"), 2*time.Hour)
	if err := copyFile(built, name+".new"); err != nil {
		return "", err
	}
	return name, os.Rename(name+".new", name)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}

func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.mod above the working directory; set WATCHLLM_ENGINE_BIN")
		}
	}
}

const engineFolder = "watchllm-test-engine-"

// sweepEngineFolders deletes what engines of earlier test binaries left: the
// shared one is still closing when its binary has ended.
func sweepEngineFolders() {
	old, _ := filepath.Glob(filepath.Join(os.TempDir(), engineFolder+"*"))
	for _, dir := range old {
		if info, err := os.Stat(dir); err != nil || time.Since(info.ModTime()) < 10*time.Minute {
			continue // it may be starting
		}
		lock, err := os.Open(filepath.Join(dir, "clickhouse", "engine.lock"))
		if err == nil {
			err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
			_ = lock.Close()
		}
		if err == nil || os.IsNotExist(err) {
			_ = os.RemoveAll(dir)
		}
	}
}

func removeOld(pattern string, age time.Duration) {
	old, _ := filepath.Glob(pattern)
	for _, path := range old {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > age {
			_ = os.RemoveAll(path)
		}
	}
}
