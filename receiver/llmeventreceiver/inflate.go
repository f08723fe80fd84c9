package llmeventreceiver

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

// encodings are what bodies may be compressed with. Snappy is not among them: it cannot be inflated bit by bit.
var encodings = []string{"", "gzip", "zstd", "zlib", "deflate"}

// Windows of zstd, which are how far back a body may refer and so what inflating it needs.
const (
	// maxWindow is what RFC 8878 asks every decoder to support, and encoders to keep to.
	maxWindow = 8 << 20
	// minWindow is allowed without being claimed.
	minWindow = 256 << 10
	// keepWindow is that of the usual levels; decoders that had a larger one are not kept.
	keepWindow = 2 << 20
)

// inflate returns the body as it was before compression, piece by piece.
func (b *body) inflate(req *http.Request, most int64, allowed []string) (io.ReadCloser, *problem) {
	encoding := strings.ToLower(strings.Join(req.Header.Values("Content-Encoding"), ", "))
	if encoding == "identity" {
		encoding = ""
	}
	if encoding != "" && !slices.Contains(allowed, encoding) {
		return nil, &problem{
			Status: http.StatusUnsupportedMediaType, Code: "unsupported_encoding",
			Detail: fmt.Sprintf("Content-Encoding %s is not supported; send the body plain, or with %s", strconv.Quote(encoding), names(allowed)),
		}
	}
	var from io.ReadCloser
	var err error
	switch encoding {
	case "":
		return req.Body, nil
	case "gzip":
		from, err = gzip.NewReader(req.Body)
	case "zstd":
		return b.inflateZstd(req.Body, most)
	default:
		from, err = zlib.NewReader(req.Body)
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, unreadableBody(fmt.Errorf("%s: %w", encoding, err))
	}
	return from, nil
}

func names(allowed []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(allowed), func(e string) bool { return e == "" }), ", ")
}

var zstdDecoders sync.Pool

// zstdBody is a decoder that is put back where it came from.
type zstdBody struct {
	*zstd.Decoder
	window uint64
}

func (z zstdBody) Close() error {
	if z.window > keepWindow {
		z.Decoder.Close()
		return nil
	}
	if err := z.Reset(nil); err != nil {
		return err
	}
	zstdDecoders.Put(z.Decoder)
	return nil
}

// inflateZstd takes room for what the beginning of the body says that inflating needs; nothing behind it may need more.
func (b *body) inflateZstd(from io.Reader, most int64) (io.ReadCloser, *problem) {
	peek := bufio.NewReaderSize(from, 4096)
	start, err := peek.Peek(zstd.HeaderMaxSize)
	var h zstd.Header
	if err == nil || errors.Is(err, io.EOF) { // a body that is shorter is complete
		err = h.Decode(start)
	}
	if err != nil {
		return nil, unreadableBody(fmt.Errorf("zstd: %w", err))
	}
	window := max(h.WindowSize, minWindow)
	if window > maxWindow {
		return nil, &problem{
			Status: http.StatusBadRequest, Code: "unreadable_body",
			Detail: fmt.Sprintf("the zstd body needs a window of %d bytes; compress with a window of at most %d", window, maxWindow),
		}
	}
	if h.HasFCS && h.FrameContentSize > uint64(most) { //nolint:gosec // never negative
		return nil, unreadableBody(&http.MaxBytesError{Limit: most})
	}
	if h.SingleSegment {
		window = max(h.FrameContentSize, minWindow)
	}
	if !b.take(int64(window + min(window, keepWindow))) { //nolint:gosec // bounded above
		return nil, b.noRoom()
	}
	d, ok := zstdDecoders.Get().(*zstd.Decoder)
	if !ok {
		var err error
		if d, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1)); err != nil {
			return nil, &problem{Status: http.StatusInternalServerError, Code: "internal", Detail: "zstd is not available"}
		}
	}
	if err := d.ResetWithOptions(peek, zstd.WithDecoderMaxWindow(window)); err != nil {
		return nil, unreadableBody(fmt.Errorf("zstd: %w", err))
	}
	return zstdBody{d, window}, nil
}
