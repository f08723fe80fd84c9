package llmclickhouseexporter

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exporterhelper/xexporterhelper"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/spanblock"
)

// request is what waits in the queue: spans as rows of packed blocks, converted once when they arrive.
type request struct {
	parts []part
	items int
	bytes int
}

var _ xexporterhelper.RequestErrorHandler = (*request)(nil)

// part is a packed block, or what is left of one.
type part struct {
	data []byte
	// rows are those that are left; nil is all.
	rows []int
	n    int
}

func newRequest(data []byte) *request {
	r := &request{}
	r.add(part{data: data, n: spanblock.PackedRows(data)})
	return r
}

func (r *request) add(p part) {
	r.parts = append(r.parts, p)
	r.items += p.n
	r.bytes += p.size(p.n)
}

// size is about the bytes of n rows of the part.
func (p part) size(n int) int {
	all := spanblock.PackedRows(p.data)
	if all == n {
		return len(p.data)
	}
	return len(p.data) / all * n
}

// cut takes the first n rows off.
func (p part) cut(n int) (first, rest part) {
	rows := p.rows
	if rows == nil {
		for i := range p.n {
			rows = append(rows, i)
		}
	}
	return part{data: p.data, rows: rows[:n], n: n}, part{data: p.data, rows: rows[n:], n: p.n - n}
}

// ItemsCount is the number of spans.
func (r *request) ItemsCount() int { return r.items }

// BytesSize is what the request takes in memory and on disk.
func (r *request) BytesSize() int { return r.bytes }

// MergeSplit appends the other request, and cuts what exceeds the maximum. A span that is larger alone stays: dropping
// what was acknowledged is no way to keep a limit.
func (r *request) MergeSplit(_ context.Context, most int, sizer exporterhelper.RequestSizerType, other xexporterhelper.Request) ([]xexporterhelper.Request, error) {
	if other != nil {
		o, ok := other.(*request)
		if !ok {
			return nil, fmt.Errorf("cannot merge a request with %T", other)
		}
		for _, p := range o.parts {
			r.add(p)
		}
	}
	if most == 0 {
		return []xexporterhelper.Request{r}, nil
	}
	size := func(p part) int { return p.n }
	if sizer == exporterhelper.RequestSizerTypeBytes {
		size = func(p part) int { return p.size(p.n) }
	}
	var out []xexporterhelper.Request
	now, used := &request{}, 0
	for rest := r.parts; len(rest) > 0; {
		p := rest[0]
		room := most - used
		// A damaged part may say that it has no rows at all.
		if size(p) <= room || used == 0 && p.n <= 1 {
			now.add(p)
			used += size(p)
			rest = rest[1:]
			continue
		}
		if n := room * p.n / size(p); n > 0 || used == 0 {
			first, left := p.cut(max(1, n))
			now.add(first)
			if rest = rest[1:]; left.n > 0 {
				rest = append([]part{left}, rest...)
			}
		}
		out = append(out, now)
		now, used = &request{}, 0
	}
	if now.items > 0 || len(out) == 0 {
		out = append(out, now)
	}
	return out, nil
}

// OnError returns what is to be tried again.
func (r *request) OnError(err error) xexporterhelper.Request {
	if left, ok := errors.AsType[*leftError](err); ok {
		return left.rest
	}
	return r
}

// leftError says what could not be stored of a request of which the rest was.
type leftError struct {
	error
	rest *request
}

func (e *leftError) Unwrap() error { return e.error }
