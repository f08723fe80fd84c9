package chhttp

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"github.com/watchllm/watchllm/internal/chdb"
)

// Error codes of ClickHouse that this package gives by itself.
const (
	codeBadInput       = 27
	codeSyntax         = 62
	codeNotImplemented = 48
	codeUnknownFormat  = 73
	codeReadOnly       = 164
	codeBusy           = 202
	codeQueryTooLarge  = 307
	codeDisabled       = 344
	codeNoSession      = 372
	codeSessionLocked  = 373
	codeCancelled      = 394
	codeNotAllowed     = 497
	codeNoAuth         = 516
	codeUnknown        = 1002
)

var codeNames = map[int]string{
	codeBadInput:       "CANNOT_PARSE_INPUT_ASSERTION_FAILED",
	codeSyntax:         "SYNTAX_ERROR",
	codeNotImplemented: "NOT_IMPLEMENTED",
	codeUnknownFormat:  "UNKNOWN_FORMAT",
	codeReadOnly:       "READONLY",
	codeBusy:           "TOO_MANY_SIMULTANEOUS_QUERIES",
	codeQueryTooLarge:  "TOO_MANY_BYTES",
	codeDisabled:       "SUPPORT_IS_DISABLED",
	codeNoSession:      "SESSION_NOT_FOUND",
	codeSessionLocked:  "SESSION_IS_LOCKED",
	codeCancelled:      "QUERY_WAS_CANCELLED",
	codeNotAllowed:     "ACCESS_DENIED",
	codeNoAuth:         "AUTHENTICATION_FAILED",
	codeUnknown:        "UNKNOWN_EXCEPTION",
}

// exception makes an error that reads as the engine's own do.
func exception(code int, format string, args ...any) *chdb.Error {
	name := codeNames[code]
	return &chdb.Error{
		Code: code,
		Name: name,
		Text: fmt.Sprintf("Code: %d. DB::Exception: %s. (%s)", code, fmt.Sprintf(format, args...), name),
	}
}

// asException gives any error a code, as a client expects one.
func asException(err error) *chdb.Error {
	var e *chdb.Error
	if !errors.As(err, &e) {
		return exception(codeUnknown, "%s", err)
	}
	if e.Code == 0 {
		return &chdb.Error{Code: codeUnknown, Name: e.Name, Text: e.Text}
	}
	return e
}

// httpStatus is the status a ClickHouse server gives for an error code, with
// 403 for what the engine's grants refuse.
func httpStatus(code int) int {
	switch code {
	case 192, 193, 194, codeNoAuth, codeNotAllowed, codeReadOnly:
		return http.StatusForbidden
	case 6, 7, 26, codeBadInput, 38, 41, 42, 43, 44, 47, 50, 51, 53, codeSyntax, 69, 70, 72, 115, 117, 130, 170, 456, 457:
		return http.StatusBadRequest
	case 16, 36, 46, 60, 61, codeUnknownFormat, 80, 81, codeNoSession:
		return http.StatusNotFound
	case 159:
		return http.StatusRequestTimeout
	case codeQueryTooLarge:
		return http.StatusRequestEntityTooLarge
	case codeNotImplemented, codeDisabled:
		return http.StatusNotImplemented
	case codeBusy:
		return http.StatusServiceUnavailable
	case codeSessionLocked:
		return http.StatusLocked
	}
	return http.StatusInternalServerError
}

// markerPattern finds the mark this package puts into statements, which error
// texts quote.
var markerPattern = regexp.MustCompile(`\s?/\*rq:[0-9a-f-]{36}\*/`)
