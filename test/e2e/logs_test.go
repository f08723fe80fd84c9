package e2e

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"

	"github.com/watchllm/watchllm/internal/tenancy"
)

// logOf is one call as Claude Code logs it, among things it also logs.
func logOf(trace pcommon.TraceID) plogotlp.ExportRequest {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr("service.name", "claude-code")
	rl.Resource().Attributes().PutStr("watchllm.tenant.id", "somebody-else")
	sl := rl.ScopeLogs().AppendEmpty()
	sl.Scope().SetName("com.anthropic.claude_code.events")
	for _, name := range []string{"user_prompt", "api_request", "plugin_loaded"} {
		r := sl.LogRecords().AppendEmpty()
		r.SetTimestamp(pcommon.NewTimestampFromTime(time.Now()))
		r.SetTraceID(trace)
		r.Body().SetStr("claude_code." + name)
		a := r.Attributes()
		a.PutStr("event.name", name)
		a.PutStr("model", "claude-sonnet-4-5")
		if name == "api_request" {
			a.PutStr("input_tokens", "397")
			a.PutInt("output_tokens", 211)
			a.PutInt("cache_read_tokens", 512)
			a.PutInt("cache_creation_tokens", 128)
			a.PutInt("cache_creation_5m_tokens", 128)
			a.PutInt("duration_ms", 143)
		}
	}
	return plogotlp.NewExportRequestFromLogs(ld)
}

func (i *instance) postLogs(key string, req plogotlp.ExportRequest) (int, error) {
	raw, err := req.MarshalProto()
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequest(http.MethodPost, "http://"+i.http+"/v1/logs", bytes.NewReader(raw))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/x-protobuf")
	r.Header.Set("X-API-Key", key)
	resp, err := httpClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// A call that exists only as a log event is a priced row of the tenant whose key sent it, once, however often it is sent.
func TestCallsInLogs(t *testing.T) {
	i := shared.get(t)
	tenant := shared.tenant(t)
	var trace pcommon.TraceID
	_, _ = rand.Read(trace[:])
	req := logOf(trace)
	for range 2 {
		if code, err := i.postLogs(i.keys[tenant], req); err != nil || code != http.StatusOK {
			t.Fatalf("OTLP/HTTP answers %d (%v)", code, err)
		}
	}
	within(t, seenLimit, "the call in the log", func() error {
		list, err := i.traces(tenant)
		if err != nil {
			return err
		}
		if err := want("traces", len(list), 1); err != nil {
			return err
		}
		card := list[0]
		if card.Cost == nil || card.Tokens.Input.Total == nil || card.Tokens.Output.Total == nil {
			return fmt.Errorf("no figures: %+v", card)
		}
		got := fmt.Sprint(card.TraceID, " ", card.Calls, " ", card.Spans, " ", *card.Tokens.Input.Total, " ", *card.Tokens.Output.Total, " ", *card.Cost)
		return want("figures", got, trace.String()+" 1 1 1037 211 0.0049896")
	})

	if code, err := i.postLogs("", req); code != http.StatusUnauthorized {
		t.Errorf("without a key OTLP/HTTP answers %d (%v)", code, err)
	}
	readOnly, _ := i.addKey(t, tenant, tenancy.RoleRead)
	within(t, reload, "new key in force", func() error {
		code, err := i.postLogs(readOnly, req)
		if err != nil {
			return err
		}
		return want("status", code, http.StatusForbidden)
	})
}
