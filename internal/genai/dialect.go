package genai

import "strings"

// dialect is one convention of writing LLM spans: how to recognise it and under which names it keeps which fact.
// A reader is data; the two functions are for what a table cannot say.
type dialect struct {
	name string
	// scopes are instrumentation scope names; a trailing * matches any continuation.
	scopes []string
	// markers are attributes that only this dialect writes, in the same notation, or with the value only it gives them ("name=value*").
	// One of them is enough under an unknown scope.
	markers []string
	// scoped are attributes that are enough when the scope matches.
	scoped []string
	// hints stand in for the scope: with one of them on the span, a scoped attribute is enough.
	hints []string
	rows  []row
	// kind reads the dialect's own name for what a span is; nil or an empty role leaves it to the operation name.
	kind func(kind string) (role, operation string)
	// adjust does what is peculiar to the dialect, after the facts are read and before the rules.
	adjust func(r *reading)
	// cacheMeans says whether input includes cache where the dialect itself shows it; nil leaves it to the client table.
	cacheMeans func(r *reading) semantics
	// strict is set where every model call names its operation: other spans of the dialect are never guessed to be one.
	strict bool

	id    uint8
	slots map[string]slot
}

// row lists the names of one field, the best first. A field's names are aliases: the first present one is the value, they never add up.
type row struct {
	field field
	keys  []string
}

type slot struct {
	field     field
	rank      uint8
	canonical bool
	keep      bool // stays with drop_originals: the name has a meaning of its own outside this convention
}

// outsideNames are aliases that belong to other conventions; dropping them would take something from the span that is not a copy.
var outsideNames = map[string]bool{
	"user.id": true, "enduser.id": true, "session.id": true, "error.type": true, "http.response.status_code": true,
	"input.value": true, "output.value": true, "service.name": true, "mcp.method.name": true, "mcp.session.id": true,
	"cloud.region": true, "aws.region": true,
}

func (d *dialect) compile(id uint8) {
	d.id = id
	d.slots = make(map[string]slot, 4*len(d.rows))
	next := [numFields]uint8{}
	for _, r := range d.rows {
		for _, key := range r.keys {
			if _, taken := d.slots[key]; taken {
				panic("genai: dialect " + d.name + " reads " + key + " twice")
			}
			next[r.field]++
			d.slots[key] = slot{
				field:     r.field,
				rank:      next[r.field],
				canonical: key == canonicalKeys[r.field],
				keep:      outsideNames[key],
			}
		}
	}
	also := func(id field, key string) {
		if _, taken := d.slots[key]; taken || key == "" {
			return
		}
		next[id]++
		d.slots[key] = slot{field: id, rank: next[id], canonical: key == canonicalKeys[id], keep: outsideNames[key]}
	}
	// Content under its canonical name is read whatever a dialect lists, so that it is never written over unread.
	for _, id := range contentFields {
		also(id, canonicalKeys[id])
	}
	// So is what decides a price: the store keeps it under that name, and a row must cost what its span costs.
	for i := range counts {
		also(counts[i].id, canonicalKeys[counts[i].id])
	}
	for _, id := range priceFields {
		also(id, canonicalKeys[id])
	}
	for _, r := range priceRows {
		for _, key := range r.keys {
			also(r.field, key)
		}
	}
}

func matchPattern(pattern, s string) bool {
	if prefix, open := strings.CutSuffix(pattern, "*"); open {
		return strings.HasPrefix(s, prefix)
	}
	return pattern == s
}

func matchAny(patterns []string, s string) bool {
	for _, p := range patterns {
		if matchPattern(p, s) {
			return true
		}
	}
	return false
}
