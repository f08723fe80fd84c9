package llmqueryextension

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// params reads the query parameters of one request. It collects everything that is wrong instead of
// stopping at the first, so that a caller can mend a request in one go.
type params struct {
	values  url.Values
	known   map[string]struct{}
	invalid []invalidParameter
	// lenient ignores parameters nobody asked for: clients of the original service send some.
	lenient bool
}

// maxParameterBytes is longer than any real model, user or conversation id.
const maxParameterBytes = 1024

func newParams(values url.Values, lenient bool) *params {
	return &params{values: values, known: map[string]struct{}{}, lenient: lenient}
}

func (p *params) refuse(name, reason string) {
	value := p.values.Get(name)
	if len(value) > 100 {
		value = strings.ToValidUTF8(value[:100], "") + "..."
	}
	p.invalid = append(p.invalid, invalidParameter{Parameter: name, Value: value, Reason: reason})
}

func (p *params) failed() bool { return len(p.invalid) > 0 }

// text returns the value, or "" when the parameter is absent.
func (p *params) text(name string) string {
	p.known[name] = struct{}{}
	values := p.values[name]
	switch {
	case len(values) == 0:
		return ""
	case len(values) > 1:
		p.refuse(name, "given more than once")
		return ""
	case len(values[0]) > maxParameterBytes:
		p.refuse(name, fmt.Sprintf("longer than %d bytes", maxParameterBytes))
		return ""
	}
	return values[0]
}

// choice returns one of the allowed values, or def when the parameter is absent.
func (p *params) choice(name, def string, allowed ...string) string {
	v := p.text(name)
	if v == "" {
		return def
	}
	if !slices.Contains(allowed, v) {
		p.refuse(name, "must be one of "+strings.Join(allowed, ", "))
		return def
	}
	return v
}

func (p *params) integer(name string, def, low, high int) int {
	v := p.text(name)
	if v == "" {
		return def
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < low || n > high {
		p.refuse(name, fmt.Sprintf("must be a whole number from %d to %d", low, high))
		return def
	}
	return n
}

// boolean returns "" when the parameter is absent, else "true" or "false".
func (p *params) boolean(name string) string {
	switch v := p.text(name); v {
	case "", "true", "false":
		return v
	case "1":
		return "true"
	case "0":
		return "false"
	}
	p.refuse(name, "must be true or false")
	return ""
}

// Fits Decimal(38, 12) and is what a person would write; no exponent, no sign.
var decimalPattern = regexp.MustCompile(`^\d{1,18}(\.\d{1,12})?$`)

// decimal returns the exact text, or "" when the parameter is absent.
func (p *params) decimal(name string) string {
	v := p.text(name)
	if v != "" && !decimalPattern.MatchString(v) {
		p.refuse(name, "must be a decimal number such as 0.25, with at most 12 digits after the point")
		return ""
	}
	return v
}

// instant returns the zero time when the parameter is absent.
func (p *params) instant(name string) time.Time {
	v := p.text(name)
	if v == "" {
		return time.Time{}
	}
	// A plus sign that was not percent-encoded arrives as a space.
	t, err := time.Parse(time.RFC3339Nano, strings.ReplaceAll(v, " ", "+"))
	if err != nil || t.Before(earliest) || t.After(latest) {
		p.refuse(name, "must be a time such as 2026-01-31T13:00:00Z (RFC 3339)")
		return time.Time{}
	}
	return t.UTC()
}

// err returns the problem with everything that was wrong, unknown names included, or nil. Call it after
// the last parameter was read.
func (p *params) err() error {
	if !p.lenient {
		unknown := make([]string, 0)
		for name := range p.values {
			if _, ok := p.known[name]; !ok {
				unknown = append(unknown, name)
			}
		}
		slices.Sort(unknown)
		for _, name := range unknown {
			p.refuse(name, "is not a parameter of this endpoint")
		}
	}
	if p.failed() {
		return errInvalidParameters(p.invalid)
	}
	return nil
}
