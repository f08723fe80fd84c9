package e2e

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
)

// judgement is one call and what was thought of it, in every form in which that can be sent.
type judgement struct {
	trace, span string
	bodies      map[string]string
	log         plogotlp.ExportRequest
}

func newJudgement() *judgement {
	var trace pcommon.TraceID
	var span pcommon.SpanID
	_, _ = rand.Read(trace[:])
	_, _ = rand.Read(span[:])
	j := &judgement{trace: hex.EncodeToString(trace[:]), span: hex.EncodeToString(span[:])}
	at := time.Now().Add(-time.Second)
	call, run := newUUID(), newUUID()
	j.bodies = map[string]string{
		"/api/v1/events": `[{"id":"` + call + `","type":"llm.call","time":"` + iso(at) + `","request_model":"gpt-5-mini","provider":"openai","usage":{"input_tokens":7,"output_tokens":3},"trace_id":"` + j.trace + `","span_id":"` + j.span + `"},` +
			`{"id":"` + call + `-eval","type":"evaluation","name":"native","score":0.25,"time":"` + iso(at) + `","explanation":"why","target":{"span_id":"` + j.span + `","trace_id":"` + j.trace + `"}},` +
			// Nobody says when: a copy has another time, and is the same score.
			`{"id":"` + call + `-thumb","type":"feedback","name":"thumb","score":1,"source":"user","target":{"span_id":"` + j.span + `","trace_id":"` + j.trace + `"}}]`,
		"/api/public/ingestion": `{"batch":[{"id":"` + newUUID() + `","type":"score-create","timestamp":"` + iso(at) + `","body":{"id":"` + newUUID() +
			`","traceId":"` + j.trace + `","observationId":"` + j.span + `","name":"langfuse","value":0.5,"dataType":"NUMERIC"}}]}`,
		"/feedback": `{"id":"` + newUUID() + `","run_id":"` + run + `","trace_id":"` + run + `","key":"langsmith","score":0.75,"created_at":"` + iso(at) + `"}`,
	}
	ld := plog.NewLogs()
	r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.SetEventName("gen_ai.evaluation.result")
	r.SetTimestamp(pcommon.NewTimestampFromTime(at))
	r.SetTraceID(trace)
	r.SetSpanID(span)
	r.Attributes().PutStr("gen_ai.evaluation.name", "otlp")
	r.Attributes().PutStr("gen_ai.evaluation.score.label", "good")
	j.log = plogotlp.NewExportRequestFromLogs(ld)
	return j
}

// send sends everything, each until it is taken.
func (j *judgement) send(t *testing.T, i *instance, tenant string) {
	t.Helper()
	for path, body := range j.bodies {
		within(t, startLimit, path, func() error {
			a, err := i.ask("http://"+i.events+path, "application/json", i.keys[tenant], []byte(body))
			if err != nil {
				return err
			}
			if a.code/100 != 2 {
				return fmt.Errorf("%+v", a)
			}
			return nil
		})
	}
	within(t, startLimit, "OTLP logs", func() error {
		code, err := i.postLogs(i.keys[tenant], j.log)
		if err != nil {
			return err
		}
		return want("status", code, http.StatusOK)
	})
}

// check asks for the scores in every way.
func (j *judgement) check(i *instance, tenant string) error {
	type scores []struct {
		ID, Name, Label string
		Value           *float64
		Span            string `json:"span_id"`
	}
	say := func(all scores) string {
		var out []string
		for _, s := range all {
			value := s.Label
			if s.Value != nil {
				value = fmt.Sprint(*s.Value)
			}
			out = append(out, s.Name+" "+value)
		}
		slices.Sort(out)
		return strings.Join(out, ", ")
	}
	var list struct{ Scores scores }
	if _, err := i.get(i.keys[tenant], "/api/v1/scores", &list); err != nil {
		return err
	}
	if err := want("scores", say(list.Scores), "langfuse 0.5, langsmith 0.75, native 0.25, otlp good, thumb 1"); err != nil {
		return err
	}
	var detail struct {
		Spans []struct {
			SpanID string `json:"span_id"`
			Scores scores
		}
	}
	if _, err := i.get(i.keys[tenant], "/api/v1/traces/"+j.trace, &detail); err != nil {
		return err
	}
	for _, s := range detail.Spans {
		if s.SpanID == j.span {
			if err := want("scores beside the span", say(s.Scores), "langfuse 0.5, native 0.25, otlp good, thumb 1"); err != nil {
				return err
			}
		}
	}
	var summary struct {
		Names []struct {
			Name    string
			Scores  int
			Average *float64
		}
	}
	if _, err := i.get(i.keys[tenant], "/api/v1/scores/summary?name=native", &summary); err != nil {
		return err
	}
	if len(summary.Names) != 1 || summary.Names[0].Scores != 1 || *summary.Names[0].Average != 0.25 {
		return fmt.Errorf("the summary is %+v", summary.Names)
	}
	return nil
}

// What was thought of an answer is one score, in whatever form and however often it is sent, and whatever happens to the collector.
func TestScores(t *testing.T) {
	i := startInstance(t, []string{"judge"}, restless)
	j := newJudgement()
	for range 3 {
		j.send(t, i, "judge")
		i.process.kill()
		i.start(t)
	}
	i.waitReady(t)
	within(t, lateLimit, "each score once", func() error { return j.check(i, "judge") })
	j.send(t, i, "judge")
	i.stop(t)
	i.start(t)
	i.waitReady(t)
	if err := j.check(i, "judge"); err != nil {
		t.Errorf("sent again, after a restart: %v", err)
	}
}

// A tenant whose content is dropped has no words of its prompts in the records either.
func TestLogsAreStoredWithoutDroppedContent(t *testing.T) {
	i := startInstance(t, []string{"open", "closed"}, "\nprocessors:\n  llm_cost:\n    content: {tenants: {closed: {mode: drop}}}\n")
	ld := plog.NewLogs()
	r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.SetTimestamp(pcommon.NewTimestampFromTime(time.Now()))
	r.SetEventName("gen_ai.user.message")
	r.Body().SetStr("the secret")
	r.Attributes().PutStr("prompt", "the secret")
	r.Attributes().PutInt("prompt_length", 10)
	for _, tenant := range []string{"open", "closed"} {
		if code, err := i.postLogs(i.keys[tenant], plogotlp.NewExportRequestFromLogs(ld)); err != nil || code != http.StatusOK {
			t.Fatalf("OTLP/HTTP answers %d (%v)", code, err)
		}
	}
	within(t, seenLimit, "records", func() error {
		got, err := i.sql("SELECT tenant_id, event_name, body, attributes_string['prompt'], attributes_int['prompt_length'] FROM llm_logs FINAL ORDER BY tenant_id DESC")
		if err != nil {
			return err
		}
		return want("records", strings.TrimSpace(got), "open\tgen_ai.user.message\tthe secret\tthe secret\t10\nclosed\tgen_ai.user.message\t\t\t10")
	})
}
