package llmeventreceiver

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	postHead = "POST /api/v1/events HTTP/1.1\r\nHost: x\r\nX-API-Key: good\r\nContent-Type: application/json\r\n"
	lastHead = "Connection: close\r\n"
)

// Clients that send slowly are told so, or hung up on, and keep nobody waiting.
func TestSlowClients(t *testing.T) {
	f := start(t, options{auth: true, edit: func(c *Config) {
		allVendors(c)
		c.ServerConfig.ReadTimeout, c.ServerConfig.ReadHeaderTimeout = 300*time.Millisecond, 200*time.Millisecond
	}})
	type slow struct {
		name, text string
		status     int
		conn       net.Conn
	}
	var all []*slow
	for _, s := range []slow{
		{name: "half a header", text: postHead[:40], status: 408},
		{name: "no body", text: postHead + "Content-Length: 100\r\n\r\n", status: 408},
		{name: "half a body", text: postHead + "Content-Length: 1000\r\n\r\n" + nativeEvent, status: 408},
		{name: "half a chunk", text: postHead + "Transfer-Encoding: chunked\r\n\r\nff\r\n{", status: 408},
		{name: "half a gzip", text: postHead + "Content-Encoding: gzip\r\nContent-Length: 1000\r\n\r\n\x1f\x8b", status: 408},
		{name: "half a zstd", text: postHead + "Content-Encoding: zstd\r\nContent-Length: 1000\r\n\r\n\x28", status: 408},
		{name: "vendor's", text: strings.Replace(postHead, "/api/v1/events", "/api/public/ingestion", 1) + "Content-Length: 1000\r\n\r\n{", status: 408},
		{name: "multipart", text: strings.Replace(postHead, "/api/v1/events", "/runs/multipart", 1) + "Content-Length: 1000\r\n\r\n--x", status: 408},
	} {
		for i := range 20 {
			one := s
			one.name = fmt.Sprint(s.name, " ", i)
			one.conn = f.dial(t)
			_, err := io.WriteString(one.conn, s.text)
			require.NoError(t, err)
			all = append(all, &one)
		}
	}
	f.serves(t)
	for _, s := range all {
		answers := readAnswers(t, s.conn) // until the server hangs up
		if strings.HasPrefix(s.name, "half a header") {
			require.LessOrEqual(t, len(answers), 1, "the library says 400 or nothing")
			continue
		}
		require.Len(t, answers, 1, s.name)
		require.Equal(t, s.status, answers[0].status, s.name)
		require.Equal(t, "timeout", answers[0].json(t)["code"])
		require.NotContains(t, answers[0].text, "127.0.0.1", "addresses are nobody's business")
	}
	f.serves(t)
	require.Eventually(t, func() bool { return inFlight(f) == 0 }, patience, polling)
}

