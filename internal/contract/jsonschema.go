package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// object is a JSON object; encoding/json writes its keys in order, so the output is stable.
type object = map[string]any

const (
	maxFields     = 1024
	maxNameLength = 256
	maxRefLength  = 256
	decimal       = `^\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\s*$`
	amount        = `^\s*\+?([0-9]{1,10}(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?\s*$`
	isoTime       = `^((19[7-9][0-9]|2[01][0-9]{2}|2200)-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.,][0-9]+)?(Z|[+-][0-2][0-9]:?[0-5][0-9])?|[1-9][0-9]{0,18})$`
	yearInMs      = 366 * 24 * 3600 * 1000
	maxTokens     = 1 << 53
)

func anyOf(alternatives ...any) object { return object{"anyOf": alternatives} }

func text(pattern string) object { return object{"type": "string", "pattern": pattern} }

var null = object{"type": "null"}

// kinds say what the value of a field may be. null always counts as absent.
var kinds = map[string]object{
	"any":          {},
	"content":      {},
	"message":      {},
	"text":         {"type": []string{"string", "number", "boolean", "null"}},
	"texts":        anyOf(object{"type": []string{"string", "null"}}, object{"type": "array", "items": object{"type": []string{"string", "number", "boolean"}}}),
	"boolean":      {"type": []string{"boolean", "null"}},
	"number":       anyOf(object{"type": []string{"number", "null"}}, text(decimal)),
	"milliseconds": anyOf(object{"type": []string{"number", "null"}, "minimum": 0, "maximum": yearInMs}, text(amount)),
	"whole":        anyOf(object{"type": []string{"integer", "null"}, "minimum": math.MinInt64, "maximum": math.MaxInt64}, text(`^\s*[+-]?[0-9]{1,19}\s*$`)),
	"count":        anyOf(object{"type": []string{"integer", "null"}, "minimum": 0}, text(`^\s*\+?[0-9]{1,19}\s*$`)),
	"tokens":       anyOf(object{"type": []string{"integer", "null"}, "minimum": 0, "maximum": maxTokens}, text(`^\s*\+?[0-9]{1,16}\s*$`)),
	"money":        anyOf(object{"type": []string{"number", "null"}, "minimum": 0, "maximum": 1e9}, text(amount)),
	"currency":     anyOf(null, text(`^[A-Za-z]{3}$`)),
	"time":         anyOf(object{"type": []string{"number", "null"}, "minimum": 1}, text(isoTime)),
	"event_id":     anyOf(object{"type": []string{"number", "boolean", "null"}}, object{"type": "string", "minLength": 1, "maxLength": 64}),
	"ref":          anyOf(object{"type": []string{"number", "boolean", "null"}}, object{"type": "string", "maxLength": maxRefLength}),
	"type":         {"type": "string", "minLength": 1},
	"op":           {"enum": []any{"create", "merge", nil}},
	"status_code":  anyOf(null, text(`^([oO][kK]|[eE][rR][rR][oO][rR]|[uU][nN][sS][eE][tT])$`)),
	"attributes":   {"type": []string{"object", "null"}, "maxProperties": maxFields, "propertyNames": object{"maxLength": maxNameLength}},
	"forbidden":    null,
	// Those that need the contract: see value.
	"schema": {}, "object": {}, "status": {}, "cost": {}, "choice": {},
}

