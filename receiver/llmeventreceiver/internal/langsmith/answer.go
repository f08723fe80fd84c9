package langsmith

import (
	"encoding/json"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// answer writes what the model's answer says. LangChain keeps it in generations of messages, wrapped clients keep the provider's.
func (r *run) answer(p *foreign.Part) {
	a, outputs := p.Attributes, r.get("outputs")
	if first := r.firstToken(); !first.IsZero() && !p.Start.IsZero() && first.After(p.Start) {
		a.PutDouble(semconv.GenAIResponseTimeToFirstChunk, first.Sub(p.Start).Seconds())
	}
	if u := usageOf(outputs, r.get("extra").Get("metadata")); u != "" {
		a.PutStr("langsmith.usage_metadata", u)
	}
	if outputs.Kind() != jsontree.Object {
		return
	}
	message := message(outputs)
	meta := message.Get("response_metadata")
	put := func(key string, candidates ...jsontree.Value) {
		for _, v := range candidates {
			if s := v.Text(); s != "" {
				a.PutStr(key, s)
				return
			}
		}
	}
	llm := outputs.Get("llm_output", "llmOutput")
	put(semconv.GenAIResponseModel, outputs.Get("model"), meta.Get("model_name", "model"), llm.Get("model_name"))
	if id := responseID(outputs, message, meta, llm); id != "" {
		a.PutStr(semconv.GenAIResponseID, id)
	}
	put("gen_ai.response.service_tier", outputs.Get("service_tier"), meta.Get("service_tier"))
	put("gen_ai.response.system_fingerprint", outputs.Get("system_fingerprint"), meta.Get("system_fingerprint"))
	finishReasons(a, outputs, meta)
}

// message is the first message of LangChain's generations, the fields of the object it was made from.
func message(outputs jsontree.Value) jsontree.Value {
	all := generations(outputs)
	if len(all) == 0 {
		return jsontree.Value{}
	}
	return fieldsOf(all[0].Get("message"))
}

// fieldsOf is the message itself, or the fields of the constructor it is written down as.
func fieldsOf(message jsontree.Value) jsontree.Value {
	if k := message.Get("kwargs"); k.Kind() == jsontree.Object {
		return k
	}
	return message
}

// generations are the first choices of every prompt: generations is a list of lists, or flat where a tracer unwrapped it.
func generations(outputs jsontree.Value) (out []jsontree.Value) {
	for _, g := range outputs.Get("generations").Elements() {
		if g.Kind() == jsontree.Array {
			for _, choice := range g.Elements() {
				out = append(out, choice)
				break
			}
			continue
		}
		return []jsontree.Value{g}
	}
	return out
}

// responseID is the provider's. LangChain makes ids of its own where it has none.
func responseID(outputs, message, meta, llm jsontree.Value) string {
	for _, v := range []jsontree.Value{outputs.Get("id"), meta.Get("id"), llm.Get("id"), message.Get("id")} {
		if s := v.Text(); s != "" && !strings.HasPrefix(s, "run-") && !strings.HasPrefix(s, "run--") && !strings.HasPrefix(s, "lc_") {
			return s
		}
	}
	return ""
}

func finishReasons(a pcommon.Map, outputs, meta jsontree.Value) {
	var reasons []string
	add := func(v jsontree.Value) {
		if s := v.Text(); s != "" {
			reasons = append(reasons, s)
		}
	}
	for _, c := range outputs.Get("choices").Elements() {
		add(c.Get("finish_reason"))
	}
	if len(reasons) == 0 {
		for _, g := range generations(outputs) {
			add(g.Get("generation_info", "generationInfo").Get("finish_reason"))
		}
	}
	for _, v := range []jsontree.Value{meta.Get("finish_reason", "stop_reason", "finishReason", "stopReason"), outputs.Get("stop_reason", "finishReason", "finish_reason")} {
		if len(reasons) == 0 {
			add(v)
		}
	}
	foreign.PutTexts(a, semconv.GenAIResponseFinishReasons, reasons)
}

// usageOf finds the counts, wherever this client keeps them, in the form of LangChain's usage_metadata: input includes cached tokens.
func usageOf(outputs, metadata jsontree.Value) string {
	for _, v := range []jsontree.Value{outputs.Get("usage_metadata"), metadata.Get("usage_metadata")} {
		if v.Kind() == jsontree.Object {
			return v.Compact()
		}
	}
	var sum counts
	for _, g := range generations(outputs) {
		sum.add(countsOf(fieldsOf(g.Get("message")).Get("usage_metadata")))
	}
	if sum.empty() {
		llm := outputs.Get("llm_output", "llmOutput")
		for _, v := range []jsontree.Value{llm.Get("token_usage", "tokenUsage"), llm.Get("usage"), llm.Get("estimatedTokenUsage"), outputs.Get("usage")} {
			if sum.empty() {
				sum = countsOf(v)
			}
		}
	}
	if sum.empty() {
		return ""
	}
	raw, err := json.Marshal(sum)
	if err != nil {
		return ""
	}
	return string(raw)
}
