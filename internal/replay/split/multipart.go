package split

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"
)

// multipartBy cuts a multipart body. Parts for which recordOf gives the same text stay together.
func multipartBy(recordOf func(name string) string) func(string, []byte) ([]Piece, error) {
	return func(contentType string, body []byte) ([]Piece, error) {
		_, params, err := mime.ParseMediaType(contentType)
		if err != nil {
			return nil, err
		}
		type record struct {
			body   bytes.Buffer
			writer *multipart.Writer
		}
		records := map[string]*record{}
		var order []*record
		reader := multipart.NewReader(bytes.NewReader(body), params["boundary"])
		for {
			part, err := reader.NextRawPart()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, err
			}
			key := recordOf(part.FormName())
			r := records[key]
			if r == nil {
				r = &record{}
				r.writer = multipart.NewWriter(&r.body)
				if err := r.writer.SetBoundary(params["boundary"]); err != nil {
					return nil, err
				}
				records[key] = r
				order = append(order, r)
			}
			to, err := r.writer.CreatePart(part.Header)
			if err != nil {
				return nil, err
			}
			if _, err := io.Copy(to, part); err != nil {
				return nil, err
			}
		}
		out := make([]Piece, 0, len(order))
		for _, r := range order {
			if err := r.writer.Close(); err != nil {
				return nil, err
			}
			out = append(out, Piece{ContentType: contentType, Body: r.body.Bytes()})
		}
		return out, nil
	}
}

// langSmithRecordOfPart is what post.<id> and post.<id>.inputs have in common.
func langSmithRecordOfPart(name string) string {
	verb, rest, _ := strings.Cut(name, ".")
	id, _, _ := strings.Cut(rest, ".")
	return verb + "." + id
}