// JSONSchema is the contract as JSON Schema, draft 2020-12.
func (c *Contract) JSONSchema() ([]byte, error) {
	defs := object{}
	for name, k := range kinds {
		if len(k) > 0 {
			defs["kind."+name] = k
		}
	}
	for _, g := range c.Groups {
		defs["group."+g.Name] = c.object(g.Fields)
	}
	if c.Envelope != nil {
		envelope := c.object(c.Envelope)
		envelope["properties"].(object)["events"] = object{"$ref": "#/$defs/events"}
		envelope["required"] = []string{"events"}
		defs["envelope"] = envelope
	}
	defs["events"] = object{"type": "array", "maxItems": c.MaxEvents, "items": object{"$ref": "#/$defs/event"}}
	defs["event"] = c.event(defs)
	root := object{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": fmt.Sprintf("urn:watchllm:events:%d", c.Major),
		"title": c.Title, "description": c.Brief, "$defs": defs,
		"if": object{"type": "array"}, "then": object{"$ref": "#/$defs/events"},
		"else": object{
			"if":   object{"type": "object", "required": []string{"events"}, "not": object{"required": []string{"type"}}},
			"then": object{"$ref": "#/$defs/envelope"}, "else": object{"$ref": "#/$defs/event"},
		},
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(root)
	return b.Bytes(), err
}

// event is the common fields, and for each type its own.
func (c *Contract) event(defs object) object {
	typeNames := c.TypeNames
	if len(typeNames) == 0 {
		typeNames = []string{"type"}
	}
	named := func(condition object) object { return named(typeNames, condition) }
	out := c.object(c.Common)
	completes := slices.ContainsFunc(c.Common, func(f Field) bool { return f.Name == "op" })
	var all, whole []any // whole is demanded of events that complete no other
	var names []any
	for _, t := range c.Types {
		names = append(names, t.Name)
		own, _ := c.Own(t) // checked when it was read
		fields := c.object(own)
		fields["description"] = "Becomes: " + t.Becomes
		defs["type."+t.Name] = fields
		ofType := named(object{"const": t.Name})
		var must []any
		for _, r := range t.Required {
			must = append(must, required(own, r))
		}
		switch {
		case len(must) == 0:
		case completes:
			whole = append(whole, object{"if": ofType, "then": c.placed(object{"allOf": must})})
		default:
			fields["allOf"] = must
		}
		all = append(all, object{"if": ofType, "then": c.placed(object{"$ref": "#/$defs/type." + t.Name})})
	}
	if c.Closed {
		whole = append(whole, named(object{"enum": names}))
	} else {
		whole = append(whole, named(object{"type": "string", "minLength": 1}))
		if typ, ok := out["properties"].(object)["type"].(object); ok {
			typ["examples"] = names
		}
	}
	if !completes {
		out["allOf"] = append(all, whole...)
		return out
	}
	out["allOf"] = append(all, object{
		"if":   object{"required": []string{"op"}, "properties": object{"op": object{"const": "merge"}}},
		"then": required(c.Common, "id"), "else": object{"allOf": whole},
	})
	return out
}

// placed puts a condition on the fields of a type where they stand.
func (c *Contract) placed(condition object) object {
	if len(c.Bodies) == 0 {
		return condition
	}
	return named(c.Bodies, condition)
}

// named demands that the first of several names that is there meets a condition.
func named(names []string, condition object) object {
	last := object{"required": []string{names[len(names)-1]}, "properties": object{names[len(names)-1]: condition}}
	out := last
	for i := len(names) - 2; i >= 0; i-- {
		out = object{
			"if":   object{"required": []string{names[i]}, "properties": object{names[i]: object{"not": null}}},
			"then": object{"properties": object{names[i]: condition}}, "else": out,
		}
	}
	return out
}

// required demands a field in any of its spellings.
func required(fields []Field, name string) object {
	var ways []any
	for _, f := range fields {
		if f.Name != name {
			continue
		}
		for _, s := range f.Spellings() {
			ways = append(ways, object{"required": []string{s}, "properties": object{s: object{"not": null}}})
		}
	}
	return object{"anyOf": ways}
}

func (c *Contract) object(fields []Field) object {
	properties := object{}
	for _, f := range fields {
		for _, s := range f.Spellings() {
			v := c.value(f)
			v["description"] = f.Brief
			if s != f.Name {
				v["description"] = "Same as " + f.Name
			}
			properties[s] = v
		}
	}
	return object{"type": "object", "properties": properties, "maxProperties": maxFields, "propertyNames": object{"maxLength": maxNameLength}}
}

func (c *Contract) value(f Field) object {
	switch group := (object{"$ref": "#/$defs/group." + f.Group}); f.Kind {
	case "schema":
		return object{"enum": []any{c.Schema, nil}}
	case "object":
		return anyOf(null, group)
	case "status":
		return anyOf(object{"$ref": "#/$defs/kind.status_code"}, group)
	case "cost":
		return anyOf(object{"$ref": "#/$defs/kind.money"}, group)
	case "choice":
		values := []any{}
		for _, v := range f.Values {
			values = append(values, v)
		}
		return object{"enum": append(values, nil)}
	case "any", "content", "message":
		return object{}
	}
	return object{"$ref": "#/$defs/kind." + f.Kind}
}
