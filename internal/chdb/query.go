//go:build (linux || darwin) && (amd64 || arm64)

package chdb

import "errors"

// Exec runs a statement and hands its whole output, in format, to use (which
// may be nil). The bytes are engine memory, valid inside use only.
func (c *Conn) Exec(query, format string, params []Param, use func([]byte, Stats) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.handle == 0 {
		return ErrClosed
	}
	result := c.start(sym.query, sym.queryParams, query, format, params)
	if result == 0 {
		return errNoResult
	}
	defer call(sym.destroyResult, result)
	if err := resultError(result); err != nil {
		return err
	}
	if use == nil {
		return nil
	}
	return use(engineBytes(call(sym.resultBuffer, result), call(sym.resultLength, result)), resultStats(result))
}

// Stream runs a SELECT and hands its output to use chunk by chunk; the engine
// refuses any other kind of statement. An error of use cancels the statement
// and is returned. The statistics are those up to the chunk.
func (c *Conn) Stream(query, format string, params []Param, use func([]byte, Stats) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.handle == 0 {
		return ErrClosed
	}
	stream := c.start(sym.stream, sym.streamParams, query, format, params)
	if stream == 0 {
		return errNoResult
	}
	defer call(sym.destroyResult, stream)
	if err := resultError(stream); err != nil {
		return err
	}
	for {
		more, err := c.fetch(stream, use)
		if err != nil || !more {
			return err
		}
	}
}

func (c *Conn) fetch(stream uintptr, use func([]byte, Stats) error) (more bool, err error) {
	chunk := call(sym.streamFetch, c.inner(), stream)
	if chunk == 0 {
		return false, errNoResult
	}
	defer call(sym.destroyResult, chunk)
	if err := resultError(chunk); err != nil {
		return false, err
	}
	length := call(sym.resultLength, chunk)
	if length == 0 {
		return false, nil
	}
	if err := use(engineBytes(call(sym.resultBuffer, chunk), length), resultStats(chunk)); err != nil {
		call(sym.streamCancel, c.inner(), stream)
		return false, err
	}
	return true, nil
}

var errNoResult = errors.New("the engine gave no result")

// start calls one of a pair of entry points, without and with parameters,
// that take connection, text, format and, the second one, four parallel arrays.
func (c *Conn) start(plain, withParams uintptr, query, format string, params []Param) uintptr {
	var pin pinned
	defer pin.Unpin()
	if len(params) == 0 {
		return call(plain, c.inner(), pin.text(query), uintptr(len(query)), pin.text(format), uintptr(len(format)))
	}
	n := len(params)
	names, nameLengths := make([]uintptr, n), make([]uintptr, n)
	values, valueLengths := make([]uintptr, n), make([]uintptr, n)
	for i, p := range params {
		names[i], nameLengths[i] = pin.text(p.Name), uintptr(len(p.Name))
		values[i], valueLengths[i] = pin.text(p.Value), uintptr(len(p.Value))
	}
	return call(withParams, c.inner(), pin.text(query), uintptr(len(query)), pin.text(format), uintptr(len(format)),
		pin.words(names), pin.words(nameLengths), pin.words(values), pin.words(valueLengths), uintptr(n))
}

func resultError(result uintptr) error {
	if text := goString(call(sym.resultError, result)); text != "" {
		return NewError(text)
	}
	return nil
}

func resultStats(result uintptr) Stats {
	return Stats{
		RowsRead:     uint64(call(sym.rowsRead, result)),
		BytesRead:    uint64(call(sym.bytesRead, result)),
		RowsWritten:  uint64(call(sym.rowsWritten, result)),
		BytesWritten: uint64(call(sym.bytesWritten, result)),
	}
}
