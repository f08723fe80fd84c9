//go:build unix

package chdb_test

// The nineteen ways in which libchdb behind a home-made interface goes wrong,
// each held by a test against the real engine.

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/chdb/engineproc"
	"github.com/watchllm/watchllm/internal/testkit"
)

// Data in the text of a statement ends at its first blank line; data handed
// over as a stream does not.
func TestTrap01InlineDataIsStreamed(t *testing.T) {
	e, db := engine(t)
	must(t, e, "CREATE TABLE "+db+".t (n UInt16, s String) ENGINE = MergeTree ORDER BY n")
	must(t, e, "INSERT INTO "+db+".t VALUES (1, 'a\n\nb'),\n\n(2, 'c')")
	must(t, e, "INSERT INTO "+db+".t FORMAT CSV\n3,\"d\n\ne\"\n4,f\n")
	must(t, e, "INSERT INTO "+db+".t /* FORMAT */ FORMAT JSONEachRow\n{\"n\":5,\"s\":\"g\"}\n\n{\"n\":6,\"s\":\"h\"}\n")
	// 0A 0A is the number 2570.
	native := []byte("\x01\x01\x01n\x06UInt16\x0a\x0a")
	_, status := post(t, e, url.Values{"query": {"INSERT INTO " + db + ".t (n) FORMAT Native"}}, bytes.NewReader(native), nil)
	require.Equal(t, http.StatusOK, status)
	// A comment at the end must not swallow the FORMAT the engine appends.
	post(t, e, url.Values{"query": {"INSERT INTO " + db + ".t -- (n) \n FORMAT TSV"}}, strings.NewReader("7\ti\n"), nil)
	assert.Equal(t, "1\ta\\n\\nb\n2\tc\n3\td\\n\\ne\n4\tf\n5\tg\n6\th\n7\ti\n2570\t\n", must(t, e, "SELECT * FROM "+db+".t ORDER BY n"))
}

// libchdb reads and writes Native blocks of revision 0; the driver learns that
// from its first question, whose answer is in the driver's own revision.
func TestTrap02NativeRevision(t *testing.T) {
	e, db := engine(t)
	c := open(t, e, db, nil)
	v, err := c.ServerVersion()
	require.NoError(t, err)
	assert.Zero(t, v.Revision)
	assert.NotZero(t, v.Version.Major)
	var n uint8
	var s string
	require.NoError(t, c.QueryRow(t.Context(), "SELECT toUInt8(7), 'x'").Scan(&n, &s))
	assert.Equal(t, uint8(7), n)

	hello := "SELECT displayName(), version(), revision(), timezone()"
	body, _ := post(t, e, url.Values{"query": {hello}, "client_protocol_version": {"54488"}, "default_format": {"Native"}}, nil, nil)
	assert.True(t, bytes.HasPrefix(body, []byte{1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0, 4, 1}), "% x", body[:10])
	body, _ = post(t, e, url.Values{"query": {hello}, "client_protocol_version": {"0"}, "default_format": {"Native"}}, nil, nil)
	assert.True(t, bytes.HasPrefix(body, []byte{4, 1}), "an old client gets the engine's own block")
}

// Only SELECT can be streamed; the engine refuses to stream the others.
func TestTrap03OnlySelectStreams(t *testing.T) {
	e, db := engine(t)
	must(t, e, "CREATE TABLE "+db+".t (a UInt8) ENGINE = MergeTree ORDER BY a")
	for query, want := range map[string]string{
		"DESCRIBE TABLE " + db + ".t":   "a\tUInt8\t\t\t\t\t\n",
		"SHOW TABLES FROM " + db:        "t\n",
		"EXISTS TABLE " + db + ".t":     "1\n",
		"WITH 1 AS x SELECT x":          "1\n",
		"(SELECT 1)":                    "1\n",
		"FROM numbers(2) SELECT number": "0\n1\n",
		"SELECT 1 -- and a note":        "1\n",
		"EXPLAIN AST SELECT 1;":         "SelectWithUnionQuery (children 1)\n ExpressionList (children 1)\n  SelectQuery (children 1)\n   ExpressionList (children 1)\n    Literal UInt64_1\n",
	} {
		assert.Equal(t, want, must(t, e, query), query)
	}
	assert.Contains(t, must(t, e, "SHOW CREATE TABLE "+db+".t"), "CREATE TABLE")
}