// What is odd on the wire and still HTTP.
func TestWire(t *testing.T) {
	f := start(t, options{auth: true})
	chunked := postHead + "Transfer-Encoding: chunked\r\n"
	length := fmt.Sprintf("Content-Length: %d\r\n", len(nativeEvent))
	chunks := ""
	for _, c := range []byte(nativeEvent) { // one byte each
		chunks += fmt.Sprintf("1\r\n%c\r\n", c)
	}
	for name, c := range map[string]struct {
		text string
		want []int
	}{
		"chunked, byte by byte":     {chunked + lastHead + "\r\n" + chunks + "0\r\n\r\n", []int{202}},
		"chunks without an end":     {chunked + lastHead + "\r\n" + chunks + "zz\r\n", []int{400}},
		"chunk of 2^63":             {chunked + lastHead + "\r\nffffffffffffffff\r\n{", []int{400}},
		"two lengths":               {postHead + length + "Content-Length: 3\r\n\r\n" + nativeEvent, []int{400}},
		"negative length":           {postHead + "Content-Length: -1\r\n\r\n" + nativeEvent, []int{400}},
		"length and chunks":         {chunked + length + lastHead + "\r\n" + chunks + "0\r\n\r\n", []int{202}},
		"shorter than it says":      {postHead + length + lastHead + "\r\n" + nativeEvent[:9], nil},
		"longer than allowed":       {postHead + "Content-Length: 99999999999\r\n" + lastHead + "\r\n", []int{413}},
		"two requests in one":       {postHead + length + "\r\n" + nativeEvent + postHead + length + lastHead + "\r\n" + nativeEvent, []int{202, 202}},
		"pipelined, first is wrong": {postHead + "Content-Length: 1\r\n\r\n[" + postHead + length + lastHead + "\r\n" + nativeEvent, []int{400, 202}},
		"pipelined, first has none": {strings.Replace(postHead, "good", "", 1) + length + "\r\n" + nativeEvent + postHead + length + lastHead + "\r\n" + nativeEvent, []int{401, 202}},
		"flood of headers":          {postHead + strings.Repeat("X-A: "+strings.Repeat("a", 1000)+"\r\n", 100) + "\r\n", []int{431}},
		"header with a NUL":         {postHead + "X-A: \x00\r\n\r\n", []int{400}},
		"two hosts":                 {postHead + "Host: y\r\n\r\n", []int{400}},
		"not HTTP":                  {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", []int{400}},
		"wrong method":              {strings.Replace(postHead, "POST", "TRACE", 1) + lastHead + "\r\n", []int{405}},
		"path out of the tree":      {strings.Replace(postHead, "/api/v1/events", "/api/v1/../../livez", 1) + lastHead + "\r\n", []int{307}},
	} {
		t.Run(name, func(t *testing.T) {
			conn := f.dial(t)
			go func() {
				io.WriteString(conn, c.text) // the server may hang up in the middle
				conn.(*net.TCPConn).CloseWrite()
			}()
			var got []int
			for _, a := range readAnswers(t, conn) {
				got = append(got, a.status)
			}
			if c.want != nil {
				assert.Equal(t, c.want, got)
			}
			f.serves(t)
		})
	}
	require.Eventually(t, func() bool { return inFlight(f) == 0 }, patience, polling)
	require.Len(t, f.spans(), 1, "the same event each time, and nothing else")
}

// Half a multipart body, and others that are not what they should be. What is whole in a body that is well-formed is taken.
func TestMultiparts(t *testing.T) {
	f := start(t, options{auth: true, edit: allVendors})
	const id = "00000000-0000-4000-8000-000000000001"
	run := `{"id":"` + id + `","trace_id":"` + id + `","run_type":"llm","name":"x","start_time":"2026-11-23T09:00:00Z","end_time":"2026-11-23T09:00:01Z"}`
	part := func(name, content string, headers ...string) string {
		return "--x\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\nContent-Type: application/json\r\n" + strings.Join(headers, "") + "\r\n" + content + "\r\n"
	}
	whole := part("post."+id, run)
	for name, c := range map[string]struct {
		body, contentType string
		status, spans     int
	}{
		"whole":               {body: whole + "--x--\r\n", status: 202, spans: 1},
		"half":                {body: whole[:len(whole)/2], status: 400},
		"without an end":      {body: whole, status: 400},
		"no boundary":         {body: whole + "--x--\r\n", contentType: "multipart/form-data", status: 400},
		"another boundary":    {body: whole + "--x--\r\n", contentType: "multipart/form-data; boundary=y", status: 400},
		"huge boundary":       {body: whole + "--x--\r\n", contentType: "multipart/form-data; boundary=" + strings.Repeat("y", 30_000), status: 400},
		"parts twice":         {body: whole + whole + part("post."+id+".outputs", `{"a":1}`) + part("post."+id+".outputs", `{"a":2}`) + "--x--\r\n", status: 202, spans: 1},
		"one part is no JSON": {body: part("post."+id+"2", `{`) + whole + "--x--\r\n", status: 202, spans: 1},
		"one part is deep":    {body: part("post."+id+"2", strings.Repeat("[", 1000)+strings.Repeat("]", 1000)) + whole + "--x--\r\n", status: 202, spans: 1},
		"one part is no gzip": {body: part("post."+id+"2", `{}`, "Content-Encoding: gzip\r\n") + whole + "--x--\r\n", status: 202, spans: 1},
		"unknown encoding":    {body: part("post."+id+"2", `{}`, "Content-Encoding: br\r\n") + whole + "--x--\r\n", status: 202, spans: 1},
		"names of nothing":    {body: part("", `{}`) + part("post", `{}`) + part("post.", `{}`) + part("\xff", `{}`) + part("..", `{}`) + whole + "--x--\r\n", status: 202, spans: 1},
		"huge part headers":   {body: part("post."+id, run, "X-A: "+strings.Repeat("a", 12<<20)+"\r\n") + "--x--\r\n", status: 400},
		"many part headers":   {body: part("post."+id, run, strings.Repeat("X-A: a\r\n", 20_000)) + "--x--\r\n", status: 400},
		"25,000 parts":        {body: strings.Repeat(part("a", "{}"), 25_000) + "--x--\r\n", status: 413},
		"attachment":          {body: part("attachment."+id+".f", strings.Repeat("\xff", 1<<20)) + whole + "--x--\r\n", status: 202, spans: 1},
	} {
		t.Run(name, func(t *testing.T) {
			f.traces.Reset()
			c.body = strings.ReplaceAll(c.body, id, uuidOf(name)) // a span that has gone does not come again
			if c.contentType == "" {
				c.contentType = "multipart/form-data; boundary=x"
			}
			a := f.post(t, "/runs/multipart", c.body, "Content-Type", c.contentType)
			require.Equal(t, c.status, a.status, a.text)
			if c.status >= 400 {
				assert.NotEmpty(t, a.json(t)["detail"])
				assert.Less(t, len(a.text), 1000)
			}
			assert.Equal(t, c.spans, f.traces.SpanCount())
		})
	}
}

func uuidOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return fmt.Sprintf("%x-%x-4%x-8%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])[:36]
}
