package chhttp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/watchllm/watchllm/internal/chdb"
)

// headSize is how much of a body is looked at to find out whether it is an
// INSERT with data, which is streamed, or a text, which is read whole.
const headSize = 256 << 10

// exchange is one statement on its way through the server.
type exchange struct {
	*Server
	req  *request
	w    http.ResponseWriter
	body *bufio.Reader
	out  *response
	mark string
}

// statement runs what a request asks for and answers it. The error is for the
// log: the client was told.
func (s *Server) statement(w http.ResponseWriter, r *http.Request, values url.Values) error {
	q, err := readRequest(r, values, s.options)
	if err != nil {
		return s.fail(w, nil, err)
	}
	w.Header().Set("X-ClickHouse-Query-Id", q.id)
	body, err := openBody(w, r, q.decompress, s.options.Idle)
	if err != nil {
		return s.fail(w, nil, err)
	}
	defer body.Close()
	x := &exchange{Server: s, req: q, w: w, body: bufio.NewReaderSize(body, headSize), mark: "\n/*rq:" + newID() + "*/"}
	text, st, err := x.read()
	if err == nil {
		err = x.refuse(st)
	}
	if err != nil {
		return s.fail(w, nil, err)
	}
	session, release, err := s.session(r.Context(), q.session)
	if err != nil {
		return s.fail(w, nil, err)
	}
	defer release()
	return x.run(r.Context(), session, text, st)
}

func (x *exchange) run(ctx context.Context, session *session, text string, st statement) error {
	session.spent = session.spent || x.req.session.id == "" && st.changesSession()
	if err := session.prepare(x.req.database, x.req.settings); err != nil {
		return x.fail(x.w, nil, err)
	}
	x.out = newResponse(x.w, x.req.response, x.options.Idle, x.options.Spool)
	defer x.out.discard()

	// A client that goes away ends its statement.
	done := make(chan struct{})
	defer close(done)
	defer context.AfterFunc(ctx, func() { x.pool.cancel(x.mark, done) })()

	var err error
	switch {
	case st.insert:
		err = x.insert(session, text, st)
	case st.isHello(text) && x.req.protocol > 0:
		err = x.hello()
	default:
		err = x.query(session, text, st)
	}
	if err != nil {
		return x.fail(x.w, x.out, err)
	}
	return x.out.end()
}

// read puts the statement together: the query parameter followed by the body,
// of which it takes the data of an INSERT no further than it has to.
func (x *exchange) read() (text string, st statement, err error) {
	if x.req.query != "" {
		text = x.req.query + "\n"
		if st = parse(text); st.insert {
			return text, st, x.tooLong(st.data)
		}
	}
	if x.req.readOnly {
		return text, st, x.tooLong(len(text))
	}
	head, err := x.body.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return "", st, badBody(err)
	}
	if st = parse(text + string(head)); st.insert {
		// What is left in the body is the data.
		if _, err := x.body.Discard(max(0, st.data-len(text))); err != nil {
			return "", st, badBody(err)
		}
		return text + string(head[:max(0, st.data-len(text))]), st, x.tooLong(st.data)
	}
	rest, err := io.ReadAll(io.LimitReader(x.body, x.options.MaxStatement+1))
	if err != nil {
		return "", st, badBody(err)
	}
	text += string(rest)
	if len(rest) > headSize {
		st = parse(text)
	}
	return text, st, x.tooLong(len(text))
}

func (x *exchange) tooLong(n int) error {
	if int64(n) > x.options.MaxStatement {
		return exception(codeQueryTooLarge, "The statement is longer than %d bytes; send rows as the data of an INSERT", x.options.MaxStatement)
	}
	return nil
}

func badBody(err error) error {
	return exception(codeBadInput, "Cannot read the request body: %s", err)
}

// refuse stops what must not reach the engine, as far as the text tells.
func (x *exchange) refuse(st statement) error {
	switch {
	case st.verb == "":
		return exception(codeSyntax, "Empty query")
	case st.several:
		return errSeveral
	case st.file:
		return errFile
	case st.readsFile:
		return errReadsFile
	case st.insert && x.req.readOnly:
		return errReadOnly
	case !knownVerbs[st.verb]:
		return exception(codeSyntax, "Syntax error: %.40q does not begin a statement", st.verb)
	}
	return nil
}

var (
	errSeveral   = exception(codeSyntax, "Syntax error (Multi-statements are not allowed)")
	errFile      = exception(codeDisabled, "INTO OUTFILE and FROM INFILE are not available here; the result is the response, the data is the request's body")
	errReadsFile = exception(codeNotAllowed, "The function file is not available here")
	errReadOnly  = exception(codeReadOnly, "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. You should use method POST for modifying queries")
)

// query runs anything but an INSERT with data.
func (x *exchange) query(session *session, text string, st statement) error {
	class, parsed := session.Classify(text)
	switch {
	case parsed && class.Statements > 1:
		return errSeveral
	case parsed && class.Control && readingVerbs[st.verb]:
		// The engine's parser sees a side effect in a query: INTO OUTFILE.
		return errFile
	case x.req.readOnly && !(parsed && class.ReadOnly):
		return errReadOnly
	}
	format := firstOf(st.outFormat, x.req.format)
	x.w.Header().Set("X-ClickHouse-Format", format)
	x.w.Header().Set("Content-Type", contentType(format))
	text = text[:st.end] + x.mark
	if !st.streams() {
		return session.Exec(text, x.req.format, x.req.params, func(b []byte, stats chdb.Stats) error {
			x.summary(stats)
			_, err := x.out.Write(b)
			return err
		})
	}
	return session.Stream(text, x.req.format, x.req.params, func(b []byte, stats chdb.Stats) error {
		x.summary(stats)
		_, err := x.out.Write(b)
		return err
	})
}

// summary sets the header of the statement's counters, which a client sees when
// the status goes out later than this.
func (x *exchange) summary(c chdb.Stats) {
	if !x.out.started {
		x.w.Header().Set("X-ClickHouse-Summary", fmt.Sprintf(
			`{"read_rows":"%d","read_bytes":"%d","written_rows":"%d","written_bytes":"%d"}`,
			c.RowsRead, c.BytesRead, c.RowsWritten, c.BytesWritten))
	}
}
