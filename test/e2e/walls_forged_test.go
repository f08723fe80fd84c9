package e2e

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// forgery is what the victim sends, in order, and what somebody else sends who knows every id in it.
type forgery struct {
	name   string
	victim func(w *walls, s *story) []request
	attack func(w *walls, s *story) []request
	// victims and attackers are the rows that each has in the end, whoever else sent anything.
	victims, attackers int
}

// story is one meeting of the two: everything that both of them name.
type story struct {
	trace, response, service, run string
	spans                         [4]string
	events                        [4]string
	at                            time.Time

	victim, attacker string // owners that are in no other story
	attacked, met    bool   // whether there is an attack, and a victim
	answers          []reply
}

var forgeries = []forgery{
	{"OTLP", otlpVictim, otlpAttack, 2, 4},
	{"events", eventsVictim, eventsAttack, 2, 5},
	{"Langfuse", langfuseVictim, langfuseAttack, 1, 1},
	{"LangSmith", langSmithVictim, langSmithAttack, 1, 1},
	{"scores", scoresVictim, scoresAttack, 2, 3},
	{"OpenAI Agents", agentsVictim, agentsAttack, 1, 1},
	{"LiteLLM", liteLLMVictim, liteLLMAttack, 1, 1},
}

// orders are the times at which an attack may come: the victim's first request has number 0.
var orders = []struct {
	name   string
	before int // the attack comes before this request of the victim; -1 never
	met    bool
}{
	{"nobody attacks", -1, true},
	{"nobody is attacked", 0, false},
	{"first", 0, true},
	{"between", 1, true},
	{"last", 2, true},
}

var forgedStories = len(forgeries) * len(orders) * len(neighbours)

func (w *walls) addForgers(t *testing.T) {
	for n := range forgedStories {
		tenant := "acme"
		if n%2 == 1 {
			tenant = "rival"
		}
		w.addOwner(t, fmt.Sprint("victim ", n), fmt.Sprintf("acme/victim-%02d", n), "ingest", "read")
		w.addOwner(t, fmt.Sprint("attacker ", n), fmt.Sprintf("%s/attacker-%02d", tenant, n), "ingest", "read")
	}
}

func newStory(n int) *story {
	s := &story{
		trace: newID(), response: "chatcmpl-" + newID(), service: "shop-" + newID(), run: newUUID(), at: time.Now().Add(-5 * time.Second).Truncate(time.Second),
		victim: fmt.Sprint("victim ", n), attacker: fmt.Sprint("attacker ", n),
	}
	for i := range s.spans {
		s.spans[i], s.events[i] = newID()[:16], newID()
	}
	return s
}

// forgedIDs has every kind of ids forged, by another tenant and by another project, before, while and after the victim sends. Whatever
// came when, the victim has what it has where nobody attacks, and the attacker what it has, and was answered, where there is no victim.
func (w *walls) forgedIDs(t *testing.T) {
	stories := map[string]*story{}
	n := 0
	for _, f := range forgeries {
		for _, order := range orders {
			for _, kind := range neighbours {
				s := newStory(n)
				n++
				s.attacked, s.met = order.before >= 0, order.met
				stories[f.name+order.name+kind] = s
				victims, attack := f.victim(w, s), f.attack(w, s)
				if !order.met {
					victims = nil
				}
				for i := 0; i <= max(len(victims), order.before); i++ {
					if i == order.before {
						for _, r := range attack {
							s.answers = append(s.answers, s.anonymous(w.must(t, s.attacker, r)))
						}
					}
					if i < len(victims) {
						w.must(t, s.victim, victims[i])
					}
				}
			}
		}
	}
	w.settled(t, stories)
	for _, f := range forgeries {
		for _, kind := range neighbours {
			for _, order := range orders[2:] {
				t.Run(f.name+" by "+kind+", "+order.name, func(t *testing.T) {
					s, calm, alone := stories[f.name+order.name+kind], stories[f.name+orders[0].name+kind], stories[f.name+orders[1].name+kind]
					if was, is := w.facts(t, calm, calm.victim), w.facts(t, s, s.victim); was != is {
						t.Errorf("the victim has\n%s\nand where nobody attacks\n%s", is, was)
					}
					if was, is := w.facts(t, alone, alone.attacker), w.facts(t, s, s.attacker); was != is {
						t.Errorf("the attacker has\n%s\nand where there is no victim\n%s", is, was)
					}
					if was, is := fmt.Sprint(alone.answers), fmt.Sprint(s.answers); was != is {
						t.Errorf("the attacker is answered\n%s\nand where there is no victim\n%s", is, was)
					}
				})
			}
		}
	}
}

