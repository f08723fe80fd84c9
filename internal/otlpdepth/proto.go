package otlpdepth

import (
	"encoding/binary"
	"errors"
	"fmt"
)

const (
	// maxMessages is how deep messages may nest: some ten down to an attribute, and two or three for each level of its value.
	maxMessages = 200
	// maxBrackets is the same for JSON.
	maxBrackets = 300
)

// ErrTooDeep is for values that nest too deep.
var ErrTooDeep = errors.New("an attribute or a body nests too deep; some 60 levels are taken")

// ErrMalformed is for what is no protobuf.
var ErrMalformed = errors.New("not protobuf")

// Signal says what a request is of.
type Signal uint8

// Signals. The zero Signal is one that is not known: what nests too deep as any of them is refused.
const (
	Unknown Signal = iota
	Traces
	Logs
	Metrics
)

// message is a type of OTLP's, as far as values may be in it.
type message uint8

const (
	none message = iota
	request
	resourceX // ResourceSpans, ResourceLogs, ResourceMetrics
	resource
	scopeX
	scope
	item // Span, LogRecord, Metric
	event
	link
	numbers
	number
	histograms
	histogram
	exponentials
	exponential
	summaries
	summary
	exemplar
	keyValue
	anyValue
	arrayValue
	keyValues
)

type numbered [14]message

// fields are those with values in them; an item's depend on the signal.
var (
	fields = [...]numbered{
		request:      {1: resourceX},
		resourceX:    {1: resource, 2: scopeX},
		resource:     {1: keyValue},
		scopeX:       {1: scope, 2: item},
		scope:        {3: keyValue},
		event:        {3: keyValue},
		link:         {4: keyValue},
		numbers:      {1: number},
		number:       {5: exemplar, 7: keyValue},
		histograms:   {1: histogram},
		histogram:    {8: exemplar, 9: keyValue},
		exponentials: {1: exponential},
		exponential:  {1: keyValue, 11: exemplar},
		summaries:    {1: summary},
		summary:      {7: keyValue},
		exemplar:     {7: keyValue},
		keyValue:     {2: anyValue},
		anyValue:     {5: arrayValue, 6: keyValues},
		arrayValue:   {1: anyValue},
		keyValues:    {1: keyValue},
	}
	items = [...]numbered{
		Traces:  {9: keyValue, 11: event, 13: link},
		Logs:    {5: anyValue, 6: keyValue},
		Metrics: {5: numbers, 7: numbers, 9: histograms, 10: exponentials, 11: summaries, 12: keyValue},
	}
)

// Proto checks a request in protobuf. It reads the structure only, and of that what is large enough to nest too deep.
func Proto(data []byte, signal Signal) error {
	if signal != Unknown {
		return check(data, signal)
	}
	var first error
	passed := false
	for _, s := range []Signal{Traces, Logs, Metrics} {
		err := check(data, s)
		if errors.Is(err, ErrTooDeep) {
			return err
		}
		passed = passed || err == nil
		if first == nil {
			first = err
		}
	}
	if passed {
		return nil
	}
	return first
}

func check(data []byte, signal Signal) error {
	var stack [maxMessages + 1]struct {
		end  int
		kind message
	}
	depth, pos := 0, 0
	stack[0].end, stack[0].kind = len(data), request
	for {
		for pos >= stack[depth].end {
			if pos > stack[depth].end {
				return fmt.Errorf("%w: a field ends behind its message", ErrMalformed)
			}
			if depth == 0 {
				return nil
			}
			depth--
		}
		in := data[pos:stack[depth].end]
		tag, n := binary.Uvarint(in)
		if n <= 0 {
			return fmt.Errorf("%w: no tag at byte %d", ErrMalformed, pos)
		}
		pos, in = pos+n, in[n:]
		switch tag & 7 {
		case 0:
			if _, n = binary.Uvarint(in); n <= 0 {
				return fmt.Errorf("%w: no number at byte %d", ErrMalformed, pos)
			}
			pos += n
		case 1:
			pos += 8
		case 5:
			pos += 4
		case 2:
			size, n := binary.Uvarint(in)
			if n <= 0 || size > uint64(len(in)-n) {
				return fmt.Errorf("%w: a field at byte %d is longer than its message", ErrMalformed, pos)
			}
			pos += n
			next := none
			if field := tag >> 3; field < uint64(len(numbered{})) {
				next = fields[stack[depth].kind][field]
				if stack[depth].kind == item {
					next = items[signal][field]
				}
			}
			// A message inside another takes two bytes or more.
			if next == none || depth+1+int(size/2) <= maxMessages {
				pos += int(size) //nolint:gosec // not larger than data
				continue
			}
			if depth == maxMessages {
				return ErrTooDeep
			}
			depth++
			stack[depth].end, stack[depth].kind = pos+int(size), next //nolint:gosec // not larger than data
		default: // groups, which OTLP has none of
			return fmt.Errorf("%w: wire type %d at byte %d", ErrMalformed, tag&7, pos)
		}
	}
}
