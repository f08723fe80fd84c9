package chhttp

import (
	"errors"
	"log/slog"
	"time"
)

// Options of a Server. Zero values mean the defaults named here; user and
// password have none.
type Options struct {
	Connect Connect // opens engine sessions

	// User and Password are asked of every request but /ping: a loopback port
	// is open to every local user and, through a browser, to web pages.
	User, Password string

	// Database of requests that name none (default "default").
	Database string

	// Connections is how many statements run at once (default 8); Wait is how
	// long a request waits for its turn before it is answered 503 (default 10s).
	Connections int
	Wait        time.Duration

	// Sessions bounds HTTP sessions (session_id) alive at once (default 32).
	Sessions int

	// Limits are the caps a client may lower for itself and not raise.
	Limits Limits

	// MaxStatement bounds the text of a statement in bytes, data of an INSERT
	// not counted (default 16 MiB).
	MaxStatement int64

	// Idle is how long a client may neither send nor take a byte while it holds
	// an engine session (default 5m).
	Idle time.Duration

	// Spool is the folder for results held back by wait_end_of_query (default
	// the system's temporary folder).
	Spool string

	Log *slog.Logger // refused and failed requests, at debug level (default none)
}

// Limits cap what one statement may use; 0 is no cap.
type Limits struct {
	Time        time.Duration // max_execution_time, rounded up to seconds
	Memory      int64         // max_memory_usage, bytes
	ResultRows  int64         // max_result_rows
	ResultBytes int64         // max_result_bytes
}

func (o Options) withDefaults() (Options, error) {
	if o.Connect == nil {
		return o, errors.New("chhttp: Options.Connect is missing")
	}
	if o.User == "" || o.Password == "" {
		return o, errors.New("chhttp: a user and a password are required")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	setDefault(&o.Database, "default")
	setDefault(&o.Connections, 8)
	setDefault(&o.Wait, 10*time.Second)
	setDefault(&o.Sessions, 32)
	setDefault(&o.MaxStatement, 16<<20)
	setDefault(&o.Idle, 5*time.Minute)
	return o, nil
}

func setDefault[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}
