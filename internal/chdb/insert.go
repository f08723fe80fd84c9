//go:build (linux || darwin) && (amd64 || arm64)

package chdb

import (
	"errors"
	"fmt"
)

// Insert feeds data in format to an INSERT that has neither a FORMAT clause nor
// inline data (the engine appends " FORMAT x" itself). next returns the chunks
// of the data in any cut, an empty one at the end; an error of next cancels the
// insert and nothing of the block it was in is written. Data never goes into
// the statement's text: the embedded client ends it at the first blank line.
func (c *Conn) Insert(query, format string, params []Param, next func() ([]byte, error)) (Stats, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.handle == 0 {
		return Stats{}, ErrClosed
	}
	stats, err := c.insert(query, format, params, next)
	if err != nil {
		c.letGo()
	}
	return stats, err
}

// letGo makes the engine forget a failed insert. It keeps the pipeline, and with it the table, until the
// connection's next statement: a DROP ... SYNC elsewhere would wait for ever.
func (c *Conn) letGo() {
	if result := c.start(sym.query, sym.queryParams, "SELECT 1", "Null", nil); result != 0 {
		call(sym.destroyResult, result)
	}
}

func (c *Conn) insert(query, format string, params []Param, next func() ([]byte, error)) (Stats, error) {
	insert := c.start(sym.insert, sym.insertParams, query, format, params)
	if insert == 0 {
		return Stats{}, errors.New("the engine gave no insert stream")
	}
	defer call(sym.insertDestroy, insert)
	if text := goString(call(sym.insertError, insert)); text != "" {
		return Stats{}, NewError(text)
	}
	if err := feed(insert, next); err != nil {
		return Stats{}, err
	}
	result := call(sym.insertDone, insert)
	if result == 0 {
		return Stats{}, errNoResult
	}
	defer call(sym.destroyResult, result)
	if err := resultError(result); err != nil {
		return Stats{}, err
	}
	return resultStats(result), nil
}

func feed(insert uintptr, next func() ([]byte, error)) error {
	for {
		chunk, err := next()
		if err != nil {
			call(sym.insertCancel, insert)
			return fmt.Errorf("read the data of the insert: %w", err)
		}
		if len(chunk) == 0 {
			return nil
		}
		var pin pinned
		rc := call(sym.insertAppend, insert, pin.bytes(chunk), uintptr(len(chunk)))
		pin.Unpin()
		if int32(rc) != 0 {
			return nil // the engine gave up; the reason comes from its result
		}
	}
}
