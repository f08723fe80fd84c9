package e2e

import (
	"encoding/hex"
	"net/http"
	"time"
)

// unhex is an id's bytes; what is given is made here.
func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func (w *walls) json(method, path, body string) request {
	return request{method: method, url: "http://" + w.events + path, contentType: jsonType, body: []byte(body)}
}

func (w *walls) event(body string) request {
	return w.json(http.MethodPost, "/api/v1/events", `{"schema":"watchllm.events/1","events":[`+body+`]}`)
}

// eventsVictim is a run that names nothing but itself, and a call in it with ids of its own.
func eventsVictim(w *walls, s *story) []request {
	return []request{
		w.event(`{"id":"` + s.events[0] + `","type":"llm.call","time":"` + iso(s.at) + `","duration_ms":1000,"trace_id":"` + s.trace + `","span_id":"` + s.spans[0] + `","request_model":"gpt-5-mini","provider":"openai",` +
			`"response_id":"` + s.response + `","usage":{"input_tokens":1037,"output_tokens":211}}`),
		w.event(`{"id":"` + s.events[1] + `","type":"agent.run","time":"` + iso(s.at) + `","duration_ms":1000,"name":"secret agent","user_id":"secret user","conversation_id":"secret conversation"}`),
	}
}

// eventsAttack are other versions of the two under the same ids, and everything that may name a span that is elsewhere.
func eventsAttack(w *walls, s *story) []request {
	return []request{
		w.event(`{"id":"` + s.events[0] + `","type":"llm.call","time":"` + iso(s.at) + `","duration_ms":1000,"trace_id":"` + s.trace + `","span_id":"` + s.spans[0] + `","request_model":"gpt-5-mini","provider":"openai",` +
			`"response_id":"` + s.response + `","user_id":"evil","usage":{"input_tokens":999999,"output_tokens":1}},` +
			`{"id":"` + s.events[1] + `","type":"agent.run","time":"` + iso(s.at) + `","duration_ms":1000,"name":"evil","user_id":"evil"}`),
		w.event(`{"id":"` + s.events[2] + `","type":"evaluation","name":"fair","score":0,"time":"` + iso(s.at) + `","target":{"event_id":"` + s.events[0] + `"},"trace_id":"` + s.trace + `","span_id":"` + s.spans[0] + `"}`),
		w.event(`{"id":"` + s.events[3] + `","type":"error","error_type":"evil","message":"evil","time":"` + iso(s.at) + `","trace_id":"` + s.trace + `","span_id":"` + s.spans[0] + `"}`),
		w.event(`{"id":"` + s.events[3] + `-usage","type":"token_usage","model":"gpt-5-mini","time":"` + iso(s.at) + `","trace_id":"` + s.trace + `","span_id":"` + s.spans[0] + `","usage":{"input_tokens":5,"output_tokens":5}}`),
		w.event(`{"id":"` + s.events[3] + `-thumb","type":"feedback","name":"thumb","score":0,"time":"` + iso(s.at) + `","target":{"event_id":"` + s.events[1] + `"}}`),
		{
			method: http.MethodPost, url: "http://" + w.events + "/api/v1/events", contentType: jsonType, refusable: true,
			body: []byte(`[{"id":"` + s.events[0] + `","type":"llm.call","op":"merge","seq":9,"user_id":"evil","usage":{"input_tokens":5,"output_tokens":5}},` +
				`{"id":"` + s.events[1] + `","type":"agent.run","op":"merge","seq":9,"conversation_id":"evil","status":"error"}]`),
		},
	}
}

func (w *walls) langfuse(records ...string) request {
	body := `{"batch":[`
	for i, r := range records {
		if i > 0 {
			body += ","
		}
		body += r
	}
	return w.json(http.MethodPost, "/api/public/ingestion", body+`]}`)
}

func langfuseTraceOf(s *story, fields string) string {
	return `{"id":"` + s.events[0] + `","type":"trace-create","timestamp":"` + iso(s.at) + `","body":{"id":"` + s.trace + `",` + fields + `}}`
}

func langfuseRecord(s *story, kind, fields string) string {
	return `{"id":"` + s.events[1] + kind + `","type":"` + kind + `","timestamp":"` + iso(s.at) + `","body":{"id":"` + s.spans[0] + `","traceId":"` + s.trace + `",` + fields + `}}`
}

// langfuseVictim begins a generation and ends it in another request.
func langfuseVictim(w *walls, s *story) []request {
	return []request{
		w.langfuse(langfuseTraceOf(s, `"name":"secret","userId":"secret user","sessionId":"secret conversation"`),
			langfuseRecord(s, "generation-create", `"name":"chat","startTime":"`+iso(s.at)+`","model":"gpt-5-mini"`)),
		w.langfuse(langfuseRecord(s, "generation-update", `"endTime":"`+iso(s.at.Add(time.Second))+`","usage":{"input":1037,"output":211}`)),
	}
}

// langfuseAttack ends a generation that somebody else began, and says whose the trace is.
func langfuseAttack(w *walls, s *story) []request {
	return []request{
		w.langfuse(langfuseRecord(s, "generation-update", `"endTime":"`+iso(s.at.Add(time.Second))+`","output":"evil","usage":{"input":999999,"output":1}`)),
		w.langfuse(langfuseTraceOf(s, `"userId":"evil","tags":["evil"]`)),
	}
}

