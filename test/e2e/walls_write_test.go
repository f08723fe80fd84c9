package e2e

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
)

// writeDoor is one way to send calls, with the victim claimed wherever something can be claimed.
type writeDoor struct {
	name string
	// rows are what it stores, and route the vendor's route that it goes through.
	rows  int
	route string
	send  func(t *testing.T, w *walls, key string) error
}

var writeDoors = append([]writeDoor{
	{name: "OTLP/HTTP protobuf", rows: 1, send: otlpDoor(protobufOf)},
	{name: "OTLP/HTTP JSON", rows: 1, send: otlpDoor(jsonOf)},
	{name: "OTLP/HTTP, attributes twice on the wire", rows: 1, send: otlpDoor(twiceOf)},
	{name: "OTLP/gRPC", rows: 1, send: grpcTraces},
	{name: "OTLP/HTTP logs", rows: 1, send: logsDoor(func(r plogotlp.ExportRequest) ([]byte, string, error) { return typed(r.MarshalProto, protobufType) })},
	{name: "OTLP/HTTP logs in JSON", rows: 1, send: logsDoor(func(r plogotlp.ExportRequest) ([]byte, string, error) { return typed(r.MarshalJSON, jsonType) })},
	{name: "OTLP/HTTP logs, attributes twice on the wire", rows: 1, send: logsDoor(logsTwiceOf)},
	{name: "OTLP/gRPC logs", rows: 1, send: grpcLogs},
	{name: "events, native", rows: 4, send: eventsDoor("/api/v1/events", nativeBody)},
	{name: "events, native lines", rows: 1, send: eventsDoor("/api/v1/events/batch", nativeLines)},
	{name: "events, version 0", rows: 1, send: eventsDoor("/api/v1/events", seedBody)},
	{name: "events, version 0 in a batch", rows: 1, send: eventsDoor("/api/v1/events/batch", func() (string, string) {
		body, media := seedBody()
		return "[" + body + "]", media
	})},
	{name: "events on the query API's port", rows: 1, send: func(_ *testing.T, w *walls, key string) error {
		body, media := seedBody()
		return w.claim(key, http.MethodPost, "http://"+w.query+"/api/v1/events", media, []byte(body))
	}},
}, vendorDoors()...)

const (
	jsonType     = "application/json"
	protobufType = "application/x-protobuf"
)

func typed(marshal func() ([]byte, error), media string) ([]byte, string, error) {
	raw, err := marshal()
	return raw, media, err
}

// claimingTraces is one call that claims on every level.
func claimingTraces() ptraceotlp.ExportRequest {
	req := requestOf(1)
	rs := req.Traces().ResourceSpans().At(0)
	ss := rs.ScopeSpans().At(0)
	span := ss.Spans().At(0)
	claimIn(rs.Resource().Attributes())
	claimIn(ss.Scope().Attributes())
	claimIn(span.Attributes())
	claimIn(span.Events().AppendEmpty().Attributes())
	claimIn(span.Links().AppendEmpty().Attributes())
	span.TraceState().FromRaw("watchllm=acme:shop,tenant=acme")
	rs.SetSchemaUrl("https://example.com/?tenant=acme")
	ss.Scope().SetName("acme/shop")
	return req
}

func protobufOf(req ptraceotlp.ExportRequest) ([]byte, string, error) {
	return typed(req.MarshalProto, protobufType)
}

func jsonOf(req ptraceotlp.ExportRequest) ([]byte, string, error) {
	return typed(req.MarshalJSON, jsonType)
}

// twice repeats every claim, as no SDK would and everybody can.
func twice() (out []*commonpb.KeyValue) {
	for range 2 {
		for name, value := range claims {
			out = append(out, &commonpb.KeyValue{Key: name, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: value}}})
		}
	}
	return out
}

