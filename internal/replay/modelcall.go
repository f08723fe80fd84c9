package replay

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
)

// modelCall is one request to a model and its answer, before it is written in one generation of names.
type modelCall struct {
	operation, provider string
	model, served       string
	responseID, finish  string
	host                string
	port                int64
	tier                string
	stream              bool
	ttft                time.Duration
	temperature         *float64
	maxTokens           int64
	system              string
	input, output       []message
	usage               usage
	agent, tools        string
}

const (
	usualRate = 75.0 // output tokens per second
	httpsPort = 443
	localPort = 11434 // Ollama's
)

var usualFirst = spread{250 * time.Millisecond, 1600 * time.Millisecond}

func (p *player) remember(agent string) *memory {
	m, ok := p.memory[agent]
	if !ok {
		m = &memory{cache: promptCache{warm: p.dice.Float64() < warmShare}}
		p.memory[agent] = m
	}
	return m
}

// model renders a chat call, its failed attempts before it, and the tools it asks for after it.
func (p *player) model(s *step, at time.Time, f frame) (time.Time, *failure) {
	m := p.remember(f.agent)
	if s.System != "" {
		m.system = p.fill.Replace(s.System)
	}
	if s.User != "" {
		m.messages = append(m.messages, textMessage("user", p.fill.Replace(s.User)))
	}
	c := p.request(s, "chat", f)
	c.system, c.input = m.system, slices.Clone(m.messages)

	if s.Fails != nil && p.dice.Float64() < s.Fails.Share {
		for attempt := 0; ; attempt++ {
			at = p.failed(c, s.Fails, at, f)
			if attempt == s.Fails.Retries {
				return at, s.Fails
			}
			at = at.Add(time.Duration(1<<attempt) * 500 * time.Millisecond)
			if attempt+1 == s.Fails.Retries || p.dice.Float64() < 0.7 {
				break
			}
		}
	}

	answer, callIDs := p.answer(s)
	c.output = []message{answer}
	c.finish = answer.Finish
	c.served = cmp.Or(s.Served, s.Model)
	c.responseID = p.dice.responseID(s.Provider)
	c.tier = s.Tier
	c.usage = p.count(s, m, answer)

	rate := s.Rate
	if rate == 0 {
		rate = usualRate
	}
	first := s.First
	if first == (spread{}) {
		first = usualFirst
	}
	// A reasoning model thinks before its first visible token.
	until := p.dice.duration(first) + time.Duration(float64(c.usage.reasoning)/rate*float64(time.Second))
	visible := time.Duration(float64(c.usage.output-c.usage.reasoning) / rate * float64(time.Second))
	if s.Stream {
		c.ttft = until
	}
	span := p.chatSpan(c, at, f)
	at = at.Add(until + visible)
	end(span, at, nil)
	generations[p.of.Names](span, c)
	p.book(c, f)
	if s.Silent {
		p.truth.NoUsage++
	}

	m.messages = append(m.messages, answer)
	for i, call := range s.Calls {
		at = at.Add(p.dice.duration(overhead))
		at = p.tool(call, at, f, callIDs[i])
		m.messages = append(m.messages, message{Role: "tool", Parts: []part{{
			Type: "tool_call_response", ID: callIDs[i], Response: asJSON(p.fill.Replace(call.Result)),
		}}})
	}
	return at, nil
}

// request is what a call knows before it is answered.
func (p *player) request(s *step, operation string, f frame) *modelCall {
	c := &modelCall{
		operation: operation, provider: s.Provider, model: s.Model, host: s.Host, stream: s.Stream,
		temperature: s.Hotness, maxTokens: s.Limit, agent: f.agent, tools: toolsJSON(s.Calls),
	}
	if c.host == "" {
		c.host = hosts[s.Provider]
	}
	if c.host != "" {
		c.port = httpsPort
	}
	if c.host == "localhost" {
		c.port = localPort
	}
	return c
}

var hosts = map[string]string{
	"openai":     "api.openai.com",
	"anthropic":  "api.anthropic.com",
	"gcp.gemini": "generativelanguage.googleapis.com",
	"mistral_ai": "api.mistral.ai",
	"deepseek":   "api.deepseek.com",
	"x_ai":       "api.x.ai",
}

func (p *player) chatSpan(c *modelCall, at time.Time, f frame) ptrace.Span {
	span := p.open(p.spans, c.operation+" "+c.model, ptrace.SpanKindClient, at, f)
	a := span.Attributes()
	p.identify(a)
	putText(a, semconv.GenAIAgentName, c.agent)
	putText(a, semconv.GenAIToolDefinitions, c.tools)
	return span
}

