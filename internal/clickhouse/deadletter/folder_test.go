package deadletter

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

func letter(names ...string) ptrace.Traces {
	td := ptrace.NewTraces()
	ss := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
	for _, n := range names {
		ss.Spans().AppendEmpty().SetName(n)
	}
	return td
}

func TestWriteListReadRemove(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dead", "letter")
	f := &Folder{Dir: dir, MaxBytes: 1 << 20}
	list, err := f.List()
	require.NoError(t, err)
	require.Empty(t, list)

	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	require.NoError(t, f.Write(letter("a", "b"), Info{Time: at, Reason: "VIOLATED_CONSTRAINT", Code: 469, Error: "no", Tenants: map[string]int{"acme": 2}}))
	require.NoError(t, f.Write(letter("c"), Info{Time: at, Reason: "../etc/x y", Tenants: map[string]int{"acme": 1}}))
	list, err = f.List()
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, "VIOLATED_CONSTRAINT", list[0].Reason)
	require.Equal(t, 2, list[0].Spans)
	require.Equal(t, int32(469), list[0].Code)
	require.Contains(t, list[1].Name, "-___etc_x_y.otlp.pb")

	l, td, err := f.Read(list[0].Name)
	require.NoError(t, err)
	require.Equal(t, list[0], l)
	require.Equal(t, 2, td.SpanCount())

	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 4)
	for _, e := range entries {
		i, err := e.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), i.Mode().Perm(), e.Name())
	}
	i, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), i.Mode().Perm())

	require.NoError(t, f.Remove(list[0].Name))
	require.NoError(t, f.Remove(list[1].Name))
	size, err := f.Size()
	require.NoError(t, err)
	require.Zero(t, size)
}

func TestFullFolderRefuses(t *testing.T) {
	f := &Folder{Dir: t.TempDir()}
	require.NoError(t, f.Write(letter("a"), Info{Reason: "x"}))
	used, err := f.Size()
	require.NoError(t, err)
	f.MaxBytes = 2*used - 1
	require.ErrorIs(t, f.Write(letter("a"), Info{Reason: "x"}), ErrFull)
	list, err := f.List()
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.NoError(t, f.Remove(list[0].Name))
	require.NoError(t, f.Write(letter("a"), Info{Reason: "x"}))
}

func TestDamagedBytesAreKeptBesideTheLetters(t *testing.T) {
	f := &Folder{Dir: t.TempDir(), MaxBytes: 1 << 10}
	require.NoError(t, f.WriteDamaged([]byte("what was left"), Info{Reason: "damaged", Spans: 3}))
	kept, err := filepath.Glob(filepath.Join(f.Dir, "*"+damagedSuffix))
	require.NoError(t, err)
	require.Len(t, kept, 1)
	data, err := os.ReadFile(kept[0])
	require.NoError(t, err)
	require.Equal(t, "what was left", string(data))
	list, err := f.List()
	require.NoError(t, err)
	require.Empty(t, list)
	require.ErrorIs(t, f.WriteDamaged(make([]byte, 1<<10), Info{}), ErrFull)
}

func TestNamesStayInTheFolder(t *testing.T) {
	f := &Folder{Dir: t.TempDir()}
	for _, name := range []string{"../x.otlp.pb", "/etc/passwd", "x.json", "", "a/b.otlp.pb"} {
		_, _, err := f.Read(name)
		require.ErrorIs(t, err, ErrName, name)
		require.ErrorIs(t, f.Remove(name), ErrName, name)
	}
}

func TestUnwritableFolderIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.Error(t, (&Folder{Dir: file}).Write(letter("a"), Info{}))
}
