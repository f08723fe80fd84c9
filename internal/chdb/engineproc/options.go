package engineproc

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// Options are the flags of watchllm-engine; what is zero is left to its own
// default.
type Options struct {
	Path          string // data directory
	Listen        string
	Library       string
	PasswordFile  string
	MemoryLimit   int64 // bytes, for the whole engine
	Connections   int
	Databases     []string // that may be written to; a trailing * matches any ending
	AllowRemote   bool
	QueryTime     *time.Duration // cap of one statement, 0 for none
	QueryMemory   int64          // bytes
	ResultRows    int64
	ResultBytes   int64
	MaxWait       time.Duration // for a free connection
	Sandbox       string        // one of the Sandbox constants
	ExitWithInput bool          // leave when stdin closes
}

// What is done about the kernel's sandbox.
const (
	SandboxAuto     = "auto" // used where the kernel has Landlock
	SandboxRequired = "required"
	SandboxOff      = "off"
)

// Args are the options as a command line.
func (o Options) Args() []string {
	var args []string
	add := func(name, value string, set bool) {
		if set {
			args = append(args, "--"+name+"="+value)
		}
	}
	number := func(name string, n int64) { add(name, strconv.FormatInt(n, 10), n != 0) }
	add("path", o.Path, o.Path != "")
	add("listen", o.Listen, o.Listen != "")
	add("library", o.Library, o.Library != "")
	add("password-file", o.PasswordFile, o.PasswordFile != "")
	number("memory-limit", o.MemoryLimit)
	number("connections", int64(o.Connections))
	add("databases", strings.Join(o.Databases, ","), len(o.Databases) > 0)
	add("allow-remote", "true", o.AllowRemote)
	if o.QueryTime != nil {
		add("max-query-time", o.QueryTime.String(), true)
	}
	number("max-query-memory", o.QueryMemory)
	number("max-result-rows", o.ResultRows)
	number("max-result-bytes", o.ResultBytes)
	add("max-wait", o.MaxWait.String(), o.MaxWait != 0)
	add("sandbox", o.Sandbox, o.Sandbox != "")
	add("exit-with-stdin", "true", o.ExitWithInput)
	return args
}

const readyWord = "ready"

// Ready is what the engine says on stdout once it serves.
type Ready struct {
	Addr    string        // host:port it listens on
	Engine  string        // version of ClickHouse
	Library string        // version of libchdb
	Start   time.Duration // from the process's start
}

func (r Ready) String() string {
	return fmt.Sprintf("%s %s engine=%s lib=%s start=%s", readyWord, r.Addr, r.Engine, r.Library, r.Start.Round(time.Millisecond))
}

// ParseReady reads a line of the engine's stdout; ok is false for any other
// line.
func ParseReady(line string) (r Ready, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 2 || fields[0] != readyWord {
		return Ready{}, false
	}
	r.Addr = fields[1]
	for _, f := range fields[2:] {
		switch name, value, _ := strings.Cut(f, "="); name {
		case "engine":
			r.Engine = value
		case "lib":
			r.Library = value
		case "start":
			r.Start, _ = time.ParseDuration(value)
		}
	}
	return r, true
}

// LogOptions are those of the handler whose lines ParseLog reads: without a
// time, which the supervisor's log has.
func LogOptions() *slog.HandlerOptions {
	return &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}
}

// ParseLog splits a line of the engine's stderr into level and text. The reason
// of its end is an error, a line that the library printed is for debugging.
func ParseLog(line string) (slog.Level, string) {
	if text, ok := strings.CutPrefix(line, ReasonPrefix); ok {
		return slog.LevelError, text
	}
	rest, ok := strings.CutPrefix(line, slog.LevelKey+"=")
	if !ok {
		return slog.LevelDebug, line
	}
	name, text, _ := strings.Cut(rest, " ")
	var level slog.Level
	if err := level.UnmarshalText([]byte(name)); err != nil {
		return slog.LevelInfo, line
	}
	return level, strings.TrimPrefix(text, slog.MessageKey+"=")
}
