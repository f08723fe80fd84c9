package pricing

import (
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
)

var defaultBook = sync.OnceValues(Default)

func book(t testing.TB) *Book {
	t.Helper()
	b, err := defaultBook()
	require.NoError(t, err)
	return b
}

// load compiles layers of one file each.
func load(t testing.TB, layers ...string) *Book {
	t.Helper()
	b, err := tryLoad(layers...)
	require.NoError(t, err)
	return b
}

func tryLoad(layers ...string) (*Book, error) {
	return Load(layersOf(layers)...)
}

func layersOf(layers []string) (fss []fs.FS) {
	for _, text := range layers {
		fss = append(fss, fstest.MapFS{"test.yaml": {Data: []byte(text)}})
	}
	return fss
}

func textsOf(text string) []fileText { return []fileText{{"test.yaml", []byte(text)}} }

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

// recordOf is a price id without the fingerprint of its figures.
func recordOf(r Result) string {
	record, _, _ := strings.Cut(r.PriceID, "#")
	return record
}

func n(v int64) Count { return KnownCount(v) }
