package captures

import (
	"fmt"
	"strings"
)

// Tokens are sums over the calls of a case. Nil is unknown, which is not zero. Input includes cached tokens, output reasoning.
type Tokens struct {
	Input      *int64 `json:"input_tokens"`
	Output     *int64 `json:"output_tokens"`
	CacheRead  *int64 `json:"cache_read_input_tokens"`
	CacheWrite *int64 `json:"cache_write_input_tokens"`
	Reasoning  *int64 `json:"reasoning_output_tokens"`
}

// Equal reports whether both know the same of all five.
func (t Tokens) Equal(o Tokens) bool {
	a, b := t.list(), o.list()
	for i := range a {
		if (a[i] == nil) != (b[i] == nil) || a[i] != nil && *a[i] != *b[i] {
			return false
		}
	}
	return true
}

func (t Tokens) list() [5]*int64 {
	return [...]*int64{t.Input, t.Output, t.CacheRead, t.CacheWrite, t.Reasoning}
}

// String is the figures in words.
func (f Figures) String() string {
	n := func(p *int64) string {
		if p == nil {
			return "unknown"
		}
		return fmt.Sprint(*p)
	}
	return fmt.Sprintf("calls %d, failed %d, input %s, output %s, cache read %s, cache write %s, reasoning %s",
		f.Calls, f.FailedCalls, n(f.Input), n(f.Output), n(f.CacheRead), n(f.CacheWrite), n(f.Reasoning))
}

// String is input / output / cache read / cache write / reasoning, with ? for unknown.
func (t Tokens) String() string {
	var parts []string
	for _, n := range t.list() {
		if n == nil {
			parts = append(parts, "?")
		} else {
			parts = append(parts, fmt.Sprint(*n))
		}
	}
	return strings.Join(parts, " / ")
}
