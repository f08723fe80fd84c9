package llmeventreceiver

import (
	"errors"
	"fmt"
	"io"
	"math/bits"
	"net/http"
	"os"
	"sync"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
)

// body is what a client sent, inflated. It has its place in the room until it is released.
type body struct {
	data   []byte
	room   *room
	sender string
	held   int64
}

// readBody reads a request's body, which may have as many bytes as the configuration allows. The caller releases what it got.
func (r *eventReceiver) readBody(req *http.Request, sender string) (*body, *problem) {
	b := &body{room: r.room, sender: sender}
	if p := b.read(req, r.cfg.maxBody(), r.cfg.ServerConfig.CompressionAlgorithms); p != nil {
		b.release()
		return nil, p
	}
	return b, nil
}

func (b *body) read(req *http.Request, most int64, encodings []string) *problem {
	from, p := b.inflate(req, most, encodings)
	if p != nil {
		return p
	}
	defer from.Close()
	ahead := int64(firstBody)
	if from == req.Body && req.ContentLength >= 0 {
		if req.ContentLength > most {
			return unreadableBody(&http.MaxBytesError{Limit: most})
		}
		ahead = min(req.ContentLength+1, keepBody)
	}
	for {
		if len(b.data) == cap(b.data) && !b.grow(ahead, most+1) {
			return b.noRoom()
		}
		n, err := from.Read(b.data[len(b.data):cap(b.data)])
		b.data = b.data[:len(b.data)+n]
		switch {
		case int64(len(b.data)) > most:
			return unreadableBody(&http.MaxBytesError{Limit: most})
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return unreadableBody(err)
		}
	}
}

// firstBody is what is set aside for a body of which nothing has come: who sends slowly holds little.
const firstBody = 16 << 10

// grow doubles the buffer, or makes it as large as the sender said ahead, up to the most a body can need.
func (b *body) grow(ahead, most int64) bool {
	size := int64(firstBody)
	if cap(b.data) > 0 {
		size = min(max(2*int64(cap(b.data)), ahead), most)
	}
	next := newBuffer(size)
	if !b.take(int64(cap(next))) {
		recycle(next)
		return false
	}
	old := b.data
	b.data = append(next, old...)
	b.give(int64(cap(old)))
	recycle(old)
	return true
}

func (b *body) take(n int64) bool {
	if !b.room.take(b.sender, n) {
		return false
	}
	b.held += n
	return true
}

func (b *body) give(n int64) {
	b.room.give(b.sender, n)
	b.held -= n
}

// release gives the room back, and the buffer to others: nothing may point into it any more.
func (b *body) release() {
	recycle(b.data)
	b.keep()
}

// keep gives the room back and leaves the data to whoever has it.
func (b *body) keep() {
	b.data = nil
	b.give(b.held)
}

func (b *body) noRoom() *problem {
	return &problem{
		Status: http.StatusServiceUnavailable, Code: "busy", retryAfter: defaultRetry,
		Detail: fmt.Sprintf("requests that are being read have %d bytes, and this one does not fit beside them; send it again", b.room.taken()),
	}
}

func unreadableBody(err error) *problem {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &problem{
			Status: http.StatusRequestEntityTooLarge, Code: event.CodeTooLarge,
			Detail: fmt.Sprintf("the body is larger than %d bytes; split the events over several requests", tooLarge.Limit),
		}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &problem{Status: http.StatusRequestTimeout, Code: "timeout", Detail: "the body did not come in time; send it again, faster or in smaller requests"}
	}
	return &problem{Status: http.StatusBadRequest, Code: "unreadable_body", Detail: "the body could not be read: " + err.Error()}
}

// keepBody is the largest buffer worth keeping: larger requests are rare.
const keepBody = 1 << 20

// buffers are kept by their size, a power of two from firstBody to keepBody.
var buffers [7]sync.Pool

func sizeClass(size int64) int { return bits.Len64(uint64((size - 1) / firstBody)) } //nolint:gosec // never negative

// newBuffer is an empty buffer of at least a size.
func newBuffer(size int64) []byte {
	class := sizeClass(size)
	if class >= len(buffers) {
		return make([]byte, 0, size)
	}
	if kept, ok := buffers[class].Get().(*[]byte); ok {
		return (*kept)[:0]
	}
	return make([]byte, 0, firstBody<<class)
}

func recycle(buf []byte) {
	if size := int64(cap(buf)); size >= firstBody && size <= keepBody {
		buffers[sizeClass(size)].Put(&buf)
	}
}
