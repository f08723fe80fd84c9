package live

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/watchllm/watchllm/internal/pricing"
)

// houseAt is a price file of one model.
func houseAt(model, price string) string {
	return "provider: openai\nmodels:\n  " + model + ": {prices: [{mtok: {input: " + price + ", output: 1}}]}\n"
}

func write(t testing.TB, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

// a watched is a set of price files with the log of who follows them.
type watched struct {
	*testing.T
	*Prices
	logs *observer.ObservedLogs
}

func open(t *testing.T, paths ...string) *watched {
	t.Helper()
	core, logs := observer.New(zapcore.InfoLevel)
	p, err := Open(paths, time.Hour, zap.New(core))
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return &watched{t, p, logs}
}

// settled looks twice, as often as a complete change takes.
func (w *watched) settled() {
	w.Helper()
	w.look()
	require.False(w, w.look())
}

func (w *watched) costs(model string) string {
	c := call(model)
	r := w.Price(&c)
	return r.Amount.String()
}

func call(model string) pricing.Call {
	return pricing.Call{
		Provider: "openai", RequestModel: model, Time: time.Unix(1_790_000_000, 0),
		Usage: pricing.Usage{Input: pricing.KnownCount(1_000_000), Output: pricing.KnownCount(0)},
	}
}

func (w *watched) expect(loaded, refused int64, errors ...string) {
	w.Helper()
	assert.Equal(w, Stats{Loaded: loaded, Refused: refused}, w.Stats())
	logged := w.logs.FilterLevelExact(zapcore.ErrorLevel).All()
	require.Len(w, logged, len(errors))
	for i, want := range errors {
		assert.Contains(w, logged[i].ContextMap()["error"], want)
	}
}

func TestAChangedFileIsTakenOnceItIsComplete(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.yaml")
	write(t, file, houseAt("house", "1"))
	w := open(t, file)
	assert.Equal(t, "1", w.costs("house"))
	require.False(t, w.look())

	// Half a file can be a file.
	whole := houseAt("house", "2") + "  second: {prices: [{mtok: {input: 3, output: 1}}]}\n"
	write(t, file, strings.Join(strings.SplitAfter(whole, "\n")[:3], ""))
	require.True(t, w.look())
	assert.Equal(t, "1", w.costs("house"))
	write(t, file, whole)
	require.True(t, w.look())
	assert.Equal(t, "1", w.costs("house"))
	require.False(t, w.look())
	assert.Equal(t, "2 3", w.costs("house")+" "+w.costs("second"))
	require.False(t, w.look())
	w.expect(1, 0)

	// Touched, or written and taken back, is not changed.
	write(t, file, whole)
	require.False(t, w.look())
	write(t, file, "provider: openai\n")
	require.True(t, w.look())
	write(t, file, whole)
	require.False(t, w.look())
	w.expect(1, 0)
}

func TestABadFileIsRefusedOnceAndTheOldBookStays(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.yaml")
	write(t, file, houseAt("house", "1"))
	w := open(t, file)
	write(t, file, houseAt("house", "one"))
	w.settled()
	w.settled()
	assert.Equal(t, "1", w.costs("house"))
	w.expect(0, 1, file+`:3: openai/house: input: "one": a price in USD`)
	require.ErrorContains(t, w.State().Refused, file+":3")
	require.False(t, w.State().RefusedAt.Before(w.State().Loaded))
	write(t, file, "provider: [")
	w.settled()
	w.expect(0, 2, file+":3", file+": line 1")
	write(t, file, houseAt("house", "2"))
	w.settled()
	assert.Equal(t, "2", w.costs("house"))
	require.NoError(t, w.State().Refused)
	w.expect(1, 2, file+":3", file+": line 1")
}

func TestAFileThatVanishesAndComesBack(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.yaml")
	write(t, file, houseAt("house", "1"))
	w := open(t, file)
	require.NoError(t, os.Remove(file))
	w.settled()
	w.settled()
	assert.Equal(t, "1", w.costs("house"))
	w.expect(0, 1, file)
	write(t, file, houseAt("house", "2"))
	w.settled()
	assert.Equal(t, "2", w.costs("house"))
	w.expect(1, 1, file)

	// As an editor saves: gone for a moment.
	require.NoError(t, os.Remove(file))
	require.True(t, w.look())
	write(t, file, houseAt("house", "3"))
	w.settled()
	assert.Equal(t, "3", w.costs("house"))
	w.expect(2, 1, file)
}

func TestAFileThatIsReplaced(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "mine.yaml")
	write(t, file, houseAt("house", "1"))
	w := open(t, file)
	before, err := os.Stat(file)
	require.NoError(t, err)
	next := filepath.Join(dir, "mine.yaml.new")
	write(t, next, houseAt("house", "2")) // of the same size
	require.NoError(t, os.Chtimes(next, before.ModTime(), before.ModTime()))
	require.NoError(t, os.Rename(next, file))
	w.settled()
	assert.Equal(t, "2", w.costs("house"))
}

func TestFilesOfAFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.yaml"), houseAt("house", "1"))
	w := open(t, dir)
	write(t, filepath.Join(dir, "deeper", "b.yaml"), houseAt("second", "2"))
	write(t, filepath.Join(dir, "notes.txt"), "no prices")
	write(t, filepath.Join(dir, ".b.yaml"), houseAt("second", "9"))
	require.NoError(t, os.Symlink("nobody@host.1", filepath.Join(dir, ".#b.yaml")))
	w.settled()
	assert.Equal(t, "1 2", w.costs("house")+" "+w.costs("second"))
	require.NoError(t, os.Remove(filepath.Join(dir, "a.yaml")))
	w.settled()
	assert.Equal(t, " 2", w.costs("house")+" "+w.costs("second"))
	w.expect(2, 0)
	write(t, filepath.Join(dir, "c.yaml"), houseAt("second", "3"))
	w.settled()
	w.expect(2, 1, "one layer holds a model once")
	assert.Equal(t, "2", w.costs("second"))
	require.NoError(t, os.RemoveAll(dir))
	w.settled()
	assert.Equal(t, "2", w.costs("second"))
	assert.EqualValues(t, 2, w.Stats().Refused)
}

// Kubernetes mounts a ConfigMap as links to a folder that is exchanged as a whole.
func TestAConfigMap(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "..2026_11_01", "mine.yaml"), houseAt("house", "1"))
	require.NoError(t, os.Symlink("..2026_11_01", filepath.Join(dir, "..data")))
	require.NoError(t, os.Symlink(filepath.Join("..data", "mine.yaml"), filepath.Join(dir, "mine.yaml")))
	folder, file := open(t, dir), open(t, filepath.Join(dir, "mine.yaml"))
	assert.Equal(t, "1 1", folder.costs("house")+" "+file.costs("house"))

	write(t, filepath.Join(dir, "..2026_11_02", "mine.yaml"), houseAt("house", "2"))
	require.NoError(t, os.Symlink("..2026_11_02", filepath.Join(dir, "..data_tmp")))
	require.NoError(t, os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")))
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "..2026_11_01")))
	folder.settled()
	file.settled()
	assert.Equal(t, "2 2", folder.costs("house")+" "+file.costs("house"))
	folder.expect(1, 0)
	file.expect(1, 0)
}

func TestABadFileAtTheStartIsAnError(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "mine.yaml")
	write(t, file, houseAt("house", "one"))
	_, err := Open([]string{file}, 0, zap.NewNop())
	require.ErrorContains(t, err, "prices: "+file+":3: openai/house")
	missing := filepath.Join(dir, "none.yaml")
	_, err = Open([]string{missing}, 0, zap.NewNop())
	require.ErrorContains(t, err, missing)
	require.ErrorContains(t, err, "correct the path, or remove it to use the built-in prices")
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = Open([]string{"/dev/null"}, 0, zap.NewNop())
	require.ErrorContains(t, err, "neither a file nor a folder")
}

func TestItLooksByItself(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.yaml")
	write(t, file, houseAt("house", "1"))
	p, err := Open([]string{file}, time.Millisecond, zap.NewNop())
	require.NoError(t, err)
	p.Start()
	p.Start()
	write(t, file, houseAt("house", "2"))
	c := call("house")
	require.Eventually(t, func() bool { r := p.Price(&c); return r.Amount.String() == "2" }, 20*time.Second, time.Millisecond)
	p.Close()
	p.Close()
	before := p.Book()
	write(t, file, houseAt("house", "3"))
	assert.Same(t, before, p.Book())
}

func TestItLooksOnlyWhenAsked(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.yaml")
	write(t, file, houseAt("house", "1"))
	for _, paths := range [][]string{{file}, nil} {
		interval := time.Duration(0)
		if paths == nil {
			interval = time.Millisecond
		}
		p, err := Open(paths, interval, zap.NewNop())
		require.NoError(t, err)
		p.Start()
		<-p.done // nobody looks
		p.Close()
	}
}

// Whoever prices while the book is exchanged gets a figure of one book or of the other, whole.
func TestPricingWhileTheBookIsExchanged(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.yaml")
	write(t, file, houseAt("house", "1"))
	w := open(t, file)
	ids := map[string]string{}
	c := call("house")
	first := w.Price(&c)
	ids[first.PriceID] = "1"
	write(t, file, houseAt("house", "2"))
	w.settled()
	second := w.Price(&c)
	ids[second.PriceID] = "2"
	require.Len(t, ids, 2)

	stop := make(chan struct{})
	var pricing sync.WaitGroup
	for range 4 {
		pricing.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				c := call("house")
				r := w.Price(&c)
				if !assert.Equal(t, ids[r.PriceID], r.Amount.String()) {
					return
				}
			}
		})
	}
	for i := range 10 {
		write(t, file, houseAt("house", []string{"1", "2"}[i%2]))
		w.settled()
	}
	close(stop)
	pricing.Wait()
	w.expect(11, 0)
}

// What was exchanged is gone: neither a cache nor whoever looks keeps an old book.
func TestAnOldBookIsReleased(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.yaml")
	write(t, file, houseAt("house", "1"))
	w := open(t, file)
	w.costs("house")
	w.costs("nobody's")
	old := weak.Make(w.Book())
	write(t, file, houseAt("house", "2"))
	w.settled()
	assert.Equal(t, "2", w.costs("house"))
	require.Eventually(t, func() bool {
		runtime.GC()
		return old.Value() == nil
	}, 10*time.Second, 10*time.Millisecond)
}
