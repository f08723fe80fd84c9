package chhttp

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// frameSize is how much of a result goes into one of ClickHouse's compressed
// frames, as its server does.
const frameSize = 1 << 20

type responseOptions struct {
	framed   bool   // compress=1: ClickHouse's own frames
	zstd     bool   // in them, ZSTD instead of LZ4
	coding   string // HTTP content coding, "" for none
	held     int64  // bytes to hold back before the status goes out
	wholeEnd bool   // wait_end_of_query: hold back everything
}

func readResponseOptions(r *http.Request, values url.Values) responseOptions {
	o := responseOptions{
		framed:   flag(values, "compress"),
		zstd:     strings.EqualFold(values.Get("network_compression_method"), "zstd"),
		wholeEnd: flag(values, "wait_end_of_query") || flag(values, "http_wait_end_of_query"),
		held:     defaultHeld,
	}
	if n, err := strconv.ParseInt(firstOf(values.Get("buffer_size"), values.Get("http_response_buffer_size")), 10, 64); err == nil {
		o.held = min(max(n, 0), maxHeld)
	}
	// clickhouse-go sends Accept-Encoding always; a server compresses only when
	// this setting says so.
	if flag(values, "enable_http_compression") && !o.framed {
		o.coding = acceptedCoding(r.Header.Get("Accept-Encoding"))
	}
	return o
}

func acceptedCoding(header string) string {
	for _, c := range strings.Split(header, ",") {
		c, _, _ = strings.Cut(strings.TrimSpace(c), ";")
		switch c {
		case "gzip", "deflate", "br", "zstd", "lz4":
			return c
		}
	}
	return ""
}

// response encodes a result and keeps the status line back for its first bytes,
// so that an error that comes early is told by the status.
type response struct {
	hold
	tag    string
	enc    io.Writer
	finish func() error
	frames *compress.Writer
}

func newResponse(w http.ResponseWriter, o responseOptions, idle time.Duration, spool string) *response {
	r := &response{hold: newHold(w, o, idle, spool), tag: strings.ReplaceAll(newID(), "-", "")[:16]}
	r.enc, r.finish = encoder(&r.hold, o.coding)
	if o.coding != "" {
		w.Header().Set("Content-Encoding", o.coding)
	}
	if o.framed {
		method := compress.LZ4
		if o.zstd {
			method = compress.ZSTD
		}
		r.frames = compress.NewWriter(compress.LevelZero, method)
	}
	w.Header().Set("X-ClickHouse-Exception-Tag", r.tag)
	return r
}

func encoder(w io.Writer, coding string) (io.Writer, func() error) {
	switch coding {
	case "gzip":
		z := gzip.NewWriter(w)
		return z, z.Close
	case "deflate":
		z := zlib.NewWriter(w)
		return z, z.Close
	case "br":
		z := brotli.NewWriterLevel(w, 3)
		return z, z.Close
	case "zstd":
		z, _ := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
		return z, z.Close
	case "lz4":
		z := lz4.NewWriter(w)
		return z, z.Close
	}
	return w, func() error { return nil }
}

func (r *response) Write(b []byte) (int, error) {
	if r.frames == nil {
		return r.enc.Write(b)
	}
	n := 0
	for n < len(b) {
		piece := b[n:min(n+frameSize, len(b))]
		if err := r.frames.Compress(piece); err != nil {
			return n, err
		}
		if _, err := r.enc.Write(r.frames.Data); err != nil {
			return n, err
		}
		n += len(piece)
	}
	return n, nil
}

// end completes a response that went well.
func (r *response) end() error {
	if err := r.finish(); err != nil {
		return err
	}
	return r.release()
}

// breakOff ends a response after its first bytes went out: the exception comes
// in-band, in a block that clients look for in the bytes of the response, and so
// outside ClickHouse's own frames.
func (r *response) breakOff(text string) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "\r\n__exception__\r\n%s\r\n%s\n%d %s\r\n__exception__\r\n", r.tag, text, len(text)+1, r.tag)
	if _, err := r.enc.Write(b.Bytes()); err != nil {
		return err
	}
	return r.end()
}
