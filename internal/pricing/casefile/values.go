package casefile

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/watchllm/watchllm/internal/pricing"
)

// object is a JSON object whose numbers are json.Number.
type object map[string]any

// get follows a path of members ("prompt_tokens_details.cached_tokens").
func (o object) get(path string) any {
	for {
		name, rest, deeper := strings.Cut(path, ".")
		if !deeper {
			return o[name]
		}
		o, path = o.object(name), rest
	}
}

func (o object) object(name string) object {
	m, _ := o[name].(map[string]any)
	return m
}

// count is the first count under one of the paths; unknown when there is none.
func (o object) count(paths ...string) pricing.Count {
	for _, path := range paths {
		if n := countOf(o.get(path)); n.Known {
			return n
		}
	}
	return pricing.Count{}
}

// text is the first text under one of the paths.
func (o object) text(paths ...string) string {
	for _, path := range paths {
		if s, ok := o.get(path).(string); ok && s != "" {
			return s
		}
	}
	return ""
}

// named is the value of the member with this name, or whose name ends in it after a dot. Of several the first in order counts.
func (o object) named(names ...string) any {
	for _, name := range names {
		if v, ok := o[name]; ok && v != nil {
			return v
		}
		for _, key := range slices.Sorted(maps.Keys(o)) {
			if strings.HasSuffix(key, "."+name) && o[key] != nil {
				return o[key]
			}
		}
	}
	return nil
}

// own is the members whose names the convention does not have: those under "x.".
func own(attributes map[string]any) object {
	o := object{}
	for key, v := range attributes {
		if strings.HasPrefix(key, "x.") {
			o[key] = v
		}
	}
	return o
}

// maxCount is the largest integer that a double holds; anything above is no count.
const maxCount = 1 << 53

func countOf(v any) pricing.Count {
	var text string
	switch v := v.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = strings.TrimSpace(v)
	default:
		return pricing.Count{}
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 && n <= maxCount {
		return pricing.KnownCount(n)
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && f >= 0 && f <= maxCount && f == math.Trunc(f) {
		return pricing.KnownCount(int64(f))
	}
	return pricing.Count{}
}

// millis reads seconds, whole or not.
func millis(v any) pricing.Count {
	n, ok := v.(json.Number)
	if !ok {
		return countOf(nil)
	}
	f, err := n.Float64()
	if err != nil || f < 0 || f > maxCount/1000 {
		return pricing.Count{}
	}
	return pricing.KnownCount(int64(math.Round(f * 1000)))
}

// sum is unknown when no part is known.
func sum(parts ...pricing.Count) pricing.Count {
	var s pricing.Count
	for _, p := range parts {
		if p.Known {
			s.N, s.Known = s.N+p.N, true
		}
	}
	return s
}

func yes(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return v != "" && v != "false" && v != "disabled" && v != "off" && v != "none"
	case json.Number:
		return v != "0"
	default:
		return v != nil
	}
}
