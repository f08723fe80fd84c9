//go:build unix

package library

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// registry is a fake npm client with one package.
type registry struct {
	pinned Package
	npm    string
	calls  string // a file with a line for each time the package was fetched
	path   string // where the library has to come to lie
}

func newRegistry(t *testing.T, pack string) *registry {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("WATCHLLM_CACHE_DIR", filepath.Join(dir, "cache"))
	content := bytes.Repeat([]byte("library "), 20000)
	tarball := pack
	if tarball == "" {
		tarball = string(tarballOf(t, map[string][]byte{
			"package/package.json": []byte("{}"), "package/evil/../../x": []byte("out"), "package/" + FileName: content, "package/last": nil,
		}))
	}
	r := &registry{npm: filepath.Join(dir, "npm"), calls: filepath.Join(dir, "calls")}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "p.tgz"), []byte(tarball), 0o600))
	script := `#!/bin/sh
if [ "$1" = config ]; then echo ` + dir + `/npmcache; exit; fi
echo "$@" >> ` + r.calls + `
if [ -e ` + dir + `/slow ]; then sleep 60; fi
if [ -e ` + dir + `/fails ]; then echo "npm error 404 Not Found" >&2; echo "npm error A complete log of this run" >&2; exit 1; fi
cp ` + dir + `/p.tgz lib.tgz
`
	require.NoError(t, os.WriteFile(r.npm, []byte(script), 0o755))
	sum512, sum256 := sha512.Sum512([]byte(tarball)), sha256.Sum256(content)
	r.pinned = Package{
		Name: "@x/lib", Tarball: int64(len(tarball)), Size: int64(len(content)),
		Integrity: "sha512-" + base64.StdEncoding.EncodeToString(sum512[:]), SHA256: hex.EncodeToString(sum256[:]),
	}
	path, err := InstalledPath()
	require.NoError(t, err)
	r.path = path
	return r
}

func tarballOf(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for name, content := range files {
		require.NoError(t, w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg}))
		_, err := w.Write(content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, z.Close())
	return b.Bytes()
}

func (r *registry) mark(t *testing.T, name string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(r.npm), name), nil, 0o600))
}

func (r *registry) fetched() []string {
	content, _ := os.ReadFile(r.calls)
	return strings.Fields(strings.ReplaceAll(strings.TrimSpace(string(content)), " ", "_"))
}

func (r *registry) installer() Installer { return Installer{NPM: r.npm, pinned: &r.pinned} }

// onlyLibrary checks that nothing but the library and the lock is left.
func (r *registry) onlyLibrary(t *testing.T, there bool) {
	t.Helper()
	var names []string
	entries, err := os.ReadDir(filepath.Dir(r.path))
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	want := []string{"install.lock"}
	if there {
		want = append(want, FileName)
	}
	assert.ElementsMatch(t, want, names)
}

func TestInstall(t *testing.T) {
	r := newRegistry(t, "")
	i := r.installer()
	var phases []string
	i.Progress = func(p Progress) {
		if len(phases) == 0 || phases[len(phases)-1] != p.Phase {
			phases = append(phases, p.Phase)
		}
		assert.LessOrEqual(t, p.Done, p.Total)
	}
	path, err := i.Install(t.Context())
	require.NoError(t, err)
	assert.Equal(t, r.path, path)
	assert.Equal(t, []string{PhaseDownload, PhaseVerify, PhaseUnpack}, phases)
	assert.Equal(t, []string{"pack_--silent_@x/lib@" + Version}, r.fetched())
	r.onlyLibrary(t, true)
	require.NoError(t, checkFile(t.Context(), r.pinned, path))

	_, err = i.Install(t.Context())
	require.NoError(t, err)
	assert.Len(t, r.fetched(), 1, "it is there")
	require.NoError(t, os.WriteFile(path, []byte("cut short"), 0o755))
	require.ErrorContains(t, checkFile(t.Context(), r.pinned, path), "watchllmctl engine install --force")
	_, err = i.Install(t.Context())
	require.NoError(t, err)
	assert.Len(t, r.fetched(), 2, "what is there is not whole")
	i.Force = true
	_, err = i.Install(t.Context())
	require.NoError(t, err)
	assert.Len(t, r.fetched(), 3)
}

func TestInstallTwiceAtOnceFetchesOnce(t *testing.T) {
	r := newRegistry(t, "")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			_, err := r.installer().Install(context.Background())
			assert.NoError(t, err)
		})
	}
	all.Wait()
	assert.Len(t, r.fetched(), 1)
	r.onlyLibrary(t, true)
}

func TestInstallRefusesWhatIsNotPinned(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*Package)
		want string
	}{
		"size":      {func(p *Package) { p.Tarball++ }, "is not the package that was pinned"},
		"integrity": {func(p *Package) { p.Integrity = "sha512-AAAA" }, "integrity sha512-"},
		"length":    {func(p *Package) { p.Size-- }, "is not the one that was pinned"},
		"sha256":    {func(p *Package) { p.SHA256 = "00" }, "is not the one that was pinned"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRegistry(t, "")
			c.edit(&r.pinned)
			_, err := r.installer().Install(t.Context())
			require.ErrorContains(t, err, c.want)
			r.onlyLibrary(t, false)
		})
	}
	r := newRegistry(t, string(tarballOf(t, map[string][]byte{"package/other": nil})))
	_, err := r.installer().Install(t.Context())
	require.ErrorContains(t, err, "has no package/libchdb.so")
}

func TestInstallTellsWhatNPMSaid(t *testing.T) {
	r := newRegistry(t, "")
	r.mark(t, "fails")
	_, err := r.installer().Install(t.Context())
	require.ErrorContains(t, err, "npm pack @x/lib@"+Version)
	require.ErrorContains(t, err, "404 Not Found")
	assert.NotContains(t, err.Error(), "complete log")
	r.onlyLibrary(t, false)

	i := r.installer()
	i.NPM = filepath.Join(t.TempDir(), "no-npm")
	_, err = i.Install(t.Context())
	require.ErrorContains(t, err, "install Node.js with npm, and run `watchllmctl engine install` again")
}

func TestInstallBrokenOffLeavesNothing(t *testing.T) {
	r := newRegistry(t, "")
	r.mark(t, "slow")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := r.installer().Install(ctx)
		done <- err
	}()
	require.Eventually(t, func() bool { return len(r.fetched()) == 1 }, 10*time.Second, 5*time.Millisecond)
	waiting := r.installer()
	waits := make(chan struct{}, 100)
	waiting.Progress = func(p Progress) {
		if p.Phase == PhaseWait {
			waits <- struct{}{}
		}
	}
	second, stop := context.WithCancel(t.Context())
	go func() {
		<-waits
		stop()
	}()
	_, err := waiting.Install(second)
	require.ErrorIs(t, err, context.Canceled, "who waits for another can leave, too")
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
	r.onlyLibrary(t, false)

	// One that was killed left its folder; the next one clears it.
	require.NoError(t, os.Remove(filepath.Join(filepath.Dir(r.npm), "slow")))
	require.NoError(t, os.MkdirAll(filepath.Join(filepath.Dir(r.path), ".install-123"), 0o755))
	_, err = r.installer().Install(t.Context())
	require.NoError(t, err)
	r.onlyLibrary(t, true)
}
