package langsmith

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// maxParts bounds the parts of one body: an SDK sends at most a hundred runs of some ten parts.
const maxParts = 20_000

// readMultipart gathers the parts of each run. Their names say whose they are: post.<id>, patch.<id>, post.<id>.inputs and so on.
func readMultipart(r *foreign.Request, boundary string) (body, error) {
	var in body
	if boundary == "" {
		return in, errors.New("Content-Type: the boundary of the multipart body is missing")
	}
	reader := multipart.NewReader(bytes.NewReader(r.Body), boundary)
	open := inflater{left: r.MaxBody}
	defer open.close()
	runs := map[string]*run{}
	for n := 0; ; n++ {
		p, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			if n == 0 && !bytes.Contains(r.Body, []byte("--"+boundary)) {
				return in, errors.New("Content-Type: the boundary does not occur in the multipart body")
			}
			return in, nil
		}
		if err != nil {
			return body{}, fmt.Errorf("the multipart body ends before its end: %w", err)
		}
		if n >= maxParts {
			return body{}, fmt.Errorf("%w: more than %d parts", foreign.ErrTooLarge, maxParts)
		}
		verb, rest, _ := strings.Cut(p.FormName(), ".")
		if verb == "attachment" { // files are not kept
			continue
		}
		data, err := open.content(p)
		switch {
		case errors.Is(err, foreign.ErrTooLarge):
			return body{}, err
		case errors.Is(open.broken, io.ErrUnexpectedEOF):
			return body{}, fmt.Errorf("the multipart body ends before its end: %w", open.broken)
		case err != nil:
			in.rejected++
			continue
		}
		v, err := foreign.Parse(data)
		if err != nil {
			in.rejected++
			continue
		}
		switch verb {
		case "post", "patch":
			id, field, inner := strings.Cut(rest, ".")
			one := runs[verb+"."+id]
			if one == nil {
				one = &run{id: id, patch: verb == "patch", fields: map[string]jsontree.Value{}}
				runs[verb+"."+id] = one
				in.runs = append(in.runs, one)
			}
			if inner {
				one.fields[field] = v
			} else {
				one.base = v
			}
		case "feedback":
			in.feedback = append(in.feedback, v)
		default:
			in.rejected++
		}
	}
}

// inflater opens the parts of one body.
type inflater struct {
	// left is what all of the parts together may still grow by: as far as the server lets a body grow.
	left int64
	// zstd is one decoder for all parts: its window is set aside once, however many parts claim to need it.
	zstd *zstd.Decoder
	// broken is the error of the body itself, not of what a part holds.
	broken error
	part   *multipart.Part
}

func (o *inflater) Read(p []byte) (n int, err error) {
	if n, err = o.part.Read(p); err != nil {
		o.broken = err
	}
	return n, err
}

// maxWindow is what RFC 8878 asks every decoder to support.
const maxWindow = 8 << 20

func (o *inflater) close() {
	if o.zstd != nil {
		o.zstd.Close()
	}
}

// content is what a part holds, inflated if need be.
func (o *inflater) content(p *multipart.Part) ([]byte, error) {
	o.part, o.broken = p, nil
	var from io.Reader = o
	switch encoding(p.Header) {
	case "":
	case "gzip":
		z, err := gzip.NewReader(o)
		if err != nil {
			return nil, err
		}
		from = z
	case "zstd":
		if o.zstd == nil {
			var err error
			if o.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow)); err != nil {
				return nil, err
			}
		}
		if err := o.zstd.Reset(o); err != nil {
			return nil, err
		}
		from = o.zstd
	default:
		return nil, errors.New("a part is encoded in a way that is not known")
	}
	var buf bytes.Buffer
	n, err := buf.ReadFrom(io.LimitReader(from, o.left+1))
	o.left -= n
	if o.left < 0 || errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded) {
		return nil, foreign.ErrTooLarge
	}
	return buf.Bytes(), err
}

// encoding of a part: a header, or a parameter of its type.
func encoding(h textproto.MIMEHeader) string {
	e := h.Get("Content-Encoding")
	if e == "" {
		if _, params, err := mime.ParseMediaType(h.Get("Content-Type")); err == nil {
			e = params["encoding"]
		}
	}
	if e = strings.ToLower(e); e == "identity" || e == "utf-8" {
		e = ""
	}
	return e
}
