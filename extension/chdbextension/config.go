package chdbextension

import (
	"errors"
	"fmt"
	"math"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"

	"github.com/watchllm/watchllm/internal/chdb/engineproc"
	"github.com/watchllm/watchllm/internal/confkeys"
)

// Config of the extension. Each field is a flag of watchllm-engine, or says how
// its process is run.
type Config struct {
	// Path is the engine's data directory; it is made when it is not there.
	Path string `mapstructure:"path"`

	// Listen is the loopback address of the ClickHouse HTTP interface.
	Listen string `mapstructure:"listen"`

	// AllowRemote lets Listen name an address that other machines reach. The
	// interface has a password but no TLS.
	AllowRemote bool `mapstructure:"allow_remote"`

	// Binary is the watchllm-engine program. Empty: next to the collector's own
	// program, then in PATH.
	Binary string `mapstructure:"binary"`

	// Library is libchdb.so. Empty: the cache folder into which
	// `watchllmctl engine install` brings it, then next to the engine's program.
	Library string `mapstructure:"library"`

	// PasswordFile holds the password of the user "default"; it is made with a
	// random one when it is not there. Empty: the path with "-password" appended.
	PasswordFile string `mapstructure:"password_file"`

	// Databases may be written to; a name ending in * stands for all that begin
	// with it. The first one is made at start.
	Databases []string `mapstructure:"databases"`

	// MemoryLimit is what the whole engine may use: bytes, or text such as 2GiB.
	MemoryLimit ByteSize `mapstructure:"memory_limit"`

	// Connections is how many statements run at once; more wait for MaxWait and
	// are answered 503.
	Connections int           `mapstructure:"connections"`
	MaxWait     time.Duration `mapstructure:"max_wait"`

	// Limits of one statement, which clients may lower for themselves. 0 means no
	// limit, but for MaxQueryMemory: three quarters of MemoryLimit.
	MaxQueryTime   time.Duration `mapstructure:"max_query_time"`
	MaxQueryMemory ByteSize      `mapstructure:"max_query_memory"`
	MaxResultRows  int64         `mapstructure:"max_result_rows"`
	MaxResultBytes ByteSize      `mapstructure:"max_result_bytes"`

	// Sandbox lets the kernel keep the engine inside its data directory: "auto"
	// where Linux has Landlock, "required", or "off".
	Sandbox string `mapstructure:"sandbox"`

	// StartTimeout is how long the engine may take to open its data before it is
	// started anew, StopTimeout how long to close it before it is killed.
	StartTimeout time.Duration `mapstructure:"start_timeout"`
	StopTimeout  time.Duration `mapstructure:"stop_timeout"`

	// prevent unkeyed literal initialization
	_ struct{}
}

const minMemory = 256 << 20

func createDefaultConfig() component.Config {
	return &Config{
		Path:         ".watchllm/clickhouse",
		Listen:       "127.0.0.1:8123",
		Databases:    []string{"watchllm"},
		MemoryLimit:  2 << 30,
		Connections:  8,
		MaxWait:      10 * time.Second,
		MaxQueryTime: 5 * time.Minute,
		Sandbox:      engineproc.SandboxAuto,
		StartTimeout: 2 * time.Minute,
		StopTimeout:  20 * time.Second,
	}
}

// Unmarshal refuses keys that do not exist and names those that do.
func (c *Config) Unmarshal(conf *confmap.Conf) error { return confkeys.Unmarshal(conf, c) }

