package testkit

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCapturesLoad(t *testing.T) {
	cases := Cases(t)
	withTraces := 0
	names := map[string]bool{}
	for i := range cases {
		c := &cases[i]
		require.False(t, names[c.Name()], "%s twice", c.Name())
		names[c.Name()] = true
		requests := c.Traces(t)
		require.Equal(t, c.HasTraces(), len(requests) > 0)
		if !c.HasTraces() {
			continue
		}
		withTraces++
		spans := 0
		for _, td := range requests {
			spans += td.SpanCount()
		}
		assert.Positive(t, spans, c.Name())
		assert.Equal(t, spans, OneRequest(requests).SpanCount(), c.Name())
	}
	assert.Greater(t, withTraces, 100)
}

// A stack trace or a resource attribute carries the paths of the machine it was made on; the recorder replaces them.
func TestRecordedCapturesNameNoMachine(t *testing.T) {
	require.NoError(t, fs.WalkDir(recordings, "testdata", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasPrefix(name, "testdata/captures-") {
			return err
		}
		raw, err := fs.ReadFile(recordings, name)
		require.NoError(t, err)
		for _, place := range []string{"/root/", "/Users/", "/tmp/", "/var/", ".pyenv"} {
			assert.NotContains(t, string(raw), place, name)
		}
		text := strings.ReplaceAll(string(raw), "/home/app", "")
		assert.NotContains(t, text, "/home/", name)
		return nil
	}))
}
