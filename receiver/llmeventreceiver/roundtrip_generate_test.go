package llmeventreceiver

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/watchllm/watchllm/internal/contract"
)

// generator writes events by chance: every type, any of its fields in any spelling and form, and fields nobody knows.
type generator struct {
	c *contract.Contract
	r *rand.Rand
	// index of the event that is being written.
	index int
}

// generate is a whole body with up to four events.
func generate(c *contract.Contract, r *rand.Rand) string {
	g := generator{c: c, r: r}
	var events []string
	for i := range 1 + r.IntN(4) {
		events = append(events, g.event(i))
	}
	members := []string{`"schema":"watchllm.events/1"`, `"events":[` + strings.Join(events, ",") + `]`}
	if g.chance(2) {
		members = append(members, `"batch_id":`+g.text())
	}
	if g.chance(2) {
		members = append(members, `"sentAt":"2026-11-23T10:00:29.5Z"`)
	}
	if g.chance(2) {
		members = append(members, `"sdk":{"name":`+g.text()+`,"version":"1","language":`+g.any(2)+`}`)
	}
	if g.chance(2) {
		members = append(members, `"resource":{"service.name":`+g.text()+`,"watchllm.tenant.id":"forged","x":`+g.some()+`}`)
	}
	if g.chance(3) {
		members = append(members, `"compression":`+g.some())
	}
	return g.object(members)
}

func (g generator) chance(in int) bool { return g.r.IntN(in) == 0 }

func (g generator) pick(from ...string) string { return from[g.r.IntN(len(from))] }

func (g generator) object(members []string) string {
	g.r.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	return "{" + strings.Join(members, ",") + "}"
}

func (g generator) event(i int) string {
	g.index = i
	typ := contract.Type{Name: "guardrail.check"}
	fields := g.c.Common
	if n := g.r.IntN(len(g.c.Types) + 1); n < len(g.c.Types) {
		typ = g.c.Types[n]
		fields = g.c.Fields(typ)
	}
	members := []string{`"id":"e` + strconv.Itoa(i) + `"`, `"type":` + strconv.Quote(typ.Name)}
	for _, f := range fields {
		if strings.Contains(" id type schema op time end_time duration_ms ", " "+f.Name+" ") || f.Kind == "forbidden" {
			continue
		}
		must := strings.Contains(strings.Join(typ.Required, " "), f.Name)
		if must || g.chance(3) {
			members = append(members, g.fieldOf(f, must)...)
		}
	}
	members = append(members, g.times()...)
	members = append(members, g.unknown("")...)
	return g.object(members)
}

// fieldOf is a field, sometimes in a second spelling too, or null.
func (g generator) fieldOf(f contract.Field, must bool) []string {
	spellings := f.Spellings()
	key := strconv.Quote(g.pick(spellings...)) + ":"
	if !must && g.chance(12) {
		return []string{key + "null"}
	}
	out := []string{key + g.value(f, must)}
	if other := strconv.Quote(g.pick(spellings...)) + ":"; other != key && g.chance(4) {
		out = append(out, other+g.value(f, must))
	}
	return out
}

