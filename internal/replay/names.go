package replay

import (
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
)

// generations of attribute names that clients of today still send. Each writes one model or embedding call.
var generations = map[string]func(ptrace.Span, *modelCall){
	"":                      writeCurrent,
	"cache_creation":        writeCacheCreation,
	"message_events":        writeMessageEvents,
	"prompt_tokens":         writePromptTokens,
	"openllmetry_anthropic": writeOpenLLMetryAnthropic,
}

// writeCurrent writes semantic-conventions-genai v0.1.0.
func writeCurrent(span ptrace.Span, c *modelCall) {
	a := span.Attributes()
	a.PutStr(semconv.GenAIProviderName, c.provider)
	c.request(a)
	if c.stream {
		a.PutBool(semconv.GenAIRequestStream, true)
	}
	if c.ttft > 0 {
		a.PutDouble(semconv.GenAIResponseTimeToFirstChunk, c.ttft.Seconds())
	}
	putText(a, semconv.GenAIInputMessages, messagesJSON(c.input))
	putText(a, semconv.GenAIOutputMessages, messagesJSON(c.output))
	putText(a, semconv.GenAISystemInstructions, systemJSON(c.system))
	putText(a, semconv.OpenAIResponseServiceTier, c.tier)
	c.response(a)
	if !c.usage.known {
		return
	}
	a.PutInt(semconv.GenAIUsageInputTokens, c.usage.input)
	if c.operation != "embeddings" {
		a.PutInt(semconv.GenAIUsageOutputTokens, c.usage.output)
	}
	if c.usage.saysCache {
		a.PutInt(semconv.GenAIUsageCacheReadInputTokens, c.usage.cacheRead)
	}
	if c.usage.saysCacheWrite {
		a.PutInt(semconv.GenAIUsageCacheWriteInputTokens, c.usage.cacheWrite)
	}
	if c.usage.saysReasoning {
		a.PutInt(semconv.GenAIUsageReasoningOutputTokens, c.usage.reasoning)
	}
}

// writeCacheCreation writes the names between v1.37 and v1.41: provider and messages as today, the cache write under its old name.
func writeCacheCreation(span ptrace.Span, c *modelCall) {
	writeCurrent(span, c)
	a := span.Attributes()
	if n, ok := a.Get(semconv.GenAIUsageCacheWriteInputTokens); ok {
		written := n.Int()
		a.Remove(semconv.GenAIUsageCacheWriteInputTokens)
		a.PutInt("gen_ai.usage.cache_creation.input_tokens", written)
	}
}

// writeMessageEvents writes v1.28 to v1.36: gen_ai.system, and the messages as span events.
func writeMessageEvents(span ptrace.Span, c *modelCall) {
	a := span.Attributes()
	a.PutStr("gen_ai.system", c.provider)
	c.request(a)
	c.response(a)
	if c.usage.known {
		a.PutInt(semconv.GenAIUsageInputTokens, c.usage.input)
		a.PutInt(semconv.GenAIUsageOutputTokens, c.usage.output)
	}
	for _, m := range c.input {
		e := span.Events().AppendEmpty()
		e.SetTimestamp(span.StartTimestamp())
		e.SetName("gen_ai." + m.Role + ".message")
		e.Attributes().PutStr("gen_ai.system", c.provider)
		e.Attributes().PutStr("content", m.text())
	}
	for i, m := range c.output {
		e := span.Events().AppendEmpty()
		e.SetTimestamp(span.EndTimestamp())
		e.SetName("gen_ai.choice")
		e.Attributes().PutStr("gen_ai.system", c.provider)
		e.Attributes().PutInt("index", int64(i))
		e.Attributes().PutStr("finish_reason", c.finish)
		e.Attributes().PutStr("message", messagesJSON([]message{m}))
	}
}

// writePromptTokens writes v1.27 and before: prompt and completion tokens, and the texts as indexed attributes.
func writePromptTokens(span ptrace.Span, c *modelCall) {
	a := span.Attributes()
	a.PutStr("gen_ai.system", c.provider)
	c.request(a)
	c.response(a)
	if c.usage.known {
		a.PutInt("gen_ai.usage.prompt_tokens", c.usage.input)
		a.PutInt("gen_ai.usage.completion_tokens", c.usage.output)
	}
	putIndexed(a, "gen_ai.prompt", c.input)
	putIndexed(a, "gen_ai.completion", c.output)
}

// writeOpenLLMetryAnthropic writes what that instrumentation for JavaScript sends: the input count leaves the cached tokens out.
func writeOpenLLMetryAnthropic(span ptrace.Span, c *modelCall) {
	a := span.Attributes()
	a.PutStr("gen_ai.system", "Anthropic")
	a.PutStr("llm.request.type", c.operation)
	c.request(a)
	c.response(a)
	if c.usage.known {
		fresh := c.usage.input - c.usage.cacheRead - c.usage.cacheWrite
		a.PutInt(semconv.GenAIUsageInputTokens, fresh)
		a.PutInt(semconv.GenAIUsageOutputTokens, c.usage.output)
		a.PutInt("llm.usage.total_tokens", fresh+c.usage.output)
		a.PutInt("gen_ai.usage.cache_read_input_tokens", c.usage.cacheRead)
		a.PutInt("gen_ai.usage.cache_creation_input_tokens", c.usage.cacheWrite)
	}
	putIndexed(a, "gen_ai.prompt", c.input)
	putIndexed(a, "gen_ai.completion", c.output)
}

// request writes what all generations spell alike of a request.
func (c *modelCall) request(a pcommon.Map) {
	a.PutStr(semconv.GenAIOperationName, c.operation)
	a.PutStr(semconv.GenAIRequestModel, c.model)
	putText(a, semconv.ServerAddress, c.host)
	if c.port > 0 {
		a.PutInt(semconv.ServerPort, c.port)
	}
	if c.temperature != nil {
		a.PutDouble(semconv.GenAIRequestTemperature, *c.temperature)
	}
	putCount(a, semconv.GenAIRequestMaxTokens, c.maxTokens)
}

// response writes what all generations spell alike of an answer.
func (c *modelCall) response(a pcommon.Map) {
	putText(a, semconv.GenAIResponseModel, c.served)
	putText(a, semconv.GenAIResponseID, c.responseID)
	if c.finish != "" {
		a.PutEmptySlice(semconv.GenAIResponseFinishReasons).AppendEmpty().SetStr(c.finish)
	}
}

func putText(a pcommon.Map, key, value string) {
	if value != "" {
		a.PutStr(key, value)
	}
}

func putCount(a pcommon.Map, key string, n int64) {
	if n > 0 {
		a.PutInt(key, n)
	}
}

func putIndexed(a pcommon.Map, prefix string, messages []message) {
	for i, m := range messages {
		key := prefix + "." + strconv.Itoa(i)
		a.PutStr(key+".role", m.Role)
		a.PutStr(key+".content", m.text())
	}
}
