package clickhouse

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configtls"
)

// ClientConfig says how to reach the store. It is shared by everything that reads or writes there.
type ClientConfig struct {
	// Endpoint is one or several servers, separated by commas: http://host:8123, https://host:8443,
	// clickhouse://host:9000 (native), clickhouses://host:9440 (native over TLS). All have one scheme;
	// it may be left out after the first. A connection goes to the next server when one does not answer.
	Endpoint string `mapstructure:"endpoint"`
	// Username is the ClickHouse user.
	Username string `mapstructure:"username"`
	// Password of the user.
	Password configopaque.String `mapstructure:"password"`
	// PasswordFile holds the password; it is read whenever a connection is opened, so it may change
	// and need not exist yet at start.
	PasswordFile string `mapstructure:"password_file"`
	// Database holds all tables.
	Database string `mapstructure:"database"`
	// Cluster is the name of the ClickHouse cluster; empty for a single node.
	Cluster string `mapstructure:"cluster"`
	// TLS settings for https and clickhouses endpoints.
	TLS configtls.ClientConfig `mapstructure:"tls"`
	// Compression on the wire: lz4, zstd, none, or empty for none on loopback and lz4 elsewhere.
	Compression string `mapstructure:"compression"`
	// DialTimeout bounds the opening of one connection.
	DialTimeout time.Duration `mapstructure:"dial_timeout"`
	// Timeout bounds one statement; for an insert, from the first byte sent to the answer.
	Timeout time.Duration `mapstructure:"timeout"`
	// MaxOpenConns bounds the connections of this component.
	MaxOpenConns int `mapstructure:"max_open_conns"`
	// Settings are ClickHouse settings sent with every statement.
	Settings map[string]string `mapstructure:"settings"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// NewDefaultClientConfig returns the configuration for an engine on this machine.
func NewDefaultClientConfig() ClientConfig {
	return ClientConfig{
		Endpoint:     "http://127.0.0.1:8123",
		Username:     "default",
		Database:     "watchllm",
		DialTimeout:  5 * time.Second,
		Timeout:      60 * time.Second,
		MaxOpenConns: 8,
	}
}

const endpointCure = `write http://host:8123, https://host:8443, clickhouse://host:9000 or clickhouses://host:9440`

// identifier keeps names harmless wherever they are put: DDL, paths in Keeper, HTTP parameters.
var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

var clusterName = regexp.MustCompile(`^[A-Za-z0-9_.-]+$|^\{[a-z_]+\}$`)

var compressions = []string{"", "lz4", "zstd", "none"}

// Validate reports every mistake of the configuration at once. It does not touch the network or files.
func (c ClientConfig) Validate() error {
	var errs []error
	if _, err := c.servers(); err != nil {
		errs = append(errs, err)
	}
	if c.Username == "" {
		errs = append(errs, errors.New(`username: must not be empty; ClickHouse's own first user is "default"`))
	}
	if c.Password != "" && c.PasswordFile != "" {
		errs = append(errs, errors.New("password and password_file are both set; keep one"))
	}
	if !identifier.MatchString(c.Database) {
		errs = append(errs, fmt.Errorf("database: %q is not a plain name; use letters, digits and underscores", c.Database))
	}
	if c.Cluster != "" && !clusterName.MatchString(c.Cluster) {
		errs = append(errs, fmt.Errorf(`cluster: %q is not a cluster name; use letters, digits, "_", "." and "-", or a macro such as {cluster}`, c.Cluster))
	}
	if !slices.Contains(compressions, c.Compression) {
		errs = append(errs, fmt.Errorf("compression: %q is not known; use lz4, zstd or none", c.Compression))
	}
	if c.DialTimeout <= 0 {
		errs = append(errs, fmt.Errorf("dial_timeout: %v must be more than 0, such as 5s", c.DialTimeout))
	}
	if c.Timeout <= 0 {
		errs = append(errs, fmt.Errorf("timeout: %v must be more than 0, such as 60s", c.Timeout))
	}
	if c.MaxOpenConns < 2 {
		errs = append(errs, fmt.Errorf("max_open_conns: %d must be at least 2: one to write and one to look", c.MaxOpenConns))
	}
	return errors.Join(errs...)
}

// servers is the endpoint taken apart.
type servers struct {
	native bool
	tls    bool
	addrs  []string
}

func (c ClientConfig) servers() (servers, error) {
	if strings.TrimSpace(c.Endpoint) == "" {
		return servers{}, errors.New("endpoint: must not be empty; " + endpointCure)
	}
	var out servers
	scheme := ""
	for part := range strings.SplitSeq(c.Endpoint, ",") {
		part = strings.TrimSpace(part)
		if !strings.Contains(part, "://") && scheme != "" {
			part = scheme + "://" + part
		}
		u, err := url.Parse(part)
		if err != nil || u.Host == "" {
			return servers{}, fmt.Errorf("endpoint: %q is not an address; %s", redact(part), endpointCure)
		}
		if u.User != nil {
			return servers{}, fmt.Errorf("endpoint: %q holds a user or password; use username and password_file", redact(part))
		}
		if (u.Path != "" && u.Path != "/") || u.RawQuery != "" {
			return servers{}, fmt.Errorf("endpoint: %q has a path or parameters; use database and settings", redact(part))
		}
		if scheme != "" && u.Scheme != scheme {
			return servers{}, fmt.Errorf("endpoint: %q mixes %s and %s; all servers need one scheme", c.Endpoint, scheme, u.Scheme)
		}
		scheme = u.Scheme
		port := ""
		switch scheme {
		case "http":
			port = "8123"
		case "https":
			out.tls, port = true, "8443"
		case "clickhouse", "tcp":
			out.native, port = true, "9000"
		case "clickhouses":
			out.native, out.tls, port = true, true, "9440"
		default:
			return servers{}, fmt.Errorf("endpoint: %q has an unknown scheme; %s", redact(part), endpointCure)
		}
		if u.Port() != "" {
			port = u.Port()
		}
		out.addrs = append(out.addrs, net.JoinHostPort(u.Hostname(), port))
	}
	return out, nil
}

// redact keeps a password that was put into the endpoint out of error messages.
func redact(s string) string {
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		return "[REDACTED]" + s[at:]
	}
	return s
}

// loopback reports whether all servers are on this machine, where compression only costs.
func (s servers) loopback() bool {
	for _, a := range s.addrs {
		host, _, _ := net.SplitHostPort(a)
		if host == "localhost" {
			continue
		}
		if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
			return false
		}
	}
	return true
}
