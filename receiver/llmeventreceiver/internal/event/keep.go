package event

import (
	"strings"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

const (
	nativePrefix = "watchllm.native."
	// fieldPrefix is for unknown fields with names that mean something else under nativePrefix.
	fieldPrefix = nativePrefix + "field."
	// ownPrefix is for fields of the contract whose place something more specific took.
	ownPrefix = nativePrefix + "own."
)

// written are the names under watchllm.native. that the encoder gives a meaning of its own.
var written = map[string]bool{
	"schema": true, "type": true, "id": true, "id_generated": true, "trace_id": true, "span_id": true, "parent_span_id": true,
	"incomplete": true, "time": true, "end_time": true, "project_id": true, "truncated": true,
	"batch_id": true, "sent_at": true, "parent_event_id": true,
}

// groups are the names under which fields of objects are kept.
var groups = map[string]bool{
	"field": true, "own": true, "attributes": true, "resource": true, "envelope": true, "sdk": true, "params": true, "usage": true, "cost": true,
	"status": true, "target": true, "metadata": true, "context": true, "usage_event": true,
}

// Keep stores a field that has no meaning here under watchllm.native.<name>, or under watchllm.native.field.<name> where that name
// means something else.
func Keep(r *Reader, name string, v jsontree.Value) {
	group, _, nested := strings.Cut(name, ".")
	if written[name] || nested && groups[group] {
		r.keep(fieldPrefix+name, v)
		return
	}
	r.keep(nativePrefix+name, v)
}

// KeepUnder stores fields that have no meaning here under watchllm.native.<group>.<name>.
func KeepUnder(group string) func(r *Reader, name string, v jsontree.Value) {
	return func(r *Reader, name string, v jsontree.Value) { r.keep(nativePrefix+group+"."+name, v) }
}

// Displace keeps what a field said when something more specific took its place.
func (rec *Record) Displace(name, text string) { rec.Attrs.PutStr(ownPrefix+name, text) }

// Attributes reads the sender's own attributes, after everything else. Names under watchllm. are ours, and a field of the contract
// counts more than an attribute: such attributes are kept, but as native.
func Attributes(r *Reader, v jsontree.Value) {
	(Table{}).Read(r, v, func(r *Reader, name string, v jsontree.Value) {
		if strings.HasPrefix(name, "watchllm.") || r.Record.writes(name) {
			name = nativePrefix + "attributes." + name
		}
		r.keep(name, v)
	})
}

func (r *Reader) keep(attr string, v jsontree.Value) {
	if r.Record.Attrs.Len() >= maxAttributes {
		r.Reject(CodeTooManyFields, "is one of more than %d fields", maxAttributes)
		return
	}
	if v.Kind() == jsontree.String {
		r.PutContent(attr, v.Text())
		return
	}
	if v.Size() > r.limits.ContentBytes {
		r.PutContent(attr, v.Compact())
		return
	}
	ToValue(v, r.Record.Attrs.PutEmpty(attr))
}