func twiceOf(req ptraceotlp.ExportRequest) ([]byte, string, error) {
	raw, err := req.MarshalProto()
	if err != nil {
		return nil, "", err
	}
	var td tracepb.TracesData
	if err := proto.Unmarshal(raw, &td); err != nil {
		return nil, "", err
	}
	rs := td.ResourceSpans[0]
	span := rs.ScopeSpans[0].Spans[0]
	for _, list := range []*[]*commonpb.KeyValue{&rs.Resource.Attributes, &rs.ScopeSpans[0].Scope.Attributes, &span.Attributes} {
		*list = append(twice(), append(*list, twice()...)...)
	}
	rs.Resource.EntityRefs = []*commonpb.EntityRef{{Type: "watchllm.tenant.id", IdKeys: []string{"watchllm.tenant.id"}, DescriptionKeys: []string{"watchllm.project.id"}}}
	raw, err = proto.Marshal(&td)
	return raw, protobufType, err
}

func otlpDoor(encode func(ptraceotlp.ExportRequest) ([]byte, string, error)) func(*testing.T, *walls, string) error {
	return func(_ *testing.T, w *walls, key string) error {
		raw, media, err := encode(claimingTraces())
		if err != nil {
			return err
		}
		return w.claim(key, http.MethodPost, "http://"+w.http+"/v1/traces", media, raw)
	}
}

// claim sends a body with claims around it.
func (w *walls) claim(key, method, url, media string, body []byte) error {
	join := "?"
	if strings.Contains(url, "?") {
		join = "&"
	}
	a, err := w.send(key, request{method: method, url: url + join + claimQuery(), contentType: media, headers: claimHeaders(), body: body})
	if err == nil && a.code/100 != 2 {
		err = fmt.Errorf("answers %d: %s", a.code, a.body)
	}
	return err
}

// claimMetadata are the headers as gRPC sends them.
func claimMetadata(ctx context.Context, key string) context.Context {
	for name, values := range claimHeaders() {
		ctx = metadata.AppendToOutgoingContext(ctx, strings.ToLower(name), values[0])
	}
	for name, value := range map[string]string{"watchllm.tenant.id": "acme", "watchllm-tenant-bin": "acme", "tenant.id": "acme", "project.id": "shop"} {
		ctx = metadata.AppendToOutgoingContext(ctx, name, value)
	}
	return metadata.AppendToOutgoingContext(ctx, "x-api-key", key)
}

func grpcTraces(t *testing.T, w *walls, key string) error {
	_, err := ptraceotlp.NewGRPCClient(w.conn).Export(claimMetadata(t.Context(), key), claimingTraces())
	return err
}

// claimingLogs is one call of a client that only logs.
func claimingLogs() plogotlp.ExportRequest {
	req := logOf(newTraceID())
	rl := req.Logs().ResourceLogs().At(0)
	claimIn(rl.Resource().Attributes())
	claimIn(rl.ScopeLogs().At(0).Scope().Attributes())
	for _, r := range rl.ScopeLogs().At(0).LogRecords().All() {
		claimIn(r.Attributes())
		body := r.Body().Str()
		claimIn(r.Body().SetEmptyMap())
		r.Body().Map().PutStr("body", body)
	}
	return req
}

func logsTwiceOf(req plogotlp.ExportRequest) ([]byte, string, error) {
	raw, err := req.MarshalProto()
	if err != nil {
		return nil, "", err
	}
	var ld logspb.LogsData
	if err := proto.Unmarshal(raw, &ld); err != nil {
		return nil, "", err
	}
	rl := ld.ResourceLogs[0]
	rl.Resource.Attributes = append(twice(), append(rl.Resource.Attributes, twice()...)...)
	for _, r := range rl.ScopeLogs[0].LogRecords {
		r.Attributes = append(twice(), append(r.Attributes, twice()...)...)
	}
	raw, err = proto.Marshal(&ld)
	return raw, protobufType, err
}

func logsDoor(encode func(plogotlp.ExportRequest) ([]byte, string, error)) func(*testing.T, *walls, string) error {
	return func(_ *testing.T, w *walls, key string) error {
		raw, media, err := encode(claimingLogs())
		if err != nil {
			return err
		}
		return w.claim(key, http.MethodPost, "http://"+w.http+"/v1/logs", media, raw)
	}
}