// The engine would run every statement of a text.
func TestTrap04OneStatementOnly(t *testing.T) {
	e, db := engine(t)
	must(t, e, "CREATE TABLE "+db+".t (a UInt8) ENGINE = MergeTree ORDER BY a")
	drop := "DROP TABLE " + db + ".t"
	for _, query := range []string{
		"SELECT 1; " + drop, drop + "; SELECT 1", drop + "; SELEC (", "SELECT $$;$$; " + drop, "SELECT ‘'’; " + drop + " -- '",
		"INSERT INTO " + db + ".t; " + drop + "; INSERT INTO " + db + ".t VALUES (1)", "INSERT INTO " + db + ".t SELECT 1; " + drop,
	} {
		_, err := e.Query(query)
		assert.ErrorContains(t, err, "Code: 62.", query)
	}
	_, _ = e.Query("INSERT INTO " + db + ".t VALUES (1); " + drop)
	assert.Equal(t, "1\n", must(t, e, "EXISTS TABLE "+db+".t"))
	assert.Equal(t, "1\n", must(t, e, "SELECT 1;"), "one with its semicolon is one")
}

// INTO OUTFILE and FROM INFILE are done by the embedded client, past all grants.
func TestTrap05NoFilesThroughTheClient(t *testing.T) {
	e, db := engine(t)
	must(t, e, "CREATE TABLE "+db+".t (s String) ENGINE = MergeTree ORDER BY s")
	file := t.TempDir() + "/out"
	require.NoError(t, os.WriteFile(file+".in", []byte("secret\n"), 0o600))
	for _, query := range []string{
		"SELECT 1 INTO OUTFILE '" + file + "'", "SELECT 1 into/**/outfile '" + file + "' FORMAT CSV", "SELECT $$'$$ INTO OUTFILE '" + file + "'",
		"SELECT ‘'’ INTO OUTFILE '" + file + "'", "SHOW TABLES INTO OUTFILE '" + file + "'", "EXPLAIN SELECT 1 INTO OUTFILE '" + file + "'",
		"INSERT INTO " + db + ".t FROM INFILE '" + file + ".in' FORMAT LineAsString",
		"INSERT INTO " + db + ".t SETTINGS log_comment=$$'$$ FROM INFILE '" + file + ".in' FORMAT LineAsString -- '",
		"INSERT INTO " + db + ".t FROM//\nINFILE '" + file + ".in' FORMAT LineAsString",
		"WITH 1 AS x INSERT INTO " + db + ".t FROM INFILE '" + file + ".in' FORMAT LineAsString",
	} {
		_, err := e.Query(query)
		assert.Error(t, err, query)
	}
	// The names a request gives are put behind FORMAT, USE and SET.
	for _, parameter := range []string{"default_format", "database", "max_threads", "param_x", "query_id", "`; SELECT 1 INTO OUTFILE '" + file + "'"} {
		post(t, e, url.Values{parameter: {"CSV INTO OUTFILE '" + file + "'"}}, strings.NewReader("SELECT 1"), nil)
	}
	post(t, e, nil, strings.NewReader("SELECT 1"), http.Header{"X-Clickhouse-Format": {"Null INTO OUTFILE '" + file + "'"}})
	assert.NoFileExists(t, file)
	assert.Equal(t, "0\n", must(t, e, "SELECT count() FROM "+db+".t"))
	for _, query := range []string{"exit", "quit", `\dt`, "help", "?? tell me", ".read x"} {
		_, err := e.Query(query)
		assert.ErrorContains(t, err, "Code: 62.", "the embedded client's own command %q", query)
	}
}