// settled waits until all that was sent is stored, nothing is held back and no count is under way.
func (w *walls) settled(t *testing.T, stories map[string]*story) {
	t.Helper()
	within(t, lateLimit, "all that was sent, stored", func() error {
		counts, err := w.counts()
		if err != nil {
			return err
		}
		for _, f := range forgeries {
			for name, s := range stories {
				if !strings.HasPrefix(name, f.name) {
					continue
				}
				for owner, rows := range map[string]int{s.victim: f.victims, s.attacker: f.attackers} {
					if owner == s.victim && !s.met || owner == s.attacker && !s.attacked {
						rows = 0
					}
					if err := want(name+": rows of "+owner, counts[w.owners[owner]], rows); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
	within(t, lateLimit, "nothing held back or to be settled", func() error {
		code, body, err := w.answers("http://" + w.metrics + "/metrics")
		if err != nil || code != http.StatusOK {
			return fmt.Errorf("metrics answer %d (%w)", code, err)
		}
		for _, gauge := range []string{"otelcol_receiver_llm_event_foreign_held", "otelcol_exporter_llm_clickhouse_settle_due"} {
			value := regexp.MustCompile(`(?m)^` + gauge + `[a-z_]*(?:\{[^}]*\})? (\S+)$`).FindStringSubmatch(body)
			if value == nil {
				return fmt.Errorf("there is no metric %s", gauge)
			}
			if err := want(gauge, value[1], "0"); err != nil {
				return err
			}
		}
		return nil
	})
}

// facts are all that an owner's rows say, ids and times apart.
func (w *walls) facts(t *testing.T, s *story, owner string) string {
	t.Helper()
	out := w.must1(t, `SELECT name, operation, role, usage_role, usage_role_reason, usage_counted_by != '', input_tokens, output_tokens, toString(cost), cost_status, status_code, outcome,
conversation_id, user_id, agent_name, response_id, status_message, output_messages, arraySort(mapKeys(attributes_string)), attributes_int,
trace_id, parent_span_id, duration_ns
FROM llm_spans FINAL WHERE `+where(w.owners[owner])+` FORMAT TSV`)
	// Sorted without their ids, which are others in each story.
	return strings.Join(slices.Sorted(strings.SplitSeq(s.anonymous(reply{body: out}).body, "\n")), "\n")
}

// hashed are ids that are made of those that a sender gave.
var hashed = regexp.MustCompile(`\b([0-9a-f]{32}|[0-9a-f]{16})\b`)

// anonymous takes out the ids that are different in every story.
func (s *story) anonymous(r reply) reply {
	pairs := []string{s.trace, "TRACE", s.response, "RESPONSE", s.service, "SERVICE", s.run, "RUN"}
	for i := range s.spans {
		pairs = append(pairs, s.spans[i], fmt.Sprint("SPAN", i), s.events[i], fmt.Sprint("EVENT", i))
	}
	pairs = append(pairs, strings.ReplaceAll(s.run, "-", ""), "RUN")
	r.body = hashed.ReplaceAllString(strings.NewReplacer(pairs...).Replace(r.body), "HASH")
	return r
}

func (w *walls) otlp(spans func(ptrace.ScopeSpans), s *story) request {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", s.service)
	ss := rs.ScopeSpans().AppendEmpty()
	spans(ss)
	body, err := ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
	if err != nil {
		panic(err) // of data made here
	}
	return request{method: http.MethodPost, url: "http://" + w.http + "/v1/traces", contentType: protobufType, body: body}
}

func (s *story) span(ss ptrace.ScopeSpans, trace, id, parent, name string, input int64, attributes ...string) {
	span := ss.Spans().AppendEmpty()
	span.SetTraceID(pcommon.TraceID(unhex(trace)[:16]))
	span.SetSpanID(pcommon.SpanID(unhex(id)[:8]))
	if parent != "" {
		span.SetParentSpanID(pcommon.SpanID(unhex(parent)[:8]))
	}
	span.SetName(name)
	span.SetKind(ptrace.SpanKindClient)
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(s.at))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(s.at.Add(time.Second)))
	a := span.Attributes()
	a.PutStr("gen_ai.provider.name", "openai")
	a.PutStr("gen_ai.request.model", "gpt-5-mini")
	a.PutInt("gen_ai.usage.input_tokens", input)
	a.PutInt("gen_ai.usage.output_tokens", 211)
	for _, pair := range attributes {
		key, value, _ := strings.Cut(pair, "=")
		a.PutStr(key, value)
	}
}

// otlpVictim is an agent's run and a call in it, the call first.
func otlpVictim(w *walls, s *story) []request {
	return []request{
		w.otlp(func(ss ptrace.ScopeSpans) {
			ss.Scope().SetName("app")
			s.span(ss, s.trace, s.spans[1], s.spans[0], "chat gpt-5-mini", 1037, "gen_ai.operation.name=chat", "gen_ai.response.id="+s.response)
		}, s),
		w.otlp(func(ss ptrace.ScopeSpans) {
			ss.Scope().SetName("app")
			s.span(ss, s.trace, s.spans[0], "", "invoke_agent", 1037, "gen_ai.operation.name=invoke_agent", "gen_ai.agent.name=secret agent", "gen_ai.conversation.id=secret conversation", "user.id=secret user")
		}, s),
	}
}

// otlpAttack are other versions of the victim's spans, a call below its call, and a report of the same answer by another client.
func otlpAttack(w *walls, s *story) []request {
	return []request{w.otlp(func(ss ptrace.ScopeSpans) {
		ss.Scope().SetName("app")
		s.span(ss, s.trace, s.spans[1], s.spans[0], "stolen", 999_999, "gen_ai.operation.name=chat", "gen_ai.response.id="+s.response)
		s.span(ss, s.trace, s.spans[0], "", "stolen agent", 1, "gen_ai.operation.name=invoke_agent", "gen_ai.agent.name=evil", "gen_ai.conversation.id=evil", "user.id=evil")
	}, s), w.otlp(func(ss ptrace.ScopeSpans) {
		ss.Scope().SetName("other")
		s.span(ss, s.trace, s.spans[2], s.spans[1], "below", 1037, "gen_ai.operation.name=chat")
		s.span(ss, newID(), s.spans[3], "", "elsewhere", 1037, "gen_ai.operation.name=chat", "gen_ai.response.id="+s.response)
	}, s)}
}
