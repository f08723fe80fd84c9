//go:build unix

package testkit

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSharedEngine(t *testing.T) {
	e := StartEngine(t)
	require.Same(t, e, StartEngine(t))
	db := e.Database(t)
	_, err := e.Query("CREATE TABLE " + db + ".t (a UInt8) ENGINE = MergeTree ORDER BY a")
	require.NoError(t, err)
	_, err = e.Query("INSERT INTO " + db + ".t VALUES (1), (2)")
	require.NoError(t, err)
	out, err := e.Query("SELECT sum(a) FROM " + db + ".t")
	require.NoError(t, err)
	require.Equal(t, "3\n", out)
}

func TestPrivateEngineComesBackAfterKill(t *testing.T) {
	e := StartPrivateEngine(t)
	endpoint := e.Endpoint
	_, err := e.Query("CREATE TABLE watchllm.t (a UInt8) ENGINE = MergeTree ORDER BY a")
	require.NoError(t, err)
	_, err = e.Query("INSERT INTO watchllm.t VALUES (7)")
	require.NoError(t, err)
	e.Kill()
	_, err = e.Query("SELECT 1")
	require.Error(t, err)
	require.NoError(t, e.Restart())
	require.Equal(t, endpoint, e.Endpoint)
	out, err := e.Query("SELECT a FROM watchllm.t")
	require.NoError(t, err)
	require.Equal(t, "7\n", out)
}
