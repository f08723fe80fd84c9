package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// spansPerRequest is what SDKs send in one request under load.
const spansPerRequest = 100

// template is a request whose ids are replaced before it is sent, so that no span comes twice.
type template struct {
	body []byte
	// traces, spans, answers are where ids stand, by the number of the id.
	traces, spans, answers [][]int
	// counts are where numbers of tokens stand, each two bytes long.
	counts []int
	// times are where starts and ends stand, each with what it is later than the first start.
	times []moment
}

type moment struct{ at, later int }

// mark is what the ids of a template hold: it occurs nowhere else.
func mark(kind byte, n int, id []byte) {
	for i := range id {
		id[i] = 0xF0 | kind
	}
	binary.BigEndian.PutUint16(id[2:], uint16(n))
}

// spansPerTrace is a short conversation: one call of an agent and the calls it makes.
const spansPerTrace = 5

func newTemplate(seed uint64) (*template, int, error) {
	random := rand.New(rand.NewPCG(seed, 1))
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	for k, v := range map[string]string{
		"service.name": "assistant", "service.version": "1.4.2", "deployment.environment.name": "production",
		"telemetry.sdk.language": "python", "telemetry.sdk.name": "opentelemetry", "telemetry.sdk.version": "1.38.0", "host.name": "web-7f9c",
	} {
		rs.Resource().Attributes().PutStr(k, v)
	}
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName("opentelemetry.instrumentation.openai_v2")
	ss.Scope().SetVersion("2.3b0")
	now := time.Now()
	var times []pcommon.Timestamp
	for i := range spansPerRequest {
		var trace pcommon.TraceID
		var span, parent pcommon.SpanID
		mark(1, i/spansPerTrace, trace[:])
		mark(2, i, span[:])
		mark(2, i-i%spansPerTrace, parent[:])
		s := ss.Spans().AppendEmpty()
		s.SetTraceID(trace)
		s.SetSpanID(span)
		if i%spansPerTrace > 0 {
			s.SetParentSpanID(parent)
		}
		s.SetName("chat gpt-5.2")
		s.SetKind(ptrace.SpanKindClient)
		s.SetStartTimestamp(pcommon.NewTimestampFromTime(now.Add(time.Duration(i) * time.Millisecond)))
		s.SetEndTimestamp(s.StartTimestamp() + pcommon.Timestamp(800_000_000+random.IntN(1_000_000_000)))
		times = append(times, s.StartTimestamp(), s.EndTimestamp())
		a := s.Attributes()
		for k, v := range map[string]string{
			"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5.2", "gen_ai.response.model": "gpt-5.2-2025-12-11",
			"gen_ai.response.id": "chatcmpl-" + answer(i), "gen_ai.conversation.id": fmt.Sprintf("conv-%016x", random.Uint64()),
			"server.address": "api.openai.com", "openai.api.type": "chat_completions", "user.id": fmt.Sprintf("user-%d", random.IntN(5000)),
		} {
			a.PutStr(k, v)
		}
		a.PutInt("gen_ai.usage.input_tokens", int64(400+random.IntN(600)))
		a.PutInt("gen_ai.usage.output_tokens", int64(128+random.IntN(300)))
		a.PutInt("gen_ai.usage.cache_read.input_tokens", int64(random.IntN(300)))
		a.PutInt("gen_ai.request.max_tokens", 1024)
		a.PutInt("server.port", 443)
		a.PutDouble("gen_ai.request.temperature", 0.7)
		a.PutEmptySlice("gen_ai.response.finish_reasons").AppendEmpty().SetStr("stop")
		a.PutStr("gen_ai.input.messages", message("user", random, 2200))
		a.PutStr("gen_ai.output.messages", message("assistant", random, 800))
	}
	body, err := ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
	if err != nil {
		return nil, 0, err
	}
	t := &template{body: body}
	var trace pcommon.TraceID
	for i := range spansPerRequest / spansPerTrace {
		mark(1, i, trace[:])
		t.traces = append(t.traces, positions(body, trace[:]))
	}
	var span pcommon.SpanID
	for i := range spansPerRequest {
		mark(2, i, span[:])
		t.spans = append(t.spans, positions(body, span[:]))
	}
	for i := range spansPerRequest {
		t.answers = append(t.answers, positions(body, []byte(answer(i))))
	}
	// Behind the key, a value of three bytes: the field of whole numbers and the number.
	for _, key := range []string{"gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"} {
		for _, p := range positions(body, []byte(key+"\x12\x03\x18")) {
			t.counts = append(t.counts, p+len(key)+3)
		}
	}
	for _, at := range times {
		for _, p := range positions(body, binary.LittleEndian.AppendUint64(nil, uint64(at))) {
			t.times = append(t.times, moment{p, int(at - times[0])})
		}
	}
	return t, len(body), nil
}

