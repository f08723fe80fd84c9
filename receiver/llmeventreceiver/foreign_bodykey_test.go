package llmeventreceiver

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"

	"github.com/watchllm/watchllm/internal/inflight"
	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/posthog"
)

const postHogEvent = `{"event":"$ai_generation","uuid":"01a207bf-db7f-70af-8a29-503bcd54dec8","properties":{"$ai_trace_id":"t","$ai_model":"m"%s}}`

func postHogBatch(head, more, tail string) string {
	return `{` + head + `"batch":[` + strings.Replace(postHogEvent, "%s", more, 1) + `]` + tail + `}`
}

// bare posts without the fixture's own key.
func (f *fixture) bare(t *testing.T, path, body string, headers ...string) answer {
	t.Helper()
	return f.post(t, path, body, append([]string{"X-API-Key", ""}, headers...)...)
}

// stored is everything that was handed on, as text.
func (f *fixture) stored() string {
	var b strings.Builder
	for _, td := range f.traces.AllTraces() {
		for _, rs := range td.ResourceSpans().All() {
			for _, ss := range rs.ScopeSpans().All() {
				for _, span := range ss.Spans().All() {
					for k, v := range span.Attributes().All() {
						b.WriteString(k + "=" + v.AsString() + "\n")
					}
				}
			}
		}
	}
	return b.String()
}

// PostHog's clients have their key in the body only, at its beginning or at its end; Sentry's behind a tunnel in the envelope's header.
func TestKeyInTheBody(t *testing.T) {
	span := `{"dsn":"http://good@127.0.0.1:8000/1"}` + "\n" + `{"type":"transaction"}` + "\n" +
		`{"type":"transaction","start_timestamp":1795689711,"timestamp":1795689712,"contexts":{"trace":{"trace_id":"12312012123120121231201212312012","span_id":"1231201212312012"}}}`
	one := strings.Replace(postHogEvent, "%s", `,"token":"good"`, 1)
	for name, c := range map[string][2]string{
		"batch, first":         {"/batch/", postHogBatch(`"api_key":"good",`, ``, ``)},
		"batch, last":          {"/batch/", postHogBatch(``, ``, `,"sent_at":"2026-11-23T09:32:24.014Z","api_key":"good"`)},
		"token":                {"/batch", postHogBatch(`"token":"good",`, ``, ``)},
		"one event":            {"/capture/", strings.Replace(one, `{"event"`, `{"api_key":"good","event"`, 1)},
		"among its properties": {"/i/v0/e/", one},
		"a list":               {"/e/", `[` + one + `]`},
		"an envelope":          {"/api/1/envelope/", span},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, options{edit: withVendors, auth: true})
			a := f.bare(t, c[0], c[1])
			require.Equal(t, 200, a.status, a.text)
			require.Equal(t, 1, f.traces.SpanCount())
			id, ok := tenancy.FromContext(f.traces.Contexts()[0])
			require.True(t, ok)
			assert.Equal(t, "acme", id.Tenant)
			assert.NotContains(t, f.stored(), "good")

			var zipped bytes.Buffer
			w := gzip.NewWriter(&zipped)
			_, err := w.Write([]byte(c[1]))
			require.NoError(t, err)
			require.NoError(t, w.Close())
			a = f.bare(t, c[0], zipped.String(), "Content-Encoding", "gzip")
			require.Equal(t, 200, a.status, a.text)
		})
	}
}

func TestKeyInTheBodyRefused(t *testing.T) {
	f := start(t, options{edit: withVendors, auth: true})
	for name, c := range map[string]struct {
		path, body string
		want       int
	}{
		"none":           {"/batch/", postHogBatch(``, ``, ``), 401},
		"wrong":          {"/batch/", postHogBatch(`"api_key":"phc_theirs",`, ``, ``), 403},
		"no JSON":        {"/batch/", `{"api_key"`, 401},
		"a reader's":     {"/batch/", postHogBatch(`"api_key":"reader",`, ``, ``), 403},
		"not the name":   {"/batch/", postHogBatch(`"meta":{"api_key":"good"},`, ``, ``), 401},
		"another vendor": {"/litellm", `{"api_key":"good"}`, 401},
		"too large":      {"/batch/", postHogBatch(``, ``, `,"pad":"`+strings.Repeat("x", maxUnproven)+`","api_key":"good"`), 413},
	} {
		t.Run(name, func(t *testing.T) {
			a := f.bare(t, c.path, c.body)
			assert.Equal(t, c.want, a.status, a.text)
			assert.NotContains(t, a.text, "phc_theirs")
		})
	}
	assert.Zero(t, f.traces.SpanCount())

	// Who has a key in a header may send as much as anyone.
	a := f.post(t, "/batch/", postHogBatch(``, ``, `,"pad":"`+strings.Repeat("x", maxUnproven)+`"`))
	assert.Equal(t, 200, a.status, a.text)
}

