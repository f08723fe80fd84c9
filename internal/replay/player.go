package replay

import (
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
)

// player turns the template of one conversation into spans. Time moves forward as steps take it; no clock is read.
type player struct {
	dice  dice
	of    *conversation
	fill  *strings.Replacer
	id    string // gen_ai.conversation.id
	user  string
	truth Truth

	memory map[string]*memory // by agent; "" outside any
	trace  pcommon.TraceID
	spans  ptrace.SpanSlice
	web    ptrace.SpanSlice // spans of the web framework's scope
}

// memory is what one agent keeps between its model calls.
type memory struct {
	system   string
	messages []message
	cache    promptCache
}

// frame is what a step knows of the steps above it.
type frame struct {
	parent pcommon.SpanID
	agent  string
	total  *usage // of the nearest agent above, nil if none
}

func newPlayer(c *conversation, d dice) *player {
	p := &player{dice: d, of: c, memory: map[string]*memory{}}
	pairs := []string{}
	if len(c.Cases) > 0 {
		chosen := c.Cases[d.IntN(len(c.Cases))]
		for _, key := range sortedKeys(chosen) {
			pairs = append(pairs, "{"+key+"}", chosen[key])
		}
	}
	p.fill = strings.NewReplacer(pairs...)
	p.id = "conv_" + d.hex(16)
	// A few people use an application much more than the others.
	p.user = "user-" + users[int(float64(len(users))*d.Float64()*d.Float64())]
	return p
}

var users = []string{"amelia", "bruno", "chen", "dara", "elif", "farid", "greta", "hana", "ines", "jonas", "kofi", "lena", "marek", "nadia"}

// play renders one trace per turn, starting at start, and returns them with the time at which the last span ends.
func (p *player) play(start time.Time) ([]ptrace.Traces, time.Time) {
	var out []ptrace.Traces
	for i, turn := range p.of.Turns {
		if i > 0 {
			start = start.Add(p.dice.duration(p.of.Pause))
		}
		td := p.newTrace()
		end, err := p.step(turn, start, frame{})
		out = append(out, td)
		start = end
		if err != nil {
			break
		}
	}
	return out, start
}

func (p *player) newTrace() ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	a := rs.Resource().Attributes()
	a.PutStr(semconv.ServiceName, p.of.Service.Name)
	a.PutStr(semconv.ServiceVersion, p.of.Service.Version)
	a.PutStr(semconv.DeploymentEnvironmentName, p.of.Service.Environment)
	a.PutStr("telemetry.sdk.name", "opentelemetry")
	a.PutStr("telemetry.sdk.language", p.of.Service.Language)
	llm := rs.ScopeSpans().AppendEmpty()
	llm.Scope().SetName(p.of.Scope.Name)
	llm.Scope().SetVersion(p.of.Scope.Version)
	p.spans = llm.Spans()
	p.web = p.spans
	if slices.ContainsFunc(p.of.Turns, func(s *step) bool { return s.Kind == kindServer }) {
		web := rs.ScopeSpans().AppendEmpty()
		web.Scope().SetName("opentelemetry.instrumentation.fastapi")
		web.Scope().SetVersion("0.60b0")
		p.web = web.Spans()
	}
	p.trace = p.dice.traceID()
	return td
}

// open starts a span; the caller sets its end.
func (p *player) open(in ptrace.SpanSlice, name string, kind ptrace.SpanKind, start time.Time, f frame) ptrace.Span {
	span := in.AppendEmpty()
	span.SetTraceID(p.trace)
	span.SetSpanID(p.dice.spanID())
	span.SetParentSpanID(f.parent)
	span.SetName(name)
	span.SetKind(kind)
	span.SetFlags(1)
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
	return span
}

func end(span ptrace.Span, at time.Time, err *failure) {
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(at))
	if err == nil {
		return
	}
	span.Status().SetCode(ptrace.StatusCodeError)
	span.Status().SetMessage(err.Message)
	span.Attributes().PutStr(semconv.ErrorType, err.Type)
}

// step renders one step and returns when it ends and the error that it ends in, if any.
func (p *player) step(s *step, at time.Time, f frame) (time.Time, *failure) {
	switch s.Kind {
	case kindServer:
		return p.server(s, at, f)
	case kindWorkflow, kindAgent:
		return p.agent(s, at, f)
	case kindModel:
		return p.model(s, at, f)
	case kindEmbedding:
		return p.embedding(s, at, f)
	case kindRetrieval:
		return p.retrieval(s, at, f), nil
	default:
		return p.tool(s, at, f, "call_"+p.dice.hex(12)), nil
	}
}

