package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"testing"
	"time"
)

// A call whose tokens, messages and outcome come after it was stored is one call with the figures of the whole, however often they are sent.
func TestLateFieldsCompleteACall(t *testing.T) {
	i := shared.get(t)
	whole, split := shared.tenant(t), shared.tenant(t)
	at := time.Now().UTC().Add(-time.Minute).Format(time.RFC3339Nano)
	begun := fmt.Sprintf(`"type":"llm.call","time":%q,"provider":"openai","request_model":"gpt-5-mini","stream":true`, at)
	usage := `"usage":{"input_tokens":1037,"output_tokens":211,"cache_read_input_tokens":512}`
	send := func(tenant, body string) map[string]any {
		t.Helper()
		a, err := i.ask("http://"+i.events+"/api/v1/events", "application/json", i.keys[tenant], []byte(body))
		if err != nil || a.code != http.StatusAccepted {
			t.Fatalf("%s is answered %+v (%v)", body, a, err)
		}
		var answer map[string]any
		if err := json.Unmarshal([]byte(a.body), &answer); err != nil {
			t.Fatal(err)
		}
		return answer
	}
	send(whole, `{"id":"c-1","trace_id":"t","span_id":"s-1","duration_ms":850,"status":"ok",`+begun+`,`+usage+`}`)
	send(whole, `{"id":"c-2","trace_id":"t","span_id":"s-2",`+begun+`,`+usage+`}`)
	var want []traceCard
	within(t, seenLimit, "the whole calls", func() (err error) {
		if want, err = i.traces(whole); err != nil {
			return err
		}
		return figures(want, 2)
	})

	send(split, `[{"id":"c-1","trace_id":"t","span_id":"s-1",`+begun+`},{"id":"c-2","trace_id":"t","span_id":"s-2",`+begun+`}]`)
	within(t, seenLimit, "the calls that have begun", func() error { return i.exactly(split, 2) })
	for range 2 {
		send(split, `{"id":"c-1","op":"merge","seq":2,"duration_ms":850,`+usage+`}`)
		send(split, `{"id":"c-1","op":"merge","seq":1,"status":"ok","usage":{"input_tokens":7}}`)
		send(split, `{"id":"u-1","type":"token_usage","span_id":"s-2",`+usage+`}`)
	}
	within(t, lateLimit, "the figures of the whole calls", func() error {
		got, err := i.traces(split)
		if err != nil {
			return err
		}
		if err := figures(got, 2); err != nil {
			return err
		}
		if !reflect.DeepEqual(got, want) {
			return fmt.Errorf("%+v, sent in one it is %+v", got, want)
		}
		return nil
	})
	rows, err := i.sql(fmt.Sprintf("SELECT count(), uniqExact(span_id), max(attributes_int['watchllm.native.revision']) FROM llm_spans FINAL WHERE tenant_id = '%s'", split))
	if err != nil || rows != "2\t2\t2" {
		t.Errorf("%q is stored (%v)", rows, err)
	}
}

// figures complains unless the only trace shows n calls with tokens and cost.
func figures(list []traceCard, n int) error {
	if err := want("traces", len(list), 1); err != nil {
		return err
	}
	if err := want("calls", list[0].Calls, n); err != nil {
		return err
	}
	if list[0].Cost == nil || list[0].Tokens.Output.Total == nil {
		return fmt.Errorf("no figures yet: %+v", list[0])
	}
	return nil
}
