package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/ClickHouse/ch-go/proto"

	"github.com/watchllm/watchllm/internal/clickhouse"
)

// sink answers as ClickHouse over HTTP does, counts the rows of inserts and throws them away.
type sink struct {
	*httptest.Server
	rows, inserts, bytes atomic.Int64
	bodies               sync.Pool
	migrated             proto.Input
	since                time.Time
	// delay is how long an insert takes.
	delay time.Duration
}

func newSink() (*sink, error) {
	s := &sink{bodies: sync.Pool{New: func() any { return new(bytes.Buffer) }}}
	all, err := clickhouse.Migrations()
	if err != nil {
		return nil, err
	}
	var number proto.ColUInt32
	var name, checksum proto.ColStr
	for _, m := range all {
		sum, err := m.Checksum()
		if err != nil {
			return nil, err
		}
		number.Append(uint32(m.Number))
		name.Append(m.Name)
		checksum.Append(sum)
	}
	s.since = time.Now()
	s.migrated = proto.Input{{Name: "number", Data: number}, {Name: "name", Data: name}, {Name: "checksum", Data: checksum}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	return s, nil
}

// native writes a block as ClickHouse does over HTTP for a client of that revision.
func native(columns proto.Input, revision int) []byte {
	var b proto.Buffer
	if err := (proto.Block{Columns: len(columns), Rows: columns[0].Data.Rows()}).EncodeBlock(&b, revision, columns); err != nil {
		panic(err) // these blocks are fixed
	}
	return b.Buf
}

var insertInto = regexp.MustCompile(`(?is)^\s*INSERT\s+INTO\b`)

func (s *sink) serve(w http.ResponseWriter, r *http.Request) {
	parameters := r.URL.Query()
	query := parameters.Get("query")
	if insertInto.MatchString(query) {
		if err := s.insert(r.Body, parameters.Get("decompress") == "1"); err != nil {
			http.Error(w, "Code: 33. DB::Exception: "+err.Error(), http.StatusBadRequest)
		}
		return
	}
	if query == "" {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		query = string(body)
	}
	revision, _ := strconv.Atoi(parameters.Get("client_protocol_version"))
	var answer []byte
	if columns := s.answer(query, revision); columns != nil {
		answer = native(columns, revision)
	}
	if parameters.Get("compress") == "1" && len(answer) > 0 {
		c := compress.NewWriter(compress.LevelZero, compress.LZ4)
		if err := c.Compress(answer); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		answer = c.Data
	}
	_, _ = w.Write(answer)
}

// insert reads the body to its end and takes the number of rows from the head of its block.
func (s *sink) insert(body io.Reader, packed bool) error {
	b := s.bodies.Get().(*bytes.Buffer)
	b.Reset()
	defer s.bodies.Put(b)
	n, err := b.ReadFrom(body)
	if err != nil {
		return err
	}
	in := proto.NewReader(bytes.NewReader(b.Bytes()))
	if packed {
		in.EnableCompression()
	}
	if _, err := in.UVarInt(); err != nil {
		return fmt.Errorf("columns of a block: %w", err)
	}
	rows, err := in.UVarInt()
	if err != nil {
		return fmt.Errorf("rows of a block: %w", err)
	}
	<-time.After(s.delay)
	s.rows.Add(int64(rows))
	s.inserts.Add(1)
	s.bytes.Add(n)
	return nil
}

// answer is nothing for questions about what is stored.
func (s *sink) answer(query string, revision int) proto.Input {
	one := func(v string) proto.ColInput { c := proto.ColStr{}; c.Append(v); return c }
	switch {
	case strings.Contains(query, "displayName()"):
		return proto.Input{{Name: "n", Data: one("sink")}, {Name: "v", Data: one("25.8.1.1")}, {Name: "r", Data: proto.ColUInt32{uint32(revision)}}, {Name: "t", Data: one("UTC")}}
	case strings.HasPrefix(query, "DESCRIBE"):
		return describeTraces()
	case strings.Contains(query, "min(applied_at)"): // all migrations at once: a new store
		var first, rekeyed proto.ColDateTime
		first.Append(s.since)
		rekeyed.Append(s.since)
		return proto.Input{{Name: "first", Data: &first}, {Name: "rekeyed", Data: &rekeyed}}
	case strings.Contains(query, clickhouse.TableMigrations):
		return s.migrated
	case strings.Contains(query, "system.processes"):
		return proto.Input{{Name: "count()", Data: proto.ColUInt64{0}}}
	}
	return nil
}

// contribTypes are the columns of contrib's otel_traces.
var contribTypes = [][2]string{
	{"Timestamp", "DateTime64(9)"}, {"TraceId", "String"}, {"SpanId", "String"}, {"ParentSpanId", "String"}, {"TraceState", "String"},
	{"SpanName", "LowCardinality(String)"}, {"SpanKind", "LowCardinality(String)"}, {"ServiceName", "LowCardinality(String)"},
	{"ResourceAttributes", "Map(LowCardinality(String), String)"}, {"ScopeName", "String"}, {"ScopeVersion", "String"},
	{"SpanAttributes", "Map(LowCardinality(String), String)"}, {"Duration", "UInt64"}, {"StatusCode", "LowCardinality(String)"},
	{"StatusMessage", "String"}, {"Events.Timestamp", "Array(DateTime64(9))"}, {"Events.Name", "Array(LowCardinality(String))"},
	{"Events.Attributes", "Array(Map(LowCardinality(String), String))"}, {"Links.TraceId", "Array(String)"}, {"Links.SpanId", "Array(String)"},
	{"Links.TraceState", "Array(String)"}, {"Links.Attributes", "Array(Map(LowCardinality(String), String))"},
}

func describeTraces() proto.Input {
	var columns [7]proto.ColStr
	for _, c := range contribTypes {
		for i := range columns {
			v := ""
			if i < len(c) {
				v = c[i]
			}
			columns[i].Append(v)
		}
	}
	var in proto.Input
	for i, name := range []string{"name", "type", "default_type", "default_expression", "comment", "codec_expression", "ttl_expression"} {
		in = append(in, proto.InputColumn{Name: name, Data: columns[i]})
	}
	return in
}
