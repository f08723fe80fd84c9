package clickhouse

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	clickhouse "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// idleTimeout is below the keep_alive_timeout of every ClickHouse version (3 s in old ones), so that a
// request is not written into a connection that the server is just closing.
const idleTimeout = 2500 * time.Millisecond

// writeBuffer spares inserts of megabytes thousands of calls into the kernel.
const writeBuffer = 128 << 10

// connLifetime rotates connections, so that a server that came back, or was added behind a name, gets its share.
const connLifetime = 10 * time.Minute

// Open prepares a connection pool. It never touches the network: the first statement does, and it
// reads PasswordFile then.
func (c ClientConfig) Open() (driver.Conn, error) {
	opt, err := c.options()
	if err != nil {
		return nil, err
	}
	return open(opt)
}

func open(opt *clickhouse.Options) (driver.Conn, error) { return clickhouse.Open(opt) }

// inOrder prefers the first server that answers.
const inOrder = clickhouse.ConnOpenInOrder

// Native reports whether the endpoint speaks the native protocol rather than HTTP.
func (c ClientConfig) Native() bool {
	s, err := c.servers()
	return err == nil && s.native
}

func (c ClientConfig) options() (*clickhouse.Options, error) {
	s, err := c.servers()
	if err != nil {
		return nil, err
	}
	opt := &clickhouse.Options{
		Protocol:         clickhouse.HTTP,
		Addr:             s.addrs,
		Auth:             clickhouse.Auth{Database: c.Database, Username: c.Username, Password: string(c.Password)},
		DialTimeout:      c.DialTimeout,
		ReadTimeout:      c.Timeout + c.DialTimeout,
		MaxOpenConns:     c.MaxOpenConns,
		MaxIdleConns:     c.MaxOpenConns,
		ConnMaxLifetime:  connLifetime,
		ConnOpenStrategy: clickhouse.ConnOpenRoundRobin,
		Settings:         clickhouse.Settings{},
		Compression:      &clickhouse.Compression{Method: c.method(s)},
		DialStrategy:     c.dialWithPassword,
		TransportFunc: func(t *http.Transport) (http.RoundTripper, error) {
			t.IdleConnTimeout = idleTimeout
			t.WriteBufferSize = writeBuffer
			return t, nil
		},
	}
	opt.ClientInfo.Products = append(opt.ClientInfo.Products, struct{ Name, Version string }{"watchllm", ""})
	if s.native {
		opt.Protocol = clickhouse.Native
	}
	for k, v := range c.Settings {
		opt.Settings[k] = v
	}
	if s.tls {
		if opt.TLS, err = c.TLS.LoadTLSConfig(context.Background()); err != nil {
			return nil, fmt.Errorf("tls: %w", err)
		}
		if opt.TLS == nil {
			// tls::insecure asks for plain text, which these schemes cannot mean.
			opt.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.TLS.ServerName}
		}
	}
	return opt, nil
}

// Method is the compression that is used on the wire: lz4, zstd or none.
func (c ClientConfig) Method() string {
	s, err := c.servers()
	if err != nil {
		return "none"
	}
	return c.method(s).String()
}

func (c ClientConfig) method(s servers) clickhouse.CompressionMethod {
	switch {
	case c.Compression == "zstd":
		return clickhouse.CompressionZSTD
	case c.Compression == "lz4", c.Compression == "" && !s.loopback():
		return clickhouse.CompressionLZ4
	}
	return clickhouse.CompressionNone
}

// dialWithPassword opens a connection with the password the file holds now.
func (c ClientConfig) dialWithPassword(ctx context.Context, id int, opt *clickhouse.Options, dial clickhouse.Dial) (clickhouse.DialResult, error) {
	if c.PasswordFile == "" {
		return clickhouse.DefaultDialStrategy(ctx, id, opt, dial)
	}
	b, err := os.ReadFile(c.PasswordFile)
	if err != nil {
		return clickhouse.DialResult{}, fmt.Errorf("password_file: %w", err)
	}
	with := *opt
	with.Auth.Password = strings.TrimRight(string(b), "\r\n")
	return clickhouse.DefaultDialStrategy(ctx, id, &with, dial)
}
