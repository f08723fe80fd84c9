package llmclickhouseexporter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/ClickHouse/ch-go/compress"
	chproto "github.com/ClickHouse/ch-go/proto"
	driver "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/spanblock"
	"github.com/watchllm/watchllm/internal/clickhouse"
)

// encoder turns blocks into bytes for the wire, in buffers that are used again.
type encoder struct {
	method  compress.Method
	buffers pool[*buffers]
}

type buffers struct {
	plain, packed []byte
	writer        *compress.Writer
}

func newEncoder(method string) encoder {
	e := encoder{method: compress.None}
	switch method {
	case "lz4":
		e.method = compress.LZ4
	case "zstd":
		e.method = compress.ZSTD
	}
	made := e.method
	e.buffers = newPool(keptBlocks, func() *buffers { return &buffers{writer: compress.NewWriter(compress.LevelZero, made)} })
	return e
}

// frame is how much is compressed at a time: what ClickHouse itself uses at most by default.
const frame = 1 << 20

func (e encoder) pack(b *buffers) ([]byte, error) {
	if e.method == compress.None {
		return b.plain, nil
	}
	b.packed = b.packed[:0]
	for rest := b.plain; len(rest) > 0; {
		n := min(frame, len(rest))
		if err := b.writer.Compress(rest[:n]); err != nil {
			return nil, err
		}
		b.packed = append(b.packed, b.writer.Data...)
		rest = rest[n:]
	}
	return b.packed, nil
}

func (s *clickhouseStore) Insert(ctx context.Context, b *spanblock.Block, token string) (int, error) {
	settings := driver.Settings{
		"insert_deduplication_token": token,
		// Without it, a repetition of an insert that broke off between table and view would be taken
		// for done, and the view would never get its rows.
		"deduplicate_blocks_in_dependent_materialized_views": 1,
		// The answer must mean stored.
		"async_insert": 0,
	}
	if s.target.Cluster != "" {
		settings["insert_distributed_sync"] = 1
	}
	send := s.insertHTTP
	if s.cfg.Native() {
		send = s.insertNative
	} else if s.encoder.method != compress.None {
		settings["decompress"] = 1
	}
	ctx, cancel := s.statement(ctx, settings)
	defer cancel()
	n, err := send(ctx, b)
	// On a cluster one shard may have stored its rows before another refused the statement.
	if err != nil && s.target.Cluster == "" && clickhouse.RefusedUnread(err) {
		err = &notSentError{err}
	}
	return n, err
}

func (s *clickhouseStore) insertHTTP(ctx context.Context, b *spanblock.Block) (int, error) {
	buf := s.encoder.buffers.get()
	buf.plain = b.AppendNative(buf.plain[:0])
	size := len(buf.plain)
	body, err := s.encoder.pack(buf)
	if err != nil {
		return size, err
	}
	if err := s.conn.InsertFormat(ctx, "Native", s.insert, bytes.NewReader(body)); err != nil {
		// The buffers are not used again: a request that was given up may still be read from them.
		return size, err
	}
	s.encoder.buffers.put(buf, cap(buf.plain))
	return size, nil
}

// insertNative gives the driver the columns as if it had received them, which spares a conversion of
// every value: its columns are filled from the bytes of ours.
func (s *clickhouseStore) insertNative(ctx context.Context, b *spanblock.Block) (int, error) {
	batch, err := s.conn.PrepareBatch(ctx, s.insert)
	if err != nil {
		return 0, &notSentError{err}
	}
	defer batch.Close()
	columns := batch.Columns()
	if len(columns) != len(clickhouse.SpanColumns) {
		return 0, &notSentError{fmt.Errorf("the server wants %d columns, this collector has %d", len(columns), len(clickhouse.SpanColumns))}
	}
	buf := s.encoder.buffers.get()
	defer func() { s.encoder.buffers.put(buf, cap(buf.plain)) }()
	size := 0
	for i, c := range columns {
		if want := clickhouse.SpanColumns[i]; c.Name() != want.Name || !sameType(string(c.Type()), want.Type) {
			return size, &notSentError{fmt.Errorf("column %s is %s in the store and %s in this collector", c.Name(), c.Type(), want.Type)}
		}
		buf.plain = b.AppendColumn(buf.plain[:0], i)
		size += len(buf.plain)
		if err := fill(c, buf.plain, b.Rows()); err != nil {
			return size, &notSentError{fmt.Errorf("column %s: %w", c.Name(), err)}
		}
	}
	return size, batch.Send()
}

func fill(c column.Interface, data []byte, rows int) error {
	r := chproto.NewReader(bytes.NewReader(data))
	if p, ok := c.(column.CustomSerialization); ok {
		if err := p.ReadStatePrefix(r); err != nil {
			return err
		}
	}
	return c.Decode(r, rows)
}

// notSentError is a failure before any row was on its way.
type notSentError struct{ error }

func (e *notSentError) Unwrap() error { return e.error }

// notStored reports whether the failure proves that no row of the insert was or will be stored.
func notStored(err error) bool {
	if _, ok := errors.AsType[*notSentError](err); ok {
		return true
	}
	if errors.Is(err, driver.ErrAcquireConnTimeout) || errors.Is(err, driver.ErrAcquireConnNoAddress) {
		return true
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

// sameType compares types without the spaces that servers and versions set differently.
func sameType(a, b string) bool {
	return strings.ReplaceAll(a, " ", "") == strings.ReplaceAll(b, " ", "")
}
