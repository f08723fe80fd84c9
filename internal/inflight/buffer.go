package inflight

import (
	"errors"
	"io"
	"math/bits"
	"sync"
)

// ErrNoRoom tells that a body does not fit beside the others that are in flight.
var ErrNoRoom = errors.New("too much is being read at once; send it again")

// ErrTooLarge tells that a body is larger than it may be.
var ErrTooLarge = errors.New("the body is too large")

// Buffer is a body that is read. It has its place in a room until it is released or kept.
type Buffer struct {
	// Data is what was read.
	Data []byte

	room   *Room
	sender string
	held   int64
}

// NewBuffer makes an empty buffer of a sender's.
func NewBuffer(room *Room, sender string) *Buffer { return &Buffer{room: room, sender: sender} }

// Fill reads everything from a reader, at most so many bytes. length is what the sender said the body's length is, or negative; it is
// not trusted before something has come.
func (b *Buffer) Fill(from io.Reader, length, most int64) error {
	ahead := int64(firstSize)
	if length >= 0 {
		if length > most {
			return ErrTooLarge
		}
		ahead = min(length+1, keepSize) // one byte more to see the end
	}
	for {
		if len(b.Data) == cap(b.Data) && !b.grow(ahead, most+1) {
			return ErrNoRoom
		}
		n, err := from.Read(b.Data[len(b.Data):cap(b.Data)])
		b.Data = b.Data[:len(b.Data)+n]
		switch {
		case int64(len(b.Data)) > most:
			return ErrTooLarge
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

const (
	// firstSize is what is set aside for a body of which nothing has come: who sends slowly holds little.
	firstSize = 16 << 10
	// keepSize is the largest buffer worth keeping for others: larger requests are rare.
	keepSize = 1 << 20
)

// grow doubles the buffer, or makes it as large as the sender said ahead, up to the most a body can need.
func (b *Buffer) grow(ahead, most int64) bool {
	size := int64(firstSize)
	if cap(b.Data) > 0 {
		size = min(max(2*int64(cap(b.Data)), ahead), most)
	}
	next := newBuffer(size)
	if !b.Take(int64(cap(next))) {
		recycle(next)
		return false
	}
	old := b.Data
	b.Data = append(next, old...)
	b.give(int64(cap(old)))
	recycle(old)
	return true
}

// Take reserves bytes beside the data, for what reading it needs. They are given back with it.
func (b *Buffer) Take(n int64) bool {
	if !b.room.Take(b.sender, n) {
		return false
	}
	b.held += n
	return true
}

func (b *Buffer) give(n int64) {
	b.room.Give(b.sender, n)
	b.held -= n
}

// Release gives the room back, and the memory to others: nothing may point into it any more.
func (b *Buffer) Release() {
	recycle(b.Data)
	b.Keep()
}

// Keep gives the room back and leaves the data to whoever has it.
func (b *Buffer) Keep() {
	b.Data = nil
	b.give(b.held)
}

// buffers are kept by their size, a power of two from firstSize to keepSize.
var buffers [7]sync.Pool

func sizeClass(size int64) int { return bits.Len64(uint64((size - 1) / firstSize)) } //nolint:gosec // never negative

// newBuffer is an empty buffer of at least a size.
func newBuffer(size int64) []byte {
	class := sizeClass(size)
	if class >= len(buffers) {
		return make([]byte, 0, size)
	}
	if kept, ok := buffers[class].Get().(*[]byte); ok {
		return (*kept)[:0]
	}
	return make([]byte, 0, firstSize<<class)
}

func recycle(buf []byte) {
	if size := int64(cap(buf)); size >= firstSize && size <= keepSize {
		buffers[sizeClass(size)].Put(&buf)
	}
}
