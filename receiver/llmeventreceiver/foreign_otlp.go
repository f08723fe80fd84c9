package llmeventreceiver

import (
	"mime"
	"net/http"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/watchllm/watchllm/internal/otlpdepth"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
)

const protobuf = "application/x-protobuf"

// otlpDepth refuses bodies that nest so deep that decoding them could end the process.
func otlpDepth(body []byte, media string, signal otlpdepth.Signal) error {
	if media == protobuf {
		return otlpdepth.Proto(body, signal)
	}
	return otlpdepth.JSON(body)
}

// takeOTLP hands on the spans of clients that send OTLP to an address of their vendor's, in the encoding they chose.
func (f *foreignVendors) takeOTLP(d *foreign.Decoder, w http.ResponseWriter, req *http.Request) *problem {
	if f.r.traces == nil {
		return noTraces()
	}
	media, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if media != protobuf && media != "application/json" {
		return unsupportedOTLP()
	}
	body, p := f.r.readBody(req, senderOf(req.Context()).Tenant)
	if p != nil {
		return p
	}
	defer body.Keep() // what is read may go on pointing into it
	in, out := ptraceotlp.NewExportRequest(), ptraceotlp.NewExportResponse()
	read, write := in.UnmarshalProto, out.MarshalProto
	if media != protobuf {
		read, write = in.UnmarshalJSON, out.MarshalJSON
	}
	err := otlpDepth(body.Data, media, otlpdepth.Traces)
	if err == nil {
		err = read(body.Data)
	}
	if err != nil {
		return &problem{Status: http.StatusBadRequest, Code: "unreadable_body", Detail: "the body is no OTLP: " + err.Error()}
	}
	if d.Echo != nil {
		f.count(d.Name, foreign.Duplicate, f.told.WithoutEchoes(senderOf(req.Context()), d, in.Traces()))
	}
	spans := in.Traces().SpanCount()
	if spans > 0 {
		if err := f.emit(req.Context(), in.Traces()); err != nil {
			f.count(d.Name, foreign.Failed, spans)
			return refusedData(err)
		}
	}
	f.count(d.Name, foreign.Accepted, spans)
	reply, err := write()
	if err != nil {
		return &problem{Status: http.StatusInternalServerError, Code: "internal", Detail: "the answer could not be written"}
	}
	writeAnswer(w, foreign.Answer{ContentType: media, Body: reply})
	return nil
}

func unsupportedOTLP() *problem {
	return &problem{
		Status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type",
		Detail: "OTLP is taken as " + protobuf + " or application/json",
	}
}