// failed renders an attempt that the provider did not answer; nobody knows its tokens and nobody pays for them.
func (p *player) failed(c *modelCall, why *failure, at time.Time, f frame) time.Time {
	span := p.chatSpan(c, at, f)
	at = at.Add(p.dice.duration(why.After))
	end(span, at, why)
	generations[p.of.Names](span, c)
	e := span.Events().AppendEmpty()
	e.SetName("exception")
	e.SetTimestamp(pcommon.NewTimestampFromTime(at))
	e.Attributes().PutStr("exception.type", why.Type)
	e.Attributes().PutStr("exception.message", why.Message)
	p.truth.Calls++
	p.truth.Failed++
	return at
}

func (p *player) answer(s *step) (message, []string) {
	answer := message{Role: "assistant", Finish: "stop"}
	if s.Say != "" {
		answer.Parts = append(answer.Parts, part{Type: "text", Content: p.fill.Replace(s.Say)})
	}
	ids := make([]string, len(s.Calls))
	for i, call := range s.Calls {
		ids[i] = "call_" + p.dice.hex(12)
		answer.Parts = append(answer.Parts, part{
			Type: "tool_call", ID: ids[i], Name: call.Name, Arguments: asJSON(p.fill.Replace(call.Arguments)),
		})
		answer.Finish = "tool_calls"
	}
	if s.Finish != "" {
		answer.Finish = s.Finish
	}
	return answer, ids
}

func (p *player) count(s *step, m *memory, answer message) usage {
	head := s.Context
	if m.system != "" {
		head += tokens(m.system) + perMessage
	}
	u := usage{
		input: head, known: !s.Silent,
		saysCache: s.Cache != "", saysCacheWrite: s.Cache == cacheWritten, saysReasoning: s.Reasoning != between{},
	}
	for _, msg := range m.messages {
		u.input += msg.tokens()
	}
	u.cacheRead, u.cacheWrite = m.cache.read(s.Cache, u.input, head)
	u.reasoning = p.dice.count(s.Reasoning)
	u.output = answer.tokens() + u.reasoning
	return u
}

// book adds an answered call to the truth and to the agent above it.
func (p *player) book(c *modelCall, f frame) {
	p.truth.Calls++
	if !c.usage.known {
		return
	}
	p.truth.Input += c.usage.input
	p.truth.Output += c.usage.output
	p.truth.CacheRead += c.usage.cacheRead
	p.truth.CacheWrite += c.usage.cacheWrite
	p.truth.Reasoning += c.usage.reasoning
	if f.total != nil {
		f.total.input += c.usage.input
		f.total.output += c.usage.output
		f.total.known = true
	}
}

// embedding renders one embeddings call.
func (p *player) embedding(s *step, at time.Time, f frame) (time.Time, *failure) {
	c := p.request(s, "embeddings", f)
	c.served = cmp.Or(s.Served, s.Model)
	c.usage = usage{input: tokens(p.fill.Replace(s.User)) + s.Context, known: !s.Silent}
	span := p.chatSpan(c, at, f)
	at = at.Add(p.dice.duration(s.Takes))
	end(span, at, nil)
	generations[p.of.Names](span, c)
	p.book(c, f)
	return at, nil
}

// documents is the attribute's form: what was found, best first.
func (p *player) documents(ids []string) string {
	type document struct {
		ID    string  `json:"id"`
		Score float64 `json:"score"`
	}
	if len(ids) == 0 {
		return ""
	}
	found := make([]document, len(ids))
	score := 0.95
	for i, id := range ids {
		score -= 0.02 + 0.06*p.dice.Float64()
		found[i] = document{ID: p.fill.Replace(id), Score: float64(int(score*1000)) / 1000}
	}
	raw, _ := json.Marshal(found)
	return string(raw)
}

func toolsJSON(calls []*step) string {
	type definition struct {
		Type string `json:"type"`
		Name string `json:"name"`
	}
	seen := map[string]bool{}
	var defs []definition
	for _, call := range calls {
		if !seen[call.Name] {
			seen[call.Name] = true
			defs = append(defs, definition{Type: "function", Name: call.Name})
		}
	}
	if len(defs) == 0 {
		return ""
	}
	raw, _ := json.Marshal(defs)
	return string(raw)
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
