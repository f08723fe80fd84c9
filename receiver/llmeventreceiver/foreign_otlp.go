package llmeventreceiver

import (
	"mime"
	"net/http"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/watchllm/watchllm/internal/otlpdepth"
	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
)

const protobuf = "application/x-protobuf"

// otlpExport and otlpReply are what the requests and answers of every signal can do.
type (
	otlpExport interface {
		UnmarshalProto(body []byte) error
		UnmarshalJSON(body []byte) error
	}
	otlpReply interface {
		MarshalProto() ([]byte, error)
		MarshalJSON() ([]byte, error)
	}
)

// readOTLP reads a body into in and returns the encoding that its client chose. done is called when in is no longer needed; what was
// read may go on pointing into the body.
func (f *foreignVendors) readOTLP(req *http.Request, signal otlpdepth.Signal, in otlpExport) (media string, done func(), p *problem) {
	media, _, _ = mime.ParseMediaType(req.Header.Get("Content-Type"))
	if media != protobuf && media != "application/json" {
		return media, nil, &problem{
			Status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type",
			Detail: "OTLP is taken as " + protobuf + " or application/json",
		}
	}
	body, p := f.r.readBody(req, tenancy.Sender(req.Context()).Tenant)
	if p != nil {
		return media, nil, p
	}
	// What nests so deep that decoding it could end the process is refused first.
	depth := func() error { return otlpdepth.Proto(body.Data, signal) }
	read := in.UnmarshalProto
	if media != protobuf {
		depth, read = func() error { return otlpdepth.JSON(body.Data) }, in.UnmarshalJSON
	}
	err := depth()
	if err == nil {
		err = read(body.Data)
	}
	if err != nil {
		body.Keep()
		return media, nil, &problem{Status: http.StatusBadRequest, Code: "unreadable_body", Detail: "the body is no OTLP: " + err.Error()}
	}
	return media, body.Keep, nil
}

// answerOTLP answers in the encoding of the request.
func answerOTLP(w http.ResponseWriter, media string, out otlpReply) *problem {
	write := out.MarshalProto
	if media != protobuf {
		write = out.MarshalJSON
	}
	reply, err := write()
	if err != nil {
		return &problem{Status: http.StatusInternalServerError, Code: "internal", Detail: "the answer could not be written"}
	}
	writeAnswer(w, foreign.Answer{ContentType: media, Body: reply})
	return nil
}

// takeOTLP hands on the spans of clients that send OTLP to an address of their vendor's, in the encoding they chose.
func (f *foreignVendors) takeOTLP(d *foreign.Decoder, w http.ResponseWriter, req *http.Request) *problem {
	if f.r.traces == nil {
		return noTraces()
	}
	in := ptraceotlp.NewExportRequest()
	media, done, p := f.readOTLP(req, otlpdepth.Traces, in)
	if p != nil {
		return p
	}
	defer done()
	if d.Echo != nil {
		f.count(d.Name, foreign.Duplicate, f.told.WithoutEchoes(tenancy.Sender(req.Context()), d, in.Traces()))
	}
	spans := in.Traces().SpanCount()
	if spans > 0 {
		if err := f.emit(req.Context(), in.Traces()); err != nil {
			f.count(d.Name, foreign.Failed, spans)
			return refusedData(err)
		}
	}
	f.count(d.Name, foreign.Accepted, spans)
	return answerOTLP(w, media, ptraceotlp.NewExportResponse())
}
