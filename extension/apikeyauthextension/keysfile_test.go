package apikeyauthextension

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A file that is written in place is taken over when it stopped changing, never half of it, and never when it was emptied.
func TestFileWrittenInPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	for range 3 {
		create(t, path, nil)
	}
	f := keysFile{path: path}
	look := func(want int, message string) {
		t.Helper()
		records, changed, err := f.poll()
		require.NoError(t, err)
		require.Equal(t, want >= 0, changed, message)
		if changed {
			require.Len(t, records, want)
		}
	}
	write := func(text string) {
		t.Helper()
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	const nothing = -1
	look(3, "the first look takes what is there")
	look(nothing, "")
	whole, err := os.ReadFile(path)
	require.NoError(t, err)

	write("")
	look(nothing, "an editor has emptied the file to write it")
	write(string(whole[:len(whole)/2]))
	look(nothing, "half of it")
	write(string(whole) + "# done\n")
	look(nothing, "all of it, but who knows")
	look(3, "it stopped changing")
	look(nothing, "")

	write("")
	look(nothing, "")
	_, changed, err := f.poll()
	require.False(t, changed)
	require.ErrorIs(t, err, errEmptied)
	look(nothing, "said once")
	require.NoError(t, os.Remove(path))
	_, _, err = f.poll()
	require.ErrorIs(t, err, os.ErrNotExist)
	write("\n")
	_, changed, err = f.poll()
	require.False(t, changed)
	require.ErrorIs(t, err, errEmptied, "an empty file revokes as little as a missing one")
	write("keys: []\n")
	look(nothing, "")
	look(0, "this says what it means")

	create(t, path, nil)
	look(1, "a file put in place by a rename is complete")
}
