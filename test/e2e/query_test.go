package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
)

// get asks the query API and decodes the answer; err is set for every status but 200.
func (i *instance) get(key, path string, into any) (int, error) {
	req, err := http.NewRequest(http.MethodGet, "http://"+i.query+path, nil)
	if err != nil {
		return 0, err
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := httpClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return resp.StatusCode, err
	}
	if resp.StatusCode != http.StatusOK {
		return resp.StatusCode, fmt.Errorf("%s answers %d: %s", path, resp.StatusCode, body)
	}
	return resp.StatusCode, json.Unmarshal(body, into)
}

// The parts of the API's answers that the tests look at.
type (
	traceList struct {
		Traces []traceCard `json:"traces"`
	}
	traceCard struct {
		TraceID string  `json:"trace_id"`
		Calls   int     `json:"calls"`
		Spans   int     `json:"spans"`
		Cost    *string `json:"cost"`
		Tokens  struct {
			Input, Output counted
		} `json:"tokens"`
	}
	counted struct {
		Total *int64 `json:"total"`
	}
	traceDetail struct {
		SpanCount int        `json:"span_count"`
		Spans     []spanNode `json:"spans"`
	}
	spanNode struct {
		SpanID string `json:"span_id"`
		Name   string `json:"name"`
		Status string `json:"status"`
		LLM    struct {
			Provider      *string `json:"provider"`
			RequestModel  *string `json:"request_model"`
			ResponseModel *string `json:"response_model"`
		} `json:"llm"`
		Usage struct {
			Role       *string `json:"role"`
			Input      *int64  `json:"input_tokens"`
			Output     *int64  `json:"output_tokens"`
			CacheRead  *int64  `json:"cache_read_tokens"`
			CacheWrite *int64  `json:"cache_write_tokens"`
			Reasoning  *int64  `json:"reasoning_tokens"`
		} `json:"usage"`
		Cost struct {
			Amount *string `json:"amount"`
			Status *string `json:"status"`
		} `json:"cost"`
		Children []spanNode `json:"children"`
	}
	overview struct {
		Spans  int64 `json:"spans"`
		Calls  int64 `json:"calls"`
		Errors int64 `json:"errors"`
		Tokens struct {
			Input, Output counted
		} `json:"tokens"`
	}
)

// traces lists what a tenant sees of the last day.
func (i *instance) traces(tenant string) ([]traceCard, error) {
	var list traceList
	_, err := i.get(i.keys[tenant], "/api/v1/traces?hours=24", &list)
	return list.Traces, err
}

// sql asks the store behind the API, as an operator with the engine's password may.
func (i *instance) sql(statement string) (string, error) {
	password, err := os.ReadFile(i.path("clickhouse-password"))
	if err != nil {
		return "", err
	}
	req, err := http.NewRequest(http.MethodPost, "http://"+i.clickhouse+"/?"+url.Values{"database": {"watchllm"}}.Encode(), strings.NewReader(statement))
	if err != nil {
		return "", err
	}
	req.SetBasicAuth("default", strings.TrimSpace(string(password)))
	resp, err := httpClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("clickhouse answers %d: %s", resp.StatusCode, body)
	}
	return strings.TrimSpace(string(body)), nil
}

// stored counts the rows of a tenant as they arrived, without any collapsing, and the distinct spans among them.
func (i *instance) stored(tenant string) (rows, distinct int, err error) {
	out, err := i.sql(fmt.Sprintf("SELECT countIf(usage_role_before = ''), uniqExact(trace_id, span_id) FROM llm_spans WHERE tenant_id = '%s'", tenant))
	if err != nil {
		return 0, 0, err
	}
	_, err = fmt.Sscan(out, &rows, &distinct)
	return rows, distinct, err
}

// exactly complains unless each of n spans of a tenant is one row.
func (i *instance) exactly(tenant string, n int) error {
	rows, distinct, err := i.stored(tenant)
	if err != nil {
		return err
	}
	if rows != n || distinct != n {
		return fmt.Errorf("%d rows of %d distinct spans are stored, want %d of both", rows, distinct, n)
	}
	return nil
}

// text is a pointer's value for messages.
func text[T any](p *T) string {
	if p == nil {
		return "null"
	}
	return fmt.Sprint(*p)
}

// wantText complains unless the pointer holds the value.
func wantText(t testing.TB, what string, got *string, expected string) {
	t.Helper()
	if got == nil || *got != expected {
		t.Errorf("%s is %s, want %s", what, text(got), expected)
	}
}