// The engine's only user may do anything unless its configuration takes it away.
func TestTrap06GrantsAreNarrow(t *testing.T) {
	e, db := engine(t)
	must(t, e, "CREATE TABLE "+db+".t (id UInt64, s String) ENGINE = MergeTree ORDER BY id")
	for _, query := range []string{
		"SELECT * FROM file('/etc/passwd', 'LineAsString')", "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
		"SELECT * FROM remote('127.0.0.1:1', 'system', 'one')", "SELECT * FROM s3('http://127.0.0.1:1/b/k', 'CSV', 'a String')",
		"SELECT * FROM executable('id', 'TSV', 'a String')", "INSERT INTO FUNCTION file('/tmp/x', 'CSV', 'a String') SELECT 'x'",
		"SELECT * FROM mysql('127.0.0.1:1', 'd', 't', 'u', 'p')", "SELECT * FROM postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')",
		"SELECT * FROM sqlite('/tmp/x', 't')", "SELECT file('/etc/passwd')",
		"CREATE TABLE " + db + ".f (a String) ENGINE = File(CSV)", "CREATE TABLE " + db + ".u (a String) ENGINE = URL('http://127.0.0.1:1/', CSV)",
		"CREATE TABLE " + db + ".d (a String) ENGINE = Distributed('c', 'system', 'one')",
		"CREATE TABLE " + db + ".l (a String) ENGINE = FileLog('/tmp', 'CSV')",
		"CREATE DICTIONARY " + db + ".dict (id UInt64, s String) PRIMARY KEY id SOURCE(FILE(path '/etc/passwd' format 'TSV')) LAYOUT(FLAT()) LIFETIME(0)",
		"SYSTEM SHUTDOWN", "SYSTEM KILL", "SYSTEM DROP MARK CACHE", "SYSTEM RELOAD CONFIG",
		"DROP DATABASE system", "DROP DATABASE default", "CREATE DATABASE other", "CREATE TABLE default.t (a UInt8) ENGINE = Memory",
		"CREATE USER u", "GRANT ALL ON *.* TO default", "CREATE NAMED COLLECTION c AS a = 1", "CREATE FUNCTION f AS (x) -> x",
		"BACKUP DATABASE " + db + " TO File('/tmp/b')", "RESTORE DATABASE x FROM File('/tmp/b')", "BACKUP TABLE " + db + ".t TO Disk('default', 'b')",
		"SELECT * APPLY file FROM (SELECT '/etc/passwd')", "SELECT arrayMap(file, ['/etc/passwd'])", "SELECT arrayFirst(x -> notEmpty(`file`(x)), ['/etc/passwd'])",
		"ATTACH TABLE " + db + ".x FROM '/etc' (a String) ENGINE = File(CSV)",
	} {
		_, err := e.Query(query)
		assert.Error(t, err, query)
		if err != nil {
			assert.NotContains(t, err.Error(), "Code: 62.", "%s must be refused for its right, not for its spelling", query)
		}
	}
	// This one may be made, and runs nothing: programs lie in a folder that no
	// statement can write to.
	must(t, e, "CREATE TABLE "+db+".e (a String) ENGINE = Executable('id', 'TSV')")
	_, err := e.Query("SELECT * FROM " + db + ".e")
	require.Error(t, err)
	assert.Equal(t, "1\n", must(t, e, "SELECT 1"), "the engine is still there")
}

// The function file() asks for no grant; VALUES may be expressions.
func TestTrap06ValuesReadNoFile(t *testing.T) {
	for _, sandbox := range []string{engineproc.SandboxAuto, engineproc.SandboxOff} {
		e := testkit.StartPrivateEngine(t, engineproc.Options{Sandbox: sandbox})
		must(t, e, "CREATE TABLE watchllm.t (s String) ENGINE = MergeTree ORDER BY s")
		for _, settings := range []string{"", " SETTINGS input_format_values_interpret_expressions = 1"} {
			for _, value := range []string{"file('/etc/passwd')", "concat('x', file('/etc/passwd'))", "'a'), (`file`('/etc/passwd')"} {
				_, err := e.Query("INSERT INTO watchllm.t" + settings + " VALUES (" + value + ")")
				assert.Error(t, err, value)
			}
		}
		assert.Equal(t, "0\n", must(t, e, "SELECT count() FROM watchllm.t"))
	}
}

// Where the kernel can keep the engine in, it does, whatever the engine's
// functions ask for.
func TestTrap06Sandbox(t *testing.T) {
	e := testkit.StartPrivateEngine(t, engineproc.Options{Sandbox: engineproc.SandboxAuto})
	if strings.Contains(e.Log(), "without a sandbox") {
		t.Skip("this kernel has no Landlock")
	}
	must(t, e, "CREATE TABLE watchllm.t (s String) ENGINE = MergeTree ORDER BY s")
	// The lexer does not look into data, where the engine evaluates this.
	_, err := e.Query("INSERT INTO watchllm.t VALUES (file('/etc/passwd'))")
	require.ErrorContains(t, err, "Permission denied")
	_, err = e.Query(fmt.Sprintf("INSERT INTO watchllm.t VALUES (file('/proc/%d/environ'))", os.Getpid()))
	require.ErrorContains(t, err, "Permission denied")
	must(t, e, "INSERT INTO watchllm.t VALUES (file('/proc/self/environ'))")
	assert.NotContains(t, must(t, e, "SELECT s FROM watchllm.t"), "PATH=")
}

