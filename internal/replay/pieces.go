package replay

import (
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// split gives every span or log record of a request a request of its own, with its resource and scope, and every record of a vendor's
// body a body of its own. Metrics stay whole.
func (r *recording) split() ([]*recording, error) {
	switch r.signal {
	case traces:
		return r.splitTraces(), nil
	case logs:
		return r.splitLogs(), nil
	case native:
		return r.splitNative()
	default:
		return []*recording{r}, nil
	}
}

func (r *recording) splitTraces() []*recording {
	var out []*recording
	for _, rs := range r.traces.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				td := ptrace.NewTraces()
				toResource := td.ResourceSpans().AppendEmpty()
				rs.Resource().CopyTo(toResource.Resource())
				toResource.SetSchemaUrl(rs.SchemaUrl())
				toScope := toResource.ScopeSpans().AppendEmpty()
				ss.Scope().CopyTo(toScope.Scope())
				toScope.SetSchemaUrl(ss.SchemaUrl())
				span.CopyTo(toScope.Spans().AppendEmpty())
				out = append(out, &recording{signal: traces, traces: td, asJSON: r.asJSON, changed: true})
			}
		}
	}
	return out
}

func (r *recording) splitLogs() []*recording {
	var out []*recording
	for _, rl := range r.logs.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, record := range sl.LogRecords().All() {
				ld := plog.NewLogs()
				toResource := ld.ResourceLogs().AppendEmpty()
				rl.Resource().CopyTo(toResource.Resource())
				toResource.SetSchemaUrl(rl.SchemaUrl())
				toScope := toResource.ScopeLogs().AppendEmpty()
				sl.Scope().CopyTo(toScope.Scope())
				toScope.SetSchemaUrl(sl.SchemaUrl())
				record.CopyTo(toScope.LogRecords().AppendEmpty())
				out = append(out, &recording{signal: logs, logs: ld, asJSON: r.asJSON, changed: true})
			}
		}
	}
	return out
}
