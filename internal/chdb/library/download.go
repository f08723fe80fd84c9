package library

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// download lets `npm pack` put the tarball into work. The npm client knows the
// registry, the proxy and the credentials of this machine; this program does
// not.
func (i Installer) download(ctx context.Context, pkg Package, work string, meter *meter) (string, error) {
	npm := i.NPM
	if npm == "" {
		npm = "npm"
	}
	program, err := exec.LookPath(npm)
	if err != nil {
		return "", fmt.Errorf("npm is needed to fetch %s and is not in PATH (%w): install Node.js with npm, and run `%s` again", pkg.Name, err, InstallCommand)
	}
	cache := watchCache(ctx, program, work)
	meter.set(PhaseDownload, 0, pkg.Tarball)

	cmd := exec.CommandContext(ctx, program, "pack", "--silent", pkg.Spec())
	cmd.Dir = work
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	endWithChildren(cmd)
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("run npm: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			meter.set(PhaseDownload, min(cache.bytes(), pkg.Tarball), pkg.Tarball)
		case err := <-ended:
			if ctx.Err() != nil {
				return "", fmt.Errorf("fetch %s: %w", pkg.Spec(), context.Cause(ctx))
			}
			if err != nil {
				return "", fmt.Errorf("npm pack %s: %w%s", pkg.Spec(), err, lastLines(stderr.String()))
			}
			return onlyTarball(work)
		}
	}
}

// lastLines is the end of npm's words, without its pointers to log files.
func lastLines(text string) string {
	var kept []string
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.Contains(line, "complete log") {
			kept = append(kept, line)
		}
	}
	if len(kept) == 0 {
		return ""
	}
	return ": " + strings.Join(kept[max(0, len(kept)-5):], "; ")
}

func onlyTarball(work string) (string, error) {
	found, _ := filepath.Glob(filepath.Join(work, "*.tgz"))
	if len(found) != 1 {
		return "", errors.New("npm pack left no tarball: is this npm 6 or newer?")
	}
	return found[0], nil
}

// cacheWatch estimates how much npm has fetched: it writes a download into a
// file in its cache before it hands it out.
type cacheWatch struct {
	dir   string
	there map[string]bool
}

func watchCache(ctx context.Context, npm, work string) cacheWatch {
	cmd := exec.CommandContext(ctx, npm, "config", "get", "cache")
	cmd.Dir = work
	endWithChildren(cmd)
	out, err := cmd.Output()
	if err != nil {
		return cacheWatch{}
	}
	w := cacheWatch{dir: filepath.Join(strings.TrimSpace(string(out)), "_cacache", "tmp"), there: map[string]bool{}}
	for _, entry := range w.entries() {
		w.there[entry.Name()] = true
	}
	return w
}

func (w cacheWatch) entries() []os.DirEntry {
	if w.dir == "" {
		return nil
	}
	entries, _ := os.ReadDir(w.dir)
	return entries
}

func (w cacheWatch) bytes() (total int64) {
	for _, entry := range w.entries() {
		if w.there[entry.Name()] {
			continue
		}
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			total += info.Size()
		}
	}
	return total
}
