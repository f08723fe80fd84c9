package llmeventreceiver

import (
	"net/http"
	"strings"

	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"

	"github.com/watchllm/watchllm/internal/otlpdepth"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
)

const notTaken = "WatchLLM takes spans only; what is said here is not stored"

// refusal is how a request of one signal is read and answered.
type refusal struct {
	signal otlpdepth.Signal
	in     otlpExport
	// answer says that nothing was taken, and of how many.
	answer func() (out otlpReply, n int)
}

// refuseOTLP answers the metrics and logs that a vendor's SDK sends beside its spans, the way OTLP says that nothing of a request was
// taken: such a client neither repeats it nor fills its application's log, as it does after an error.
func (f *foreignVendors) refuseOTLP(d *foreign.Decoder, w http.ResponseWriter, req *http.Request) *problem {
	r := refuseMetrics()
	if strings.HasSuffix(req.URL.Path, "/logs") {
		r = refuseLogs()
	}
	media, done, p := f.readOTLP(req, r.signal, r.in)
	if p != nil {
		return p
	}
	defer done()
	out, n := r.answer()
	f.count(d.Name, foreign.Rejected, n)
	return answerOTLP(w, media, out)
}

func refuseMetrics() refusal {
	in := pmetricotlp.NewExportRequest()
	return refusal{otlpdepth.Metrics, in, func() (otlpReply, int) {
		out, n := pmetricotlp.NewExportResponse(), in.Metrics().DataPointCount()
		out.PartialSuccess().SetRejectedDataPoints(int64(n))
		out.PartialSuccess().SetErrorMessage(notTaken)
		return out, n
	}}
}

func refuseLogs() refusal {
	in := plogotlp.NewExportRequest()
	return refusal{otlpdepth.Logs, in, func() (otlpReply, int) {
		out, n := plogotlp.NewExportResponse(), in.Logs().LogRecordCount()
		out.PartialSuccess().SetRejectedLogRecords(int64(n))
		out.PartialSuccess().SetErrorMessage(notTaken)
		return out, n
	}}
}