// overhead of an application between two calls.
var overhead = spread{time.Millisecond, 12 * time.Millisecond}

func (p *player) below(steps []*step, at time.Time, f frame) (time.Time, *failure) {
	at = at.Add(p.dice.duration(overhead))
	for _, s := range steps {
		var err *failure
		if at, err = p.step(s, at, f); err != nil {
			return at, err
		}
		at = at.Add(p.dice.duration(overhead))
	}
	return at, nil
}

func (p *player) server(s *step, at time.Time, f frame) (time.Time, *failure) {
	span := p.open(p.web, s.Name, ptrace.SpanKindServer, at, f)
	a := span.Attributes()
	method, route, _ := strings.Cut(s.Name, " ")
	a.PutStr("http.request.method", method)
	a.PutStr("http.route", route)
	a.PutStr("url.scheme", "https")
	a.PutStr("user.id", p.user)
	f.parent = span.SpanID()
	done, err := p.below(s.Steps, at, f)
	status := int64(200)
	if err != nil {
		status = 502
	}
	span.Attributes().PutInt("http.response.status_code", status)
	end(span, done, err)
	return done, err
}

func (p *player) agent(s *step, at time.Time, f frame) (time.Time, *failure) {
	operation, nameKey := "invoke_agent", semconv.GenAIAgentName
	if s.Kind == kindWorkflow {
		operation, nameKey = "invoke_workflow", semconv.GenAIWorkflowName
	}
	span := p.open(p.spans, operation+" "+s.Name, ptrace.SpanKindInternal, at, f)
	a := span.Attributes()
	a.PutStr(semconv.GenAIOperationName, operation)
	a.PutStr(nameKey, s.Name)
	p.identify(a)
	total := &usage{}
	inner := frame{parent: span.SpanID(), agent: f.agent, total: total}
	if s.Kind == kindAgent {
		inner.agent = s.Name
	}
	done, err := p.below(s.Steps, at, inner)
	if total.known {
		// What agent frameworks report of their children; a reader that adds it to them counts twice.
		span.Attributes().PutInt(semconv.GenAIUsageInputTokens, total.input)
		span.Attributes().PutInt(semconv.GenAIUsageOutputTokens, total.output)
	}
	if f.total != nil && total.known {
		f.total.input += total.input
		f.total.output += total.output
		f.total.known = true
	}
	end(span, done, err)
	return done, err
}

func (p *player) retrieval(s *step, at time.Time, f frame) time.Time {
	span := p.open(p.spans, "retrieval "+s.Name, ptrace.SpanKindClient, at, f)
	a := span.Attributes()
	a.PutStr(semconv.GenAIOperationName, "retrieval")
	a.PutStr(semconv.GenAIDataSourceID, s.Name)
	putText(a, semconv.GenAIRetrievalQueryText, p.fill.Replace(s.Query))
	putText(a, "gen_ai.retrieval.documents", p.documents(s.Documents))
	p.identify(a)
	at = at.Add(p.dice.duration(s.Takes))
	end(span, at, nil)
	return at
}

func (p *player) tool(s *step, at time.Time, f frame, callID string) time.Time {
	span := p.open(p.spans, "execute_tool "+s.Name, ptrace.SpanKindInternal, at, f)
	a := span.Attributes()
	a.PutStr(semconv.GenAIOperationName, "execute_tool")
	a.PutStr(semconv.GenAIToolName, s.Name)
	a.PutStr(semconv.GenAIToolType, "function")
	a.PutStr(semconv.GenAIToolCallID, callID)
	putText(a, semconv.GenAIToolCallArguments, p.fill.Replace(s.Arguments))
	p.identify(a)
	if s.Fails != nil && p.dice.Float64() < s.Fails.Share {
		at = at.Add(p.dice.duration(s.Fails.After))
		end(span, at, s.Fails)
		return at
	}
	putText(a, semconv.GenAIToolCallResult, p.fill.Replace(s.Result))
	at = at.Add(p.dice.duration(s.Takes))
	end(span, at, nil)
	return at
}

// identify writes whose conversation a span belongs to.
func (p *player) identify(a pcommon.Map) {
	a.PutStr(semconv.GenAIConversationID, p.id)
	a.PutStr(semconv.UserID, p.user)
}
