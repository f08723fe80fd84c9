package llmqueryextension

import (
	"context"
	"errors"
	"reflect"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/watchllm/watchllm/internal/clickhouse"
)

var noTarget = clickhouse.Target{Database: "watchllm"}

var errTestStore = errors.New("no rows for tests")

// sent is one statement as the store got it.
type sent struct {
	name statement
	sql  string
	args []driver.NamedValue
}

// fakeConn records what it is asked. It answers with the rows of a statement, or with err.
type fakeConn struct {
	sent []sent
	rows map[statement][]any
	err  error
	// wait makes it answer nothing until the caller gives up.
	wait bool
}

func (c *fakeConn) Query(ctx context.Context, query string, args ...any) (driver.Rows, error) {
	s := sent{name: nameOf(query), sql: query}
	for _, a := range args {
		s.args = append(s.args, a.(driver.NamedValue))
	}
	c.sent = append(c.sent, s)
	if c.wait {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if c.err != nil {
		return nil, c.err
	}
	return &fakeRows{rows: c.rows[s.name]}, nil
}

func nameOf(query string) statement {
	all, _ := statements()
	for _, name := range all {
		if text, _ := name.text(); strings.TrimSpace(text) == strings.TrimSpace(query) {
			return name
		}
	}
	return ""
}

// fakeRows hands out values of the very type that is scanned into.
type fakeRows struct {
	driver.Rows
	rows []any
	next int
}

func (r *fakeRows) Next() bool   { r.next++; return r.next <= len(r.rows) }
func (r *fakeRows) Close() error { return nil }
func (r *fakeRows) Err() error   { return nil }

func (r *fakeRows) ScanStruct(dest any) error {
	reflect.ValueOf(dest).Elem().Set(reflect.ValueOf(r.rows[r.next-1]))
	return nil
}