// Validate names the key, its value and what to write instead.
func (c *Config) Validate() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.Path == "" {
		wrong("path is empty: name the engine's data directory, such as .watchllm/clickhouse")
	}
	if err := c.validateListen(); err != nil {
		errs = append(errs, err)
	}
	if c.MemoryLimit < minMemory {
		wrong("memory_limit %s is too little for the engine: set at least %s", c.MemoryLimit, ByteSize(minMemory))
	}
	if c.MaxQueryMemory < 0 || c.MaxQueryMemory > c.MemoryLimit {
		wrong("max_query_memory %s must be 0 to memory_limit (%s)", c.MaxQueryMemory, c.MemoryLimit)
	}
	if c.Connections < 1 || c.Connections > 256 {
		wrong("connections %d must be 1 to 256", c.Connections)
	}
	if len(c.Databases) == 0 || strings.HasSuffix(c.Databases[0], "*") {
		wrong("databases %q must begin with a whole name: the database that is made at start", c.Databases)
	}
	for _, name := range c.Databases {
		if !databasePattern.MatchString(name) {
			wrong("databases: %q must be letters, digits and underscores, with at most a * at the end", name)
		}
	}
	for name, value := range map[string]time.Duration{"max_wait": c.MaxWait, "start_timeout": c.StartTimeout, "stop_timeout": c.StopTimeout} {
		if value <= 0 {
			wrong("%s %s must be positive, such as 20s", name, value)
		}
	}
	if c.MaxQueryTime < 0 {
		wrong("max_query_time %s must not be negative: use 0 for no limit", c.MaxQueryTime)
	}
	if c.MaxResultRows < 0 || c.MaxResultBytes < 0 {
		wrong("max_result_rows %d and max_result_bytes %s must not be negative: use 0 for no limit", c.MaxResultRows, c.MaxResultBytes)
	}
	switch c.Sandbox {
	case engineproc.SandboxAuto, engineproc.SandboxRequired, engineproc.SandboxOff:
	default:
		wrong("sandbox %q must be auto, required or off", c.Sandbox)
	}
	return errors.Join(errs...)
}

var databasePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,60}\*?$`)

func (c *Config) validateListen() error {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("listen %q must be host:port, such as 127.0.0.1:8123: %w", c.Listen, err)
	}
	ip := net.ParseIP(host)
	if host == "localhost" || ip != nil && ip.IsLoopback() || c.AllowRemote {
		return nil
	}
	return fmt.Errorf("listen %q is reachable from other machines and the interface has no TLS: use 127.0.0.1, or set allow_remote: true if the network is trusted", c.Listen)
}

func (c *Config) engineOptions() engineproc.Options {
	return engineproc.Options{
		Path:         c.Path,
		Listen:       c.Listen,
		AllowRemote:  c.AllowRemote,
		Library:      c.Library,
		PasswordFile: c.PasswordFile,
		Databases:    c.Databases,
		MemoryLimit:  int64(c.MemoryLimit),
		Connections:  c.Connections,
		MaxWait:      c.MaxWait,
		QueryTime:    &c.MaxQueryTime,
		QueryMemory:  int64(c.MaxQueryMemory),
		ResultRows:   c.MaxResultRows,
		ResultBytes:  int64(c.MaxResultBytes),
		Sandbox:      c.Sandbox,
	}
}

// ByteSize is a number of bytes, written as a number or with a unit: 512MiB,
// 2GiB, 1GB.
type ByteSize int64

var byteUnits = []struct {
	name string
	size float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1},
}

// UnmarshalText reads a size with its unit.
func (b *ByteSize) UnmarshalText(text []byte) error {
	s, unit := strings.TrimSpace(string(text)), 1.0
	for _, u := range byteUnits {
		if rest, ok := strings.CutSuffix(s, u.name); ok {
			s, unit = strings.TrimSpace(rest), u.size
			break
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n < 0 || math.IsNaN(n) || n*unit >= math.MaxInt64 {
		return fmt.Errorf("%q is not a size: write bytes, or a number with KiB, MiB, GiB, KB, MB or GB", text)
	}
	*b = ByteSize(n * unit)
	return nil
}

// String is the size in the largest binary unit that divides it.
func (b ByteSize) String() string {
	for i := 3; i >= 0; i-- {
		u := byteUnits[i]
		if size := ByteSize(u.size); b >= size && b%size == 0 {
			return strconv.FormatInt(int64(b/size), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(b), 10)
}
