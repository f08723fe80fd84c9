package llmeventreceiver

import (
	"mime"
	"net/http"
	"strings"

	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"

	"github.com/watchllm/watchllm/internal/otlpdepth"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
)

const notTaken = "WatchLLM takes spans only; what is said here is not stored"

// refuseOTLP answers the metrics and logs that a vendor's SDK sends beside its spans, the way OTLP says that nothing of a request was
// taken: such a client neither repeats it nor fills its application's log, as it does after an error.
func (f *foreignVendors) refuseOTLP(d *foreign.Decoder, w http.ResponseWriter, req *http.Request) *problem {
	media, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if media != protobuf && media != "application/json" {
		return unsupportedOTLP()
	}
	body, p := f.r.readBody(req, senderOf(req.Context()).Tenant)
	if p != nil {
		return p
	}
	defer body.Keep() // what is read may go on pointing into it
	refuse, signal := refuseMetrics, otlpdepth.Metrics
	if strings.HasSuffix(req.URL.Path, "/logs") {
		refuse, signal = refuseLogs, otlpdepth.Logs
	}
	var answer []byte
	var n int
	err := otlpDepth(body.Data, media, signal)
	if err == nil {
		answer, n, err = refuse(body.Data, media != protobuf)
	}
	if err != nil {
		return &problem{Status: http.StatusBadRequest, Code: "unreadable_body", Detail: "the body is no OTLP: " + err.Error()}
	}
	f.count(d.Name, foreign.Rejected, n)
	writeAnswer(w, foreign.Answer{ContentType: media, Body: answer})
	return nil
}

func refuseMetrics(body []byte, asJSON bool) (answer []byte, n int, err error) {
	in, out := pmetricotlp.NewExportRequest(), pmetricotlp.NewExportResponse()
	read, write := in.UnmarshalProto, out.MarshalProto
	if asJSON {
		read, write = in.UnmarshalJSON, out.MarshalJSON
	}
	if err := read(body); err != nil {
		return nil, 0, err
	}
	n = in.Metrics().DataPointCount()
	out.PartialSuccess().SetRejectedDataPoints(int64(n))
	out.PartialSuccess().SetErrorMessage(notTaken)
	answer, err = write()
	return answer, n, err
}

func refuseLogs(body []byte, asJSON bool) (answer []byte, n int, err error) {
	in, out := plogotlp.NewExportRequest(), plogotlp.NewExportResponse()
	read, write := in.UnmarshalProto, out.MarshalProto
	if asJSON {
		read, write = in.UnmarshalJSON, out.MarshalJSON
	}
	if err := read(body); err != nil {
		return nil, 0, err
	}
	n = in.Logs().LogRecordCount()
	out.PartialSuccess().SetRejectedLogRecords(int64(n))
	out.PartialSuccess().SetErrorMessage(notTaken)
	answer, err = write()
	return answer, n, err
}
