package llmqueryextension

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"syscall"

	clickhousego "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/watchllm/watchllm/internal/clickhouse"
)

// storeError is a failed statement: what the operator is told (err) and what the client is told (problem).
type storeError struct {
	statement statement
	outcome   string
	err       error
	problem   *problem
}

func (e *storeError) Error() string { return fmt.Sprintf("statement %s: %v", e.statement, e.err) }
func (e *storeError) Unwrap() error { return e.err }

// Values of the attribute outcome of the statement's duration.
const (
	outcomeOK          = "ok"
	outcomeCanceled    = "canceled"
	outcomeTimeout     = "timeout"
	outcomeTooLarge    = "too_large"
	outcomeUnavailable = "unavailable"
	outcomeError       = "error"
)

func outcomeOf(err error) string {
	if err == nil {
		return outcomeOK
	}
	if e, ok := errors.AsType[*storeError](err); ok {
		return e.outcome
	}
	return outcomeError
}

// Codes of ClickHouse that have an answer of their own.
const (
	codeUnknownTable     = 60
	codeUnknownColumn    = 47
	codeUnknownDatabase  = 81
	codeTooManyRows      = 158
	codeTimeoutExceeded  = 159
	codeTooSlow          = 160
	codeTooManyQueries   = 202
	codeMemoryLimit      = 241
	codeTooManyBytes     = 307
	codeQueryCanceled    = 394
	codeTooManyRowsBytes = 396
	codeUnknownUser      = 192
	codeWrongPassword    = 193
	codeAuthFailed       = 516
	codeNotGranted       = 497
	codeNetwork          = 210
	codeSocketTimeout    = 209
	codeAllConnsFailed   = 279
)

const (
	detailAway      = "The store does not answer; data that is sent meanwhile is kept and appears later."
	detailBusy      = "The store is busy with other questions."
	detailSchema    = "The store's tables are not there yet; they are created when the collector first reaches it."
	detailRefused   = "The store refuses the collector's credentials or grants; the operator finds details in the collector's log."
	detailTooLarge  = "Answering would read too many rows; ask for a shorter time range."
	detailTooMemory = "Answering would take more memory than allowed; ask for a shorter time range."
)

func (s *store) classify(ctx context.Context, name statement, err error) error {
	out := &storeError{statement: name, err: err}
	set := func(outcome string, p *problem) *storeError {
		out.outcome, out.problem = outcome, p
		return out
	}
	switch {
	case errors.Is(context.Cause(ctx), errGaveUp):
		return set(outcomeTimeout, errTimeout())
	case ctx.Err() != nil:
		// The client left; nobody reads what is answered.
		return set(outcomeCanceled, errTimeout())
	}
	switch clickhouse.Code(err) {
	case 0:
	case codeTimeoutExceeded, codeTooSlow, codeQueryCanceled:
		return set(outcomeTimeout, errTimeout())
	case codeTooManyRows, codeTooManyBytes, codeTooManyRowsBytes:
		return set(outcomeTooLarge, errTooLarge(detailTooLarge))
	case codeMemoryLimit:
		return set(outcomeTooLarge, errTooLarge(detailTooMemory))
	case codeTooManyQueries:
		return set(outcomeUnavailable, errUnavailable(detailBusy))
	case codeUnknownTable, codeUnknownDatabase, codeUnknownColumn:
		return set(outcomeUnavailable, errUnavailable(detailSchema))
	case codeUnknownUser, codeWrongPassword, codeAuthFailed, codeNotGranted:
		return set(outcomeUnavailable, errUnavailable(detailRefused))
	case codeNetwork, codeSocketTimeout, codeAllConnsFailed:
		return set(outcomeUnavailable, errUnavailable(detailAway))
	default:
		return set(outcomeError, errInternal())
	}
	if errors.Is(err, clickhousego.ErrAcquireConnTimeout) {
		return set(outcomeUnavailable, errUnavailable(detailBusy))
	}
	if unreachable(err) {
		return set(outcomeUnavailable, errUnavailable(detailAway))
	}
	return set(outcomeError, errInternal())
}

// unreachable reports whether the request or its answer was lost on the way. Everything else without a code
// of the server is a fault of this program, such as a column that does not fit its field.
func unreachable(err error) bool {
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	if _, ok := errors.AsType[*clickhousego.HTTPError](err); ok {
		return true
	}
	for _, lost := range []error{
		io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE, clickhousego.ErrConnectionClosed,
		// The password file appears with the embedded engine's first start.
		fs.ErrNotExist,
	} {
		if errors.Is(err, lost) {
			return true
		}
	}
	return false
}
