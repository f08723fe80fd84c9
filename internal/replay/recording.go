package replay

import (
	"fmt"
	"path/filepath"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/watchllm/watchllm/internal/captures"
)

// recording is one recorded OTLP request. Unchanged it is sent byte for byte; changed it is encoded anew, JSON staying JSON.
type recording struct {
	signal  signal
	asJSON  bool
	changed bool
	proto   []byte // as recorded
	json    []byte // as recorded, if the client sent JSON

	traces  ptrace.Traces
	logs    plog.Logs
	vendor  *vendorBody
	records int // of a metrics request, which is never changed: its times mean nothing to a span
}

func readRecording(dir string, f captures.File) (*recording, error) {
	if f.Proto == "" {
		return readVendorBody(dir, f)
	}
	r := &recording{signal: signal(f.Signal), asJSON: f.WireJSON != ""}
	var err error
	if r.proto, err = readBounded(filepath.Join(dir, f.Proto)); err != nil {
		return nil, err
	}
	if r.asJSON {
		if r.json, err = readBounded(filepath.Join(dir, f.WireJSON)); err != nil {
			return nil, err
		}
	}
	switch r.signal {
	case traces:
		req := ptraceotlp.NewExportRequest()
		err = req.UnmarshalProto(r.proto)
		r.traces = req.Traces()
	case logs:
		req := plogotlp.NewExportRequest()
		err = req.UnmarshalProto(r.proto)
		r.logs = req.Logs()
	case metrics:
		req := pmetricotlp.NewExportRequest()
		err = req.UnmarshalProto(r.proto)
		r.records = req.Metrics().DataPointCount()
	default:
		err = fmt.Errorf("signal %q is not OTLP", f.Signal)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Proto, err)
	}
	return r, nil
}

// latest is the end of the last span or log record, 0 if there is none.
func (r *recording) latest() pcommon.Timestamp {
	var last pcommon.Timestamp
	switch r.signal {
	case traces:
		for span := range spansOf(r.traces) {
			last = max(last, span.EndTimestamp(), span.StartTimestamp())
		}
	case logs:
		for record := range recordsOf(r.logs) {
			last = max(last, record.Timestamp(), record.ObservedTimestamp())
		}
	}
	return last
}

func (r *recording) shift(by time.Duration) {
	switch r.signal {
	case traces:
		shift(spansOf(r.traces), by)
		r.changed = true
	case logs:
		for record := range recordsOf(r.logs) {
			shiftRecord(record, by)
		}
		r.changed = true
	}
}

func (r *recording) rename(names *renamer) {
	switch r.signal {
	case traces:
		for span := range spansOf(r.traces) {
			names.rename(span)
		}
		r.changed = true
	case logs:
		for record := range recordsOf(r.logs) {
			names.renameRecord(record)
		}
		r.changed = true
	}
}

func (r *recording) payload() (*payload, error) {
	p := &payload{signal: r.signal, proto: r.proto, json: r.json, records: r.records, vendor: r.vendor}
	switch r.signal {
	case native:
		p.records = 1
	case traces:
		p.records = r.traces.SpanCount()
	case logs:
		p.records = r.logs.LogRecordCount()
	}
	if !r.changed {
		return p, nil
	}
	var err error
	switch r.signal {
	case traces:
		req := ptraceotlp.NewExportRequestFromTraces(r.traces)
		if p.proto, err = req.MarshalProto(); err == nil && r.asJSON {
			p.json, err = req.MarshalJSON()
		}
	case logs:
		req := plogotlp.NewExportRequestFromLogs(r.logs)
		if p.proto, err = req.MarshalProto(); err == nil && r.asJSON {
			p.json, err = req.MarshalJSON()
		}
	}
	return p, err
}