// What the product itself does must pass through the same grants.
func TestTrap06GrantsLetTheProductWork(t *testing.T) {
	e, db := engine(t)
	use := func(query string) string { return must(t, e, strings.ReplaceAll(query, "$", db)) }
	use("CREATE TABLE $.t (day Date, id UInt64, n UInt64, s String) ENGINE = ReplacingMergeTree(n) PARTITION BY day ORDER BY id TTL day + INTERVAL 10 YEAR SETTINGS ttl_only_drop_parts = 1")
	use("CREATE TABLE $.agg (day Date, n AggregateFunction(sum, UInt64)) ENGINE = AggregatingMergeTree ORDER BY day")
	use("CREATE MATERIALIZED VIEW $.mv TO $.agg AS SELECT day, sumState(n) AS n FROM $.t GROUP BY day")
	use("CREATE TABLE $.sums (day Date, n UInt64) ENGINE = SummingMergeTree ORDER BY day")
	use("CREATE TABLE $.mem (a UInt8) ENGINE = Memory")
	use("CREATE TABLE $.nothing (a UInt8) ENGINE = Null")
	use("CREATE VIEW $.v AS SELECT id FROM $.t")
	use("INSERT INTO $.t SELECT '2026-01-01', number, number, toString(number) FROM numbers(1000)")
	use("INSERT INTO $.t SELECT '2026-01-01', number, 2 * number, toString(number) FROM numbers(1000)")
	assert.Equal(t, "1498500\n", use("SELECT sumMerge(n) FROM $.agg"))
	use("ALTER TABLE $.t ADD COLUMN extra LowCardinality(String) DEFAULT 'x'")
	use("ALTER TABLE $.t ADD INDEX ix s TYPE bloom_filter GRANULARITY 1")
	use("ALTER TABLE $.t MATERIALIZE INDEX ix SETTINGS mutations_sync = 1")
	use("CREATE TABLE $.plain (day Date, n UInt64) ENGINE = MergeTree ORDER BY day")
	use("ALTER TABLE $.plain ADD PROJECTION p (SELECT day, sum(n) GROUP BY day)")
	use("ALTER TABLE $.plain MATERIALIZE PROJECTION p SETTINGS mutations_sync = 1")
	use("ALTER TABLE $.t MODIFY TTL day + INTERVAL 5 YEAR")
	use("ALTER TABLE $.t UPDATE s = 'x' WHERE id = 1 SETTINGS mutations_sync = 1")
	use("ALTER TABLE $.t DELETE WHERE id = 2 SETTINGS mutations_sync = 1")
	use("OPTIMIZE TABLE $.t FINAL")
	use("SYSTEM STOP MERGES $.t")
	use("SYSTEM START MERGES $.t")
	assert.Equal(t, "999\n", use("SELECT count() FROM $.t"))
	use("ALTER TABLE $.t DROP PARTITION '2026-01-01'")
	assert.Equal(t, "0\n", use("SELECT count() FROM $.v"))
	use("CREATE TABLE $.t2 AS $.t")
	use("EXCHANGE TABLES $.t AND $.t2")
	use("RENAME TABLE $.t2 TO $.t3")
	use("TRUNCATE TABLE $.t")
	use("CHECK TABLE $.t")
	use("DROP VIEW $.mv")
	use("DROP TABLE $.t3 SYNC")
	use("CREATE TABLE IF NOT EXISTS watchllm.product (a UInt8) ENGINE = MergeTree ORDER BY a")
	use("DROP TABLE watchllm.product")
}

// A loopback port is open to every local user and to web pages.
func TestTrap07AlwaysAPassword(t *testing.T) {
	e, _ := engine(t)
	info, err := os.Stat(e.PasswordFile)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	assert.GreaterOrEqual(t, len(e.Password), 26)
	ask := func(edit func(*http.Request)) int {
		r, err := http.NewRequest(http.MethodPost, e.Endpoint, strings.NewReader("SELECT 1"))
		require.NoError(t, err)
		edit(r)
		response, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer response.Body.Close()
		return response.StatusCode
	}
	assert.Equal(t, 403, ask(func(*http.Request) {}))
	assert.Equal(t, 403, ask(func(r *http.Request) { r.SetBasicAuth("default", "") }))
	assert.Equal(t, 403, ask(func(r *http.Request) { r.SetBasicAuth("default", e.Password+"x") }))
	assert.Equal(t, 403, ask(func(r *http.Request) { r.SetBasicAuth("root", e.Password) }))
	assert.Equal(t, 200, ask(func(r *http.Request) { r.SetBasicAuth("default", e.Password) }))
	assert.Equal(t, 200, ask(func(r *http.Request) { r.Header.Set("X-ClickHouse-Key", e.Password) }))
	assert.Equal(t, 200, ask(func(r *http.Request) { r.URL.RawQuery = "user=default&password=" + e.Password }))
	assert.Equal(t, 403, ask(func(r *http.Request) {
		r.SetBasicAuth("default", e.Password)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	}))
}

