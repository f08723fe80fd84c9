//go:build unix

package chdb_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// After an insert that failed the engine keeps the table until the connection's next statement, so a DROP ... SYNC from
// elsewhere would wait for ever.
func TestFailedInsertLetsTheTableGo(t *testing.T) {
	e, db := engine(t)
	in := func(extra url.Values) url.Values {
		extra.Set("database", db)
		return extra
	}
	body, status := post(t, e, in(url.Values{}), strings.NewReader("CREATE TABLE x (a UInt32, CONSTRAINT c CHECK a != 3) ENGINE = MergeTree ORDER BY a"), nil)
	require.Equal(t, http.StatusOK, status, string(body))
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			_, status := post(t, e, in(url.Values{"query": {"INSERT INTO x FORMAT TSV"}}), strings.NewReader("1\n2\n3\n"), nil)
			assert.NotEqual(t, http.StatusOK, status)
		})
	}
	wg.Wait()
	body, status = post(t, e, in(url.Values{}), strings.NewReader("DROP TABLE x SYNC"), nil)
	require.Equal(t, http.StatusOK, status, string(body))
}
