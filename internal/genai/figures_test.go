package genai

import (
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/testkit"
)

// figures are the numbers of a delivery, in the form the recorded cases state them.
type figures struct{ testkit.CaseFigures }

// readAll reads a delivery as the processor does.
func readAll(td ptrace.Traces, skip string, settled bool) []Entry {
	r := Reader{skip: skip}
	d := Delivery{Traces: td}
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			scope := NewScope(ss.Scope().Name(), ss.Scope().Version())
			for _, span := range ss.Spans().All() {
				e := Entry{Span: span, Scope: scope.Name}
				e.Tenant, e.Project = OwnerOf(rs.Resource())
				if v, ok := rs.Resource().Attributes().Get(semconv.ServiceName); ok {
					e.Service = v.Str()
				}
				if r.Read(span, &scope, &e.Call) {
					r.Write(span, &e.Call, false)
					d.Entries = append(d.Entries, e)
				}
			}
		}
	}
	if settled {
		d.Settle(nil, 0)
	}
	return d.Entries
}

func figuresOf(td ptrace.Traces, skip string) figures {
	return sum(readAll(td, skip, true))
}

func sum(entries []Entry) figures {
	var f figures
	for i := range entries {
		c := &entries[i].Call
		if c.UsageRole != semconv.UsageRoleCall {
			continue
		}
		if c.Outcome == semconv.OutcomeError {
			f.FailedCalls++
		} else {
			f.Calls++
		}
		u := &c.Usage
		for _, t := range []struct {
			n   Count
			dst **int64
		}{{u.Input, &f.Input}, {u.Output, &f.Output}, {u.CacheRead, &f.CacheRead}, {u.CacheWrite, &f.CacheWrite}, {u.Reasoning, &f.Reasoning}} {
			if t.n.Known {
				if *t.dst == nil {
					*t.dst = new(int64)
				}
				**t.dst += t.n.N
			}
		}
	}
	return f
}
