package message

import (
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// chatOf20 is a conversation of 20 messages as OpenAI's chat API is sent it, two of them tool calls and results.
func chatOf20() string {
	var b strings.Builder
	b.WriteString(`{"model":"gpt-5-mini","messages":[{"role":"system","content":"You are the shop's assistant. Be brief and friendly."}`)
	for range 9 {
		b.WriteString(`,{"role":"user","content":"Where is my order 4711? It should have come on Tuesday, and I need it for the weekend."}`)
		b.WriteString(`,{"role":"assistant","content":"Let me look that up for you.\nIt left our store on Monday and will reach you \"tomorrow\" before noon."}`)
	}
	b.WriteString(`,{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"find_order","arguments":"{\"id\":4711}"}}]}]}`)
	return b.String()
}

func benchmarkConvert(b *testing.B, s string) {
	var conv Converter
	v := pcommon.NewValueStr(s)
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		conv.Convert(Input, v)
	}
}

func BenchmarkConvertChatOf20(b *testing.B) { benchmarkConvert(b, chatOf20()) }

func BenchmarkCanonicalChatOf20(b *testing.B) {
	var conv Converter
	benchmarkConvert(b, conv.Convert(Input, pcommon.NewValueStr(chatOf20())).Messages)
}

func BenchmarkConvertText(b *testing.B) { benchmarkConvert(b, "Where is my order 4711?") }

func BenchmarkCutChatOf20(b *testing.B) {
	var conv Converter
	s := conv.Convert(Input, pcommon.NewValueStr(chatOf20())).Messages
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		conv.Cut(s, 1000)
	}
}

// BenchmarkCanonicalLongText is a prompt of 2 kB that stands in the canonical form already, as most instrumentations write it.
func BenchmarkCanonicalLongText(b *testing.B) {
	benchmarkConvert(b, `[{"role":"user","parts":[{"type":"text","content":"`+strings.Repeat("Where is my order? ", 110)+`"}]}]`)
}
