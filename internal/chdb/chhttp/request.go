package chhttp

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/watchllm/watchllm/internal/chdb"
)

// request is what a client said beside the statement.
type request struct {
	id         string // query_id, the client's or ours
	query      string // the query parameter
	database   string
	format     string
	settings   map[string]string
	params     []chdb.Param
	session    sessionRequest
	readOnly   bool // GET and HEAD
	protocol   int  // client_protocol_version, 0 when not given
	decompress bool
	response   responseOptions
}

type sessionRequest struct {
	id        string
	timeout   time.Duration
	mustExist bool
	end       bool
}

// notSettings are the URL parameters that a ClickHouse server does not take for
// settings of the statement.
var notSettings = map[string]bool{
	"query": true, "database": true, "default_format": true, "user": true, "password": true, "quota_key": true,
	"query_id": true, "session_id": true, "session_timeout": true, "session_check": true, "close_session": true,
	"compress": true, "decompress": true, "stacktrace": true, "buffer_size": true, "wait_end_of_query": true,
	"client_protocol_version": true, "enable_http_compression": true, "http_zlib_compression_level": true,
	"send_progress_in_http_headers": true, "add_http_cors_header": true, "http_wait_end_of_query": true,
	"network_compression_method": true, "network_zstd_compression_level": true,
	"http_headers_progress_interval_ms": true, "http_write_exception_in_output_format": true,
	"http_response_buffer_size": true, "cancel_http_readonly_queries_on_client_close": true,
}

func readRequest(r *http.Request, values url.Values, o Options) (*request, error) {
	if values.Get("role") != "" {
		return nil, exception(codeNotImplemented, "Roles do not exist in the embedded engine; leave out the parameter role")
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return nil, exception(codeNotImplemented, "External tables are not supported by the embedded engine; use a subquery or a table")
	}
	q := &request{
		id:         firstOf(values.Get("query_id"), newID()),
		query:      values.Get("query"),
		database:   firstOf(values.Get("database"), r.Header.Get("X-ClickHouse-Database"), o.Database),
		format:     firstOf(r.Header.Get("X-ClickHouse-Format"), values.Get("default_format"), "TabSeparated"),
		settings:   map[string]string{},
		readOnly:   r.Method == http.MethodGet || r.Method == http.MethodHead,
		decompress: flag(values, "decompress"),
		response:   readResponseOptions(r, values),
	}
	if !isWord(q.format) {
		return nil, exception(codeUnknownFormat, "Unknown format %.40q", q.format)
	}
	q.protocol, _ = strconv.Atoi(values.Get("client_protocol_version"))
	for name, value := range values {
		if param, ok := strings.CutPrefix(name, "param_"); ok {
			q.params = append(q.params, chdb.Param{Name: param, Value: value[0]})
		} else if !notSettings[name] {
			q.settings[name] = value[0]
		}
	}
	slices.SortFunc(q.params, func(a, b chdb.Param) int { return strings.Compare(a.Name, b.Name) })
	clamp(q.settings, o.Limits.caps())
	var err error
	q.session, err = readSession(values)
	return q, err
}

func readSession(values url.Values) (sessionRequest, error) {
	s := sessionRequest{
		id:        values.Get("session_id"),
		timeout:   time.Minute,
		mustExist: flag(values, "session_check"),
		end:       flag(values, "close_session"),
	}
	if text := values.Get("session_timeout"); text != "" {
		seconds, err := strconv.Atoi(text)
		if err != nil || seconds <= 0 || time.Duration(seconds)*time.Second > maxSessionTimeout {
			return s, exception(codeBadInput, "session_timeout must be 1 to %d seconds, not %q", int(maxSessionTimeout.Seconds()), text)
		}
		s.timeout = time.Duration(seconds) * time.Second
	}
	return s, nil
}

// isWord keeps anything but a name out of what the engine puts behind FORMAT.
func isWord(s string) bool {
	for i := range len(s) {
		if !isWordByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func flag(values url.Values, name string) bool {
	switch strings.ToLower(values.Get(name)) {
	case "1", "true":
		return true
	}
	return false
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// newID is a random UUID, version 4.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
