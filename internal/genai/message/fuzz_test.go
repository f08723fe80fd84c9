package message

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// seeds are all known shapes.
func seeds(f *testing.F) {
	f.Helper()
	for _, cases := range allShapes(f) {
		for _, c := range cases {
			f.Add(c.in, uint16(300))
		}
	}
}

func FuzzConvert(f *testing.F) {
	seeds(f)
	var conv Converter
	f.Fuzz(func(t *testing.T, s string, limit uint16) {
		v := pcommon.NewValueStr(s)
		for _, side := range []Side{Input, Output} {
			c := conv.Convert(side, v)
			check(t, s, c.Messages)
			check(t, s, c.System)
			check(t, s, c.Tools)
			if again := conv.Convert(side, pcommon.NewValueStr(c.Messages)); utf8.ValidString(s) && c.Messages != "" && again.Messages != c.Messages {
				t.Fatalf("converted again %q becomes %q", c.Messages, again.Messages)
			}
		}
		check(t, s, conv.System(v))
		check(t, s, conv.Tools(v))
		check(t, s, conv.ToolNames(v))
		conv.Arguments(v)
		conv.Result(v)
		conv.Answer(Answer{Text: &v, Reasoning: &v, ToolCalls: &v, Object: &v})
		if conv.used != 0 {
			t.Fatal("scratch space was not given back")
		}
	})
}

// check is what must hold of whatever came in.
func check(t *testing.T, in, out string) {
	t.Helper()
	if out != "" && !json.Valid([]byte(out)) {
		t.Fatalf("%q becomes %q, which is not JSON", in, out)
	}
	if len(out) > 40*len(in)+1000 {
		t.Fatalf("%d bytes become %d", len(in), len(out))
	}
}

func FuzzCut(f *testing.F) {
	seeds(f)
	var conv Converter
	f.Fuzz(func(t *testing.T, s string, n uint16) {
		limit := MinCut + int(n)
		got := conv.Cut(s, limit)
		if len(got) > limit {
			t.Fatalf("%d bytes, limit %d: %q", len(got), limit, got)
		}
		if json.Valid([]byte(s)) && s[0] == '[' && !json.Valid([]byte(got)) {
			t.Fatalf("%q becomes %q, which is no longer JSON", s, got)
		}
	})
}

func FuzzLeaves(f *testing.F) {
	f.Add("0.message.role", "user", "0.message.content", "Hi", "1.message.tool_calls.0.tool_call.function.name", "f")
	f.Add("0", "a", "0.1", "b", "0.1.2", "c")
	f.Add("00.a", "a", "0.a", "b", "9999999999999999999.a", "c")
	var conv Converter
	f.Fuzz(func(t *testing.T, k1, v1, k2, v2, k3, v3 string) {
		leaves := []Leaf{{k1, pcommon.NewValueStr(v1)}, {k2, pcommon.NewValueStr(v2)}, {k3, pcommon.NewValueStr(v3)}}
		in := k1 + v1 + k2 + v2 + k3 + v3
		check(t, in, conv.ConvertLeaves(Input, leaves))
		check(t, in, conv.ToolLeaves(leaves))
		e := pcommon.NewMap()
		e.PutStr(k1, v1)
		e.PutStr(k2, v2)
		e.PutStr("gen_ai.event.content", v3)
		check(t, in, conv.ConvertEvents(Output, []Event{{"gen_ai.choice", e}, {"gen_ai.user.message", e}}))
	})
}
