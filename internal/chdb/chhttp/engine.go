package chhttp

import "github.com/watchllm/watchllm/internal/chdb"

// Conn is one session of an engine; it runs one statement at a time and may be
// called from any goroutine. *chdb.Conn is one.
type Conn interface {
	Exec(query, format string, params []chdb.Param, use func([]byte, chdb.Stats) error) error
	Stream(query, format string, params []chdb.Param, use func([]byte, chdb.Stats) error) error
	Insert(query, format string, params []chdb.Param, next func() ([]byte, error)) (chdb.Stats, error)
	Classify(query string) (chdb.Class, bool)
	Close()
}

// Connect opens one more session.
type Connect func() (Conn, error)