// answer is the part of a response's id that a template holds.
func answer(i int) string { return fmt.Sprintf("answer-%09d", i) }

func positions(body, id []byte) []int {
	var out []int
	for at := 0; ; {
		i := bytes.Index(body[at:], id)
		if i < 0 {
			return out
		}
		out = append(out, at+i)
		at += i + len(id)
	}
}

// message is text that compresses about as prose does: words of a language, the frequent ones short.
func message(role string, random *rand.Rand, size int) string {
	var b strings.Builder
	b.WriteString(`[{"role":"` + role + `","parts":[{"type":"text","content":"`)
	for b.Len() < size {
		n := int(random.ExpFloat64() * 300)
		word := rand.New(rand.NewPCG(uint64(n), 7))
		for range 2 + min(8, word.IntN(3+n/150)) {
			b.WriteByte("etaoinshrdlucmfwypvbgkjqxz"[min(25, int(word.ExpFloat64()*6))])
		}
		b.WriteByte(' ')
	}
	b.WriteString(`"}]}]`)
	return b.String()
}

// fill puts fresh ids into a copy of the request.
func (t *template) fill(dst []byte, number *atomic.Uint64) []byte {
	dst = append(dst[:0], t.body...)
	put := func(places [][]int, size int) {
		for _, at := range places {
			// Spread over all bits: ids are random.
			id := number.Add(1) * 0x9E3779B97F4A7C15
			for _, p := range at {
				binary.BigEndian.PutUint64(dst[p:], id)
				if size == 16 {
					binary.BigEndian.PutUint64(dst[p+8:], id^0xA5A5A5A5A5A5A5A5)
				}
			}
		}
	}
	put(t.traces, 16)
	put(t.spans, 8)
	var text [16]byte
	for _, at := range t.answers {
		id := binary.BigEndian.AppendUint64(nil, number.Add(1)*0x9E3779B97F4A7C15)
		hex.Encode(text[:], id)
		for _, p := range at {
			copy(dst[p:], text[:])
		}
	}
	// Two calls rarely have the same counts, which would have to be told apart from one that is reported twice.
	for _, p := range t.counts {
		binary.PutUvarint(dst[p:], uint64(128+rand.IntN(4000)))
	}
	// Calls that have just ended.
	begin := time.Now().Add(-2 * time.Second).UnixNano()
	for _, m := range t.times {
		binary.LittleEndian.PutUint64(dst[m.at:], uint64(begin+int64(m.later)))
	}
	return dst
}

// load sends as hard as it can until ctx is done.
type load struct {
	url, key          string
	templates         []*template
	number            atomic.Uint64
	accepted, refused atomic.Int64
}

const senders = 8

func (l *load) run(ctx context.Context) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}}
	defer client.CloseIdleConnections()
	var work sync.WaitGroup
	for i := range senders {
		work.Go(func() {
			var body []byte
			for n := i; ctx.Err() == nil; n++ {
				body = l.templates[n%len(l.templates)].fill(body, &l.number)
				l.send(ctx, client, body)
			}
		})
	}
	work.Wait()
}

// send repeats a request until it is accepted, as a client does.
func (l *load) send(ctx context.Context, client *http.Client, body []byte) {
	for {
		req, err := http.NewRequest(http.MethodPost, l.url, bytes.NewReader(body))
		if err != nil {
			panic(err) // the address is fixed
		}
		req.Header.Set("Content-Type", "application/x-protobuf")
		if l.key != "" {
			req.Header.Set("Authorization", "Bearer "+l.key)
		}
		res, err := client.Do(req)
		if err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				l.accepted.Add(spansPerRequest)
				return
			}
		}
		l.refused.Add(spansPerRequest)
		select {
		case <-ctx.Done():
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
}
