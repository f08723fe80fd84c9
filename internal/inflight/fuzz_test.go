package inflight

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// FuzzReadRequest inflates anything: never more than allowed, never in more room than there is, the same as the standard library has
// it, and all room is given back.
func FuzzReadRequest(f *testing.F) {
	const most, size = 1 << 16, 64 << 20
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, err := w.Write(bytes.Repeat([]byte("x"), 1<<17))
	if err = errors.Join(err, w.Close()); err != nil {
		f.Fatal(err)
	}
	f.Add(uint8(1), z.Bytes())
	e, err := zstd.NewWriter(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint8(2), e.EncodeAll(bytes.Repeat([]byte("x"), 1<<17), nil))
	f.Add(uint8(2), e.EncodeAll([]byte("hello"), nil))
	f.Add(uint8(2), []byte("\x28\xb5\x2f\xfd\x00\xff\x09\x00\x00x"))
	f.Add(uint8(2), []byte("\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"))
	f.Add(uint8(3), []byte("x\x9c\x03\x00\x00\x00\x00\x01"))
	f.Add(uint8(0), []byte("plain"))
	f.Fuzz(func(t *testing.T, encoding uint8, body []byte) {
		room := NewRoom(size)
		b := NewBuffer(room, "a")
		req := httptest.NewRequest(http.MethodPost, "http://x/", bytes.NewReader(body))
		name := Encodings[int(encoding)%len(Encodings)]
		req.Header.Set("Content-Encoding", name)
		err := b.ReadRequest(req, most, Encodings)
		if taken := room.Taken(); taken > size/2 || taken < int64(len(b.Data)) {
			t.Fatalf("%d bytes of room for %d", taken, len(b.Data))
		}
		if err == nil && len(b.Data) > most {
			t.Fatalf("%d bytes", len(b.Data))
		}
		if name == "gzip" && err == nil {
			z, err := gzip.NewReader(bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if want, err := io.ReadAll(z); err != nil || !bytes.Equal(want, b.Data) {
				t.Fatalf("inflated differently: %v", err)
			}
		}
		if name == "" && len(body) <= most && (err != nil || !bytes.Equal(body, b.Data)) {
			t.Fatalf("read differently: %v", err)
		}
		b.Release()
		if n := room.Taken(); n != 0 {
			t.Fatalf("%d bytes of room are lost", n)
		}
	})
}
