package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"time"

	"github.com/watchllm/watchllm/internal/chdb/engineproc"
)

const (
	defaultMemory      = 2 << 30
	minMemory          = 256 << 20
	defaultConnections = 8
	defaultQueryTime   = 5 * time.Minute
	defaultWait        = 10 * time.Second

	// user is the only one libchdb has.
	user = "default"
)

func readFlags(args []string, usage io.Writer) (engineproc.Options, error) {
	var o engineproc.Options
	var databases string
	o.QueryTime = new(time.Duration)
	f := flag.NewFlagSet("watchllm-engine", flag.ContinueOnError)
	f.SetOutput(usage)
	f.StringVar(&o.Path, "path", "", "data `directory` (required)")
	f.StringVar(&o.Listen, "listen", "127.0.0.1:8123", "`address` of the ClickHouse HTTP interface; port 0 takes a free one")
	f.BoolVar(&o.AllowRemote, "allow-remote", false, "let --listen name an address that other machines reach; there is no TLS")
	f.StringVar(&o.Library, "library", "", "libchdb.so (default: the cache folder, then next to this program)")
	f.StringVar(&o.PasswordFile, "password-file", "", "`file` of the password of user default, made with a random one when absent (default PATH-password)")
	f.Int64Var(&o.MemoryLimit, "memory-limit", defaultMemory, "`bytes` the engine may use")
	f.IntVar(&o.Connections, "connections", defaultConnections, "statements that run at once")
	f.StringVar(&databases, "databases", "watchllm", "comma-separated databases that may be written to, a trailing * matching any ending; the first is made and is the default one")
	f.DurationVar(o.QueryTime, "max-query-time", defaultQueryTime, "longest a statement may run, 0 for no limit; clients may ask for less")
	f.Int64Var(&o.QueryMemory, "max-query-memory", 0, "`bytes` one statement may use (default three quarters of --memory-limit)")
	f.Int64Var(&o.ResultRows, "max-result-rows", 0, "`rows` a result may have, 0 for no limit")
	f.Int64Var(&o.ResultBytes, "max-result-bytes", 0, "`bytes` a result may have, 0 for no limit")
	f.DurationVar(&o.MaxWait, "max-wait", defaultWait, "longest a statement waits for its turn before it is answered 503")
	f.StringVar(&o.Sandbox, "sandbox", engineproc.SandboxAuto, "let the kernel keep the engine inside its data directory: auto (where Landlock exists), required or off")
	f.BoolVar(&o.ExitWithInput, "exit-with-stdin", false, "stop when stdin closes, so as not to outlive the parent")
	if err := f.Parse(args); err != nil {
		return o, flagError(err)
	}
	if f.NArg() > 0 {
		return o, failed(engineproc.ExitUsage, "unexpected argument %q", f.Arg(0))
	}
	o.Databases = splitList(databases)
	if o.PasswordFile == "" {
		o.PasswordFile = strings.TrimRight(o.Path, "/") + "-password"
	}
	if o.QueryMemory == 0 {
		o.QueryMemory = o.MemoryLimit / 4 * 3
	}
	return o, check(o)
}

func flagError(err error) error {
	if err == flag.ErrHelp { //nolint:errorlint // Parse returns it as it is
		return err
	}
	return &failure{engineproc.ExitUsage, err}
}

func splitList(text string) []string {
	var list []string
	for _, item := range strings.Split(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// databasePattern is narrow because the names go into a grant.
var databasePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,60}\*?$`)

func check(o engineproc.Options) error {
	wrong := func(format string, args ...any) error { return failed(engineproc.ExitUsage, format, args...) }
	switch {
	case o.Path == "":
		return wrong("--path is missing: name the data directory")
	case o.MemoryLimit < minMemory:
		return wrong("--memory-limit %d is too little: the engine needs at least %d bytes", o.MemoryLimit, minMemory)
	case o.QueryMemory < 0 || o.QueryMemory > o.MemoryLimit:
		return wrong("--max-query-memory %d must be between 0 and --memory-limit %d", o.QueryMemory, o.MemoryLimit)
	case o.Connections < 1 || o.Connections > 256:
		return wrong("--connections %d must be 1 to 256", o.Connections)
	case *o.QueryTime < 0 || o.ResultRows < 0 || o.ResultBytes < 0 || o.MaxWait <= 0:
		return wrong("limits must not be negative, and --max-wait not zero")
	case o.Sandbox != engineproc.SandboxAuto && o.Sandbox != engineproc.SandboxRequired && o.Sandbox != engineproc.SandboxOff:
		return wrong("--sandbox %q must be auto, required or off", o.Sandbox)
	case len(o.Databases) == 0 || strings.HasSuffix(o.Databases[0], "*"):
		return wrong("--databases must begin with a whole name, the default database")
	}
	for _, name := range o.Databases {
		if !databasePattern.MatchString(name) {
			return wrong("--databases: %q must be letters, digits and underscores, with at most a * at the end", name)
		}
		if name == "system" || name == "default" || strings.EqualFold(name, "information_schema") {
			return wrong("--databases: %s is the engine's own; choose another name", name)
		}
	}
	return checkListen(o)
}

func checkListen(o engineproc.Options) error {
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return failed(engineproc.ExitUsage, "--listen %q must be host:port: %w", o.Listen, err)
	}
	if isLoopback(host) || o.AllowRemote {
		return nil
	}
	return failed(engineproc.ExitUsage, "--listen %s is reachable from other machines and the interface has no TLS: use 127.0.0.1, or add --allow-remote if the network is trusted", o.Listen)
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// describe is the one line about itself that the log begins with.
func describe(o engineproc.Options) string {
	return fmt.Sprintf("path=%s listen=%s memory_limit=%d connections=%d databases=%s max_query_time=%s",
		o.Path, o.Listen, o.MemoryLimit, o.Connections, strings.Join(o.Databases, ","), *o.QueryTime)
}
