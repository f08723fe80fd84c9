package library

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Phases of an installation.
const (
	PhaseWait     = "wait"     // another installation runs
	PhaseDownload = "download" // npm fetches the package
	PhaseVerify   = "verify"   // its checksum is computed
	PhaseUnpack   = "unpack"   // the library is taken out of it
)

// Progress of an installation, told several times a second.
type Progress struct {
	Phase   string
	Done    int64 // bytes, 0 when not known
	Total   int64 // bytes, 0 when not known
	Elapsed time.Duration
}

// Installer brings the library; its zero value does so for this machine.
type Installer struct {
	// Progress is told how far it is, from one goroutine; nil for nobody.
	Progress func(Progress)

	// Force brings the library again although it is there.
	Force bool

	// NPM is the npm client's program (default "npm").
	NPM string

	// pinned replaces this machine's package in tests.
	pinned *Package
}

// Install fetches the pinned package with the ordinary npm client, compares size
// and checksum with the pinned ones, and puts the library, nothing else of the
// package, into the cache folder. It does nothing when the library is there. Two
// at once do the work once; what is broken off leaves nothing behind.
func (i Installer) Install(ctx context.Context) (path string, err error) {
	pkg, err := ForThisMachine()
	if i.pinned != nil {
		pkg, err = *i.pinned, nil
	}
	if err != nil {
		return "", err
	}
	if path, err = InstalledPath(); err != nil {
		return "", err
	}
	meter := newMeter(i.Progress)
	if !i.Force && hasSize(path, pkg.Size) {
		return path, nil
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make the cache folder (WATCHLLM_CACHE_DIR moves it): %w", err)
	}
	unlock, err := lock(ctx, filepath.Join(dir, "install.lock"), meter)
	if err != nil {
		return "", err
	}
	defer unlock()
	if !i.Force && hasSize(path, pkg.Size) {
		return path, nil // by whom we waited for
	}
	return path, i.bring(ctx, pkg, path, meter)
}

// bring works in a folder beside the library, so that its last step is a rename.
func (i Installer) bring(ctx context.Context, pkg Package, path string, meter *meter) error {
	dir := filepath.Dir(path)
	removeAll(filepath.Join(dir, workPattern)) // of an installation that was killed
	work, err := os.MkdirTemp(dir, workPattern)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	tarball, err := i.download(ctx, pkg, work, meter)
	if err != nil {
		return err
	}
	if err := verify(ctx, pkg, tarball, meter); err != nil {
		return err
	}
	unpacked := filepath.Join(work, FileName)
	if err := unpack(ctx, pkg, tarball, unpacked, meter); err != nil {
		return err
	}
	return os.Rename(unpacked, path)
}

const workPattern = ".install-*"

func removeAll(pattern string) {
	found, _ := filepath.Glob(pattern)
	for _, path := range found {
		_ = os.RemoveAll(path)
	}
}

func hasSize(path string, size int64) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Size() == size
}

// meter tells the progress, not more often than someone can read it.
type meter struct {
	tell  func(Progress)
	start time.Time
	last  time.Time
	phase string
}

func newMeter(tell func(Progress)) *meter {
	if tell == nil {
		tell = func(Progress) {}
	}
	return &meter{tell: tell, start: time.Now()}
}

func (m *meter) set(phase string, done, total int64) {
	now := time.Now()
	if phase == m.phase && (done < total || total == 0) && now.Sub(m.last) < 200*time.Millisecond {
		return
	}
	m.phase, m.last = phase, now
	m.tell(Progress{Phase: phase, Done: done, Total: total, Elapsed: now.Sub(m.start)})
}
