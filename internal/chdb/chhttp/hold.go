package chhttp

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"
)

const (
	defaultHeld = 64 << 10
	maxHeld     = 4 << 20 // what a client may ask us to keep in memory
)

// hold keeps the first bytes of a response back, up to a limit or, when the
// client asked for the whole result before the status, all of them: in memory
// first and then in a file.
type hold struct {
	w       http.ResponseWriter
	control *http.ResponseController
	idle    time.Duration

	limit   int64
	whole   bool
	folder  string
	memory  []byte
	file    *os.File
	size    int64
	started bool // the status went out
}

func newHold(w http.ResponseWriter, o responseOptions, idle time.Duration, folder string) hold {
	limit := o.held
	if o.wholeEnd {
		limit = maxHeld
	}
	return hold{w: w, control: http.NewResponseController(w), idle: idle, limit: limit, whole: o.wholeEnd, folder: folder}
}

func (h *hold) Write(b []byte) (int, error) {
	if h.started {
		return h.send(b)
	}
	h.size += int64(len(b))
	if h.file == nil && h.size <= h.limit {
		h.memory = append(h.memory, b...)
		return len(b), nil
	}
	if h.whole {
		return h.toFile(b)
	}
	if err := h.start(); err != nil {
		return 0, err
	}
	return h.send(b)
}

func (h *hold) toFile(b []byte) (int, error) {
	if h.file == nil {
		f, err := os.CreateTemp(h.folder, "result-*")
		if err != nil {
			return 0, fmt.Errorf("hold back the result: %w", err)
		}
		// Without a name it goes away with the process, whatever ends that.
		_ = os.Remove(f.Name())
		h.file = f
		if _, err := f.Write(h.memory); err != nil {
			return 0, err
		}
	}
	return h.file.Write(b)
}

// start sends the status and what was held back in memory.
func (h *hold) start() error {
	h.started = true
	h.w.WriteHeader(http.StatusOK)
	_, err := h.send(h.memory)
	h.memory = nil
	return err
}

func (h *hold) send(b []byte) (int, error) {
	_ = h.control.SetWriteDeadline(time.Now().Add(h.idle))
	return h.w.Write(b)
}

// release sends what is still held back, with its length.
func (h *hold) release() error {
	if h.started {
		return nil
	}
	h.w.Header().Set("Content-Length", strconv.FormatInt(h.size, 10))
	if h.file == nil {
		return h.start()
	}
	h.started = true
	if _, err := h.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(sender{h}, h.file)
	return err
}

// sender keeps io.Copy from the ResponseWriter's own ReadFrom, which would not
// renew the deadline.
type sender struct{ *hold }

func (s sender) Write(b []byte) (int, error) { return s.send(b) }

// discard drops what was held back, and the deadline: the next response on the
// connection has its own.
func (h *hold) discard() {
	_ = h.control.SetWriteDeadline(time.Time{})
	h.memory = nil
	if h.file != nil {
		_ = h.file.Close()
		h.file = nil
	}
}
