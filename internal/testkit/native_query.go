//go:build unix

package testkit

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	chproto "github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

// refusal is an error that the client is told and that leaves the connection
// usable.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

func (c *nativeConn) query() error {
	var q proto.Query
	if err := q.DecodeAware(c.in, c.revision); err != nil {
		return err
	}
	compressed := q.Compression == proto.CompressionEnabled
	external, err := c.receiveNext(compressed)
	if err != nil {
		return err
	}
	if len(external.Columns) > 0 {
		return errors.New("external tables are not supported")
	}
	parameters := url.Values{"database": {c.database}, "query_id": {q.ID}}
	for _, s := range q.Settings {
		parameters.Set(s.Key, s.Value)
	}
	for _, p := range q.Parameters {
		// The driver sends them as quoted literals.
		value := strings.TrimSuffix(strings.TrimPrefix(p.Value, "'"), "'")
		parameters.Set("param_"+p.Key, strings.NewReplacer(`\\`, `\`, `\'`, `'`).Replace(value))
	}
	if target := awaitsData.FindStringSubmatch(q.Body); target != nil {
		err = c.insert(target, parameters, compressed)
	} else {
		err = c.read(q.Body, parameters, compressed)
	}
	var refused *refusal
	if errors.As(err, &refused) {
		return c.exception(refused.text)
	}
	if err != nil {
		return err
	}
	proto.ServerCodeEndOfStream.Encode(&c.out)
	return c.flush()
}

// post sends a statement to the engine.
func (c *nativeConn) post(ctx context.Context, parameters url.Values, body io.Reader) (io.ReadCloser, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.engine.Endpoint+"/?"+parameters.Encode(), body)
	if err != nil {
		return nil, err
	}
	r.SetBasicAuth(c.engine.Username, c.engine.Password)
	response, err := c.client.Do(r)
	if err != nil {
		return nil, &refusal{"Code: 210. DB::NetException: " + err.Error()}
	}
	if response.StatusCode != http.StatusOK {
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		return nil, &refusal{strings.TrimSpace(string(text))}
	}
	return response.Body, nil
}

// read runs a statement and sends its result block by block. The engine holds
// the result back until it is whole, so that an error comes alone.
func (c *nativeConn) read(statement string, parameters url.Values, compressed bool) error {
	parameters.Set("default_format", "Native")
	parameters.Set("wait_end_of_query", "1")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	settle := c.cancelOnRequest(cancel)
	body, err := c.post(ctx, parameters, strings.NewReader(statement))
	settle()
	if err != nil {
		return err
	}
	defer body.Close()
	// The reader reads ahead: only it knows when there is nothing left.
	in := proto.NewReader(body)
	for {
		b := &chproto.Block{ServerContext: &c.zone}
		if err := b.Decode(in, 0); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := c.send(b, compressed); err != nil {
			return err
		}
	}
}

// cancelOnRequest watches for the client's Cancel, or its leaving, while a
// statement runs; the function it returns ends the watch.
func (c *nativeConn) cancelOnRequest(cancel func()) (settle func()) {
	from := bufio.NewReader(c.conn)
	c.in = proto.NewReader(from)
	done := make(chan struct{})
	go func() {
		defer close(done)
		b, err := from.Peek(1)
		var timeout interface{ Timeout() bool }
		if errors.As(err, &timeout) && timeout.Timeout() {
			return
		}
		if err != nil || proto.ClientCode(b[0]) == proto.ClientCodeCancel {
			cancel()
		}
	}()
	return func() {
		_ = c.conn.SetReadDeadline(time.Unix(1, 0))
		<-done
		_ = c.conn.SetReadDeadline(time.Time{})
	}
}

// awaitsData matches an INSERT whose rows come as blocks: its target, columns.
var awaitsData = regexp.MustCompile(`(?is)^\s*INSERT\s+INTO\s+(?:TABLE\s+)?([^\s(]+)\s*(?:\(([^)]*)\))?\s*(?:FORMAT\s+Native|VALUES)?\s*$`)

// insert tells the client the columns and passes its blocks on.
func (c *nativeConn) insert(target []string, parameters url.Values, compressed bool) error {
	sample, names, err := c.sample(target[1], target[2], parameters)
	if err != nil {
		return err
	}
	if err := c.send(sample, compressed); err != nil {
		return err
	}
	parameters.Set("query", fmt.Sprintf("INSERT INTO %s (%s) FORMAT Native", target[1], names))
	half, end := io.Pipe()
	result := make(chan error, 1)
	go func() {
		body, err := c.post(context.Background(), parameters, half)
		if err == nil {
			err = body.Close()
		}
		_ = half.CloseWithError(io.ErrClosedPipe)
		result <- err
	}()
	broken := c.pass(end, compressed)
	_ = end.CloseWithError(broken)
	if err := <-result; broken == nil {
		return err
	}
	return broken
}

// pass recodes the client's blocks until its empty one; once the engine has
// given up it only reads them away.
func (c *nativeConn) pass(to *io.PipeWriter, compressed bool) error {
	var buffer proto.Buffer
	for {
		b, err := c.receiveNext(compressed)
		if err != nil {
			return err
		}
		if len(b.Columns) == 0 {
			return nil
		}
		buffer.Reset()
		if err := b.Encode(&buffer, 0); err != nil {
			return err
		}
		_, _ = to.Write(buffer.Buf)
	}
}

// sample is a block without rows of the columns that an INSERT fills.
func (c *nativeConn) sample(table, columns string, parameters url.Values) (*chproto.Block, string, error) {
	describe := url.Values{"database": parameters["database"], "default_format": {"TSVRaw"}}
	body, err := c.post(context.Background(), describe, strings.NewReader("DESCRIBE TABLE "+table))
	if err != nil {
		return nil, "", err
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, "", err
	}
	types := map[string]string{}
	var names []string
	for _, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		f := strings.Split(line, "\t")
		if types[f[0]] = f[1]; f[2] != "MATERIALIZED" && f[2] != "ALIAS" {
			names = append(names, f[0])
		}
	}
	if strings.TrimSpace(columns) != "" {
		names = strings.Split(columns, ",")
	}
	b := &chproto.Block{ServerContext: &c.zone}
	for i, name := range names {
		name = strings.Trim(strings.TrimSpace(name), "`\"")
		names[i] = "`" + name + "`"
		if types[name] == "" {
			return nil, "", &refusal{"Code: 16. DB::Exception: No such column " + name + " in table " + table + ". (NO_SUCH_COLUMN_IN_TABLE)"}
		}
		if err := b.AddColumn(name, column.Type(types[name])); err != nil {
			return nil, "", &refusal{err.Error()}
		}
	}
	return b, strings.Join(names, ", "), nil
}
