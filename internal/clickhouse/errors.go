package clickhouse

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	clickhouse "github.com/ClickHouse/clickhouse-go/v2"
)

// Class says what to do with data whose insert failed.
type Class uint8

const (
	// ClassRetry is everything that time or an operator can heal, and everything unknown.
	ClassRetry Class = iota
	// ClassThrottle is a server that asks for less; the same data, but later.
	ClassThrottle
	// ClassPermanent is data this server will never take.
	ClassPermanent
)

func (c Class) String() string {
	return [...]string{"retry", "throttle", "permanent"}[c]
}

// Codes of ClickHouse that are handled by name.
const (
	codeTableExists     = 57
	codeUnknownTable    = 60
	codeUnknownDatabase = 81
	codeTooManyParts    = 252
)

// throttled holds the codes of a server that is overloaded, with the time it is left alone.
var throttled = map[int32]time.Duration{
	202:              5 * time.Second,  // TOO_MANY_SIMULTANEOUS_QUERIES
	241:              10 * time.Second, // MEMORY_LIMIT_EXCEEDED
	242:              10 * time.Second, // TABLE_IS_READ_ONLY: a replica without its Keeper
	243:              30 * time.Second, // NOT_ENOUGH_SPACE
	codeTooManyParts: 10 * time.Second, // TOO_MANY_PARTS
	285:              10 * time.Second, // TOO_FEW_LIVE_REPLICAS
	290:              10 * time.Second, // LIMIT_EXCEEDED
	439:              5 * time.Second,  // CANNOT_SCHEDULE_TASK
	201:              30 * time.Second, // QUOTA_EXCEEDED
}

// permanent holds the codes that depend on the data alone. Unknown tables, columns and databases, wrong
// passwords and missing grants are not among them: an operator heals those, and the data is still good.
// Nor is CANNOT_READ_ALL_DATA (a body cut short on the way), or TYPE_MISMATCH (a table that was altered).
var permanent = map[int32]string{
	6:   "CANNOT_PARSE_TEXT",
	27:  "CANNOT_PARSE_INPUT_ASSERTION_FAILED",
	38:  "CANNOT_PARSE_DATE",
	41:  "CANNOT_PARSE_DATETIME",
	69:  "ARGUMENT_OUT_OF_BOUND",
	70:  "CANNOT_CONVERT_TYPE",
	72:  "CANNOT_PARSE_NUMBER",
	117: "INCORRECT_DATA",
	131: "TOO_LARGE_STRING_SIZE",
	128: "TOO_LARGE_ARRAY_SIZE",
	321: "VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE",
	349: "CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN",
	407: "DECIMAL_OVERFLOW",
	469: "VIOLATED_CONSTRAINT",
	691: "UNKNOWN_ELEMENT_OF_ENUM",
}

// Code returns the server's exception code, 0 when the server did not answer with one.
func Code(err error) int32 {
	if ex, ok := errors.AsType[*clickhouse.Exception](err); ok {
		return ex.Code
	}
	return 0
}

// Reason returns a short label for an error, one of a bounded set: ClickHouse's name of it when it is
// one of the permanent ones, its code otherwise, or what happened on the way. The name is not taken
// from the message, which may quote what a sender wrote.
func Reason(err error) string {
	if ex, ok := errors.AsType[*clickhouse.Exception](err); ok {
		if name, ok := permanent[ex.Code]; ok {
			return name
		}
		return "code_" + strconv.Itoa(int(ex.Code))
	}
	if h, ok := errors.AsType[*clickhouse.HTTPError](err); ok {
		return "http_" + strconv.Itoa(h.StatusCode)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, ErrSchemaNewer), errors.Is(err, ErrSchemaOlder), errors.Is(err, ErrSchemaChanged):
		return "schema"
	}
	return "connection"
}

// Classify says what to do about an error of an insert, and after which delay when it is ClassThrottle.
func Classify(err error) (Class, time.Duration) {
	if code := Code(err); code != 0 {
		if wait, ok := throttled[code]; ok {
			return ClassThrottle, wait
		}
		if _, ok := permanent[code]; ok {
			return ClassPermanent, 0
		}
		return ClassRetry, 0
	}
	// Without a code the answer comes from a proxy, or the server had no time to say more.
	if h, ok := errors.AsType[*clickhouse.HTTPError](err); ok {
		switch h.StatusCode {
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			return ClassThrottle, 5 * time.Second
		case http.StatusRequestEntityTooLarge:
			return ClassPermanent, 0
		}
	}
	return ClassRetry, 0
}

// unread are the codes of statements that are refused before their data is read.
var unread = map[int32]bool{
	16:                  true, // NO_SUCH_COLUMN_IN_TABLE
	47:                  true, // UNKNOWN_IDENTIFIER
	codeUnknownTable:    true,
	62:                  true, // SYNTAX_ERROR
	codeUnknownDatabase: true,
	115:                 true, // UNKNOWN_SETTING
	164:                 true, // READONLY
	192:                 true, // UNKNOWN_USER
	193:                 true, // WRONG_PASSWORD
	194:                 true, // REQUIRED_PASSWORD
	195:                 true, // IP_ADDRESS_NOT_ALLOWED
	201:                 true, // QUOTA_EXCEEDED
	202:                 true, // TOO_MANY_SIMULTANEOUS_QUERIES
	291:                 true, // DATABASE_ACCESS_DENIED
	497:                 true, // ACCESS_DENIED
	516:                 true, // AUTHENTICATION_FAILED
}

// RefusedUnread reports whether the server refused the statement before it took any row.
func RefusedUnread(err error) bool { return unread[Code(err)] }

// SchemaGone reports whether the tables or the database are not there, or not as they should be.
func SchemaGone(err error) bool {
	switch Code(err) {
	case codeUnknownTable, codeUnknownDatabase, 16:
		return true
	}
	return false
}