// ours knows two keys of the shape that ours have, besides those of the fixture.
type ours struct{ authenticator }

func (o ours) Authenticate(ctx context.Context, headers map[string][]string) (context.Context, error) {
	h := http.Header(headers).Clone()
	h.Set("X-API-Key", strings.TrimPrefix(h.Get("X-API-Key"), "wllm_"))
	return o.authenticator.Authenticate(ctx, h)
}

// Two keys must be the same sender's. What is no key of ours names nobody.
func TestTwoKeys(t *testing.T) {
	f := start(t, options{edit: withVendors, auth: true, extensions: extHost{component.MustNewID("test_auth"): ours{}}})
	for key, want := range map[string]int{"wllm_good": 200, "good": 200, "phc_theirs": 200, "wllm_other": 403, "wllm_nobody": 403} {
		a := f.post(t, "/batch/", postHogBatch(`"api_key":"`+key+`",`, ``, ``), "X-API-Key", "good")
		assert.Equal(t, want, a.status, "%s: %s", key, a.text)
	}
}

// endless is a body of somebody unknown that does not end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// What nobody vouches for is read up to a size, and all of it together up to another; afterwards everything is given back.
func TestUnprovenBodiesAreBounded(t *testing.T) {
	door := &foreignVendors{
		unproven: inflight.NewRoom(unprovenRoom),
		r:        &eventReceiver{cfg: createDefaultConfig().(*Config), gate: gate{authenticator: authenticator{}}},
	}
	enter := func(body io.Reader) (leave func(), p *problem) {
		_, leave, p = door.enter(&posthog.Decoder, httptest.NewRequest(http.MethodPost, "/batch/", body))
		return leave, p
	}
	leave, p := enter(endless{})
	require.NotNil(t, p)
	assert.Equal(t, 413, p.Status)
	leave()
	assert.Zero(t, door.unproven.Taken())

	large := strings.Repeat(" ", maxUnproven/2) + postHogBatch(`"api_key":"good",`, ``, ``)
	var leaves []func()
	for p == nil || p.Status != 503 {
		leave, p = enter(strings.NewReader(large))
		leaves = append(leaves, leave)
		require.LessOrEqual(t, len(leaves), unprovenRoom/len(large), "no end")
	}
	assert.Greater(t, len(leaves), 3)
	assert.LessOrEqual(t, door.unproven.Taken(), int64(unprovenRoom/2))
	for _, leave := range leaves {
		leave()
	}
	assert.Zero(t, door.unproven.Taken())

	leave, p = enter(io.MultiReader(strings.NewReader("{"), brokenReader{}))
	require.NotNil(t, p)
	assert.Equal(t, 400, p.Status)
	leave()
	assert.Zero(t, door.unproven.Taken())
}

// Who fills the room for bodies of unknown senders from one address keeps nobody elsewhere from sending.
func TestUnprovenBodiesOfOneAddressLeaveRoom(t *testing.T) {
	door := &foreignVendors{
		unproven: inflight.NewRoom(unprovenRoom),
		r:        &eventReceiver{cfg: createDefaultConfig().(*Config), gate: gate{authenticator: authenticator{}}},
	}
	enter := func(from string) (leave func(), p *problem) {
		req := httptest.NewRequest(http.MethodPost, "/batch/", strings.NewReader(postHogBatch(`"api_key":"good",`, ``, ``)))
		req.RemoteAddr = from
		_, leave, p = door.enter(&posthog.Decoder, req)
		return leave, p
	}
	leaves := 0
	for {
		leave, p := enter(fmt.Sprintf("[2001:db8::%x]:%d", leaves, 1024+leaves))
		defer leave()
		if p != nil {
			require.Equal(t, 503, p.Status)
			break
		}
		leaves++
		require.LessOrEqual(t, leaves, unprovenRoom/(16<<10), "no end")
	}
	for _, elsewhere := range []string{"192.0.2.1:4000", "[::ffff:192.0.2.2]:4000", "[2001:db8:0:1::1]:4000"} {
		leave, p := enter(elsewhere)
		defer leave()
		assert.Nil(t, p, elsewhere)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// What looks for a key gets what anyone sends: it finds nothing that is not there.
func FuzzBodyKey(f *testing.F) {
	f.Add([]byte(postHogBatch(`"api_key":"good",`, ``, ``)))
	f.Add([]byte(`[{"properties":{"token":"good"}}]`))
	f.Add([]byte(`{"dsn":"http://good@127.0.0.1:8000/1"}` + "\n{}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		for i := range vendors {
			if d := &vendors[i]; d.BodyKey != nil {
				if key := d.BodyKey(body); len(key) > 3*len(body) { // an invalid byte becomes a character of three
					t.Fatalf("%s: a key of %d bytes in a body of %d", d.Name, len(key), len(body))
				}
			}
		}
	})
}
