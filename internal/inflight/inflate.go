package inflight

import (
	"bufio"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// Bodies are inflated here and not by confighttp, whose zstd sets aside up to 512 MiB for a body of twenty bytes that claims to need it.

// Encodings are what bodies may be compressed with. Snappy is not among them: it cannot be inflated bit by bit.
var Encodings = []string{"", "gzip", "zstd", "zlib", "deflate"}

// maxWindow is the largest zstd window, which is how far back a body may refer and so what inflating it needs: what RFC 8878 asks
// every decoder to support, and encoders to keep to.
const maxWindow = 8 << 20

// usualWindows are those of small bodies and of the usual levels. A decoder for each is kept; a decoder keeps its limit.
var usualWindows = [...]struct {
	size     uint64
	decoders *sync.Pool
}{{256 << 10, new(sync.Pool)}, {2 << 20, new(sync.Pool)}}

// ErrEncoding is for a Content-Encoding that is not allowed.
var ErrEncoding = errors.New("Content-Encoding")

// ReadRequest fills the buffer with a request's body as it was before compression, which may have at most so many bytes. What
// inflating needs has its place in the room too.
func (b *Buffer) ReadRequest(req *http.Request, most int64, allowed []string) error {
	from, err := b.inflate(req, most, allowed)
	if err != nil {
		return err
	}
	defer from.Close()
	length := int64(-1)
	if from == req.Body {
		length = req.ContentLength
	}
	return b.Fill(from, length, most)
}

// inflate returns the body as it was before compression, piece by piece.
func (b *Buffer) inflate(req *http.Request, most int64, allowed []string) (io.ReadCloser, error) {
	encoding := strings.ToLower(strings.Join(req.Header.Values("Content-Encoding"), ", "))
	if encoding == "identity" {
		encoding = ""
	}
	if encoding != "" && !slices.Contains(allowed, encoding) {
		return nil, fmt.Errorf("%w %s is not supported; send the body plain, or with %s", ErrEncoding, strconv.Quote(encoding), Names(allowed))
	}
	var from io.ReadCloser
	var err error
	switch encoding {
	case "":
		return req.Body, nil
	case "gzip":
		from, err = gzip.NewReader(req.Body)
	case "zstd":
		from, err = b.inflateZstd(req.Body, most)
	default:
		from, err = zlib.NewReader(req.Body)
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", encoding, err)
	}
	return from, nil
}

// Names lists encodings for a message.
func Names(allowed []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(allowed), func(e string) bool { return e == "" }), ", ")
}

// zstdBody is a decoder that is put back where it came from.
type zstdBody struct {
	*zstd.Decoder
	pool *sync.Pool
}

func (z zstdBody) Close() error {
	if z.pool == nil {
		z.Decoder.Close()
		return nil
	}
	if err := z.Reset(nil); err != nil {
		return err
	}
	z.pool.Put(z.Decoder)
	return nil
}

// zstdFor returns a decoder for windows up to a size, and how much memory it may set aside.
func zstdFor(window uint64) (z zstdBody, memory uint64, err error) {
	for _, usual := range usualWindows {
		if window > usual.size {
			continue
		}
		memory = 2 * usual.size
		if kept, ok := usual.decoders.Get().(*zstd.Decoder); ok {
			return zstdBody{kept, usual.decoders}, memory, nil
		}
		d, err := newZstd(usual.size)
		return zstdBody{d, usual.decoders}, memory, err
	}
	d, err := newZstd(window)
	return zstdBody{Decoder: d}, window + 1<<20, err
}

func newZstd(window uint64) (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(window))
}

// inflateZstd takes room for what the beginning of the body says that inflating needs; nothing behind it may need more.
func (b *Buffer) inflateZstd(from io.Reader, most int64) (io.ReadCloser, error) {
	peek := bufio.NewReaderSize(from, 4096)
	start, err := peek.Peek(zstd.HeaderMaxSize)
	var h zstd.Header
	if err == nil || errors.Is(err, io.EOF) { // a body that is shorter is complete
		err = h.Decode(start)
	}
	if err != nil {
		return nil, err
	}
	window := h.WindowSize
	if window > maxWindow {
		return nil, fmt.Errorf("needs a window of %d bytes; compress with a window of at most %d", window, maxWindow)
	}
	if h.HasFCS && h.FrameContentSize > uint64(most) { //nolint:gosec // never negative
		return nil, ErrTooLarge
	}
	if h.SingleSegment {
		window = h.FrameContentSize
	}
	z, memory, err := zstdFor(window)
	if err != nil {
		return nil, err
	}
	if !b.Take(int64(memory)) { //nolint:gosec // bounded above
		_ = z.Close() // it has read nothing
		return nil, ErrNoRoom
	}
	if err := z.Reset(peek); err != nil {
		return nil, err
	}
	return z, nil
}
