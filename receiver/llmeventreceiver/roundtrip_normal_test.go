package llmeventreceiver

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/contract"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// normalizer brings an event as it was sent into the form the inverter gives back: own names for aliases, one form of each value,
// defaults filled in. It goes by the registry alone; only values that nobody interprets are converted with the receiver's code.
type normalizer struct {
	t testing.TB
	c *contract.Contract
}

func (n normalizer) event(v jsontree.Value) object {
	typ := v.Get("type").Text()
	fields, isLog := n.c.Common, true
	if t, ok := n.c.Type(typ); ok {
		fields, isLog = n.c.Fields(t), strings.HasPrefix(t.Becomes, "log")
	}
	out, kept := object{}, object{}
	n.members(v, fields, out, kept, "")
	delete(out, "schema")
	if out["op"] == "create" {
		delete(out, "op")
	}
	n.times(out, v, isLog)
	switch t, _ := n.c.Type(typ); {
	case slices.Contains(t.Uses, "model") && out["operation"] == nil:
		out["operation"] = map[string]string{"embedding": "embeddings"}[typ]
		if out["operation"] == "" {
			out["operation"] = "chat"
		}
	case typ == "evaluation", typ == "feedback":
		n.target(out, kept)
	}
	put(out, "kept", kept)
	return out
}

// members reads the fields of an object. The first spelling of a field counts; others are kept.
func (n normalizer) members(v jsontree.Value, fields []contract.Field, out, kept object, group string) {
	spellings, seen := contract.SpellingsOf(fields), map[string]string{}
	for key, m := range v.Members() {
		if m.IsNothing() {
			continue
		}
		name, known := spellings[key]
		if !known || seen[name] != "" && seen[name] != key {
			kept[group+key] = raw(m)
			continue
		}
		seen[name] = key
		f := fields[slices.IndexFunc(fields, func(f contract.Field) bool { return f.Name == name })]
		if f.Group == "" {
			out[name] = n.value(f, m)
			continue
		}
		inner := object{}
		if m.Kind() == jsontree.Object {
			n.members(m, n.c.Group(f.Group), inner, kept, name+"/")
		} else { // the short form: a status's code, a cost's amount
			first := n.c.Group(f.Group)[0]
			inner[first.Name] = n.value(first, m)
		}
		switch f.Group {
		case "cost":
			if inner["amount"] != nil && inner["currency"] == nil {
				inner["currency"] = "USD"
			}
		case "usage":
			if inner["includes_cache"] == true {
				delete(inner, "includes_cache")
			}
		case "status":
			if inner["code"] == "unset" {
				delete(inner, "code")
			}
		}
		put(out, name, inner)
	}
	for name, v := range out {
		if v == nil {
			delete(out, name)
		}
	}
}

func (n normalizer) value(f contract.Field, v jsontree.Value) any {
	text := v.Text()
	if v.Kind() != jsontree.String {
		text = string(v.Raw())
	}
	switch f.Kind {
	case "text", "type", "op", "event_id", "schema":
		return text
	case "time":
		return text // times come after, together
	case "ref":
		if f.Attribute != "" { // an event's, which is not on the wire
			return text
		}
		return refNormal(text, map[bool]int{true: 16, false: 8}[f.Name == "trace_id"])
	case "status_code":
		return strings.ToLower(text)
	case "currency":
		return strings.ToUpper(text)
	case "boolean":
		return v.Bool()
	case "texts":
		list := []any{}
		if v.Kind() == jsontree.String {
			return append(list, text)
		}
		for _, e := range v.Elements() {
			if e.Kind() == jsontree.String {
				list = append(list, e.Text())
			} else {
				list = append(list, string(e.Raw()))
			}
		}
		return list
	case "number", "milliseconds":
		number, err := strconv.ParseFloat(text, 64)
		require.NoError(n.t, err)
		if f.Kind == "milliseconds" {
			number = math.Round(number*1e6) / 1e6
		}
		return number
	case "whole", "count", "tokens":
		number, ok := new(big.Rat).SetString(strings.TrimSpace(text))
		require.True(n.t, ok && number.IsInt(), text)
		return number.Num().Int64()
	case "money":
		number, ok := new(big.Rat).SetString(strings.TrimSpace(text))
		require.True(n.t, ok, text)
		return number.RatString()
	case "content":
		return contentNormal(text)
	case "message":
		if v.Kind() == jsontree.String {
			return []any{object{"role": f.Role, "parts": []any{object{"type": "text", "content": text}}}}
		}
		return contentNormal(text)
	case "attributes":
		out := object{}
		for key, m := range v.Members() {
			if !m.IsNothing() {
				out[key] = raw(m)
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case "any":
		return raw(v)
	}
	require.Fail(n.t, "a kind without a normal form", f.Kind)
	return nil
}

// times are a moment and a duration where both are known.
func (n normalizer) times(out object, v jsontree.Value, isLog bool) {
	at := func(name string) (time.Time, bool) {
		text, ok := out[name].(string)
		if !ok {
			return time.Time{}, false
		}
		if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
			return t.UTC(), true
		}
		number, err := strconv.ParseInt(text, 10, 64)
		require.NoError(n.t, err, text)
		return event.Unix(number), true
	}
	start, ok := at("time")
	if ok && !start.After(testClock.Add(24*time.Hour)) {
		out["time"] = start
	}
	if end, there := at("end_time"); there && ok && !isLog {
		require.False(n.t, end.Before(start))
		out["duration_ms"] = float64(end.Sub(start)) / 1e6
		delete(out, "end_time")
	}
	if out["duration_ms"] == 0.0 {
		delete(out, "duration_ms")
	}
}

// target gathers what an evaluation is about: fields of the event itself are another way to say it.
func (n normalizer) target(out, kept object) {
	target, _ := out["target"].(object)
	if target == nil {
		target = object{}
	}
	for _, name := range []string{"span_id", "trace_id", "conversation_id"} {
		own := out[name]
		delete(out, name)
		switch {
		case own == nil:
		case target[name] == nil:
			target[name] = own
		case target[name] != own:
			kept["own/"+name] = own
		}
	}
	put(out, "target", target)
}

// refNormal is an id in lower case if it is one of W3C's; others stay as they are.
func refNormal(id string, size int) string {
	if b, err := hex.DecodeString(id); err == nil && len(b) == size && strings.Trim(id, "0") != "" {
		return strings.ToLower(id)
	}
	return id
}

// contentNormal is what a content says: JSON where it is JSON, else the text.
func contentNormal(text string) any {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil || d.More() || strings.TrimSpace(text[d.InputOffset():]) != "" {
		return text
	}
	return plain(v)
}

func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		return v.String()
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
	case string:
		return v
	}
	return v
}

// raw is JSON as an attribute value.
func raw(v jsontree.Value) any {
	value := pcommon.NewValueEmpty()
	event.ToValue(v, value)
	return value.AsRaw()
}
