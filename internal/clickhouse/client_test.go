package clickhouse

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	clickhouse "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/configopaque"
)

func TestDefaultsAreValid(t *testing.T) { require.NoError(t, NewDefaultClientConfig().Validate()) }

func TestEndpoints(t *testing.T) {
	f := func(endpoint string, want servers) {
		t.Helper()
		c := NewDefaultClientConfig()
		c.Endpoint = endpoint
		require.NoError(t, c.Validate())
		got, err := c.servers()
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	f("http://h", servers{addrs: []string{"h:8123"}})
	f("http://127.0.0.1:18123/", servers{addrs: []string{"127.0.0.1:18123"}})
	f("https://h", servers{tls: true, addrs: []string{"h:8443"}})
	f("clickhouse://a:9001, b , clickhouse://[::1]", servers{native: true, addrs: []string{"a:9001", "b:9000", "[::1]:9000"}})
	f("tcp://h", servers{native: true, addrs: []string{"h:9000"}})
	f("clickhouses://h", servers{native: true, tls: true, addrs: []string{"h:9440"}})
}

func TestValidateNamesKeyValueAndCure(t *testing.T) {
	f := func(change func(*ClientConfig), want ...string) {
		t.Helper()
		c := NewDefaultClientConfig()
		change(&c)
		err := c.Validate()
		require.Error(t, err)
		for _, w := range want {
			require.ErrorContains(t, err, w)
		}
	}
	f(func(c *ClientConfig) { c.Endpoint = " " }, "endpoint", "must not be empty", "http://host:8123")
	f(func(c *ClientConfig) { c.Endpoint = "ftp://h" }, `endpoint: "ftp://h"`, "unknown scheme", "clickhouse://host:9000")
	f(func(c *ClientConfig) { c.Endpoint = "h:8123" }, "endpoint", "http://host:8123")
	f(func(c *ClientConfig) { c.Endpoint = "http://a,https://b" }, "mixes http and https")
	f(func(c *ClientConfig) { c.Endpoint = "http://h/path" }, "has a path", "database")
	f(func(c *ClientConfig) { c.Endpoint = "http://u:hunter2@h" }, "holds a user", "password_file")
	f(func(c *ClientConfig) { c.Username = "" }, "username")
	f(func(c *ClientConfig) { c.Password, c.PasswordFile = "a", "b" }, "keep one")
	f(func(c *ClientConfig) { c.Database = "a`b" }, "database", "letters, digits")
	f(func(c *ClientConfig) { c.Cluster = "a' b" }, "cluster")
	f(func(c *ClientConfig) { c.Compression = "snappy" }, `compression: "snappy"`, "lz4, zstd or none")
	f(func(c *ClientConfig) { c.DialTimeout, c.Timeout, c.MaxOpenConns = 0, -1, 1 }, "dial_timeout", "timeout: -1ns", "max_open_conns: 1")

	c := NewDefaultClientConfig()
	c.Endpoint = "http://u:hunter2@h"
	require.NotContains(t, c.Validate().Error(), "hunter2")
}

func TestOptions(t *testing.T) {
	c := NewDefaultClientConfig()
	opt, err := c.options()
	require.NoError(t, err)
	require.Equal(t, clickhouse.HTTP, opt.Protocol)
	require.Equal(t, clickhouse.CompressionNone, opt.Compression.Method, "compression on loopback only costs")
	require.Nil(t, opt.TLS)

	c.Endpoint = "clickhouses://a,b:9999"
	c.Settings = map[string]string{"max_threads": "2"}
	opt, err = c.options()
	require.NoError(t, err)
	require.Equal(t, clickhouse.Native, opt.Protocol)
	require.Equal(t, []string{"a:9440", "b:9999"}, opt.Addr)
	require.Equal(t, clickhouse.CompressionLZ4, opt.Compression.Method)
	require.NotNil(t, opt.TLS)
	require.Equal(t, "2", opt.Settings["max_threads"])

	c.Compression = "zstd"
	require.Equal(t, "zstd", c.Method())
	c.TLS.CAFile = "missing.pem"
	_, err = c.Open()
	require.ErrorContains(t, err, "tls:")
}

func TestPasswordFileIsReadAtEachConnect(t *testing.T) {
	c := NewDefaultClientConfig()
	c.PasswordFile = filepath.Join(t.TempDir(), "password")
	opt, err := c.options()
	require.NoError(t, err)
	var got string
	dial := func(_ context.Context, _ string, o *clickhouse.Options) (clickhouse.DialResult, error) {
		got = o.Auth.Password
		return clickhouse.DialResult{}, nil
	}
	_, err = opt.DialStrategy(context.Background(), 1, opt, dial)
	require.ErrorContains(t, err, "password_file")
	for _, password := range []string{"one", "two"} {
		require.NoError(t, os.WriteFile(c.PasswordFile, []byte(password+"\n"), 0o600))
		_, err = opt.DialStrategy(context.Background(), 1, opt, dial)
		require.NoError(t, err)
		require.Equal(t, password, got)
	}
	require.Empty(t, opt.Auth.Password)
}

func TestPasswordIsNotPrinted(t *testing.T) {
	c := NewDefaultClientConfig()
	c.Password = configopaque.String("hunter2")
	b, err := c.Password.MarshalText()
	require.NoError(t, err)
	require.NotContains(t, string(b), "hunter2")
}

func TestClassify(t *testing.T) {
	f := func(err error, class Class, reason string) {
		t.Helper()
		got, wait := Classify(err)
		require.Equal(t, class, got)
		require.Equal(t, class == ClassThrottle, wait > 0)
		require.Equal(t, reason, Reason(err))
	}
	code := func(n int32) error {
		return &clickhouse.HTTPError{StatusCode: 500, Err: &clickhouse.Exception{Code: n}}
	}
	f(code(252), ClassThrottle, "code_252")
	f(code(241), ClassThrottle, "code_241")
	f(code(469), ClassPermanent, "VIOLATED_CONSTRAINT")
	f(code(60), ClassRetry, "code_60")
	f(code(516), ClassRetry, "code_516")
	f(code(33), ClassRetry, "code_33")
	f(code(999), ClassRetry, "code_999")
	f(&clickhouse.HTTPError{StatusCode: http.StatusServiceUnavailable, Err: errors.New("busy")}, ClassThrottle, "http_503")
	f(&clickhouse.HTTPError{StatusCode: http.StatusRequestEntityTooLarge, Err: errors.New("big")}, ClassPermanent, "http_413")
	f(&clickhouse.HTTPError{StatusCode: http.StatusBadGateway, Err: errors.New("proxy")}, ClassRetry, "http_502")
	f(context.DeadlineExceeded, ClassRetry, "timeout")
	f(errors.New("reset"), ClassRetry, "connection")
	f(ErrSchemaNewer, ClassRetry, "schema")
}

func TestNothingTouchesTheNetworkInOpen(t *testing.T) {
	c := NewDefaultClientConfig()
	c.Endpoint = "http://192.0.2.1:8123"
	begin := time.Now()
	conn, err := c.Open()
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	require.Less(t, time.Since(begin), time.Second)
}