func (g generator) value(f contract.Field, must bool) string {
	switch f.Kind {
	case "text":
		return g.pick(g.text(), g.text(), "42", "true", "4.50")
	case "texts":
		return g.pick(g.text(), "[]", "["+g.text()+","+g.text()+",7]")
	case "boolean":
		return g.pick("true", "false")
	case "number":
		return g.pick("0", "1", "-2.5", "0.1", "1e-3", `"0.25"`, "123456789")
	case "milliseconds":
		return g.pick("0", "1", "12.345678", `"250"`, "86400000")
	case "whole":
		return g.pick("0", "-7", "9007199254740993", `"12"`, "3.0")
	case "count":
		return g.pick("0", "1", "9007199254740993", `"12"`)
	case "tokens":
		return g.pick("0", "17", "9007199254740", `"12"`, "3.0", "1e3")
	case "money":
		return g.pick("0", "0.0006", `"0.10"`, "1e-05", "0.00000000000000000000012345678901234567890", "12", "1.5e2", `"1.2345678901234567890123E-7"`)
	case "currency":
		return g.pick(`"USD"`, `"eur"`)
	case "ref":
		if f.Name == "parent_span_id" { // nothing is its own parent
			return g.pick(`"AAF067AA0BA902B7"`, `"parent-1"`, "77")
		}
		// Each event has its own: events of one request that name each other are put together, which is another test.
		n := strconv.Itoa(g.index)
		return g.pick(`"ü `+n+`"`, `"0AF7651916CD43DD8448EB211C80319`+n+`"`, `"b7ad6b716920333`+n+`"`, `"00F067AA0BA902B`+n+`"`, "12"+n, `"run-`+n+`"`)
	case "content":
		return g.some()
	case "message":
		return g.pick(g.text(), `[{"role":"user","parts":[{"type":"text","content":`+g.text()+`}]}]`, `{"any":"thing"}`)
	case "any":
		return g.some()
	case "attributes":
		return g.attributes()
	case "status":
		if g.chance(2) {
			return g.pick(`"ok"`, `"ERROR"`, `"unset"`)
		}
	case "cost":
		if g.chance(2) {
			return g.value(contract.Field{Kind: "money"}, false)
		}
	case "status_code":
		return g.pick(`"ok"`, `"Error"`, `"unset"`)
	}
	if f.Group == "" {
		panic("a kind without values: " + f.Kind)
	}
	var members []string
	for i, m := range g.c.Group(f.Group) {
		if must && i == 0 || g.chance(3) {
			members = append(members, g.fieldOf(m, must && i == 0)...)
		}
	}
	return g.object(append(members, g.unknown(f.Group)...))
}

func (g generator) times() []string {
	switch g.r.IntN(6) {
	case 0:
		return nil
	case 1:
		return []string{`"durationMs":` + g.pick("12.5", `"3"`)}
	case 2:
		return []string{`"time":"2026-11-23T11:00:00.123456789+01:00"`, `"end_time":"2026-11-23T10:00:03Z"`}
	case 3:
		return []string{`"timestamp":"1795428000123456789"`, `"duration_ms":0.000001`}
	case 4:
		return []string{`"start_time":"2027-06-01T00:00:00Z"`, `"duration_ms":7`}
	}
	return []string{`"time":1795428000123`}
}

// unknown are fields that the contract does not know, some with names that mean something elsewhere.
func (g generator) unknown(of string) []string {
	names := []string{
		"verdict", "ünï", "", "truncated", "id_generated", "incomplete", "params.x", "usage.input_tokens", "field.x", "field", "attributes.y",
		"target.z", "batch_id", "sent_at", "usage_event", "project_id_", "watchllm.cost.amount", "gen_ai.x", "parent_event_id", "also.z", "own.span_id",
	}
	var out []string
	for len(out) < 3 && g.chance(2) {
		i := g.r.IntN(len(names))
		if of != "" && strings.Contains(names[i], ".") {
			continue
		}
		out = append(out, strconv.Quote(names[i])+":"+g.some())
		names = append(names[:i], names[i+1:]...)
	}
	return out
}

func (g generator) attributes() string {
	var members []string
	for i, name := range []string{"team", "watchllm.dialect", "watchllm.native.id", "ü", "http.response.status_code", "a.b"} {
		if g.chance(2) {
			members = append(members, strconv.Quote(name)+":"+g.any(i%3))
		}
	}
	return g.object(members)
}

func (g generator) text() string {
	return g.pick(`"a"`, `"gpt-4o"`, `"Größe\n\"x\""`, `"\u0000\ud83d\ude00"`, `"{not json"`, `"x y z"`, `"`+strings.Repeat("long ", 50)+`"`)
}

// some is any value but null, which counts as absent.
func (g generator) some() string {
	for {
		if v := g.any(3); v != "null" {
			return v
		}
	}
}

func (g generator) any(depth int) string {
	switch n := g.r.IntN(9); {
	case n == 0 && depth > 0:
		return "[" + g.any(depth-1) + "," + g.any(depth-1) + "]"
	case n == 1 && depth > 0:
		return fmt.Sprintf(`{"k":%s,"":%s,"watchllm.x":%s}`, g.any(depth-1), g.any(depth-1), g.any(depth-1))
	case n == 2:
		return g.pick("{}", "[]", "null", "true", "false")
	case n == 3:
		return g.pick("0", "-1", "9223372036854775807", "0.5", "1e3", "123456789012345678901234567890")
	}
	return g.text()
}