func grpcLogs(t *testing.T, w *walls, key string) error {
	_, err := plogotlp.NewGRPCClient(w.conn).Export(claimMetadata(t.Context(), key), claimingLogs())
	return err
}

func eventsDoor(path string, body func() (text, media string)) func(*testing.T, *walls, string) error {
	return func(_ *testing.T, w *walls, key string) error {
		text, media := body()
		return w.claim(key, http.MethodPost, "http://"+w.events+path, media, []byte(text))
	}
}

// nativeBody is a call, what becomes a log record, and an unknown type, in an envelope that claims too.
func nativeBody() (string, string) {
	event := func(fields string) string {
		return `{"id":"` + newID() + `","attributes":` + claimObject() + `,"params":` + claimObject() + `,"usage":{"input_tokens":7,"output_tokens":3},` + fields + `,` + claimMembers() + `}`
	}
	return `{"schema":"watchllm.events/1",` + claimMembers() + `,"sdk":{"name":"acme","version":"shop"},"resource":` + claimObject() + `,"events":[` +
		event(`"type":"llm.call","request_model":"gpt-5-mini","duration_ms":5`) + `,` +
		event(`"type":"log","body":"text","severity":"info"`) + `,` +
		event(`"type":"evaluation","name":"fair","score":1`) + `,` +
		event(`"type":"acme.project","watchllm.tenant.id":"acme"`) + `]}`, jsonType
}

func nativeLines() (string, string) {
	return `{"schema":"watchllm.events/1","id":"` + newID() + `","type":"tool.call","name":"acme","arguments":` + claimObject() + `,` + claimMembers() + "}\n", "application/x-ndjson"
}

func seedBody() (string, string) {
	return `{"eventId":"` + newUUID() + `","type":"token_usage","timestamp":"` + time.Now().UTC().Format("2006-01-02T15:04:05.000000") + `",` +
		`"sdk":{"name":"watchllm-python","version":"1"},"context":` + claimObject() + `,"body":{"model":"gpt-5-mini","inputTokens":7,"outputTokens":3,` + claimMembers() + `},` + claimMembers() + `}`, jsonType
}

func newTraceID() (id [16]byte) {
	_, _ = rand.Read(id[:])
	return id
}

// newID is a W3C trace id, and as text fits wherever an id is wanted.
func newID() string {
	id := newTraceID()
	return hex.EncodeToString(id[:])
}

func newUUID() string {
	s := newID()
	return s[:8] + "-" + s[8:12] + "-4" + s[13:16] + "-8" + s[17:20] + "-" + s[20:]
}

// write sends through every door in the victim's name and looks where it went.
func (w *walls) write(t *testing.T) {
	w.calls(t, victim, requestOf(2))
	before := w.all(t, victim)
	through := map[string]bool{}
	for _, door := range writeDoors {
		through[door.route] = true
		if err := door.send(t, w, w.keys[door.name]); err != nil {
			t.Errorf("%s: %v", door.name, err)
		}
	}
	for _, door := range writeDoors {
		within(t, lateLimit, door.name+": rows under the key's own identity", func() error {
			out, err := w.count(w.owners[door.name])
			if err != nil {
				return err
			}
			return want("rows", out, fmt.Sprint(door.rows))
		})
	}
	w.unchanged(t, victim, before)
	if out := w.must1(t, "SELECT countIf(retention_days != 30) FROM llm_spans"); out != "0" {
		t.Errorf("%s rows are kept for another time than the operator's", out)
	}
	for _, route := range vendorRoutes(t) {
		if !through[route] {
			t.Errorf("%s: no attempt goes through this route; add a writeDoor to vendorDoors", route)
		}
	}
}

// vendorRoutes are those the receiver serves; a test of its own keeps the list.
func vendorRoutes(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(), "receiver", "llmeventreceiver", "testdata", "foreign_routes.txt"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

func raw(t *testing.T, req ptraceotlp.ExportRequest) []byte {
	t.Helper()
	b, err := req.MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	return b
}