// Without a file of our own the engine reads config.xml of the working
// directory.
func TestTrap08OwnConfiguration(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("config.xml", []byte("<clickhouse><mark_cache_size>4242</mark_cache_size><http_port>1</http_port></clickhouse>"), 0o600))
	t.Setenv("WATCHLLM_ENGINE_BIN", engineBinary(t))
	e := testkit.StartPrivateEngine(t)
	settings := must(t, e, "SELECT name, value FROM system.server_settings WHERE name IN ('mark_cache_size', 'max_server_memory_usage', 'background_schedule_pool_size') ORDER BY name")
	assert.Equal(t, "background_schedule_pool_size\t8\nmark_cache_size\t134217728\nmax_server_memory_usage\t2147483648\n", settings)
	_, err := e.Query("SELECT number FROM numbers_mt(400000000) GROUP BY number SETTINGS max_memory_usage = 1000000000, max_bytes_before_external_group_by = 0, max_bytes_ratio_before_external_group_by = 0")
	require.ErrorContains(t, err, "Code: 241.")
	_, err = e.Query("SELECT 1 SETTINGS max_memory_usage = 100000000000")
	require.ErrorContains(t, err, "Code: 452.", "a client does not raise the operator's cap")
}

// The database "default" shows files of the working directory and refuses
// refreshable views.
func TestTrap09OwnAtomicDatabase(t *testing.T) {
	e, db := engine(t)
	assert.Equal(t, "watchllm\tAtomic\n", must(t, e, "SELECT name, engine FROM system.databases WHERE name = currentDatabase()"))
	assert.Empty(t, must(t, e, "SHOW TABLES FROM default"))
	_, err := e.Query("SELECT * FROM default.`/etc/passwd`")
	require.Error(t, err)
	_, err = e.Query("SELECT * FROM default.`../config/config.xml`")
	require.Error(t, err)
	must(t, e, "CREATE MATERIALIZED VIEW "+db+".fresh REFRESH EVERY 1 SECOND ENGINE = Memory EMPTY AS SELECT now() AS at")
	require.Eventually(t, func() bool {
		return must(t, e, "SELECT count() FROM "+db+".fresh") != "0\n"
	}, 20*time.Second, 100*time.Millisecond)
}

// A reader that gives its last block again, or a body cut short, must not write
// what the client did not send.
func TestTrap10EndOfBody(t *testing.T) {
	e, db := engine(t)
	must(t, e, "CREATE TABLE "+db+".t (n UInt64) ENGINE = MergeTree ORDER BY n")
	insert := func(format string) url.Values {
		return url.Values{"query": {"INSERT INTO " + db + ".t FORMAT " + format}, "decompress": {"1"}}
	}
	w := compress.NewWriter(compress.LevelZero, compress.LZ4)
	rows := make([]byte, 0, 8*10000)
	for i := range uint64(10000) {
		rows = binary.LittleEndian.AppendUint64(rows, i)
	}
	require.NoError(t, w.Compress(rows))
	frame := bytes.Clone(w.Data)
	for size := range []int{0, 1, 2} {
		_, status := post(t, e, insert("RowBinary"), bytes.NewReader(bytes.Repeat(frame, size)), nil)
		require.Equal(t, http.StatusOK, status)
	}
	assert.Equal(t, "30000\n", must(t, e, "SELECT count() FROM "+db+".t"), "a batch is written as often as it was sent")

	_, status := post(t, e, insert("RowBinary"), bytes.NewReader(frame[:len(frame)-10]), nil)
	assert.NotEqual(t, http.StatusOK, status, "half a frame")
	text := strings.Repeat("1\n", 2<<20)
	_, err := sendHalf(e, "INSERT INTO "+db+".t FORMAT TSV", text)
	require.Error(t, err)
	assert.Never(t, func() bool { return must(t, e, "SELECT count() FROM "+db+".t") != "30000\n" }, time.Second, 100*time.Millisecond,
		"of a body cut short nothing is written")
}
