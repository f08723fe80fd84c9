package chhttp

import (
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// maxZstdWindow bounds what one compressed request body makes us hold.
const maxZstdWindow = 64 << 20

// openBody decodes a request's body: the HTTP content coding first, then
// ClickHouse's own framing when the client announced it. Close frees the
// decoders.
func openBody(w http.ResponseWriter, r *http.Request, framed bool, idle time.Duration) (io.ReadCloser, error) {
	raw := &patientReader{r: r.Body, control: http.NewResponseController(w), idle: idle}
	b := &body{Reader: raw, close: func() {}}
	if err := b.decode(raw, r.Header.Get("Content-Encoding")); err != nil {
		return nil, exception(codeBadInput, "%s", err)
	}
	if framed {
		b.Reader = &stickyReader{r: compress.NewReader(b.Reader)}
	}
	return b, nil
}

type body struct {
	io.Reader
	close func()
}

func (b *body) Close() error {
	b.close()
	return nil
}

func (b *body) decode(raw io.Reader, coding string) error {
	switch coding {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(raw)
		if err != nil {
			return err
		}
		b.Reader = z
	case "deflate":
		z, err := zlib.NewReader(raw)
		if err != nil {
			return err
		}
		b.Reader = z
	case "br":
		b.Reader = brotli.NewReader(raw)
	case "zstd":
		z, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxZstdWindow))
		if err != nil {
			return err
		}
		b.Reader, b.close = z, z.Close
	case "lz4":
		b.Reader = lz4.NewReader(raw)
	default:
		return fmt.Errorf("unknown Content-Encoding %q; use gzip, deflate, br, zstd or lz4", coding)
	}
	return nil
}

// patientReader gives the client a fresh while for every read, so that a slow
// upload may go on for hours and a dead one does not hold an engine session.
type patientReader struct {
	r       io.Reader
	control *http.ResponseController
	idle    time.Duration
}

func (p *patientReader) Read(b []byte) (int, error) {
	_ = p.control.SetReadDeadline(time.Now().Add(p.idle))
	n, err := p.r.Read(b)
	if err != nil {
		// The server goes on reading to notice when the client leaves; an old
		// deadline would look like that.
		_ = p.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// stickyReader remembers the end of its input: read again after the end,
// ch-go's reader gives its last block once more, and a batch would be inserted
// without end. It also unwraps the end, which ch-go reports inside another
// error.
type stickyReader struct {
	r   io.Reader
	err error
}

func (s *stickyReader) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(p)
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	s.err = err
	return n, err
}

// fill reads until b is full or the input ends. It is not io.ReadFull, which
// reports a body cut short just as a short last piece: half of the data would
// pass for all of it.
func fill(r io.Reader, b []byte) (int, error) {
	n := 0
	for n < len(b) {
		m, err := r.Read(b[n:])
		n += m
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
