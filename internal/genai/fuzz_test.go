package genai

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/testkit"
)

// fuzzKeys are the names worth combining: every name of every dialect, and the claims.
var fuzzKeys = func() []string {
	keys := []string{"watchllm.cost.amount", "watchllm.usage.role", "gen_ai.usage.cost.amount", "gen_ai.usage.cost.currency", "http.route", ""}
	for _, d := range dialects {
		for key := range d.slots {
			keys = append(keys, key)
		}
	}
	for _, list := range flatLists {
		keys = append(keys, list.prefix+"0.role", list.prefix+"0.content", list.prefix+"1.message.content", list.prefix+"1.message.tool_calls.0.function.name")
	}
	slices.Sort(keys) // a finding must mean the same keys tomorrow
	return keys
}()

// fuzzScopes has one name of every dialect that has any.
var fuzzScopes = func() []string {
	scopes := []string{""}
	for _, d := range dialects {
		for _, s := range d.scopes {
			scopes = append(scopes, strings.TrimSuffix(s, "*")+"x")
		}
	}
	return scopes
}()

// fuzzJSON is what readers look for inside texts, to be cut off anywhere.
var fuzzJSON = []string{
	`{"input":525,"output":147,"total":1248,"input_cached_tokens":512,"output_reasoning_tokens":64}`,
	`{"input_tokens":1037,"output_tokens":211,"input_token_details":{"cache_read":512},"output_token_details":{"reasoning":64},"total_cost":0.1}`,
	`{"usageMetadata":{"promptTokenCount":1037,"candidatesTokenCount":147,"thoughtsTokenCount":64,"totalTokenCount":1248},"errorCode":"x"}`,
	`{"id":"x","model":"m","usage":{"prompt_tokens":-1,"completion_tokens":1e3,"prompt_tokens_details":{"cached_tokens":"512"}},"stream": true}`,
	`"{\"input_tokens\": 10, \"output_tokens\": 5}"`,
	`{'prompt_tokens': 1037, 'completion_tokens_details': {'reasoning_tokens': None}}`,
	`"2026-11-23T02:13:20.056Z"`,
	`["stop", null, 'tool_calls'`,
	"generation", "llm", "CHAT_MODEL", "OpenAIChatGenerator", "model_inference", "acompletion", "chat", "invoke_agent",
}

// spanFrom builds a span of arbitrary attributes of arbitrary types out of bytes.
func spanFrom(data []byte) (ptrace.Span, Scope) {
	span := ptrace.NewSpan()
	next := func() byte {
		if len(data) == 0 {
			return 0
		}
		b := data[0]
		data = data[1:]
		return b
	}
	number := func() uint64 {
		var buf [8]byte
		data = data[copy(buf[:], data):]
		return binary.LittleEndian.Uint64(buf[:])
	}
	text := func() string {
		n := min(int(next()), len(data))
		s := string(data[:n])
		data = data[n:]
		return s
	}
	scope := NewScope(fuzzScopes[int(next())%len(fuzzScopes)], text())
	span.SetStartTimestamp(pcommon.Timestamp(number()))
	span.SetEndTimestamp(pcommon.Timestamp(number()))
	span.Status().SetCode(ptrace.StatusCode(next() % 3))
	span.SetDroppedAttributesCount(uint32(next()))
	for len(data) > 0 {
		key := fuzzKeys[(int(next())<<8|int(next()))%len(fuzzKeys)]
		v := span.Attributes().PutEmpty(key)
		switch next() % 10 {
		case 0:
			v.SetStr(text())
		case 1:
			v.SetInt(int64(number())) //nolint:gosec // any bits are welcome
		case 2:
			v.SetDouble(math.Float64frombits(number()))
		case 3:
			v.SetBool(next()&1 == 1)
		case 4:
			v.SetEmptySlice().AppendEmpty().SetStr(text())
		case 5:
			v.SetEmptyMap().PutStr(text(), text())
		case 6:
			v.SetEmptyBytes().FromRaw([]byte(text()))
		case 7, 8:
			whole := fuzzJSON[int(next())%len(fuzzJSON)]
			v.SetStr(whole[:len(whole)-min(int(next()), len(whole))])
		}
	}
	for range int(span.DroppedAttributesCount()) % 3 {
		e := span.Events().AppendEmpty()
		e.SetName([]string{"exception", "new_token", "gen_ai.choice"}[span.DroppedAttributesCount()%3])
		e.SetTimestamp(span.EndTimestamp())
		e.Attributes().PutStr("finish_reason", "stop,error")
	}
	return span, scope
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("\x01\x00chat"))
	for _, c := range testkit.Cases(f)[:8] {
		if c.HasTraces() {
			raw, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(c.Traces(f)[0])
			if err == nil {
				f.Add(raw[:min(len(raw), 2048)])
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		span, scope := spanFrom(data)
		var r Reader
		var c Call
		if r.Read(span, &scope, &c) {
			r.Write(span, &c, len(data)%2 == 0)
		}
		WriteVerdict(span.Attributes(), &c)
		checkSane(t, span, &c)

		once := span.Attributes().AsRaw()
		own := c.Dialect != ""
		r.Read(span, &scope, &c)
		checkSane(t, span, &c)
		if own && len(once) == 0 {
			t.Fatal("an LLM span lost everything")
		}
	})
}

// checkSane is what must hold for whatever came in.
func checkSane(t *testing.T, span ptrace.Span, c *Call) {
	t.Helper()
	u := &c.Usage
	for _, n := range []Count{u.Input, u.Output, u.CacheRead, u.CacheWrite, u.CacheWrite5m, u.CacheWrite1h, u.Reasoning, u.Total} {
		if n.N < 0 || n.N > 4*maxCount || !n.Known && n.N != 0 {
			t.Fatalf("count %+v", n)
		}
	}
	if !isRole(c.Role) {
		t.Fatalf("role %q", c.Role)
	}
	if c.UsageRole == semconv.UsageRoleCall != c.IsModel() {
		t.Fatalf("role %q with usage role %q", c.Role, c.UsageRole)
	}
	if c.TTFTKnown && !(c.TTFT >= 0) {
		t.Fatalf("ttft %v", c.TTFT)
	}
	if _, forged := span.Attributes().Get("watchllm.cost.amount"); forged {
		t.Fatal("a claimed cost survived")
	}
	if v, ok := span.Attributes().Get(semconv.GenAIUsageInputTokens); ok && c.Dialect != "" && v.Type() != pcommon.ValueTypeInt {
		t.Fatalf("input tokens are a %s", v.Type())
	}
}