func langSmithFields(s *story) string {
	return `"id":"` + s.run + `","trace_id":"` + s.run + `","dotted_order":"` + s.at.UTC().Format("20060102T150405000000Z") + s.run + `"`
}

// langSmithVictim posts a run when it begins and patches it when it ends.
func langSmithVictim(w *walls, s *story) []request {
	return []request{
		w.json(http.MethodPost, "/runs", `{`+langSmithFields(s)+`,"name":"ChatOpenAI","run_type":"llm","start_time":"`+iso(s.at)+`","inputs":{"model":"gpt-5-mini"},"extra":{"metadata":{"thread_id":"secret conversation"}}}`),
		w.json(http.MethodPatch, "/runs/"+s.run, `{`+langSmithFields(s)+`,"end_time":"`+iso(s.at.Add(time.Second))+`","outputs":{"usage_metadata":{"input_tokens":1037,"output_tokens":211}}}`),
	}
}

func langSmithAttack(w *walls, s *story) []request {
	return []request{
		w.json(http.MethodPatch, "/runs/"+s.run, `{`+langSmithFields(s)+`,"end_time":"`+iso(s.at.Add(time.Second))+`","error":"evil","outputs":{"usage_metadata":{"input_tokens":999999,"output_tokens":1}}}`),
	}
}

func agentsSpanOf(s *story, input string) string {
	return `{"object":"trace.span","id":"span_` + s.spans[0] + `","trace_id":"trace_` + s.trace + `","started_at":"` + iso(s.at) + `","ended_at":"` + iso(s.at.Add(time.Second)) +
		`","span_data":{"type":"generation","model":"gpt-5-mini","usage":{"input_tokens":` + input + `,"output_tokens":211}},"error":null}`
}

// agentsVictim says of its trace whose it is before there is a span of it.
func agentsVictim(w *walls, s *story) []request {
	return []request{
		w.json(http.MethodPost, "/v1/traces/ingest", `{"data":[{"object":"trace","id":"trace_`+s.trace+`","workflow_name":"secret","group_id":"secret conversation"}]}`),
		w.json(http.MethodPost, "/v1/traces/ingest", `{"data":[`+agentsSpanOf(s, "1037")+`]}`),
	}
}

// agentsAttack sends a span of that trace, and would learn from it what is known of the trace.
func agentsAttack(w *walls, s *story) []request {
	return []request{w.json(http.MethodPost, "/v1/traces/ingest", `{"data":[`+agentsSpanOf(s, "999999")+`]}`)}
}

// uuid is how LangSmith's clients write an id.
func uuid(id string) string {
	return id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
}

// scoresVictim has a run inside a trace, and a score of it that names the run only.
func scoresVictim(w *walls, s *story) []request {
	return []request{
		w.json(http.MethodPost, "/runs", `{"id":"`+s.run+`","trace_id":"`+uuid(s.trace)+`","parent_run_id":"`+uuid(s.trace)+`","name":"ChatOpenAI","run_type":"llm","start_time":"`+iso(s.at)+`","end_time":"`+iso(s.at.Add(time.Second))+
			`","inputs":{"model":"gpt-5-mini"},"outputs":{"usage_metadata":{"input_tokens":1037,"output_tokens":211}}}`),
		w.json(http.MethodPost, "/feedback", `{"id":"`+uuid(s.events[0])+`","key":"fair","run_id":"`+s.run+`","score":1,"created_at":"`+iso(s.at)+`"}`),
	}
}

// scoresAttack scores the run as if it were the victim, under the id of its score and under another, and would learn the run's trace.
func scoresAttack(w *walls, s *story) []request {
	return []request{
		w.json(http.MethodPost, "/feedback", `{"id":"`+uuid(s.events[0])+`","key":"fair","run_id":"`+s.run+`","score":0,"comment":"evil","created_at":"`+iso(s.at)+`"}`),
		w.json(http.MethodPost, "/feedback", `{"id":"`+uuid(s.events[1])+`","key":"evil","run_id":"`+s.run+`","score":0,"created_at":"`+iso(s.at)+`"}`),
		w.json(http.MethodPost, "/api/public/scores", `{"id":"`+s.events[2]+`","name":"evil","observationId":"`+s.run+`","value":0,"timestamp":"`+iso(s.at)+`"}`),
	}
}

func liteLLMCallOf(s *story, input, user string) string {
	return `[{"id":"` + s.response + `","trace_id":"` + uuid(s.trace) + `","call_type":"acompletion","status":"success","startTime":` + unix(s.at) + `,"endTime":` + unix(s.at.Add(time.Second)) +
		`,"model":"gpt-5-mini","custom_llm_provider":"openai","prompt_tokens":` + input + `,"completion_tokens":211,"end_user":"` + user + `"}]`
}

// liteLLMVictim sends a call, and once more as after an answer that it did not get.
func liteLLMVictim(w *walls, s *story) []request {
	call := w.json(http.MethodPost, "/litellm", liteLLMCallOf(s, "1037", "secret user"))
	return []request{call, call}
}

func liteLLMAttack(w *walls, s *story) []request {
	return []request{w.json(http.MethodPost, "/litellm", liteLLMCallOf(s, "999999", "evil"))}
}
